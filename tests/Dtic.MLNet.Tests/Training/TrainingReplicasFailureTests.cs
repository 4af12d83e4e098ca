using Dtic.MLNet.Model;
using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Tests.Training.Checkpoints;
using Dtic.MLNet.Training;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Training;

[TestClass]
public sealed class TrainingReplicasFailureTests
{
    [TestMethod]
    public void Create_WeightsCannotBeMade_GivesBackTheHeapAndTheTensors()
    {
        // As a device does whose memory ends: what comes first is made; the last weight, of a value too many, is not.
        var whole = TestModels.Weights(TinyTraining.Model);
        string last = TinyTraining.Model.Weights().Last().Name;
        var broken = ModelWeights.Of(TinyTraining.Model, name => name == last ? [.. whole[name], 0] : whole[name].ToArray());
        int leases = NativeHeap.LeaseCount, parameters = TinyTraining.Model.Weights().Count() - 1;

        LiveTensors.AssertNoneLeft(
            () => Assert.Throws<Exception>(() => new TrainingReplicas(TinyTraining.Training, broken, TinyTraining.Options, _ => 0.01, CPU)), parameters);

        Assert.AreEqual(leases, NativeHeap.LeaseCount);
    }

    [TestMethod]
    public void Create_ReplicasCannotBeMade_GivesBackTheHeapAndTheTensors()
    {
        var options = TinyTraining.Options with { NumberOfThreads = 0 };
        int leases = NativeHeap.LeaseCount;

        LiveTensors.AssertNoneLeft(
            () => Assert.Throws<ArgumentOutOfRangeException>(() => new TrainingReplicas(TinyTraining.Training, TestModels.Weights(TinyTraining.Model), options, _ => 0.01, CPU)),
            TinyTraining.Model.Weights().Count());

        Assert.AreEqual(leases, NativeHeap.LeaseCount);
    }

    [TestMethod]
    public void Dispose_GivesBackTheHeap()
    {
        int leases = NativeHeap.LeaseCount;
        var replicas = new TrainingReplicas(TinyTraining.Training, TestModels.Weights(TinyTraining.Model), TinyTraining.Options, _ => 0.01, CPU);
        Assert.AreEqual(leases + (NativeHeap.IsSupported ? 1 : 0), NativeHeap.LeaseCount);

        replicas.Dispose();

        Assert.AreEqual(leases, NativeHeap.LeaseCount);
    }
}
