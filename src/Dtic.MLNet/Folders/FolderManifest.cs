using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Dtic.Transforms;

namespace Dtic.MLNet.Folders;

/// <summary>
/// <c>dtic-manifest.json</c>: decides which files of a folder are the model. A file belongs to it under the name that ends with the save's number where that is
/// there, and else under its own name, so that replacing the manifest, in one step of the file system, replaces the model.
/// </summary>
/// <param name="FormatVersion">Raised when older readers would misread the folder.</param>
/// <param name="Save">The save that wrote the files: 32 hexadecimal digits, never the same twice.</param>
/// <param name="Files">The names of its files.</param>
internal sealed partial record FolderManifest(int FormatVersion, string Save, IReadOnlyList<string> Files)
{
    public const string Name = "dtic-manifest.json";

    private const int CurrentVersion = 1;
    private const int SuffixLength = 1 + 32 + 4;   // a dot, a save, ".new"

    /// <summary>The manifest of a new save.</summary>
    public static FolderManifest Create(IEnumerable<string> files) => new(CurrentVersion, Guid.NewGuid().ToString("N"), [.. files]);

    /// <summary>The manifest of a folder; null where there is none: all files then have their own names.</summary>
    /// <exception cref="ModelFormatException">It is damaged, or of a newer version.</exception>
    public static FolderManifest? Read(string folder)
    {
        string path = Path.Combine(folder, Name);
        try
        {
            using var stream = RegularFile.Open(path);
            if (stream is null) return null;
            var manifest = JsonSerializer.Deserialize(SavedFile.ReadSettings(stream, path, "a manifest"), FolderManifestContext.Default.FolderManifest);
            if (manifest is null || !SavePattern().IsMatch(manifest.Save)) throw new ModelFormatException($"'{path}' is not the manifest of a saved model: it names no save.");
            return manifest.FormatVersion is >= 1 and <= CurrentVersion ? manifest : throw new ModelFormatException(FormattableString.Invariant(
                $"'{path}' has format version {manifest.FormatVersion}; this version of Dtic reads up to {CurrentVersion}. Update the package."));
        }
        catch (JsonException exception)
        {
            throw new ModelFormatException($"'{path}' is not the manifest of a saved model: {ForeignText.Shown(exception)}");
        }
    }

    /// <summary>Whether that is a file's name for the time of a save.</summary>
    public static bool IsFreshName(string name) =>
        name.Length > SuffixLength && SuffixPattern().IsMatch(name[^SuffixLength..]) && (name[..^SuffixLength] == Name || ModelFile.Names.Contains(name[..^SuffixLength]));

    /// <summary>The name that a file of this save has until it gets its own.</summary>
    public string FreshName(string name) => $"{name}.{Save}.new";

    /// <summary>Writes the manifest.</summary>
    public void Write(Stream stream) => JsonSerializer.Serialize(stream, this, FolderManifestContext.Default.FolderManifest);

    [GeneratedRegex(@"\A[0-9a-f]{32}\z", RegexOptions.CultureInvariant)]
    private static partial Regex SavePattern();

    [GeneratedRegex(@"\A\.[0-9a-f]{32}\.new\z", RegexOptions.CultureInvariant)]
    private static partial Regex SuffixPattern();
}

/// <summary>How the manifest is spelled.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(FolderManifest))]
internal sealed partial class FolderManifestContext : JsonSerializerContext;
