using System.Globalization;
using Dtic.MLNet.Checks;
using Dtic.Transforms;
using Microsoft.ML;
using static Dtic.MLNet.Tests.Checks.CheckCases;

namespace Dtic.MLNet.Tests.Checks;

/// <summary>Every finding of <see cref="DticDiagnostics.Check"/>: where it belongs, and that it stays away from sound data.</summary>
[TestClass]
public sealed class CheckTests
{
    [TestMethod]
    public void Check_SoundData_HasFactsAndNothingElse()
    {
        var report = Check(Sound(), SoundTest());

        Assert.AreEqual("", report.ToString(CheckSeverity.Warning));
        CollectionAssert.AreEqual(
            new[] { "machine.device", "cost.epoch", "cost.tokens", "machine.memory", "data.rows", "data.labels", "time.range", "data.values", "test.rows" },
            report.Findings.Select(finding => finding.Code).ToArray());
        Assert.AreEqual("200 rows of 10 users; rows per user 20 at least, 20 | 20 | 20 at the quartiles, 20 at most.", Found(report, "data.rows"));
        Assert.AreEqual("200 labelled targets, 50.00 % of them clicks.", Found(report, "data.labels"));
        Assert.AreEqual("From 1600000000 (2020-09-13 12:26:40) to 1600019900 (2020-09-13 17:58:20).", Found(report, "time.range"));
        Assert.AreEqual("'Item' has 7 values; 0.0 % of the occurrences are of values rarer than MinimumCount (2).", Found(report, "data.values"));
        Assert.AreEqual("200 test targets, 50.00 % of 200 labelled ones clicks; 10 of 10 test users were trained on.", Found(report, "test.rows"));
    }

    [TestMethod]
    [DataRow("data.rows", CheckSeverity.Error)]
    [DataRow("data.histories", CheckSeverity.Warning)]
    [DataRow("data.labels", CheckSeverity.Error)]
    [DataRow("data.unlabelled", CheckSeverity.Warning)]
    [DataRow("data.unreadable", CheckSeverity.Error)]
    [DataRow("data.duplicates", CheckSeverity.Warning)]
    [DataRow("data.missing", CheckSeverity.Warning)]
    [DataRow("data.values", CheckSeverity.Warning)]
    [DataRow("time.unsorted", CheckSeverity.Error)]
    [DataRow("time.equal", CheckSeverity.Warning)]
    [DataRow("time.ties", CheckSeverity.Warning)]
    [DataRow("time.units", CheckSeverity.Error)]
    [DataRow("time.counters", CheckSeverity.Information)]
    [DataRow("time.early", CheckSeverity.Warning)]
    [DataRow("time.future", CheckSeverity.Warning)]
    [DataRow("leak.column", CheckSeverity.Error)]
    public void Check_OddData_FindsIt(string code, CheckSeverity severity)
    {
        Seen[] rows = Sound();
        Action<PromptPackingEstimator.Options>? change = null;
        switch (code)
        {
            case "data.rows": rows = []; break;
            case "data.histories": Each(rows, (row, i) => row.User = $"u{i}"); break;
            case "data.labels": Each(rows, (row, _) => row.Label = 1); break;
            case "data.unlabelled": Each(rows, (row, i) => row.Label = i % 5 == 0 ? row.Label : float.NaN); break;
            case "data.unreadable": rows[3].Label = 2; break;
            case "data.duplicates": rows = [.. rows, .. Sound()]; break;
            case "data.missing": Each(rows, (row, i) => row.Item = i % 3 == 0 ? row.Item : ""); break;
            case "data.values": Each(rows, (row, i) => row.Item = $"row {i}"); break;
            case "time.unsorted": change = options => options.InputIsSorted = true; break;
            case "time.equal": Each(rows, (row, _) => row.Time = 1_600_000_000); break;
            case "time.ties": Each(rows, (row, _) => row.Time = 1_600_000_000 + (row.Time / 10_000)); break;
            case "time.units": Each(rows, (row, i) => row.Time *= i < 50 ? 1000 : 1); break;
            case "time.counters": Each(rows, (row, i) => row.Time = i); break;
            case "time.early": rows[7].Time = 0; break;
            case "time.future": rows[7].Time = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1_000_000; break;
            case "leak.column": Each(rows, (row, _) => row.Item = row.Label == 1 ? "bought" : "left"); break;
        }

        var report = Check(rows, change: change);

        var finding = report.Findings.First(finding => finding.Code == code);
        Assert.AreEqual(severity, finding.Severity, report.ToString());
        Assert.AreEqual(severity == CheckSeverity.Error, report.HasErrors);
        string[] others = [.. report.Findings.Where(other => other.Code != code && other.Severity > CheckSeverity.Information).Select(other => other.Code)];
        Assert.IsEmpty(others.Except(code is "data.duplicates" or "time.equal" or "time.ties" ? ["time.ties", "data.duplicates"] : code is "data.missing" ? ["data.items"] : []), report.ToString());
    }

