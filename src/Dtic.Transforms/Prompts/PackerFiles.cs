using System.Text.Json;
using System.Text.Json.Serialization;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Prompts;

/// <summary>The two files of a saved packer: prompt.json, the template, and tokenizer.json, the vocabulary.</summary>
internal static class PackerFiles
{
    public const string TemplateName = "prompt.json";
    public const string VocabularyName = "tokenizer.json";
    private const int FormatVersion = 1;
    private const int ShownRules = 5;

    /// <summary>Writes prompt.json.</summary>
    public static void Save(Stream stream, PromptTemplate template, Vocabulary vocabulary) =>
        JsonSerializer.Serialize(stream, new PromptFile(FormatVersion, vocabulary.Hash, template), PromptFileContext.Default.PromptFile);

    /// <summary>Reads what <see cref="Save(Stream, PromptTemplate, Vocabulary)"/> wrote.</summary>
    /// <param name="stream">The content of the file.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <param name="vocabulary">The vocabulary that was saved with it.</param>
    /// <exception cref="ModelFormatException">The file is not such a template, or belongs to another vocabulary.</exception>
    public static PromptTemplate Load(Stream stream, string name, Vocabulary vocabulary)
    {
        PromptFile file;
        try
        {
            byte[] bytes = SavedFile.ReadSettings(stream, name, "the template of a packer");
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { AllowDuplicateProperties = false });
            RequireVersion(document.RootElement, name);
            file = document.RootElement.Deserialize(PromptFileContext.Default.PromptFile) ?? throw new ModelFormatException($"'{name}' is empty.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)   // the latter: strings that are no UTF-16
        {
            throw new ModelFormatException($"'{name}' is not the template of a packer: {ForeignText.Shown(exception)}");
        }

        if (file.VocabularyHash != vocabulary.Hash)
        {
            throw new ModelFormatException($"'{name}' was saved with vocabulary {ForeignText.Shown(file.VocabularyHash)}, but '{VocabularyName}' beside it holds vocabulary {vocabulary.Hash}.");
        }

        string[] broken = [.. BrokenRules(file.Template, vocabulary).Take(ShownRules)];
        return broken.Length == 0 ? file.Template : throw new ModelFormatException($"'{name}' is corrupt: {string.Join(" ", broken)}");
    }

    /// <summary>Reads both files.</summary>
    /// <param name="files">Open files with their paths, by their names; these two are among them.</param>
    /// <exception cref="ModelFormatException">A file is corrupt, or contradicts the other.</exception>
    public static (PromptTemplate Template, Vocabulary Vocabulary) Read(IReadOnlyDictionary<string, (Stream Content, string Path)> files)
    {
        var (template, tokens) = (files[TemplateName], files[VocabularyName]);
        var vocabulary = Vocabulary.Load(tokens.Content, tokens.Path);
        return (Load(template.Content, template.Path, vocabulary), vocabulary);
    }

    private static void RequireVersion(JsonElement root, string name)
    {
        const string Property = "formatVersion";
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(Property, out var version) || version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out int found))
        {
            throw new ModelFormatException($"'{name}' is not the template of a packer: it has no {Property}.");
        }

        if (found != FormatVersion)
        {
            throw new ModelFormatException(FormattableString.Invariant($"'{name}' has format version {found}, but this library reads version {FormatVersion}."));
        }
    }

    private static IEnumerable<string> BrokenRules(PromptTemplate template, Vocabulary vocabulary)
    {
        if (template.TokenColumns().Contains(null))
        {
            yield return "A column is null.";
            yield break;
        }

        foreach (string rule in PackingRules.Broken(template.ToOptions()))
        {
            yield return rule;
        }

        HashSet<string> categorical = [.. vocabulary.CategoricalColumns.Select(tokens => tokens.Column)], numeric = [.. vocabulary.NumericColumns.Select(tokens => tokens.Column)];
        foreach (var column in template.TokenColumns())
        {
            bool isKnown = column.Size >= -1 && column.Role switch
            {
                ItemRole.Categorical => categorical.Contains(column.Name),
                ItemRole.Numeric => column.Size >= 0 && column.NumericNames.All(numeric.Contains),
                ItemRole.Text => vocabulary.HasText,
                _ => false,
            };
            if (!isKnown)
            {
                yield return $"The vocabulary has no tokens for column '{ForeignText.Shown(column.Name)}'.";
            }
        }
    }
}

/// <summary>The content of prompt.json.</summary>
/// <param name="FormatVersion">Raised when older readers would misread the file.</param>
/// <param name="VocabularyHash">The vocabulary that the template belongs to.</param>
/// <param name="Template">The template.</param>
internal sealed record PromptFile(int FormatVersion, string VocabularyHash, PromptTemplate Template);

/// <summary>How prompt.json is spelled.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(PromptFile))]
internal sealed partial class PromptFileContext : JsonSerializerContext;
