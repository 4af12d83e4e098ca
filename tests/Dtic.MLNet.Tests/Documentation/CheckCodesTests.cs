using System.Text.RegularExpressions;

namespace Dtic.MLNet.Tests.Documentation;

[TestClass]
public sealed class CheckCodesTests
{
    [TestMethod]
    public void Troubleshooting_CodesOfCheck_AreThoseOfTheCode()
    {
        string page = Repository.Read("docs/troubleshooting.md");
        string table = page[page.IndexOf("| code | when |", StringComparison.Ordinal)..page.IndexOf("## Torch cannot be loaded", StringComparison.Ordinal)];
        string source = string.Concat(Directory.GetFiles(Path.Combine(Repository.Root, "src", "Dtic.MLNet", "Checks"), "*.cs").Order(StringComparer.Ordinal).Select(File.ReadAllText));

        // Codes that begin with the name of the view are written for the test view.
        string[] inCode = [.. Regex.Matches(source, @"\$?""((?:[a-z]+|\{(?:view|name)\})\.[a-z]+)""").Select(match => Regex.Replace(match.Groups[1].Value, @"\{\w+\}", "test"))];
        string[] onPage = [.. Regex.Matches(table, @"`([a-z]+\.[a-z]+)`").Select(match => match.Groups[1].Value)];

        Assert.Contains("leak.rows", inCode);
        CollectionAssert.AreEqual(inCode.Append("data.order").Append("data.changing").Distinct().Order(StringComparer.Ordinal).ToArray(), onPage.Distinct().Order(StringComparer.Ordinal).ToArray());
        Assert.HasCount(onPage.Distinct().Count(), onPage);
    }
}