    [TestMethod]
    [DataRow("leak.rows", CheckSeverity.Error)]
    [DataRow("leak.time", CheckSeverity.Error)]
    [DataRow("leak.period", CheckSeverity.Warning)]
    [DataRow("test.rows", CheckSeverity.Error)]
    [DataRow("test.context", CheckSeverity.Warning)]
    [DataRow("test.unknown", CheckSeverity.Warning)]
    [DataRow("test.unreadable", CheckSeverity.Error)]
    public void Check_TestViewThatTestsNothing_FindsIt(string code, CheckSeverity severity)
    {
        Seen[] rows = Sound(), test = SoundTest();
        switch (code)
        {
            case "leak.rows": test[0] = rows[199]; break;
            case "leak.time": test[0].Time = 1_600_000_050; break;
            case "leak.period":
                Each(test, (row, _) => row.User += " of the test");
                test[0].Time = 1_600_000_050;
                break;
            case "test.rows": Each(test, (row, _) => row.IsTarget = false); break;
            case "test.context": test = [.. test.Where(row => row.IsTarget || row.User != "u3")]; break;
            case "test.unknown": Each(test, (row, i) => row.Item = i % 2 == 0 ? "new" : row.Item); break;
            case "test.unreadable": test[3].Label = 2; break;
        }

        var report = Check(rows, test);

        var finding = report.Findings.First(finding => finding.Code == code);
        Assert.AreEqual(severity, finding.Severity, report.ToString());
        Assert.AreNotEqual("", finding.Found);
        string[] others = [.. report.Findings.Where(other => other.Code != code && other.Severity > CheckSeverity.Information).Select(other => other.Code)];
        Assert.IsEmpty(others, report.ToString());
    }

    [TestMethod]
    public void Check_SplitWithLessContextThanThePackerTakes_NamesBothNumbers()
    {
        var split = Context.Data.TrainTestSplitByTime(Context.Data.LoadFromEnumerable(Sound()), "Time", "User", testFraction: 0.2, contextLength: 5);

        var finding = DticDiagnostics.Check(Packing(), Trainer(), split.TrainSet, split.TestSet).Findings.Single(finding => finding.Code == "test.context");

        Assert.AreEqual("10 of 10 test users that were trained on bring fewer earlier rows along (5 at most) than ContextLength (20) takes and the training view has.", finding.Found);
        Assert.AreEqual("Their first targets are scored with less history than a service knows: split by TrainTestSplitByTime with contextLength: 20.", finding.Advice);
    }

    [TestMethod]
    public void Check_AnySplitInTime_CountsTheUsersWhoLoseContext()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            Seen[] rows = Sound();
            Each(rows, (row, i) => (row.User, row.Time) = ($"u{random.Next(1 + random.Next(30))}", 1_600_000_000 + random.Next(150)));
            long cut = 1_600_000_000 + random.Next(30, 120);
            int brought = random.Next(12), taken = random.Next(12);
            var split = Context.Data.TrainTestSplitAtTime(Context.Data.LoadFromEnumerable(rows), "Time", "User", cut, contextLength: brought);

            var report = DticDiagnostics.Check(Packing(options => options.ContextLength = taken), Trainer(), split.TrainSet, split.TestSet);

