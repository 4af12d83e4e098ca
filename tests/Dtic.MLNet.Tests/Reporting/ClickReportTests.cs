using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Dtic.MLNet.Evaluation;
using Dtic.MLNet.Reporting;
using Dtic.MLNet.Tests.Evaluation;
using Dtic.MLNet.Tests.Model;
using Microsoft.ML;

namespace Dtic.MLNet.Tests.Reporting;

[TestClass]
public sealed partial class ClickReportTests
{
    private const string Hostile = "</style><script>alert(1)</script> \"'&\0\uD800\u202E";
    private static readonly MLContext Context = new(seed: 1);
    private static readonly string[] AllSections = ["headline", "ranking", "calibration", "slices", "training", "cost", "drift", "configuration"];

    [TestMethod]
    public void ToHtml_Everything_HasAllSectionsAndFigures()
    {
        var metrics = Metrics(ScoredClick.Random(1, 400));
        string html = Report(metrics).ToHtml();
        var page = Parse(html);

        CollectionAssert.AreEqual(AllSections, page.Descendants("h2").Select(heading => heading.Attribute("id")!.Value).ToArray());
        Assert.HasCount(7, page.Descendants().Where(element => element.Name.LocalName == "svg"));
        Assert.Contains(metrics.AreaUnderRocCurve.ToString("0.0000", CultureInfo.InvariantCulture), html);
        Assert.Contains(metrics.ExpectedCalibrationError.ToString("0.0000", CultureInfo.InvariantCulture), html);
        Assert.Contains("8.0\u00A0×", html);
        Assert.Contains("Stopped early after 30 of 60 steps", html);
    }

    [TestMethod]
    public void ToHtml_Charts_AreNamedThemedAndApart()
    {
        var page = Parse(Report(Metrics(ScoredClick.Random(1, 400))).ToHtml());
        string[] ids = [.. page.Descendants().Attributes("id").Select(id => id.Value)];

        CollectionAssert.AllItemsAreUnique(ids);
        foreach (var svg in page.Descendants().Where(element => element.Name.LocalName == "svg"))
        {
            string[] names = svg.Attribute("aria-labelledby")!.Value.Split(' ');
            Assert.AreEqual("img", svg.Attribute("role")!.Value);
            Assert.IsTrue(names.All(name => svg.Elements().Any(element => element.Attribute("id")?.Value == name && element.Value.Length > 0)));

            // Every colour is the page's own, so that both schemes are legible, and every clip is this chart's.
            var paints = svg.Descendants().Attributes().Where(a => a.Name.LocalName is "fill" or "stroke" && a.Value != "none").ToList();
            Assert.IsEmpty(paints.Where(a => a.Parent!.Name.LocalName != "rect" || a.Parent.Parent!.Name.LocalName != "clipPath"), string.Join(' ', paints));
            foreach (var clip in svg.Descendants().Attributes("clip-path")) Assert.Contains(clip.Value[5..^1], ids);
        }
        Assert.IsEmpty(page.Descendants("th").Where(cell => cell.Attribute("scope") is null));
    }

    [TestMethod]
    public void ToHtml_FewPointsOrSmallNumbers_EveryTickHasALabelOfItsOwn()
    {
        ScoredClick[] rare = [.. ScoredClick.Random(1, 100).Select((row, i) => row with { Label = i % 2, Probability = (i + 1) * 1e-7f })];
        var report = new ClickReport
        {
            Metrics = Metrics(rare),
            Model = Model(Training(TimeSpan.FromSeconds(5), steps: 3, loss: step => 0.69314 + (step / 1e6))),
            Drift = Context.BinaryClassification.CompareDrift(ScoredClick.View(rare.Select(row => row with { Label = 0 })), ScoredClick.View(rare), new() { TimeColumnName = "Time", NumberOfPeriods = 1 }),
        };

        foreach (var svg in Parse(report.ToHtml()).Descendants().Where(element => element.Name.LocalName == "svg"))
        {
            foreach (var axis in svg.Descendants().Where(element => element.Name.LocalName == "text" && element.Value.Length > 0).GroupBy(text => text.Attribute("text-anchor")!.Value))
                CollectionAssert.AllItemsAreUnique(axis.Select(text => text.Value).ToArray(), $"{svg.Elements().First().Value}: {string.Join(' ', axis.Select(text => text.Value))}");
        }
    }

    [TestMethod]
    public void ToHtml_HostileText_IsShownAndNothingElse()
    {
        var report = new ClickReport { Title = Hostile, Facts = [new(Hostile, Hostile)] };
        string html = report.ToHtml();
        var page = Parse(html);

        Assert.DoesNotContain("<script", html);
        Assert.DoesNotContain('\0', html);
        Assert.IsEmpty(page.Descendants("script"));
        Assert.AreEqual(Hostile.Replace('\0', '\uFFFD').Replace('\uD800', '\uFFFD'), page.Descendants("h1").Single().Value);
    }

