using Dtic.Transforms;

namespace Dtic.MLNet.Tests.Documentation;

/// <summary>docs/options.md has a table for each of these types, between two comments, made from the code.</summary>
[TestClass]
public sealed class OptionsPageTests
{
    private const string Page = "docs/options.md";

    [TestMethod]
    public void OptionsPage_Tables_AreThoseOfTheCode()
    {
        string page = Repository.Read(Page);
        foreach (Type options in new[] { typeof(PromptPackingEstimator.Options), typeof(DticTrainer.Options) })
            page = Fill(page, $"{options.DeclaringType!.Name}.{options.Name}", OptionTable.OfOptions(options));
        foreach (Type enumeration in new[] { typeof(OutcomeOrder), typeof(ContextAttention), typeof(PositionEncoding), typeof(ScoringMode) })
            page = Fill(page, enumeration.Name, OptionTable.OfEnumeration(enumeration));

        GeneratedFile.AssertCurrent(Page, page);
    }

    private static string Fill(string page, string name, string table)
    {
        string begin = $"<!-- {name} -->\n", end = $"<!-- end of {name} -->";
        int from = page.IndexOf(begin, StringComparison.Ordinal), to = page.IndexOf(end, StringComparison.Ordinal);
        Assert.IsTrue(from >= 0 && to > from, $"{Page} lacks the comments around the table of {name}.");
        return page[..(from + begin.Length)] + table + page[to..];
    }
}
