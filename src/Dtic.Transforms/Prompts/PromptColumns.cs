using Microsoft.ML;

namespace Dtic.Transforms.Prompts;

/// <summary>The names of the columns that hold packed prompts, and of their annotations.</summary>
internal static class PromptColumns
{
    /// <summary>Annotation of the token column: the hash of the vocabulary (text).</summary>
    public const string VocabularyHash = "VocabularyHash";

    /// <summary>Annotation of the token column: the number of token ids (Int32).</summary>
    public const string VocabularySize = "VocabularySize";

    /// <summary>Annotation of the token column: n, in interactions (Int32).</summary>
    public const string ContextLength = "ContextLength";

    /// <summary>Annotation of the token column: where prompts come from, <see cref="InteractionsForm"/> or <see cref="RequestForm"/> (text).</summary>
    public const string Form = "Form";

    /// <summary>Annotation of the token column: the ids of [CLICK], [NO_CLICK], [UNKNOWN] and [SUM] (vector of Int32).</summary>
    public const string SpecialTokens = "SpecialTokens";

    /// <summary>Annotation of the token column: the column with the times of the targets (text); prompts in request form have none.</summary>
    public const string TimeColumn = "TimeColumn";

    /// <summary>Annotation of a column with a fixed vector per target, laid end to end: the dimensions of each (vector of Int32).</summary>
    public const string FlattenedDimensions = "FlattenedDimensions";

    /// <summary>One row holds the packed interactions of one user; the other columns have one slot per target.</summary>
    public const string InteractionsForm = "Interactions";

    /// <summary>One row holds one candidate behind its user's history; the other columns are the request's own.</summary>
    public const string RequestForm = "Request";

    /// <summary>The column with the first token of each interaction.</summary>
    public static string InteractionStarts(string promptColumn) => promptColumn + ".InteractionStarts";

    /// <summary>The column with the number of outcomes that each interaction sees.</summary>
    public static string KnownOutcomes(string promptColumn) => promptColumn + ".KnownOutcomes";

    /// <summary>The column with the number of earlier interactions of each target's user, which scored rows carry.</summary>
    public static string HistoryLength(string promptColumn) => promptColumn + ".HistoryLength";

    /// <summary>The column of prompts in a schema, told by those beside it; null: there is none.</summary>
    public static string? FindPrompts(DataViewSchema schema) =>
        schema.Select(column => column.Name).FirstOrDefault(name => schema.GetColumnOrNull(InteractionStarts(name)) is not null && schema.GetColumnOrNull(KnownOutcomes(name)) is not null);
}