    [TestMethod]
    public void ToHtml_Always_AsksNothingOfTheNetwork()
    {
        string html = Report(Metrics(ScoredClick.Random(1, 100))).ToHtml();

        // Names of namespaces are no addresses; style sheets could import, and elements could fetch.
        Assert.DoesNotMatchRegex(Fetching(), html);
        string style = Parse(html).Descendants("style").Single().Value;
        Assert.IsFalse(style.Contains('&') || style.Contains('<') || style.Contains('>'), "The sheet is written through an encoder.");
    }

    [TestMethod]
    public void ToHtml_NothingGiven_IsAPage() => Assert.AreEqual("Click model", Parse(new ClickReport().ToHtml()).Descendants("title").Single().Value);

    [TestMethod]
    public void ToHtml_OneClassAndOneRow_HasDashesForWhatIsNotThere()
    {
        string html = Report(Metrics([ScoredClick.Of(1, 0)])).ToHtml();

        Assert.Contains("–", html);
        Assert.DoesNotContain("NaN", html);
    }

    [TestMethod]
    public void ToHtml_TrainingOfDays_CountsItsHoursOn()
    {
        var training = Training(TimeSpan.FromHours(70.5));

        Assert.Contains("70:30:00, of which 5.0 s for validations", new ClickReport { Model = Model(training) }.ToHtml());
        Assert.StartsWith("StoppedEarly after 30 of 60 steps in 70:30:00;", training.ToString());
    }

    [TestMethod]
    public void ToHtml_OtherCulture_IsTheSame()
    {
        var report = Report(Metrics(ScoredClick.Random(1, 100)));
        string expected = report.ToHtml();
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        CultureInfo.CurrentCulture.NumberFormat.NumberDecimalSeparator = ",";
        CultureInfo.CurrentCulture.NumberFormat.NegativeSign = "~";
        try
        {
            Assert.AreEqual(expected, report.ToHtml());
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [TestMethod]
    public void Save_NewFolderAndOldFile_LeavesNothingElse()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "new", "report.html");
        new ClickReport { Title = "One" }.Save(path);
        new ClickReport { Title = "Two" }.Save(path);

        Assert.Contains("<h1>Two</h1>", File.ReadAllText(path));
        Assert.HasCount(1, Directory.GetFileSystemEntries(Path.GetDirectoryName(path)!));
    }

    [TestMethod]
    public void Save_PathIsAFolder_FailsAndLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        string path = Directory.CreateDirectory(Path.Combine(folder.Path, "report.html")).FullName;

        Assert.Throws<SystemException>(() => new ClickReport().Save(path));
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Path));
    }

    private static ClickReport Report(ClickMetrics metrics)
    {
        var rows = ScoredClick.Random(2, 100);
        return new ClickReport
        {
            Title = "Test",
            Metrics = metrics,
            Model = Model(Training(TimeSpan.FromSeconds(50))),
            Drift = Context.BinaryClassification.CompareDrift(
                ScoredClick.View(rows), ScoredClick.View(rows.Take(50)), new() { TimeColumnName = "Time", HistoryLengthColumnName = "Prompt.HistoryLength" }),
            Facts = [new("Rows", "100")],
        };
    }

    private static DticModelParameters Model(DticTrainingSummary training) => new(TestModels.Weights(TestModels.Configuration()), new PlattScaling(0.9, 0.1), training);

    private static DticTrainingSummary Training(TimeSpan duration, int steps = 30, Func<int, double>? loss = null)
    {
        EpochCost Cost(long tokens) => new() { Tokens = tokens, AttendedPairs = 10 * tokens, Flops = 1e6 * tokens, LongestPass = 100, PeakMemory = 1 << 24 };
        return new DticTrainingSummary
        {
            NumberOfTargets = 100,
            NumberOfValidationTargets = 20,
            Steps = 30,
            NumberOfSteps = 60,
            NumberOfEpochs = 3,
            End = TrainingEnd.StoppedEarly,
            BestValidation = new(20, 0.7, 0.5),
            Duration = duration,
            ValidationDuration = TimeSpan.FromSeconds(5),
            Seed = 7,
            Curve = [.. Enumerable.Range(1, steps).Select(step => new DticTrainingPoint(step, 1, loss?.Invoke(step) ?? 1.0 / step, 0.001, 10, 100, step % 10 == 0 ? 0.6 + (step / 1000.0) : null, step % 10 == 0 ? 0.5 : null))],
            Options = new Dictionary<string, string> { ["BatchSize"] = "64" },
            Cost = new TrainingCost { NumberOfTargets = 100, NumberOfPrompts = 4, NumberOfParameters = 9, NumberOfWorkers = 1, Packed = Cost(1000), SlidingWindow = Cost(8000) },
        };
    }

    private static ClickMetrics Metrics(IEnumerable<ScoredClick> rows) => Context.BinaryClassification.EvaluateClicks(
        ScoredClick.View(rows), new ClickEvaluationOptions { UserColumnName = "User", HistoryLengthColumnName = "Prompt.HistoryLength" });

    private static XDocument Parse(string html) => XDocument.Parse(html);   // written as XML, which is stricter than HTML

    [GeneratedRegex("(src|href|action)=|@import|url\\((?!#)", RegexOptions.IgnoreCase)]
    private static partial Regex Fetching();
}
