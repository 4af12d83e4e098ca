using System.Globalization;
using Dtic.MLNet.Model;
using Dtic.MLNet.Scoring;
using Dtic.MLNet.Training;
using Dtic.MLNet.Training.Checkpoints;
using Dtic.Transforms;
using Dtic.Transforms.Interop;
using Dtic.Transforms.Prompts;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace Dtic.MLNet;

/// <summary>
/// Trains a click model of the language-model kind, a causal transformer over a user's history, on packed prompts by Dynamic Target Isolation.
/// </summary>
/// <remarks>
/// <para>
/// To create this trainer, use <see cref="DticCatalog.Dtic(BinaryClassificationCatalog.BinaryClassificationTrainers, string, string, int)"/> or
/// <see cref="DticCatalog.Dtic(BinaryClassificationCatalog.BinaryClassificationTrainers, Options)"/>.
/// </para>
/// <para>
/// <b>Input and output columns.</b> The prompt column is a variable vector of Int32 written by PackPrompts, the label a variable vector of Boolean, Single or Double with
/// one value per target. The fitted transformer gives one row per target with these columns:
/// </para>
/// <list type="table">
/// <listheader><term>Column</term><description>Type and meaning</description></listheader>
/// <item><term>Score</term><description>Single: the click logit.</description></item>
/// <item><term>Probability</term><description>Single: its sigmoid, or calibrated (<see cref="Options.Calibration"/>); never exactly 0 or 1.</description></item>
/// <item><term>PredictedLabel</term><description>Boolean: whether the probability is above a half; uncalibrated, whether Score is above 0.</description></item>
/// </list>
/// <list type="table">
/// <listheader><term>Characteristic</term><description></description></listheader>
/// <item><term>Machine learning task</term><description>Binary classification</description></item>
/// <item><term>Is normalization required?</term><description>No</description></item>
/// <item><term>Is caching required?</term><description>No: prompts are read once</description></item>
/// <item><term>Required NuGet in addition to Microsoft.ML</term><description>TorchSharp-cpu or TorchSharp-cuda-linux, in the application</description></item>
/// <item><term>Exportable to ONNX</term><description>No; ConvertToOnnx writes what stands behind, without an error</description></item>
/// </list>
/// <para>
/// <b>Scoring function.</b> A Llama-style decoder (RMSNorm, relative positions, SwiGLU) encodes the user's interactions; the hidden state of the [SUM] token behind a
/// target's item tokens, which sees the n interactions before it, gives the logit.
/// </para>
/// <para>
/// <b>Training algorithm.</b> Dynamic Target Isolation (Lin et al. 2025, arXiv:2503.01001): one prompt holds k consecutive targets, so an interaction is encoded about
/// (n + k) / k times instead of n + 1 times. Binary cross-entropy per target, AdamW, warm-up and cosine decay, clipped gradients.
/// </para>
/// </remarks>
public sealed partial class DticTrainer : IEstimator<DticPredictionTransformer>
{
    // A rule of thumb: for how long a network ranks by chance depends on the data.
    private const int FewUpdates = 500;

    /// <summary>What to do where <see cref="TooFewUpdates"/> tells of some.</summary>
    internal const string MoreUpdates = "Raise NumberOfEpochs or lower BatchSize, hold out a ValidationFraction to see whether it learns, and begin with few columns.";

    private readonly IHost _host;
    private readonly Options _options;
    private readonly int _seed;
    private readonly Devices _devices;
    private readonly Func<bool> _isCanceled;
    private readonly TrainerRuns _runs = new();

    /// <summary>Creates a trainer without a catalog.</summary>
    /// <param name="environment">The environment, usually an <see cref="MLContext"/>.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message lists every broken rule.</exception>
    public DticTrainer(IHostEnvironment environment, Options? options = null)
    {
        ArgumentNullException.ThrowIfNull(environment);
        _options = (options ?? new Options()).Copy();
        if (_options.Problems() is { } problems) throw new ArgumentException(problems, nameof(options));
        _host = environment.Register(nameof(DticTrainer));
        _seed = _options.Seed ?? _host.Rand.Next();
        _devices = Devices.Of(environment);
        _isCanceled = () => false;
    }

    // From a catalog, whose environment tells its settings through ML.NET's internals only. The public constructor above and what it leads to do without them.
    internal DticTrainer(Options options, IHostEnvironment environment)
        : this(environment, options)
    {
        _devices = Devices.OfInternals(environment);
        _isCanceled = () => MLNetInternals.IsCanceled(_host);
    }

