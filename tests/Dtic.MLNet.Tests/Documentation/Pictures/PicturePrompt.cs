using Dtic.MLNet.Model;
using Dtic.Transforms;
using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;
using Microsoft.ML;

namespace Dtic.MLNet.Tests.Documentation.Pictures;

/// <summary>The prompt that the pictures show, packed by the library: two interactions of context, three targets.</summary>
internal sealed class PicturePrompt
{
    public const int ContextLength = 2;

    private static readonly (string Movie, string Genre, int Minute, bool Clicked)[] Rows =
        [("Alien", "Horror", 0, true), ("Heat", "Crime", 20, false), ("Up", "Family", 60, true), ("Jaws", "Horror", 90, false), ("Fargo", "Crime", 180, true)];

    private readonly PromptPackingTransformer _packer;

    public PicturePrompt(TimeSpan outcomeDelay = default)
    {
        var context = new MLContext();
        var rows = context.Data.LoadFromEnumerable(Rows.Select((row, i) => new Row
        {
            Timestamp = new DateTime(2026, 1, 1, 20, 0, 0).AddMinutes(row.Minute),
            Movie = row.Movie,
            Genre = row.Genre,
            Label = row.Clicked,
            IsTarget = i >= ContextLength,
        }));
        _packer = context.Transforms.PackPrompts(new()
        {
            CategoricalColumnNames = ["Movie", "Genre"],
            MinimumCount = 1,
            ContextLength = ContextLength,
            OutcomeDelay = outcomeDelay,
        }).Fit(rows);
        var packed = _packer.Transform(rows);
        var schema = PromptSchema.Read(packed.Schema, "Prompt");
        using var cursor = packed.GetRowCursor(schema.Columns);
        var read = schema.Getter(cursor);
        Assert.IsTrue(cursor.MoveNext());
        Prompt = read();
        Assert.IsFalse(cursor.MoveNext());
    }

    public PackedPrompt Prompt { get; }

    public static int Minute(int interaction) => Rows[interaction].Minute;

    public static string Movie(int interaction) => Rows[interaction].Movie;

    /// <summary>The prompt as a model sees it.</summary>
    public PromptStream Stream(ContextAttention attention = ContextAttention.Isolated, PositionEncoding positions = PositionEncoding.InteractionBias) =>
        new([Prompt], ContextLength, attention, positions);

    /// <summary>A token in few words.</summary>
    public string Word(int token) => token switch
    {
        SpecialToken.Sum => "[SUM]",
        SpecialToken.Click => "click",
        SpecialToken.NoClick => "no click",
        _ => _packer.DescribePrompt([token]).Split('=')[^1],
    };

    /// <summary>The class of a token's box.</summary>
    public static string Kind(int token) => token switch
    {
        SpecialToken.Sum => "sum",
        SpecialToken.Click => "click",
        SpecialToken.NoClick => "noclick",
        _ => "item",
    };

    private sealed class Row
    {
        public string UserId { get; set; } = "Ann";

        public DateTime Timestamp { get; set; }

        public string Movie { get; set; } = "";

        public string Genre { get; set; } = "";

        public bool Label { get; set; }

        public bool IsTarget { get; set; }
    }
}
