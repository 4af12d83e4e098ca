using Dtic.MLNet.Folders;
using Dtic.MLNet.Interop;
using Dtic.MLNet.Model;
using Dtic.MLNet.Scoring;
using Dtic.Transforms;
using Dtic.Transforms.Prompts;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Dtic.MLNet;

/// <summary>Scores prompts with a trained click model: one row per target, with Score, Probability and PredictedLabel.</summary>
/// <remarks>
/// <para>
/// Prompts of whole histories give one row per target, in the order of the prompts, with the other columns in their source types: user by user, not in the order of the interactions
/// (<see cref="PromptPackingEstimator.Options.RowNumberColumnName"/> says which row is which). Requests give one row each, in their order, with the three columns appended; only these can be scored by a prediction engine. Scoring is lazy and happens again at each pass: put
/// <c>mlContext.Data.Cache</c> behind it where scores are read more than once.
/// </para>
/// <para>
/// Runs on the GPU that <c>MLContext.GpuDeviceId</c> names, else on the processor, where all models and callers of a process share one thread for each core. Thread-safe; who calls,
/// and from how many threads, changes no score. <see cref="Dispose"/> frees native memory and is not the end:
/// the weights stay in managed memory and the next use loads them again.
/// </para>
/// </remarks>
public sealed class DticPredictionTransformer : IPredictionTransformer<DticModelParameters>, IDisposable
{
    internal const int DefaultMaximumTokensPerPass = 4096;

    private readonly IHost _host;
    private readonly SharedScorer _scorer;
    private readonly ScorerSettings _settings;

    internal DticPredictionTransformer(
        IHostEnvironment environment, Devices devices, ModelWeights weights, ScorerSettings settings, int maximumTokensPerPass, int numberOfThreads)
    {
        _host = environment.Register(nameof(DticPredictionTransformer));
        _settings = settings;
        _scorer = new SharedScorer(devices, weights, maximumTokensPerPass, numberOfThreads);
        Model = new DticModelParameters(weights, settings.Calibration, settings.Training);
    }

    // ML.NET finds this constructor by its parameters.
    internal DticPredictionTransformer(IHostEnvironment environment, ModelLoadContext context)
        : this(environment, Devices.OfInternals(environment), SavedScorer.Load(context))
    {
    }

    private DticPredictionTransformer(IHostEnvironment environment, Devices devices, (ScorerSettings Settings, ModelWeights Weights) saved)
        : this(environment, devices, saved.Weights, saved.Settings, DefaultMaximumTokensPerPass, Environment.ProcessorCount)
    {
    }

    private DticPredictionTransformer(DticPredictionTransformer other, ScoringMode scoringMode)
    {
        _host = other._host;
        _settings = other._settings with { ScoringMode = scoringMode };
        _scorer = other._scorer;
        Model = other.Model;
    }

    /// <summary>The trained network.</summary>
    public DticModelParameters Model { get; }

    /// <summary>The label column of the prompts that the model was trained on.</summary>
    public string LabelColumnName => _settings.LabelColumnName;

    /// <summary>The column of prompts.</summary>
    public string PromptColumnName => _settings.PromptColumnName;

    /// <summary>
    /// How targets are scored: as the trainer's options or <see cref="WithScoringMode"/> say, else <see cref="ScoringMode.Packed"/> where that gives the same scores
    /// (<see cref="ContextAttention.Isolated"/>) and <see cref="ScoringMode.OneAtATime"/> where it does not.
    /// </summary>
    public ScoringMode ScoringMode => _scorer.Weights.Configuration.ModeOf(_settings.ScoringMode);

    /// <summary>Always true; but only requests are scored row by row, see <see cref="GetRowToRowMapper"/>.</summary>
    public bool IsRowToRowMapper => true;

    internal bool IsLoaded => _scorer.IsLoaded;

    private bool IsExactlyPackable => Model.ContextAttention == ContextAttention.Isolated;

    /// <summary>The same model, weights shared, with another scoring mode.</summary>
    /// <param name="scoringMode">The mode.</param>
    /// <returns>A new transformer; disposing either frees the native memory of both until the next use.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="scoringMode"/> is not a mode.</exception>
    public DticPredictionTransformer WithScoringMode(ScoringMode scoringMode) => Enum.IsDefined(scoringMode)
        ? new DticPredictionTransformer(this, scoringMode)
        : throw new ArgumentOutOfRangeException(nameof(scoringMode), scoringMode, $"Expected one of {string.Join(", ", Enum.GetNames<ScoringMode>())}.");

    /// <summary>The columns of the scored rows.</summary>
    /// <param name="inputSchema">The columns of prompts.</param>
    /// <exception cref="ArgumentException">The prompts are missing, or not those of this model.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Schema(inputSchema).Output;

    /// <summary>The scored rows, lazily.</summary>
    /// <param name="input">Prompts.</param>
    /// <exception cref="ArgumentException">The prompts are missing, or not those of this model.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ScoredView(input, Schema(input.Schema), _scorer, ScoringMode, LogPackedScoring);
    }

    /// <summary>What scores requests row by row.</summary>
    /// <param name="inputSchema">The columns of prompts in request form.</param>
    /// <exception cref="ArgumentException">The prompts are missing, not those of this model, or whole histories.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        var schema = Schema(inputSchema);
        return schema.Prompts.IsRequest
            ? ScoredRowMapper.Create(inputSchema, schema, _scorer, ScoringMode)
            : throw new ArgumentException(
                $"Column '{PromptColumnName}' holds prompts of whole histories, which give many rows each. Use Transform, or give requests "
                + "(one candidate a row with its history columns), which PackPrompts turns into prompts one by one.");
    }

    /// <summary>Frees native memory; the transformer stays usable.</summary>
    public void Dispose() => _scorer.Dispose();

    void ICanSaveModel.Save(ModelSaveContext ctx) => SavedScorer.Save(ctx, _settings, _scorer.Weights);

    /// <summary>The scorer as files.</summary>
    internal IEnumerable<ModelFile> Files()
    {
        yield return new(ScorerFiles.ConfigurationName, stream => ScorerFiles.SaveConfiguration(stream, _settings, _scorer.Weights));
        yield return new(ScorerFiles.WeightsName, _scorer.Weights.Save);
        if (_settings.Training is { } training) yield return new(TrainingFile.Name, stream => TrainingFile.Save(stream, training));
    }

    /// <summary>Reads what <see cref="Files"/> wrote.</summary>
    /// <exception cref="ModelFormatException">A file is corrupt.</exception>
    internal static DticPredictionTransformer ReadFiles(IHostEnvironment environment, Devices devices, IReadOnlyDictionary<string, (Stream Content, string Path)> files) =>
        new(environment, devices, ScorerFiles.Read(files));

    private ScoredSchema Schema(DataViewSchema source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var prompts = PromptSchema.Read(source, PromptColumnName);
        PromptCheck.Require(prompts, PromptColumnName, _scorer.Weights.Configuration);
        return new ScoredSchema(source, prompts, _settings.Calibration ?? PlattScaling.None);
    }

    private void LogPackedScoring()
    {
        if (ScoringMode == ScoringMode.Packed && !IsExactlyPackable)
        {
            using var channel = _host.Start("Scoring");
            channel.Warning(
                MessageSensitivity.None,
                $"Scores are packed. With {nameof(ContextAttention)}.{Model.ContextAttention} they differ a little from those of a prediction engine, which scores one target at a time.");
        }
    }
}
