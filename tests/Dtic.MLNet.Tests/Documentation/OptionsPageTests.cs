using Dtic.Transforms;

namespace Dtic.MLNet.Tests.Documentation;

/// <summary>docs/options.md has a table for each class of options and each enumeration in them, between two comments, made from the code.</summary>
[TestClass]
public sealed class OptionsPageTests
{
    private const string Page = "docs/options.md";
    private static readonly Type[] Options = [typeof(PromptPackingEstimator.Options), typeof(DticTrainer.Options)];

    [TestMethod]
    public void OptionsPage_Tables_AreThoseOfTheCode()
    {
        string page = Repository.Read(Page);
        foreach (var options in Options) page = Fill(page, $"{options.DeclaringType!.Name}.{options.Name}", OptionTable.OfOptions(options));
        var values = Options.SelectMany(options => options.GetProperties()).Select(property => Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType).Where(type => type.IsEnum);
        foreach (var enumeration in values.Distinct()) page = Fill(page, enumeration.Name, OptionTable.OfEnumeration(enumeration));

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
