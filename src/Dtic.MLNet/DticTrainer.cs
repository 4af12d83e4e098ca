using System.Globalization;
using Dtic.MLNet.Model;
using Dtic.MLNet.Scoring;
using Dtic.MLNet.Training;
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
/// <b>Input and output columns.</b> The prompt column is a variable vector of Int32 written by PackPrompts, the label a variable vector of Boolean or Single with
/// one value per target. The fitted transformer gives one row per target with these columns:
/// </para>
/// <list type="table">
/// <listheader><term>Column</term><description>Type and meaning</description></listheader>
/// <item><term>Score</term><description>Single: the click logit.</description></item>
/// <item><term>Probability</term><description>Single: its sigmoid, never exactly 0 or 1.</description></item>
/// <item><term>PredictedLabel</term><description>Boolean: whether Score is above 0.</description></item>
/// </list>
/// <list type="table">
/// <listheader><term>Characteristic</term><description></description></listheader>
/// <item><term>Machine learning task</term><description>Binary classification</description></item>
/// <item><term>Is normalization required?</term><description>No</description></item>
/// <item><term>Is caching required?</term><description>No: prompts are read once</description></item>
/// <item><term>Required NuGet in addition to Microsoft.ML</term><description>TorchSharp-cpu or TorchSharp-cuda-linux, in the application</description></item>
/// <item><term>Exportable to ONNX</term><description>No</description></item>
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
    private readonly IHost _host;
    private readonly Options _options;
    private readonly int _seed;
    private readonly Devices _devices;
    private readonly Func<bool> _isCanceled;

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

    /// <summary>Reads the prompts once and trains.</summary>
    /// <param name="input">A view of prompts with labels.</param>
    /// <returns>The scorer, whose <see cref="DticPredictionTransformer.Model"/> holds the weights.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">There is no labelled target, all have the same label, or a label is not 0, 1 or NaN.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    /// <exception cref="TorchUnavailableException">The native torch library cannot be loaded.</exception>
    public DticPredictionTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var prompts = PromptSchema.Read(input.Schema, _options.PromptColumnName);
        using var channel = _host.Start("Training");
        var store = ReadPrompts(input, prompts);
        CheckLabels(store);
        var device = _devices.Choose();
        var configuration = _options.Configuration(prompts.VocabularySize, prompts.VocabularyHash, prompts.ContextLength);
        var initial = ModelWeights.Random(configuration, _seed);
        channel.Info(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture, $"{store.LabeledCount:N0} labelled targets ({(double)store.PositiveCount / store.LabeledCount:P1} positive) in {store.PromptCount:N0} prompts; {initial.Count:N0} weights."));
        var training = _options.Training(_seed);
        channel.Info(MessageSensitivity.None, new CostEstimate(store, configuration, device.type == TorchSharp.DeviceType.CPU ? training : training with { NumberOfThreads = 1 }).Run().ToString());
        if (_options.OneDnnMatrixProducts && OneDnnProducts.Obstacle is { } obstacle)
            channel.Warning(MessageSensitivity.None, $"{nameof(Options.OneDnnMatrixProducts)} has no effect: {obstacle}");
        using var loop = new TrainingLoop(store, initial, training, device);
        var log = new ProgressLog(channel);
        var weights = loop.Run(progress => Report(progress, log), ThrowIfCancelled).Weights;
        return new DticPredictionTransformer(
            _host, _devices, weights, new ScorerSettings(_options.LabelColumnName, _options.PromptColumnName, _options.ScoringMode), _options.MaximumTokensPerPass, _options.NumberOfThreads ?? Environment.ProcessorCount);
    }

    /// <summary>Counts what an epoch of training on the prompts takes, beside the same targets in sliding windows, without training. <see cref="Fit"/> logs it.</summary>
    /// <param name="input">A view of prompts with labels; read once.</param>
    /// <returns>Tokens, operations and memory of an epoch on the processor; training takes <see cref="Options.NumberOfEpochs"/> of them.</returns>
    /// <remarks>Needs no native torch. <see cref="Transforms.PromptPackingTransformer.Measure"/> counts the tokens of interactions without a trainer.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">The prompts are such that <see cref="Fit"/> would refuse them.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public TrainingCost EstimateCost(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var prompts = PromptSchema.Read(input.Schema, _options.PromptColumnName);
        var store = ReadPrompts(input, prompts);
        CheckLabels(store);
        return new CostEstimate(store, _options.Configuration(prompts.VocabularySize, prompts.VocabularyHash, prompts.ContextLength), _options.Training(_seed)).Run();
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => ScoredShape.Of(inputSchema, _options.LabelColumnName, _options.PromptColumnName);

    private void Report(DticTrainingProgress progress, ProgressLog log)
    {
        log.Report(progress);
        _options.Progress?.Report(progress);
    }

    private PromptStore ReadPrompts(IDataView input, PromptSchema prompts)
    {
        var label = LabelReader.Find(input.Schema, _options.LabelColumnName);
        var store = new PromptStore();
        using var cursor = input.GetRowCursor(prompts.Columns.Append(label));
        var readPrompt = prompts.Getter(cursor);
        var readLabels = LabelReader.Create(cursor, label);
        while (cursor.MoveNext())
        {
            ThrowIfCancelled();
            var prompt = readPrompt();
            var labels = readLabels();
            if (labels.Length != prompt.TargetCount)
            {
                throw new InvalidOperationException(FormattableString.Invariant(
                    $"Label column '{label.Name}' has {labels.Length} values in a prompt of {prompt.TargetCount} targets. ")
                    + "Compute labels before PackPrompts, which lays them out one per target.");
            }
            store.Add(prompt, labels);
        }
        return store;
    }

    private void ThrowIfCancelled()
    {
        _options.CancellationToken.ThrowIfCancellationRequested();
        if (_isCanceled()) throw new OperationCanceledException("Training was cancelled through the MLContext.");
    }

    private void CheckLabels(PromptStore store)
    {
        if (store.LabeledCount == 0)
            throw new InvalidOperationException($"There is nothing to train on: no target of the prompts has a label in '{_options.LabelColumnName}'. Check the label column and the target flags.");
        if (store.PositiveCount == 0 || store.PositiveCount == store.LabeledCount)
            throw new InvalidOperationException($"All {store.LabeledCount} labelled targets are {(store.PositiveCount == 0 ? "negative" : "positive")}; training needs both classes in '{_options.LabelColumnName}'.");
    }
}
