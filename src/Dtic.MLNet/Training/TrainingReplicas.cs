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
    private readonly FusedAdamW[] _optimizers;   // each worker's, over its share of all weights but the embeddings
    private readonly EmbeddingTable _embeddings;
    private readonly Func<int, double> _learningRate;
    private readonly string[][] _shares;
    private readonly BatchPlanner _planner;
    private readonly Stack<IDisposable> _owned = new();   // in the order in which they were made

    /// <param name="store">The training set.</param>
    /// <param name="initial">The weights to begin with.</param>
    /// <param name="options">How to train.</param>
    /// <param name="learningRate">The learning rate of each step, from 0.</param>
    /// <param name="device">Where.</param>
    public TrainingReplicas(PromptStore store, ModelWeights initial, TrainingOptions options, Func<int, double> learningRate, Device device)
    {
        _store = store;
        _options = options;
        _learningRate = learningRate;
        _configuration = initial.Configuration;
        int threads = device.type == DeviceType.CPU ? options.NumberOfThreads : 1;
        _planner = new BatchPlanner(store, _configuration, options.BatchSize, options.MaximumTokensPerPass, threads);
        try
        {
            if (NativeHeap.Begin() is { } heap) Own(heap);   // first, so that it ends last and gives back what the others freed
            var master = Own(initial.CreateModel(device, train: true));
            _replicas = [master, .. Enumerable.Range(1, threads - 1).Select(_ => Own(ModelWeights.Replicate(_configuration, master)))];
            _embeddings = Own(new EmbeddingTable(master.Parameters[ModelConfiguration.Embedding], options.WeightDecay, learningRate, threads));
            _shares = Shares(threads);
            _optimizers = [.. _shares.Select(share => Own(new FusedAdamW(share.Select(name => master.Parameters[name]), options.WeightDecay)))];
            _workers = Own(new TorchWorkers(threads));
        }
        catch   // a device's memory may end at any of them
        {
            Dispose();
            throw;
        }
    }

    public BatchPlanner Planner => _planner;

    /// <summary>A copy of the weights.</summary>
    /// <param name="step">Steps done.</param>
    public ModelWeights Copy(int step)
    {
        _embeddings.CatchUp(step);
        return ModelWeights.From(_configuration, _replicas[0].Parameters);
    }

    /// <summary>The weights and what the optimizer remembers of each, by name: the tensors themselves. Rows of the embeddings are as of their own steps.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> Tensors()
    {
        foreach (var (name, weight) in _replicas[0].Parameters)
        {
            var (first, second, steps) = name == ModelConfiguration.Embedding
                ? (_embeddings.First, _embeddings.Second, _embeddings.Steps)
                : _optimizers.Select(o => o.Moments(weight)).First(m => m is not null)!.Value;
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
        foreach (var (name, to) in Tensors()) to.copy_(HostTensor.Of(values[name], to.shape, CPU));
    }

    /// <summary>Measures the weights.</summary>
    public DticValidation Validate(Validator validator, int step, Action throwIfCancelled)
    {
        _embeddings.CatchUp(step);
        return validator.Measure(_replicas, _workers, step, throwIfCancelled);
    }

    /// <summary>Updates the weights by the targets of one step.</summary>
    /// <param name="parts">The targets.</param>
    /// <param name="step">Steps done.</param>
    /// <returns>The sum of the targets' losses before the update, the number of targets with a label and of all, and the tokens encoded.</returns>
    public StepSums Step(IReadOnlyList<PromptPart> parts, int step)
    {
        var slices = parts.Select(p => _store.Targets(p.Prompt).Slice(p.FirstTarget, p.TargetCount, _configuration.ContextLength)).ToArray();
        var passes = _planner.Passes(Array.ConvertAll(slices, s => s.Tokens.Length));
        int labeled = parts.Sum(p => Labels(p).Length - Labels(p).Count(float.NaN));
        var losses = new double[passes.Count];
        using var rows = _embeddings.Take(slices.Select(s => s.Tokens), step);
        // All of it on the workers: torch's own threads would wait for each other in every one of these many small operations.
        _workers.Run(rows.Fetch);
        _workers.Run(worker =>
        {
            for (int pass = worker; pass < passes.Count; pass += _workers.Count)
                losses[pass] = Accumulate(_replicas[worker], rows, worker, passes[pass], parts, slices, labeled, SeedMix.Add((uint)_options.Seed, (ulong)step));
        });
        Update(rows, Math.Min(passes.Count, _workers.Count), _learningRate(step));
        return new StepSums(losses.Sum(), labeled, parts.Sum(p => p.TargetCount), slices.Sum(s => (long)s.Tokens.Length));
    }

    public void Dispose()
    {
        while (_owned.TryPop(out var last)) last.Dispose();
    }

    private T Own<T>(T made)
        where T : IDisposable
    {
        _owned.Push(made);
        return made;
    }

    private ReadOnlySpan<float> Labels(PromptPart part) => _store.Labels(part.Prompt).Slice(part.FirstTarget, part.TargetCount);

    /// <summary>Adds one pass's gradients to the replica's; the sum over a step's passes is the gradient of the step's mean loss.</summary>
    private double Accumulate(
        ClickModel model, EmbeddingRows rows, int replica, IReadOnlyList<int> pass, IReadOnlyList<PromptPart> parts, PackedPrompt[] slices, int labeled, ulong seed)
    {
        using var scope = NewDisposeScope();
        var labels = pass.SelectMany(i => Labels(parts[i]).ToArray()).ToArray();
        var stream = new PromptStream([.. pass.Select(i => slices[i])], _configuration);
        var dropout = _options.DropoutRate > 0 ? new Dropout(_options.DropoutRate, stream, [.. pass.SelectMany(i => Keys(parts[i], slices[i], seed))]) : null;
        rows.Number(stream.Tokens);
        var logits = model.Forward(stream, dropout, rows.Of(replica));   // (T)
        var loss = nn.functional.binary_cross_entropy_with_logits(
            logits, HostTensor.Of(Array.ConvertAll(labels, Wanted), model.Device), weight: HostTensor.Of(Array.ConvertAll(labels, Weight), model.Device), reduction: nn.Reduction.Sum);
        using Scalar share = 1.0 / labeled;
        loss.mul(share).backward();
        return loss.cpu().item<float>();
    }

    /// <summary>The probability that a label asks for.</summary>
    private float Wanted(float label) => float.IsNaN(label) ? 0 : (float)((label * (1 - _options.LabelSmoothing)) + (_options.LabelSmoothing / 2));

    private float Weight(float label) => float.IsNaN(label) ? 0 : label > 0 ? (float)_options.PositiveInstanceWeight : 1;

    /// <summary>Sums the replicas' gradients, bounds their length over all weights, and makes the step; each worker does a share of it.</summary>
    private void Update(EmbeddingRows rows, int active, double learningRate)
    {
        var squares = new double[_workers.Count];
        _workers.Run(worker => squares[worker] = SumGradients(rows, worker, active));
        double factor = Math.Min(1, _options.MaximumGradientNorm / (Math.Sqrt(squares.Sum()) + 1e-6));   // as torch's clip_grad_norm_
        _workers.Run(worker =>
        {
            using var scope = NewDisposeScope();
            using var untracked = no_grad();
            using Scalar scale = factor;
            if (factor < 1)
                foreach (var gradient in Gradients(rows, worker)) gradient.mul_(scale);
            _optimizers[worker].Step(learningRate);
            rows.Update(worker, learningRate);
            foreach (var name in _shares[worker])
                foreach (var replica in _replicas) replica.Parameters[name].grad?.zero_();
        });
    }

    /// <summary>Sums a worker's share of the gradients into the first replica's, always in the same order.</summary>
    /// <returns>The square of their length.</returns>
    private double SumGradients(EmbeddingRows rows, int worker, int active)
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        for (int i = 1; i < active; i++)
        {
            foreach (var name in _shares[worker]) _replicas[0].Parameters[name].grad!.add_(_replicas[i].Parameters[name].grad!, HeldScalar.One);
            rows.Gradient(worker, 0).add_(rows.Gradient(worker, i), HeldScalar.One);
        }
        var lengths = stack(Gradients(rows, worker).Select(g => linalg.vector_norm(g)));
        return lengths.cpu().data<float>().Sum(length => (double)length * length);
    }

    private IEnumerable<Tensor> Gradients(EmbeddingRows rows, int worker) => _shares[worker].Select(name => _replicas[0].Parameters[name].grad!).Append(rows.Gradient(worker, 0));

    /// <summary>The weights but the embeddings, shared out so that the workers' shares are of about equal size.</summary>
    private string[][] Shares(int count)
    {
        var shares = Enumerable.Range(0, count).Select(_ => (Names: new List<string>(), Size: new long[1])).ToArray();
        foreach (var (name, shape) in _configuration.Weights().Where(w => w.Name != ModelConfiguration.Embedding).OrderByDescending(w => w.Shape.Aggregate(1L, (a, b) => a * b)))
        {
            var (names, size) = shares.MinBy(s => s.Size[0]);
            names.Add(name);
            size[0] += shape.Aggregate(1L, (a, b) => a * b);
        }
        return Array.ConvertAll(shares, s => s.Names.ToArray());
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
