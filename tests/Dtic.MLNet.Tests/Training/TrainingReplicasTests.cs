using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Training;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Training;

[TestClass]
public sealed class TrainingReplicasTests
{
    private static readonly TrainingOptions Options = new(
        NumberOfEpochs: 1, BatchSize: 16, LearningRate: 1e-3, WeightDecay: 0.01, DropoutRate: 0, WarmupFraction: 0,
        MaximumGradientNorm: 1, MaximumTokensPerPass: 100, NumberOfThreads: 2, Seed: 1);

    private readonly PromptStore _store = new();

    public TrainingReplicasTests()
    {
        var random = new RandomPrompts(1);
        foreach (var prompt in random.Batch(20)) _store.Add(prompt, random.Labels(prompt));
    }

    [TestMethod]
    public void Tensors_NewAndRestored_AreAligned()
    {
        using var replicas = Create();
        Step(replicas);
        Alignment.AssertAligned(replicas.Tensors());
        var kept = replicas.Tensors().ToDictionary(t => t.Name, t => t.Tensor.detach().data<float>().ToArray());

        using var resumed = Create();
        resumed.Restore(kept);
        Step(resumed);

        Alignment.AssertAligned(resumed.Tensors());
    }

    private TrainingReplicas Create() => new(_store, TestModels.Weights(TestModels.Configuration()), Options, _ => 1e-3, CPU);

    private static void Step(TrainingReplicas replicas) => replicas.Step(replicas.Planner.Epoch(1).First(), step: 0);
}
