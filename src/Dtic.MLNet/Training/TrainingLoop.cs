using System.Diagnostics;
using Dtic.MLNet.Model;
using Dtic.Transforms.Prompts;
using TorchSharp;
using static TorchSharp.torch;

namespace Dtic.MLNet.Training;

/// <summary>Trains a click model on stored prompts: binary cross-entropy per target, AdamW, warm-up and cosine decay, clipped gradients.</summary>
internal sealed class TrainingLoop : IDisposable
{
    private readonly PromptStore _store;
    private readonly TrainingOptions _options;
    private readonly ModelConfiguration _configuration;
    private readonly TorchWorkers _workers;
    private readonly ClickModel[] _replicas;   // the first holds the master weights; the others share their storage
    private readonly FusedAdamW _optimizer;
    private readonly BatchPlanner _planner;
    private readonly NativeHeap? _heap = NativeHeap.Begin();
    private long _tokens;

    public TrainingLoop(PromptStore store, ModelWeights initial, TrainingOptions options, Device device)
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

    /// <summary>Trains to the end.</summary>
    /// <param name="report">Called after every step, on the calling thread.</param>
    /// <param name="cancellation">Checked before every step.</param>
    /// <exception cref="OperationCanceledException">Cancelled; nothing of the run is kept.</exception>
    public ModelWeights Run(Action<DticTrainingProgress> report, CancellationToken cancellation)
    {
        int steps = _planner.StepsPerEpoch * _options.NumberOfEpochs, step = 0;
        long targets = 0;
        using var products = OneDnnProducts.Begin(_options.OneDnnMatrixProducts);
        var clock = Stopwatch.StartNew();
        for (int epoch = 0; epoch < _options.NumberOfEpochs; epoch++)
        {
            double loss = 0;
            long labeled = 0;
            foreach (var parts in _planner.Epoch((int)SeedMix.Add((uint)_options.Seed, (ulong)epoch)))
            {
                cancellation.ThrowIfCancellationRequested();
                double rate = _options.LearningRate * Schedule(step, steps);
                var (stepLoss, stepLabeled) = Step(parts, step, rate);
                step++;
                loss += stepLoss;
                labeled += stepLabeled;
                targets += parts.Sum(p => p.TargetCount);
                double seconds = clock.Elapsed.TotalSeconds;
                report(new DticTrainingProgress(
                    epoch + 1, _options.NumberOfEpochs, step, steps, loss / Math.Max(1, labeled), rate, targets / seconds, _tokens / seconds,
                    clock.Elapsed, TimeSpan.FromSeconds(seconds * (steps - step) / step)));
            }
        }
        return ModelWeights.From(_configuration, _replicas[0].Parameters);
    }

    public void Dispose()
    {
        _workers.Dispose();
        _optimizer.Dispose();
        foreach (var replica in _replicas) replica.Dispose();
        _heap?.Dispose();   // last: it gives back what was freed
    }

    /// <summary>Linear warm-up, then half a cosine down to zero (Loshchilov and Hutter 2017, arXiv:1608.03983), as a share of the learning rate.</summary>
    private double Schedule(int step, int steps)
    {
        int warmup = (int)Math.Ceiling(_options.WarmupFraction * steps);
        if (step < warmup) return (step + 1.0) / warmup;
        return 0.5 * (1 + Math.Cos(Math.PI * (step - warmup) / Math.Max(1, steps - warmup)));
    }

    private (double Loss, int Labeled) Step(IReadOnlyList<PromptPart> parts, int step, double learningRate)
    {
        var slices = parts.Select(p => _store.Targets(p.Prompt).Slice(p.FirstTarget, p.TargetCount, _configuration.ContextLength)).ToArray();
        var passes = _planner.Passes(Array.ConvertAll(slices, s => s.Tokens.Length));
        int labeled = parts.Sum(p => Labels(p).Length - Labels(p).Count(float.NaN));
        _tokens += slices.Sum(s => (long)s.Tokens.Length);
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
        return (losses.Sum(), labeled);
    }

    private ReadOnlySpan<float> Labels(PromptPart part) => _store.Labels(part.Prompt).Slice(part.FirstTarget, part.TargetCount);

    /// <summary>Adds one pass's gradients to the replica's; the sum over a step's passes is the gradient of the step's mean loss.</summary>
    private double Accumulate(ClickModel model, IReadOnlyList<int> pass, IReadOnlyList<PromptPart> parts, PackedPrompt[] slices, int labeled, ulong seed)
    {
        using var scope = NewDisposeScope();
        var labels = pass.SelectMany(i => Labels(parts[i]).ToArray()).ToArray();
        float[] weights = Array.ConvertAll(labels, l => float.IsNaN(l) ? 0f : 1f);
        var stream = new PromptStream([.. pass.Select(i => slices[i])], _configuration);
        var dropout = _options.DropoutRate > 0 ? new Dropout(_options.DropoutRate, stream, [.. pass.SelectMany(i => Keys(parts[i], slices[i], seed))]) : null;
        var logits = model.Forward(stream, dropout);   // (T)
        var loss = nn.functional.binary_cross_entropy_with_logits(
            logits, tensor(Array.ConvertAll(labels, l => float.IsNaN(l) ? 0f : l), device: model.Device), weight: tensor(weights, device: model.Device), reduction: nn.Reduction.Sum);
        using Scalar share = 1.0 / labeled;
        loss.mul(share).backward();
        return loss.cpu().item<float>();
    }

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
