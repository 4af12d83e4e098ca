using Dtic.Transforms;
using Dtic.Transforms.Checks;
using Microsoft.ML;

namespace Dtic.MLNet.Checks;

/// <summary>All checks before training.</summary>
internal static class Preflight
{
    public static CheckReport Run(PromptPackingEstimator packing, DticTrainer trainer, IDataView train, IDataView? test)
    {
        var findings = new List<CheckFinding> { MachineChecks.Device(trainer.Devices) };
        var facts = Read(findings, "data.unreadable", () => InteractionFacts.Read(train, packing.CreateTemplate(train.Schema)));
        if (facts is null) return new CheckReport(findings);
        int machine = findings.Count;
        findings.AddRange(DataChecks.Of(facts, packing.Settings));
        bool canTrain = findings.Skip(machine).All(finding => finding.Severity != CheckSeverity.Error || finding.Code == DataChecks.Leak);
        if (test is not null && Read(findings, "test.unreadable", () => InteractionFacts.Read(test, packing.CreateTemplate(train.Schema), facts)) is { } tested)
        {
            findings.AddRange(SplitChecks.Of(facts, tested, packing.Settings));
        }
        if (canTrain && Read(findings, "cost.unknown", () => trainer.EstimateCost(packing.Fit(train).Transform(train))) is { } cost)
        {
            findings.InsertRange(machine, MachineChecks.Cost(cost, MachineChecks.FreeMemory()));
            if (trainer.TooFewUpdates(cost.NumberOfTargets) is { } found) findings.Add(new CheckFinding(CheckSeverity.Warning, "train.updates", found, DticTrainer.MoreUpdates));
        }
        return new CheckReport(findings);
    }

    /// <summary>What ML.NET's readers and ours throw over data; anything else is a fault of the program.</summary>
    private static T? Read<T>(List<CheckFinding> findings, string code, Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or FormatException or IOException or OverflowException or UnauthorizedAccessException)
        {
            findings.Add(new CheckFinding(CheckSeverity.Error, code, exception.Message, ""));
            return null;
        }
    }
}
