using System.Globalization;
using System.Text;

namespace Dtic.MLNet;

/// <summary>How much a <see cref="CheckFinding"/> matters.</summary>
public enum CheckSeverity
{
    /// <summary>A fact worth knowing.</summary>
    Information,

    /// <summary>Training will run, and may not give what is expected.</summary>
    Warning,

    /// <summary>Training will fail, or its evaluation will mean nothing.</summary>
    Error,
}

/// <summary>One finding of <see cref="DticDiagnostics.Check"/>.</summary>
/// <param name="Severity">How much it matters.</param>
/// <param name="Code">What kind of finding it is, for programs, such as <c>leak.rows</c>; codes do not change.</param>
/// <param name="Found">What was found.</param>
/// <param name="Advice">What to do; empty for facts.</param>
public sealed record CheckFinding(CheckSeverity Severity, string Code, string Found, string Advice);

/// <summary>What <see cref="DticDiagnostics.Check"/> found.</summary>
public sealed class CheckReport
{
    private const int Width = 110;

    internal CheckReport(IReadOnlyList<CheckFinding> findings) => Findings = findings;

    /// <summary>All findings, those about the machine first, then those about the data.</summary>
    public IReadOnlyList<CheckFinding> Findings { get; }

    /// <summary>Whether something is wrong that makes training fail or its evaluation meaningless.</summary>
    public bool HasErrors => Findings.Any(finding => finding.Severity == CheckSeverity.Error);

    /// <summary>All findings as a table.</summary>
    public override string ToString() => ToString(CheckSeverity.Information);

    /// <summary>The findings that matter at least so much, as a table; empty when there are none.</summary>
    /// <param name="atLeast">The least severity to be shown.</param>
    public string ToString(CheckSeverity atLeast)
    {
        var shown = Findings.Where(finding => finding.Severity >= atLeast).ToList();
        var table = new StringBuilder();
        int code = shown.Select(finding => finding.Code.Length).DefaultIfEmpty().Max();
        foreach (var finding in shown)
        {
            string severity = finding.Severity switch { CheckSeverity.Error => "ERROR  ", CheckSeverity.Warning => "warning", _ => "       " };
            string left = string.Create(CultureInfo.InvariantCulture, $"{severity} {finding.Code.PadRight(code)}  ");
            foreach (string line in Lines(finding.Advice.Length > 0 ? $"{finding.Found} {finding.Advice}" : finding.Found))
            {
                table.Append(left).AppendLine(line);
                left = new string(' ', left.Length);
            }
        }
        return table.ToString().TrimEnd();
    }

    private static IEnumerable<string> Lines(string text)
    {
        while (text.Length > Width && text.LastIndexOf(' ', Width) is > 0 and var space)
        {
            yield return text[..space];
            text = text[(space + 1)..];
        }
        yield return text;
    }
}
