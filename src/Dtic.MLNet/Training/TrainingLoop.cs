using System.Diagnostics;
using Dtic.MLNet.Model;
using Dtic.Transforms;
using static TorchSharp.torch;

namespace Dtic.MLNet.Training;

/// <summary>
/// Trains a click model on stored prompts: binary cross-entropy per target, AdamW, warm-up and cosine decay, clipped gradients; keeps the best weights by
/// validation, stops early and when cancelled.
/// </summary>
internal sealed class TrainingLoop : IDisposable
{
    // A validation has no backward pass: until one was timed, its tokens are taken to cost a third of training's.
    private const double ForwardShare = 1.0 / 3;

    private const string BestPrefix = "best.";

    private readonly TrainingOptions _options;
    private readonly ModelConfiguration _configuration;
    private readonly TrainingReplicas _replicas;
    private readonly Validator? _validator;
    private readonly ValidationSchedule _validations;
    private readonly int _steps;

    /// <exception cref="InvalidOperationException">It would have more steps than an integer counts.</exception>
    public TrainingLoop(PromptStore store, ModelWeights initial, TrainingOptions options, Device device, PromptStore? validation = null)
    {
        _options = options;
        _configuration = initial.Configuration;
        if (validation is not null) _validator = new Validator(validation, _configuration, _configuration.ModeOf(options.ScoringMode), options.MaximumTokensPerPass);
        _replicas = new TrainingReplicas(store, initial, options, LearningRate, device);
        long steps = (long)_replicas.Planner.StepsPerEpoch * options.NumberOfEpochs;
        if (steps > int.MaxValue)
        {
            _replicas.Dispose();
            throw new InvalidOperationException(FormattableString.Invariant(
                $"{options.NumberOfEpochs} epochs of {_replicas.Planner.StepsPerEpoch} steps are more than the {int.MaxValue} steps that a training can have. Lower NumberOfEpochs."));
        }
        _steps = (int)steps;
        _validations = new ValidationSchedule(options, _replicas.Planner.StepsPerEpoch);
    }

    /// <summary>Where the training stands.</summary>
    public TrainingState State { get; private set; } = new();

    /// <summary>Steps of the whole training.</summary>
    public int NumberOfSteps => _steps;

    /// <summary>Trains from <see cref="State"/> to the end.</summary>
    /// <param name="report">Called after every step and the validation that belongs to it, on the calling thread.</param>
    /// <param name="throwIfCancelled">Called before every step on the calling thread, and while validating on the workers.</param>
    /// <param name="ended">
    /// Called at the end, on the calling thread, before the weights are copied. A checkpoint must be saved here: the copy brings all rows of the embeddings up to
    /// the last step, and a training that goes on from those ends with other bits.
    /// </param>
    /// <exception cref="OperationCanceledException">Cancelled before the first step, or where the best model so far is not asked for.</exception>
    /// <exception cref="InvalidOperationException">The loss became infinite or not a number.</exception>
    public TrainingResult Run(Action<DticTrainingProgress> report, Action throwIfCancelled, Action? ended = null)
    {
        using var products = OneDnnProducts.Begin(_options.OneDnnMatrixProducts);
        var before = State.Elapsed;
        var clock = Stopwatch.StartNew();
        // Of the last step: a checkpoint may stand between a step and its validation.
        if (!Completes(() => ValidateIfDue(throwIfCancelled))) return End(TrainingEnd.Cancelled);
        for (; State.Epoch < _options.NumberOfEpochs; NextEpoch())
        {
            foreach (var parts in _replicas.Planner.Epoch((int)SeedMix.Add((uint)_options.Seed, (ulong)State.Epoch)).Skip(State.StepInEpoch))
            {
                if (State.ValidationsSinceBest >= _options.EarlyStoppingRounds) return End(TrainingEnd.StoppedEarly);
                double rate = LearningRate(State.Step);
                if (!Completes(() => Step(parts, rate, throwIfCancelled))) return End(TrainingEnd.Cancelled);
                report(Progress(rate));
            }
        }
        return End(TrainingEnd.Completed);

        TrainingResult End(TrainingEnd end)
        {
            ended?.Invoke();
            return new TrainingResult(State.BestWeights ?? _replicas.Copy(State.Step), end, State, _steps);
        }

        bool Completes(Action work)
        {
            try
            {
                throwIfCancelled();
                work();
                return true;
            }
            catch (OperationCanceledException) when (_options.ReturnBestWhenCancelled && State.Step > 0)
            {
                return false;
            }
            finally
            {
                State.Elapsed = before + clock.Elapsed;
            }
        }
    }

    /// <summary>What has to be kept to go on later, beside the state, by name.</summary>
    public IReadOnlyList<StoredTensor> Tensors()
    {
        var tensors = _replicas.Tensors().Select(t => new StoredTensor(t.Name, t.Tensor.shape, () => Values(t.Tensor)));
        return [.. tensors, .. State.BestWeights is { } best ? best.Tensors(BestPrefix) : []];

        static float[] Values(Tensor tensor)
        {
            using var scope = NewDisposeScope();
            return tensor.detach().cpu().data<float>().ToArray();
        }
    }

