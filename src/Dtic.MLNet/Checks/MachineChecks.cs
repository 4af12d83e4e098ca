using Dtic.MLNet.Scoring;
using static System.FormattableString;
using static Dtic.MLNet.CheckSeverity;

namespace Dtic.MLNet.Checks;

/// <summary>Whether this machine can train: torch, device, memory.</summary>
internal static class MachineChecks
{
    public static CheckFinding Device(Devices devices)
    {
        try
        {
            var device = devices.Choose();
            return new CheckFinding(Information, "machine.device", Invariant($"Torch is there and computes on {device.type.ToString().ToLowerInvariant()}{(device.index >= 0 ? Invariant($":{device.index}") : "")}, {Environment.ProcessorCount} cores."), "");
        }
        catch (TorchUnavailableException exception)
        {
            return new CheckFinding(Error, "machine.torch", exception.Message, "");   // says what to do
        }
        catch (InvalidOperationException exception)
        {
            return new CheckFinding(Error, "machine.device", exception.Message, "");
        }
    }

    /// <summary>What a process of this machine, or of this container, may still take.</summary>
    public static long FreeMemory()
    {
        var memory = GC.GetGCMemoryInfo();
        return Math.Max(0, memory.TotalAvailableMemoryBytes - Math.Max(memory.MemoryLoadBytes, Environment.WorkingSet));
    }

    public static IEnumerable<CheckFinding> Cost(TrainingCost cost, long freeMemory)
    {
        yield return new CheckFinding(Information, "cost.epoch", cost.ToString(), "");
        yield return new CheckFinding(Information, "cost.tokens", Invariant($"{(double)cost.Packed.Tokens / cost.NumberOfTargets:F1} tokens for each target, {cost.NumberOfParameters:N0} weights."), "");
        double need = cost.Packed.PeakMemory / 1048576.0, free = freeMemory / 1048576.0;
        string found = Invariant($"Training takes about {need:N0} MiB beside the data; {free:N0} MiB are free.");
        yield return need < 0.8 * free
            ? new CheckFinding(Information, "machine.memory", found, "")
            : new CheckFinding(need < free ? Warning : Error, "machine.memory", found, "Lower EmbeddingDimension, MaximumTokensPerPass or NumberOfThreads, raise MinimumCount (a smaller vocabulary), or use a larger machine.");
    }
}
