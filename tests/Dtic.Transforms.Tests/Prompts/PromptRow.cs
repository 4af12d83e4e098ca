using Dtic.Transforms.Prompts;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Tests.Prompts;

/// <summary>One row of a prompt view, read to the end.</summary>
internal sealed record PromptRow(string User, PackedPrompt Prompt, int[] RowIds, float[] Labels)
{
    public string Key => FormattableString.Invariant($"{User}: {Text(Prompt)} rows {string.Join(' ', RowIds)}");

    public static List<PromptRow> ReadAll(IDataView prompts)
    {
        var schema = PromptSchema.Read(prompts.Schema, "Prompt");
        using var cursor = prompts.GetRowCursor(prompts.Schema);
        var prompt = schema.Getter(cursor);
        var user = cursor.GetGetter<ReadOnlyMemory<char>>(prompts.Schema["UserId"]);
        var ids = cursor.GetGetter<VBuffer<int>>(prompts.Schema["RowId"]);
        var labels = cursor.GetGetter<VBuffer<float>>(prompts.Schema["Label"]);
        var rows = new List<PromptRow>();
        ReadOnlyMemory<char> userValue = default;
        VBuffer<int> idValues = default;
        VBuffer<float> labelValues = default;
        while (cursor.MoveNext())
        {
            user(ref userValue);
            ids(ref idValues);
            labels(ref labelValues);
            rows.Add(new PromptRow(userValue.ToString(), prompt(), [.. idValues.DenseValues()], [.. labelValues.DenseValues()]));
        }

        return rows;
    }

    public static List<PackedPrompt> ReadPrompts(IDataView prompts)
    {
        var schema = PromptSchema.Read(prompts.Schema, "Prompt");
        using var cursor = prompts.GetRowCursor(schema.Columns);
        var prompt = schema.Getter(cursor);
        var all = new List<PackedPrompt>();
        while (cursor.MoveNext())
        {
            all.Add(prompt());
        }

        return all;
    }

    /// <summary>All three columns of a prompt in one line.</summary>
    public static string Text(PackedPrompt prompt) => FormattableString.Invariant(
        $"[{string.Join(' ', prompt.Tokens.ToArray())}] starts [{string.Join(' ', prompt.InteractionStarts.ToArray())}] known [{string.Join(' ', prompt.KnownOutcomes.ToArray())}]");
}