    /// <summary>The shapes of <see cref="Tensors"/>, with or without best weights.</summary>
    public IReadOnlyDictionary<string, long[]> TensorShapes(bool hasBest)
    {
        var shapes = _replicas.Tensors().ToDictionary(t => t.Name, t => t.Tensor.shape, StringComparer.Ordinal);
        if (hasBest)
            foreach (var (name, shape) in _configuration.Weights()) shapes.Add(BestPrefix + name, shape);
        return shapes;
    }

    /// <summary>Goes on from what was kept.</summary>
    /// <param name="state">The state.</param>
    /// <param name="tensors">Values by name, of the shapes that <see cref="TensorShapes"/> tells.</param>
    /// <param name="file">Where they come from, for messages.</param>
    /// <exception cref="ModelFormatException">The state is none of this training; nothing has changed.</exception>
    public void Restore(TrainingState state, IReadOnlyDictionary<string, float[]> tensors, string file)
    {
        int perEpoch = _replicas.Planner.StepsPerEpoch;
        if (state.Epoch < 0 || state.Epoch > _options.NumberOfEpochs || state.StepInEpoch < 0 || state.StepInEpoch > perEpoch || state.Step != (state.Epoch * perEpoch) + state.StepInEpoch)
        {
            throw new ModelFormatException(FormattableString.Invariant(
                $"'{file}' stands at step {state.Step}, {state.StepInEpoch} steps into epoch {state.Epoch + 1}; this training has {_options.NumberOfEpochs} epochs of {perEpoch} steps."));
        }
        _replicas.Restore(tensors);
        State = state;
        if (tensors.Keys.Any(name => name.StartsWith(BestPrefix, StringComparison.Ordinal)))
            State.BestWeights = ModelWeights.Of(_configuration, name => tensors[BestPrefix + name]);
    }

    public void Dispose() => _replicas.Dispose();

    private void NextEpoch()
    {
        State.Epoch++;
        State.StepInEpoch = 0;
        State.EpochLoss = State.EpochTargets = 0;
    }

    /// <summary>Linear warm-up, then half a cosine down to zero (Loshchilov and Hutter 2017, arXiv:1608.03983).</summary>
    private double LearningRate(int step)
    {
        int warmup = (int)Math.Ceiling(_options.WarmupFraction * _steps);
        if (step < warmup) return _options.LearningRate * (step + 1) / warmup;
        return _options.LearningRate * 0.5 * (1 + Math.Cos(Math.PI * (step - warmup) / Math.Max(1, _steps - warmup)));
    }

    private void Step(IReadOnlyList<PromptPart> parts, double rate, Action throwIfCancelled)
    {
        Update(parts, rate);
        ValidateIfDue(throwIfCancelled);
    }

    private void Update(IReadOnlyList<PromptPart> parts, double rate)
    {
        long start = Stopwatch.GetTimestamp();
        var sums = _replicas.Step(parts, State.Step);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        State.Step++;
        State.StepInEpoch++;
        if (!double.IsFinite(sums.Loss)) throw TrainingDiverged.In(State.Step);
        State.EpochLoss += sums.Loss;
        State.EpochTargets += sums.Labeled;
        State.Targets += sums.Targets;
        State.Tokens += sums.Tokens;
        State.TrainingSeconds += seconds;
        State.Curve.Add(new CurveSpan(1, State.Step, State.Epoch + 1, sums.Loss, sums.Labeled, sums.Tokens, seconds, rate, Validation: null));
    }

    private void ValidateIfDue(Action throwIfCancelled)
    {
        if (_validator is not null && State.Step > 0 && _validations.IsDue(State.Step) && State.LastValidation?.Step != State.Step) Validate(_validator, throwIfCancelled);
    }

    private void Validate(Validator validator, Action throwIfCancelled)
    {
        long start = Stopwatch.GetTimestamp();
        var found = _replicas.Validate(validator, State.Step, throwIfCancelled);
        State.Validations++;
        State.ValidationsSinceBest++;
        State.LastValidation = found;
        State.Curve.Mark(found);
        if (State.BestValidation is null || found.IsBetterThan(State.BestValidation, _options.ValidationMetric))
        {
            State.BestValidation = found;
            State.BestWeights = _replicas.Copy(State.Step);
            State.ValidationsSinceBest = 0;
        }
        State.ValidationSeconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private DticTrainingProgress Progress(double rate)
    {
        double seconds = State.TrainingSeconds;
        double left = seconds * (_steps - State.Step) / State.Step;
        if (_validator is not null)
        {
            double each = State.Validations > 0 ? State.ValidationSeconds / State.Validations : ForwardShare * _validator.Tokens * seconds / State.Tokens;
            left += each * _validations.CountAfter(State.Step);
        }
        return new DticTrainingProgress(
            State.Epoch + 1, _options.NumberOfEpochs, State.Step, _steps, State.EpochLoss / Math.Max(1, State.EpochTargets), rate,
            State.Targets / seconds, State.Tokens / seconds, State.Elapsed, TimeSpan.FromSeconds(left))
        {
            LastValidation = State.LastValidation,
            BestValidation = State.BestValidation,
        };
    }
}