            var trained = rows.Where(row => row.Time < cut).CountBy(row => row.User).ToDictionary();
            int losing = rows.Where(row => row.Time >= cut).DistinctBy(row => row.User).Count(row => trained.GetValueOrDefault(row.User) > brought && taken > brought);
            string? found = report.Findings.SingleOrDefault(finding => finding.Code == "test.context")?.Found;
            Assert.AreEqual(losing, found is null ? 0 : int.Parse(found.Split(' ')[0], CultureInfo.InvariantCulture), $"seed {seed}: {found}");
        }
    }

    [TestMethod]
    [DataRow("EarlyStoppingRounds")]
    [DataRow("Calibration")]
    public void Check_OptionThatNeedsAValidationSet_WantsOne(string option)
    {
        var options = option == "Calibration" ? new DticTrainer.Options { Calibration = CalibrationMethod.Platt } : new DticTrainer.Options { EarlyStoppingRounds = 3 };
        var rows = Context.Data.LoadFromEnumerable(Sound());

        var finding = Check(null).Single();

        Assert.AreEqual("machine.device cost.epoch cost.tokens machine.memory train.validation", string.Join(' ', DticDiagnostics.Check(Packing(), new DticTrainer(Context, options), rows).Findings.Take(5).Select(f => f.Code)));
        Assert.AreEqual(CheckSeverity.Error, finding.Severity);
        Assert.AreEqual(Assert.ThrowsExactly<InvalidOperationException>(() => new DticTrainer(Context, options).Fit(Packing().Fit(rows).Transform(rows))).Message, finding.Found);
        Assert.StartsWith($"{option} needs a validation set: ", finding.Found);
        Assert.IsEmpty(Check(Context.Data.LoadFromEnumerable(SoundTest())));
        options.ValidationFraction = 0.1;
        Assert.IsEmpty(Check(null));

        IEnumerable<CheckFinding> Check(IDataView? validation) =>
            DticDiagnostics.Check(Packing(), new DticTrainer(Context, options), rows, validation: validation).Findings.Where(finding => finding.Code == "train.validation");
    }

    [TestMethod]
    public void Check_ValidationView_IsLookedAtAsATestViewIs()
    {
        Seen[] validation = [.. Sound(300), Sound()[199]];

        var report = DticDiagnostics.Check(
            Packing(), Trainer(), Context.Data.LoadFromEnumerable(Sound()), Context.Data.LoadFromEnumerable(SoundTest()), Context.Data.LoadFromEnumerable(validation));

        Assert.AreEqual("201 validation targets, 50.25 % of 201 labelled ones clicks; 10 of 10 validation users were trained on.", Found(report, "validation.rows"));
        Assert.AreEqual("0.5 % of the validation targets stand in the training view, too (same user, time and item).", Found(report, "leak.rows"));
        CollectionAssert.AreEqual(
            new[] { "leak.rows", "validation.context" }, report.Findings.Where(finding => finding.Severity > CheckSeverity.Information).Select(finding => finding.Code).ToArray());
    }

    [TestMethod]
    public void Check_NumberMadeOfTheLabel_IsFound()
    {
        Seen[] rows = Sound();
        Each(rows, (row, i) => row.Number = row.Label == 1 ? 5 + i : -i);

        var report = Check(rows, change: options => options.NumericColumnNames = ["Number"]);

        Assert.AreEqual("'Number' tells the label: it lies from 7 to 204 with a click and from -197 to 0 without.", Found(report, "leak.column"));
        Each(rows, (row, i) => row.Number = i);
        Assert.AreEqual("", Check(rows, change: options => options.NumericColumnNames = ["Number"]).ToString(CheckSeverity.Warning));
    }

    [TestMethod]
    public void Check_MissingColumn_IsAFinding()
    {
        var report = Check(Sound(), change: options => options.TextColumnNames = ["Title"]);

        Assert.AreEqual("There is no column 'Title' (text). The columns are: User, Time, Item, Number, Label, IsTarget.", Found(report, "data.unreadable"));
    }

    [TestMethod]
    public void Check_GpuThatIsNotThere_IsAnError()
    {
        var context = new MLContext { GpuDeviceId = 99, FallbackToCpu = false };
        var report = DticDiagnostics.Check(Packing(), context.BinaryClassification.Trainers.Dtic(ClickPipeline.Options()), Context.Data.LoadFromEnumerable(Sound()));

        Assert.StartsWith("GpuDeviceId is 99, but torch sees ", Found(report, "machine.device"));
        Assert.IsTrue(report.HasErrors);
    }

    [TestMethod]
    [DataRow(1000.0, CheckSeverity.Information)]
    [DataRow(1.1, CheckSeverity.Warning)]
    [DataRow(0.5, CheckSeverity.Error)]
    public void Cost_FreeMemory_DecidesTheSeverity(double timesWhatIsNeeded, CheckSeverity expected)
    {
        var view = Packing().Fit(Context.Data.LoadFromEnumerable(Sound())).Transform(Context.Data.LoadFromEnumerable(Sound()));
        var cost = new DticTrainer(Context, ClickPipeline.Options()).EstimateCost(view);

        var finding = MachineChecks.Cost(cost, (long)(cost.Packed.PeakMemory * timesWhatIsNeeded)).Last();

        Assert.AreEqual("machine.memory", finding.Code);
        Assert.AreEqual(expected, finding.Severity);
    }

    [TestMethod]
    public void Check_FewUpdates_SaysHowManyAndWhatToDo()
    {
        var report = Check(Sound(), epochs: 3);

        Assert.AreEqual("200 labelled targets make 3 updates in 3 epochs; below about 500 a model has often not begun to learn.", Found(report, "train.updates"));
        Assert.AreEqual(CheckSeverity.Warning, report.Findings.Single(finding => finding.Code == "train.updates").Severity);
    }

    [TestMethod]
    public void ToString_LongFinding_WrapsUnderItself() => Assert.AreEqual(
        """
        ERROR   time.unsorted  InputIsSorted is set, but row 10 (counted from 0) goes back in time or to an earlier user. Sort by user and
                               time, or leave InputIsSorted at false.
        """.ReplaceLineEndings(),
        Check(Sound(), change: options => options.InputIsSorted = true).ToString(CheckSeverity.Warning));
}
