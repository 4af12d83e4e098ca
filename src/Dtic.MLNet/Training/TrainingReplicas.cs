using Dtic.MLNet.Model;
using Dtic.Transforms.Prompts;
using TorchSharp;
using static TorchSharp.torch;

namespace Dtic.MLNet.Training;

/// <summary>The weights in training: a replica of the model for each worker thread, their optimizer, and the update by one step's targets.</summary>
internal sealed class TrainingReplicas : IDisposable
{
    private readonly PromptStore _store;
    private readonly TrainingOptions _options;
    private readonly ModelConfiguration _configuration;
    private readonly TorchWorkers _workers;
    private readonly ClickModel[] _replicas;   // the first holds the master weights; the others share their storage
    private readonly FusedAdamW _optimizer;
    private readonly BatchPlanner _planner;
    private readonly NativeHeap? _heap = NativeHeap.Begin();

    public TrainingReplicas(PromptStore store, ModelWeights initial, TrainingOptions options, Device device)
    {
        _store = store;
        _options = options;
        _configuration = initial.Configuration;
        int threads = device.type == DeviceType.CPU ? options.NumberOfThreads : 1;
        _planner = new BatchPlanner(store, _configuration, options.BatchSize, options.MaximumTokensPerPass, threads);
        var master = initial.CreateModel(device, train: true);
        _replicas = [master, .. Enumerable.Range(1, threads - 1).Select(_ => ModelWeights.Replicate(_configuration, master))];
        _optimizer = new FusedAdamW(master.Parameters.Values, options.WeightDecay);
        _workers = new TorchWorkers(threads);
    }

    public BatchPlanner Planner => _planner;

    /// <summary>A copy of the present weights.</summary>
    public ModelWeights Copy() => ModelWeights.From(_configuration, _replicas[0].Parameters);

    /// <summary>The weights and what the optimizer remembers of each, by name: the tensors themselves.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> Tensors()
    {
        foreach (var (name, weight) in _replicas[0].Parameters)
        {
            var (first, second, steps) = _optimizer.Moments(weight);
            yield return ("weight." + name, weight);
            yield return ("first_moment." + name, first);
            yield return ("second_moment." + name, second);
            yield return ("steps." + name, steps);
        }
    }

    /// <summary>Sets all <see cref="Tensors"/>.</summary>
    public void Restore(IReadOnlyDictionary<string, float[]> values)
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        foreach (var (name, to) in Tensors()) to.copy_(tensor(values[name], to.shape));
    }

    /// <summary>Measures the present weights.</summary>
    public DticValidation Validate(Validator validator, int step, Action throwIfCancelled) => validator.Measure(_replicas, _workers, step, throwIfCancelled);

    /// <summary>Updates the weights by the targets of one step.</summary>
    /// <returns>The sum of the targets' losses before the update, the number of targets with a label and of all, and the tokens encoded.</returns>
    public StepSums Step(IReadOnlyList<PromptPart> parts, int step, double learningRate)
    {
        var slices = parts.Select(p => _store.Targets(p.Prompt).Slice(p.FirstTarget, p.TargetCount, _configuration.ContextLength)).ToArray();
        var passes = _planner.Passes(Array.ConvertAll(slices, s => s.Tokens.Length));
        int labeled = parts.Sum(p => Labels(p).Length - Labels(p).Count(float.NaN));
        var losses = new double[passes.Count];
        _workers.Run(worker =>
        {
            for (int pass = worker; pass < passes.Count; pass += _workers.Count)
                losses[pass] = Accumulate(_replicas[worker], passes[pass], parts, slices, labeled, SeedMix.Add((uint)_options.Seed, (ulong)step));
        });
        // On a worker: torch's own threads would wait for each other in every one of these many small products.
        _workers.Run(worker =>
        {
            if (worker == 0) Update(Math.Min(passes.Count, _workers.Count), learningRate);
        });
        return new StepSums(losses.Sum(), labeled, parts.Sum(p => p.TargetCount), slices.Sum(s => (long)s.Tokens.Length));
    }

    public void Dispose()
    {
        _workers.Dispose();
        _optimizer.Dispose();
        foreach (var replica in _replicas) replica.Dispose();
        _heap?.Dispose();   // last: it gives back what was freed
    }

    private ReadOnlySpan<float> Labels(PromptPart part) => _store.Labels(part.Prompt).Slice(part.FirstTarget, part.TargetCount);

    /// <summary>Adds one pass's gradients to the replica's; the sum over a step's passes is the gradient of the step's mean loss.</summary>
    private double Accumulate(ClickModel model, IReadOnlyList<int> pass, IReadOnlyList<PromptPart> parts, PackedPrompt[] slices, int labeled, ulong seed)
    {
        using var scope = NewDisposeScope();
        var labels = pass.SelectMany(i => Labels(parts[i]).ToArray()).ToArray();
        var stream = new PromptStream([.. pass.Select(i => slices[i])], _configuration);
        var dropout = _options.DropoutRate > 0 ? new Dropout(_options.DropoutRate, stream, [.. pass.SelectMany(i => Keys(parts[i], slices[i], seed))]) : null;
        var logits = model.Forward(stream, dropout);   // (T)
        var loss = nn.functional.binary_cross_entropy_with_logits(
            logits, tensor(Array.ConvertAll(labels, Wanted), device: model.Device), weight: tensor(Array.ConvertAll(labels, Weight), device: model.Device), reduction: nn.Reduction.Sum);
        using Scalar share = 1.0 / labeled;
        loss.mul(share).backward();
        return loss.cpu().item<float>();
    }

    /// <summary>The probability that a label asks for.</summary>
    private float Wanted(float label) => float.IsNaN(label) ? 0 : (float)((label * (1 - _options.LabelSmoothing)) + (_options.LabelSmoothing / 2));

    private float Weight(float label) => float.IsNaN(label) ? 0 : label > 0 ? (float)_options.PositiveInstanceWeight : 1;

    private void Update(int active, double learningRate)
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        var master = _replicas[0].Parameters;
        for (int i = 1; i < active; i++)
            foreach (var (name, parameter) in _replicas[i].Parameters) master[name].grad!.add_(parameter.grad!, HeldScalar.One);   // always in this order
        nn.utils.clip_grad_norm_(master.Values, _options.MaximumGradientNorm);
        _optimizer.Step(learningRate);
        foreach (var replica in _replicas)
            foreach (var parameter in replica.Parameters.Values) parameter.grad?.zero_();
    }

    private IEnumerable<ulong> Keys(PromptPart part, PackedPrompt slice, ulong seed) => DropoutKeys.Of(
        slice, _store.Targets(part.Prompt).FirstInteraction(part.FirstTarget, _configuration.ContextLength), SeedMix.Add(seed, (ulong)part.Prompt));
}

/// <summary>The sums of one step.</summary>
/// <param name="Loss">Of the labelled targets' losses.</param>
/// <param name="Labeled">Targets with a label.</param>
/// <param name="Targets">All targets encoded.</param>
/// <param name="Tokens">Tokens encoded.</param>
internal readonly record struct StepSums(double Loss, int Labeled, int Targets, long Tokens);
