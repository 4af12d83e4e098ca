using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Prompts;

/// <summary>
/// Keeps of evenly spread rows how many tokens each column gives, and the beginnings of texts, whose tokens are known only when all rows are read. Of few rows it keeps all.
/// </summary>
/// <param name="columns">The columns in the order of their tokens.</param>
/// <param name="maximumTokens">What a row has beyond is cut off.</param>
internal sealed class TokenSample(IReadOnlyList<ItemColumn> columns, int maximumTokens)
{
    /// <summary>At most so many rows are kept.</summary>
    public const int MaximumRows = 4096;

    private readonly List<Row> _rows = [];
    private long _seen;
    private long _step = 1;
    private Row? _row;

    /// <summary>How many tokens of the current row may still be kept; a word of text counts as one, and may be several.</summary>
    public int Room { get; private set; }

    /// <summary>Begins a row.</summary>
    public void BeginRow()
    {
        Room = maximumTokens;
        _row = null;
        if (_seen++ % _step != 0)
        {
            return;
        }

        _row = new Row(columns.Count);
        _rows.Add(_row);
        if (_rows.Count > MaximumRows)
        {
            int index = 0;
            _rows.RemoveAll(_ => index++ % 2 != 0);   // the row that was just added stands at an even index
            _step *= 2;
        }
    }

    /// <summary>Adds a token of a column.</summary>
    public void AddToken(int column)
    {
        Room--;
        _row?.Add(column);
    }

    /// <summary>Adds a text, of which so many words were counted.</summary>
    public void AddText(int column, ReadOnlySpan<char> text, int words)
    {
        _row?.Add(column, text[..WordSplitter.LengthOf(text, words + 1)].ToString());   // one word more tells that there are more
        Room -= words;
    }

    /// <summary>What the limit cuts off, and how many tokens are left.</summary>
    public TokenLosses Measure(Vocabulary vocabulary)
    {
        var tokens = new List<int>();
        var cut = new int[columns.Count];
        var lost = new int[columns.Count];
        long kept = 0;
        int cutRows = 0;
        foreach (var row in _rows)
        {
            int before = 0;
            for (int column = 0; column < columns.Count; column++)
            {
                tokens.Clear();
                row.Texts(column).ForEach(text => vocabulary.Text.Encode(text, tokens));
                int count = row.Tokens(column) + tokens.Count, room = Math.Max(0, maximumTokens - before);
                cut[column] += count > room ? 1 : 0;
                lost[column] += count > 0 && room == 0 ? 1 : 0;
                before += count;
            }

            kept += Math.Min(before, maximumTokens);
            cutRows += before > maximumTokens ? 1 : 0;
        }

        double Share(int rows) => (double)rows / _rows.Count;
        return new TokenLosses(
            maximumTokens,
            IsExact: _step == 1,
            MeanTokens: (double)kept / _rows.Count,
            Share(cutRows),
            [.. columns.Select((column, index) => new ColumnLoss(column.Name, Share(cut[index]), Share(lost[index]))).Where(column => column.CutShare > 0)]);
    }

    /// <summary>One row of the sample.</summary>
    private sealed class Row(int columns)
    {
        private readonly int[] _tokens = new int[columns];
        private readonly List<string>?[] _texts = new List<string>?[columns];

        public int Tokens(int column) => _tokens[column];

        public List<string> Texts(int column) => _texts[column] ?? [];

        public void Add(int column) => _tokens[column]++;

        public void Add(int column, string text) => (_texts[column] ??= []).Add(text);
    }
}
