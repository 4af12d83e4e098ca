using System.Text.Json.Nodes;

namespace Dtic.MLNet.Training.Checkpoints;

/// <summary>
/// The different runs of one trainer, in the order in which they began: cross-validation fits one trainer to one fold after another, and each fold has files of its own.
/// A program that is started again makes its runs in the same order, and so finds the files of each. Thread-safe.
/// </summary>
internal sealed class TrainerRuns
{
    private readonly List<string> _begun = [];

    /// <summary>Whether none has begun.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_begun) return _begun.Count == 0;
        }
    }

    /// <summary>Where a run keeps files of its own.</summary>
    /// <param name="folder">What the options name.</param>
    /// <param name="run">The run's number, from 1: the first run has the folder itself, a later one a folder in it.</param>
    public static string Folder(string folder, int run) => run == 1 ? folder : Path.Combine(folder, FormattableString.Invariant($"fit-{run}"));

    /// <summary>The number of a run, from 1: its own if it began before, else the next.</summary>
    /// <param name="run">Its <see cref="RunDescription"/>.</param>
    public int NumberOf(JsonObject run)
    {
        string text = run.ToJsonString();
        lock (_begun) return _begun.IndexOf(text) is >= 0 and var index ? index + 1 : _begun.Count + 1;
    }

    /// <summary>The run begins.</summary>
    public void Begin(JsonObject run)
    {
        string text = run.ToJsonString();
        lock (_begun)
        {
            if (!_begun.Contains(text)) _begun.Add(text);
        }
    }
}