    /// <summary>Reads the prompts once and trains; validates as the options say.</summary>
    /// <param name="input">A view of prompts with labels.</param>
    /// <returns>The scorer, whose <see cref="DticPredictionTransformer.Model"/> holds the weights.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">The validation set was not packed by the same packer.</exception>
    /// <exception cref="InvalidOperationException">
    /// There is no labelled target, all have the same label, or a label is not 0, 1 or NaN, in the training or the validation set; an option needs a validation set and there
    /// is none; the validation fraction cannot be cut off; the training would have more than 2,147,483,647 steps, or diverged; the prompts are requests, or not as PackPrompts
    /// writes them; or there are checkpoints that are not to be resumed.
    /// </exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    /// <exception cref="CheckpointMismatchException">The checkpoint to go on from is one of another run.</exception>
    /// <exception cref="ModelFormatException">There are checkpoints to go on from, and all are damaged.</exception>
    /// <exception cref="IOException">The folder for checkpoints or TensorBoard cannot be written, or another training holds it.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    /// <exception cref="TorchUnavailableException">The native torch library cannot be loaded.</exception>
    public DticPredictionTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Train(input, _options.ValidationSet);
    }

    /// <summary>Reads the prompts once and trains; validates on a view of its own.</summary>
    /// <param name="trainData">A view of prompts with labels.</param>
    /// <param name="validationData">Another one, transformed by the same fitted PackPrompts; see <see cref="Options.ValidationSet"/>, which must not be set too.</param>
    /// <returns>The scorer, with the weights of the best validation.</returns>
    /// <inheritdoc cref="Fit(IDataView)" path="/exception"/>
    public DticPredictionTransformer Fit(IDataView trainData, IDataView validationData)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        ArgumentNullException.ThrowIfNull(validationData);
        return _options.ValidationSet is null && _options.ValidationFraction == 0
            ? Train(trainData, validationData)
            : throw new InvalidOperationException($"Fit was given validation data, but the options set {(_options.ValidationSet is null ? nameof(Options.ValidationFraction) : nameof(Options.ValidationSet))} too: give one of the two.");
    }

    /// <summary>Counts what an epoch of training on the prompts takes, beside the same targets in sliding windows, without training. <see cref="Fit(IDataView)"/> logs it.</summary>
    /// <param name="input">A view of prompts with labels; read once. The part that <see cref="Options.ValidationFraction"/> holds out counts for memory only; <see cref="Options.ValidationSet"/> is not read.</param>
    /// <returns>Tokens, operations and memory of an epoch on the processor; training takes <see cref="Options.NumberOfEpochs"/> of them.</returns>
    /// <remarks>Needs no native torch. <see cref="PromptPackingTransformer.Measure"/> counts the tokens of interactions without a trainer.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">The prompts are such that <see cref="Fit(IDataView)"/> would refuse them.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public TrainingCost EstimateCost(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var prompts = PromptSchema.Read(input.Schema, _options.PromptColumnName);
        var (store, validation) = new TrainingPrompts(_options, ThrowIfCancelled).Read(input, prompts, validationData: null);
        return new CostEstimate(store, _options.Configuration(prompts.VocabularySize, prompts.VocabularyHash, prompts.ContextLength), _options.Training(_seed), validation).Run();
    }

    internal Devices Devices => _devices;

    /// <summary>Says how few updates a training on so many targets makes; null where there are enough.</summary>
    internal string? TooFewUpdates(long targets)
    {
        long updates = (targets + _options.BatchSize - 1) / _options.BatchSize * _options.NumberOfEpochs;
        return updates >= FewUpdates ? null : string.Create(
            CultureInfo.InvariantCulture, $"{targets:N0} labelled targets make {updates:N0} updates in {_options.NumberOfEpochs:N0} epochs; below about {FewUpdates} a model has often not begun to learn.");
    }

    /// <inheritdoc/>
    /// <remarks>A pipeline asks for this before it reads a row, and gives its trainer no validation data.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">An option needs a validation set, and the options give none.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        RequireValidation();
        return ScoredShape.Of(inputSchema, _options.LabelColumnName, _options.PromptColumnName);
    }

    /// <summary>Says which option needs a validation set where the options give none; null: no option does.</summary>
    internal string? MissingValidation()
    {
        string? needs = _options.ValidationFraction > 0 || _options.ValidationSet is not null ? null
            : _options.EarlyStoppingRounds is not null ? nameof(Options.EarlyStoppingRounds)
            : _options.Calibration != CalibrationMethod.None ? nameof(Options.Calibration)
            : null;
        return needs is null ? null : $"{needs} needs a validation set: set {nameof(Options.ValidationFraction)} or {nameof(Options.ValidationSet)}, or call Fit(trainData, validationData).";
    }

    private void RequireValidation()
    {
        if (MissingValidation() is { } missing) throw new InvalidOperationException(missing);
    }

    private DticPredictionTransformer Train(IDataView input, IDataView? validationData)
    {
        if (validationData is null) RequireValidation();
        var prompts = PromptSchema.Read(input.Schema, _options.PromptColumnName);
        using var channel = _host.Start("Training");
        // What the folder holds may belong to an earlier run of this trainer; whether it does is known when the data are.
        using var folder = _options.CheckpointFolder is { } path ? CheckpointFolder.Open(path, _options.ResumeFromCheckpoint || !_runs.IsEmpty) : null;
        var (store, validation) = new TrainingPrompts(_options, ThrowIfCancelled).Read(input, prompts, validationData);
        var device = _devices.Choose();
        using var trackable = TorchSharp.torch.inference_mode(false);   // the caller's may be on, and nothing made in it can be trained
        var configuration = _options.Configuration(prompts.VocabularySize, prompts.VocabularyHash, prompts.ContextLength);
        var initial = ModelWeights.Random(configuration, _seed);
        channel.Info(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture, $"{store.LabeledCount:N0} labelled targets ({(double)store.PositiveCount / store.LabeledCount:P1} positive) in {store.PromptCount:N0} prompts; {initial.Count:N0} weights."));
        if (validation is not null)
            channel.Info(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture, $"Validation on {validation.LabeledCount:N0} labelled targets ({(double)validation.PositiveCount / validation.LabeledCount:P1} positive) in {validation.PromptCount:N0} prompts."));
        var training = _options.Training(_seed);
        var cost = new CostEstimate(store, configuration, device.type == TorchSharp.DeviceType.CPU ? training : training with { NumberOfThreads = 1 }, validation).Run();
        channel.Info(MessageSensitivity.None, cost.ToString());
        if (TooFewUpdates(store.LabeledCount) is { } few) Warn($"{few} {MoreUpdates}");
        if (_options.OneDnnMatrixProducts && OneDnnProducts.Obstacle is { } obstacle)
            Warn($"{nameof(Options.OneDnnMatrixProducts)} has no effect: {obstacle}");
        var description = RunDescription.Of(training, configuration, store, validation, device.ToString());
        int run = _runs.NumberOf(description);
        using var own = folder?.Of(run, _options.ResumeFromCheckpoint);
        TrainingResult result;
        using (var loop = new TrainingLoop(store, initial, training, device, validation))
        {
            var checkpointer = own is null ? null : new Checkpointer(own, loop, description, _options.CheckpointInterval, _options.CheckpointSteps, Tell, Warn);
            if (_options.ResumeFromCheckpoint) checkpointer!.Resume();
            _runs.Begin(description);
            var board = _options.TensorBoardFolder is { } events ? new TensorBoardLog(TrainerRuns.Folder(events, run), loop.State, Warn) : null;
            result = Run(loop, checkpointer, board, new ProgressLog(channel));
        }
        var summary = Summary(result, store, validation, cost);
        ProgressLog.End(channel, summary);
        var settings = new ScorerSettings(_options.LabelColumnName, _options.PromptColumnName, _options.ScoringMode)
        {
            Training = summary,
            Calibration = _options.Calibration == CalibrationMethod.Platt ? Calibrate() : null,
        };
        return new DticPredictionTransformer(_host, _devices, result.Weights, settings, _options.MaximumTokensPerPass, training.NumberOfThreads);

        PlattScaling Calibrate()
        {
            using var scorer = new PromptScorer(result.Weights, device, _options.MaximumTokensPerPass, training.NumberOfThreads);
            return Calibrating.Fit(scorer, validation!, configuration.ModeOf(_options.ScoringMode), _options.ReturnBestWhenCancelled ? () => { } : ThrowIfCancelled);
        }

        void Tell(string message) => channel.Info(MessageSensitivity.None, message);

        void Warn(string message) => channel.Warning(MessageSensitivity.None, message);
    }

    private TrainingResult Run(TrainingLoop loop, Checkpointer? checkpointer, TensorBoardLog? board, ProgressLog log)
    {
        try
        {
            return loop.Run(StepDone, ThrowIfCancelled, () => checkpointer?.Save());
        }
        catch (OperationCanceledException)
        {
            checkpointer?.Save();
            throw;
        }

        void StepDone(DticTrainingProgress progress)
        {
            checkpointer?.StepDone();
            board?.StepDone(progress);
            log.Report(progress);
            _options.Progress?.Report(progress);
        }
    }

    private DticTrainingSummary Summary(TrainingResult result, PromptStore store, PromptStore? validation, TrainingCost cost) => new()
    {
        NumberOfTargets = store.LabeledCount,
        NumberOfValidationTargets = validation?.LabeledCount ?? 0,
        Steps = result.State.Step,
        NumberOfSteps = result.NumberOfSteps,
        NumberOfEpochs = _options.NumberOfEpochs,
        End = result.End,
        BestValidation = result.State.BestValidation,
        Curve = result.State.Curve.Points(),
        Duration = result.State.Elapsed,
        ValidationDuration = TimeSpan.FromSeconds(result.State.ValidationSeconds),
        Seed = _seed,
        Options = _options.Values(),
        Cost = cost,
    };

    private void ThrowIfCancelled()
    {
        _options.CancellationToken.ThrowIfCancellationRequested();
        if (_isCanceled()) throw new OperationCanceledException("Training was cancelled through the MLContext.");
    }
}
