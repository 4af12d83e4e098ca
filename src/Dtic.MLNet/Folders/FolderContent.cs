using System.Text.Json;
using Dtic.MLNet.Model;
using Dtic.MLNet.Scoring;
using Dtic.Transforms;

namespace Dtic.MLNet.Folders;

/// <summary>What stands in a folder that a model is saved to.</summary>
internal static class FolderContent
{
    private const int Listed = 3;

    // What operating systems put into folders by themselves; a save leaves it alone.
    private static readonly string[] OfTheSystem = [".DS_Store", "desktop.ini", "Thumbs.db"];

    /// <summary>Holds only if nothing of anybody else's is there: the folder is missing, empty, or has a model of ours and nothing else.</summary>
    /// <exception cref="IOException">Something else stands there.</exception>
    public static void RequireOwn(string folder)
    {
        if (File.Exists(folder)) throw new IOException($"'{folder}' is a file, and a model is saved to a folder. Give another path, or delete the file first.");
        if (!Directory.Exists(folder)) return;
        FileSystemInfo[] entries = [.. new DirectoryInfo(folder).EnumerateFileSystemInfos()];
        string[] foreign = [.. entries.Where(entry => !IsOwn(entry)).Select(entry => entry.Name)];
        if (foreign.Length > 0)
        {
            throw new IOException(
                $"'{folder}' holds {List(foreign)}, which no model has. Save to a folder that is empty, holds nothing but a saved model, or is not there yet.");
        }

        // Other models have files of these names, too. The manifest is looked for last: another save may be putting it there.
        string[] named = [.. entries.Select(entry => entry.Name).Where(ModelFile.Names.Contains)];
        if (named.Length > 0 && !File.Exists(Path.Combine(folder, FolderManifest.Name)) && !IsOwnConfiguration(Path.Combine(folder, ScorerFiles.ConfigurationName)))
        {
            throw new IOException(
                $"'{folder}' holds {List(named)}, but no '{ScorerFiles.ConfigurationName}' of a model that this library saved. "
                + "Save to a folder that is empty, holds nothing but a saved model, or is not there yet.");
        }
    }

    /// <summary>What a folder without a model holds, in words.</summary>
    public static string Describe(string folder)
    {
        string[] names = [.. Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry))];
        return names.Length == 0 ? "it is empty"
            : names.All(name => FolderManifest.IsFreshName(name) || name == FolderLock.Name) ? "it holds only what a save that did not end left behind"
            : $"it holds {List(names)}";
    }

    private static bool IsOwn(FileSystemInfo entry) => entry is FileInfo
        ? ModelFile.Names.Contains(entry.Name) || entry.Name is FolderManifest.Name or FolderLock.Name || FolderManifest.IsFreshName(entry.Name)
            || OfTheSystem.Contains(entry.Name) || entry.Name.StartsWith(".nfs", StringComparison.Ordinal)   // the latter: replaced while somebody reads it
        : entry.Name == "lost+found";   // the file system's own, at the root of a volume

    private static bool IsOwnConfiguration(string path)
    {
        try
        {
            using var stream = RegularFile.Open(path);
            if (stream is null) return false;
            using var json = JsonDocument.Parse(SavedFile.ReadSettings(stream, path, "a configuration"));
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(ModelConfiguration.OwnKey, out _);
        }
        catch (Exception exception) when (exception is JsonException or ModelFormatException)
        {
            return false;
        }
    }

    private static string List(string[] names)
    {
        Array.Sort(names, StringComparer.Ordinal);
        string some = string.Join(", ", names.Take(Listed).Select(name => $"'{ForeignText.Shown(name)}'"));
        return names.Length > Listed ? FormattableString.Invariant($"{some} and {names.Length - Listed} more") : some;
    }
}
