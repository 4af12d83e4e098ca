using System.Text.RegularExpressions;

namespace Dtic.MLNet.Tests.Documentation;

[TestClass]
public sealed partial class LinkTests
{
    [TestMethod]
    public void Pages_Links_LeadToFilesAndHeadings()
    {
        var broken =
            from page in Repository.Pages
            from link in Links().Matches(Blocks().Replace(Repository.Read(page), "")).Select(match => match.Groups[1].Value)
            where !link.Contains("://", StringComparison.Ordinal)
            let parts = link.Split('#')
            let target = parts[0] == "" ? page : Path.Combine(Path.GetDirectoryName(page)!, parts[0])
            where !File.Exists(Path.Combine(Repository.Root, target)) || (parts.Length > 1 && !Headings(target).Contains(parts[1]))
            select $"{page}: {link}";

        Assert.IsEmpty(broken, string.Join(", ", broken));
    }

    /// <summary>The headings of a page as addresses spell them.</summary>
    private static IEnumerable<string> Headings(string page) => Heading().Matches(Blocks().Replace(Repository.Read(page), ""))
        .Select(match => NotInAddresses().Replace(match.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-'));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Links();

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAddresses();
}
