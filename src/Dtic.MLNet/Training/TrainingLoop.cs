using System.Diagnostics;
using Dtic.MLNet.Model;
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

    private readonly TrainingOptions _options;
    private readonly TrainingReplicas _replicas;
    private readonly Validator? _validator;
    private readonly ValidationSchedule _validations;
    private readonly int _steps;

    public TrainingLoop(PromptStore store, ModelWeights initial, TrainingOptions options, Device device, PromptStore? validation = null)
    {
        _options = options;
        if (validation is not null) _validator = new Validator(validation, initial.Configuration, initial.Configuration.ModeOf(options.ScoringMode), options.MaximumTokensPerPass);
        _replicas = new TrainingReplicas(store, initial, options, device);
        _steps = checked(_replicas.Planner.StepsPerEpoch * options.NumberOfEpochs);
        _validations = new ValidationSchedule(options, _replicas.Planner.StepsPerEpoch);
    }

    /// <summary>Where the training stands.</summary>
    public TrainingState State { get; } = new();

    /// <summary>Trains from <see cref="State"/> to the end.</summary>
    /// <param name="report">Called after every step and the validation that belongs to it, on the calling thread.</param>
    /// <param name="throwIfCancelled">Called before every step on the calling thread, and while validating on the workers.</param>
    /// <exception cref="OperationCanceledException">Cancelled before the first step, or where the best model so far is not asked for.</exception>
    /// <exception cref="InvalidOperationException">The loss became infinite or not a number.</exception>
    public TrainingResult Run(Action<DticTrainingProgress> report, Action throwIfCancelled)
    {
        using var products = OneDnnProducts.Begin(_options.OneDnnMatrixProducts);
        var before = State.Elapsed;
        var clock = Stopwatch.StartNew();
        for (; State.Epoch < _options.NumberOfEpochs; NextEpoch())
        {
            foreach (var parts in _replicas.Planner.Epoch((int)SeedMix.Add((uint)_options.Seed, (ulong)State.Epoch)).Skip(State.StepInEpoch))
            {
                double rate = _options.LearningRate * Schedule(State.Step);
                try
                {
                    throwIfCancelled();
                    Step(parts, rate);
                    if (_validator is not null && _validations.IsDue(State.Step)) Validate(_validator, throwIfCancelled);
                }
                catch (OperationCanceledException) when (_options.ReturnBestWhenCancelled && State.Step > 0)
                {
                    State.Elapsed = before + clock.Elapsed;
                    return Finish(TrainingEnd.Cancelled);
                }
                State.Elapsed = before + clock.Elapsed;
                report(Progress(rate));
                if (State.ValidationsSinceBest >= _options.EarlyStoppingRounds && State.Step < _steps) return Finish(TrainingEnd.StoppedEarly);
            }
        }
        return Finish(TrainingEnd.Completed);
    }

    public void Dispose() => _replicas.Dispose();

    private TrainingResult Finish(TrainingEnd end) => new(State.BestWeights ?? _replicas.Copy(), end, State, _steps);

    private void NextEpoch()
    {
        State.Epoch++;
        State.StepInEpoch = 0;
        State.EpochLoss = State.EpochTargets = 0;
    }

    /// <summary>Linear warm-up, then half a cosine down to zero (Loshchilov and Hutter 2017, arXiv:1608.03983), as a share of the learning rate.</summary>
    private double Schedule(int step)
    {
        int warmup = (int)Math.Ceiling(_options.WarmupFraction * _steps);
        if (step < warmup) return (step + 1.0) / warmup;
        return 0.5 * (1 + Math.Cos(Math.PI * (step - warmup) / Math.Max(1, _steps - warmup)));
    }

    private void Step(IReadOnlyList<PromptPart> parts, double rate)
    {
        long start = Stopwatch.GetTimestamp();
        var sums = _replicas.Step(parts, State.Step, rate);
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
            State.BestWeights = _replicas.Copy();
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
