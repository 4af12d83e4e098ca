using Dtic.Transforms;
using Dtic.Transforms.Checks;
using Microsoft.ML;

namespace Dtic.MLNet.Checks;

/// <summary>All checks before training.</summary>
internal static class Preflight
{
    public static CheckReport Run(PromptPackingEstimator packing, DticTrainer trainer, IDataView train, IDataView? test, IDataView? validation)
    {
        var findings = new List<CheckFinding> { MachineChecks.Device(trainer.Devices) };
        if (validation is null && trainer.MissingValidation() is { } missing)
            findings.Add(new CheckFinding(CheckSeverity.Error, "train.validation", missing, "For Fit(trainData, validationData), give the validation interactions to Check, too."));
        var facts = Read(findings, "data.unreadable", () => InteractionFacts.Read(train, packing.CreateTemplate(train.Schema)));
        if (facts is null) return new CheckReport(findings);
        int before = findings.Count;
        findings.AddRange(DataChecks.Of(facts, packing.Settings));
        findings.AddRange(TargetChecks.Of(train.Schema, facts, packing.Settings));
        bool canTrain = findings.Skip(before).All(finding => finding.Severity != CheckSeverity.Error || finding.Code == DataChecks.Leak);
        foreach (var (name, view) in new[] { ("validation", validation), ("test", test) })
        {
            if (view is not null && Read(findings, $"{name}.unreadable", () => InteractionFacts.Read(view, packing.CreateTemplate(train.Schema), facts)) is { } held)
                findings.AddRange(SplitChecks.Of(name, facts, held, packing.Settings));
        }
        if (canTrain && Read(findings, "data.packing", () => packing.Fit(train)) is { } packer)
        {
            findings.AddRange(TokenChecks.Of(packer));
            if (Read(findings, "cost.unknown", () => trainer.EstimateCost(packer.Transform(train))) is { } cost)
            {
                findings.InsertRange(1, MachineChecks.Cost(cost, MachineChecks.FreeMemory()));   // behind the device
                if (trainer.TooFewUpdates(cost.NumberOfTargets) is { } found) findings.Add(new CheckFinding(CheckSeverity.Warning, "train.updates", found, DticTrainer.MoreUpdates));
            }
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
