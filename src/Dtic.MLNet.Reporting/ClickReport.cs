using System.Text;
using System.Xml.Linq;
using Dtic.MLNet.Evaluation;

namespace Dtic.MLNet.Reporting;

/// <summary>One HTML file about a model: how good it is, how it was trained, what it costs and how far it has drifted, as far as these are given.</summary>
/// <remarks>
/// The file holds everything it shows and no script; it needs no network, and follows the reader's choice of a light or dark scheme. Equal content gives an equal file,
/// byte for byte, on one machine. Whatever text it is given, names and values of columns among it, is shown and never interpreted.
/// </remarks>
public sealed class ClickReport
{
    /// <summary>What the report is about, its heading.</summary>
    /// <value>Default: <c>Click model</c>.</value>
    public string Title { get; init; } = "Click model";

    /// <summary>How good the scores are.</summary>
    public ClickMetrics? Metrics { get; init; }

    /// <summary>The network, and how it was trained at what cost, where the model tells.</summary>
    public DticModelParameters? Model { get; init; }

    /// <summary>How far scores have moved.</summary>
    public ScoreDrift? Drift { get; init; }

    /// <summary>What else the reader should know, in order, for instance the data and how they were split.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Facts { get; init; } = [];

    /// <summary>Writes the report beside the target and moves it into place, so that a half-written file never replaces a good one.</summary>
    /// <param name="path">The file; its folder is made where it is missing.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        byte[] html = Encoding.UTF8.GetBytes(ToHtml());
        string fresh = $"{path}.{Guid.NewGuid():N}.tmp";
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
        try
        {
            using (var stream = new FileStream(fresh, FileMode.CreateNew, FileAccess.Write))
            {
                stream.Write(html);
                stream.Flush(flushToDisk: true);
            }
            File.Move(fresh, path, overwrite: true);
        }
        finally
        {
            File.Delete(fresh);
        }
    }

    /// <summary>The report as text, UTF-8 being its encoding in a file.</summary>
    public string ToHtml() => Page.Render(Title, Sections());

    private IEnumerable<XElement?> Sections() =>
    [
        HeadlineSection.Of(Metrics),
        RankingSection.Of(Metrics),
        CalibrationSection.Of(Metrics),
        SliceSection.Of(Metrics),
        TrainingSection.Of(Model?.Training),
        CostSection.Of(Model?.Training),
        .. DriftSection.Of(Drift),
        ConfigurationSection.Of(Model, Facts),
    ];
}
