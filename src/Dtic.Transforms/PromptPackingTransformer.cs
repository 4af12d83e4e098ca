using Dtic.Transforms.Data;
using Dtic.Transforms.Interactions;
using Dtic.Transforms.Interop;
using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Dtic.Transforms;

/// <summary>Packs interactions into prompts, or each request of a service into one.</summary>
/// <remarks>
/// <para>The columns of the input decide the form.</para>
/// <list type="bullet">
/// <item><description><em>Interactions</em>: one row per prompt. The user stands beside the prompt; every other column has one value per target, vectors of
/// fixed size laid end to end. Variable vectors and custom types are dropped. Nothing is read before the first row is asked for; then, unless the input
/// was declared sorted, all rows are read, of the active columns only, and of the item columns where they can be empty: an interaction with nothing in any of them is context of no
/// other, and as a target stands in a prompt of its own.</description></item>
/// <item><description><em>Requests</em>, where there are vectors named like item columns with the history prefix: row to row, as a prediction engine needs it.
/// A row has the candidate's columns, the user's columns, and for each item column and the label a vector with the values of past interactions,
/// oldest first; null is empty. Past interactions with nothing in any item column (empty text, missing key, NaN) are padding and skipped; the newest n of the others count. With a vector of past times and the candidate's time the outcome delay is applied, else order decides.</description></item>
/// </list>
/// <para>Thread-safe.</para>
/// </remarks>
public sealed class PromptPackingTransformer : ITransformer
{
    private readonly IHost _host;
    private readonly PromptTemplate _template;
    private readonly Vocabulary _vocabulary;

    internal PromptPackingTransformer(IHostEnvironment environment, PromptTemplate template, Vocabulary vocabulary)
    {
        _host = environment.Register(nameof(PromptPackingTransformer));
        _template = template;
        _vocabulary = vocabulary;
    }

    // ML.NET finds this constructor by its parameters.
    internal PromptPackingTransformer(IHostEnvironment environment, ModelLoadContext context)
    {
        _host = environment.Register(nameof(PromptPackingTransformer));
        (_template, _vocabulary) = SavedPacker.Load(context);
    }

    /// <summary>Number of token ids.</summary>
    public int VocabularySize => _vocabulary.Size;

    /// <summary>What tells this vocabulary from others: the SHA-256 of its file.</summary>
    public string VocabularyHash => _vocabulary.Hash;

    /// <summary>n: how many interactions before a target the model sees.</summary>
    public int ContextLength => _template.ContextLength;

    /// <summary>k: how many targets share a prompt; 0: all of a user.</summary>
    public int TargetsPerPrompt => _template.TargetsPerPrompt;

    /// <summary>True: a request is mapped row to row. For interactions <see cref="GetRowToRowMapper(DataViewSchema)"/> throws.</summary>
    public bool IsRowToRowMapper => true;

    /// <summary>What was cut off of the rows of Fit, and of the columns of their users; null in a packer that was loaded.</summary>
    internal (TokenLosses Items, TokenLosses Prefixes)? Losses { get; init; }

    private PromptSource Source => new(_vocabulary.Hash, _vocabulary.Size, _template.ContextLength);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A column is missing or of a wrong type, or the columns are neither interactions nor a request.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return RequestForm.IsMeant(inputSchema, _template)
            ? CreateMapper(inputSchema).OutputSchema
            : new PackedSchema(inputSchema, _template, Source).Output;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A column is missing or of a wrong type, or the columns are neither interactions nor a request.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (RequestForm.IsMeant(input.Schema, _template))
        {
            return new MappedView(input, CreateMapper(input.Schema));
        }

        var schema = new PackedSchema(input.Schema, _template, Source);
        if (schema.Dropped.Count > 0)
        {
            using var channel = _host.Start("PackPrompts");
            channel.Info(MessageSensitivity.Schema, $"Dropped, because they have no fixed size or are of a custom type: {string.Join(", ", schema.Dropped)}.");
        }

        return new PackedView(input, schema, _template, _vocabulary);
    }

    /// <summary>Maps requests row to row.</summary>
    /// <param name="inputSchema">The columns of a request.</param>
    /// <exception cref="ArgumentException">The columns are not those of a request.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return RequestForm.IsMeant(inputSchema, _template)
            ? CreateMapper(inputSchema)
            : throw new ArgumentException(
                "Interactions are not packed row by row. A prediction engine wants a class of requests, which has the candidate's columns and the vectors "
                + $"{RequestForm.Describe(_template)}; Transform scores interactions.",
                nameof(inputSchema));
    }

    /// <summary>Counts prompts, targets and tokens, and the tokens that one prompt per target would have. Reads the interactions once.</summary>
    /// <param name="interactions">Interactions.</param>
    /// <exception cref="ArgumentException">A column is missing or of a wrong type.</exception>
    public PromptStatistics Measure(IDataView interactions)
    {
        ArgumentNullException.ThrowIfNull(interactions);
        var columns = InteractionColumns.Find(interactions.Schema, _template);
        using var histories = new UserHistories(interactions, columns, _template, _vocabulary, readLabels: false, buffered: []);
        return PromptMeasure.Count(histories, _template);
    }

    /// <summary>The tokens of a prompt in words, one after the other, to look at.</summary>
    /// <param name="tokens">Values of the prompt column.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is no token of this vocabulary.</exception>
    public string DescribePrompt(IEnumerable<int> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        return string.Join(" ", tokens.Select(_vocabulary.Describe));
    }

    /// <summary>The <see cref="Losses"/> that there are, in words.</summary>
    internal IEnumerable<(TokenLosses Losses, string Found)> DescribeLosses()
    {
        if (Losses?.Items is { } items && items.Describe("interactions") is { } ofItems)
        {
            yield return (items, ofItems);
        }

        if (Losses?.Prefixes is { } prefixes && prefixes.Describe("rows in their user columns") is { } ofPrefixes)
        {
            yield return (prefixes, ofPrefixes);
        }
    }

    /// <summary>The form of requests with that schema.</summary>
    /// <exception cref="ArgumentException">The columns are not those of a request.</exception>
    internal RequestForm FindRequest(DataViewSchema schema) => RequestForm.IsMeant(schema, _template)
        ? RequestForm.Find(schema, _template)
        : throw new ArgumentException($"The data are no request, which has the candidate's columns and the vectors {RequestForm.Describe(_template)}.");

    void ICanSaveModel.Save(ModelSaveContext ctx) => SavedPacker.Save(ctx, _template, _vocabulary);

    /// <summary>Writes prompt.json.</summary>
    internal void WriteTemplate(Stream stream) => PackerFiles.Save(stream, _template, _vocabulary);

    /// <summary>Writes tokenizer.json.</summary>
    internal void WriteVocabulary(Stream stream) => _vocabulary.Save(stream);

    /// <summary>Reads both from the open files of a saved model.</summary>
    /// <exception cref="ModelFormatException">A file is corrupt, or contradicts the other.</exception>
    internal static PromptPackingTransformer ReadFiles(IHostEnvironment environment, IReadOnlyDictionary<string, (Stream Content, string Path)> files)
    {
        var (template, vocabulary) = PackerFiles.Read(files);
        return new PromptPackingTransformer(environment, template, vocabulary);
    }

    private AppendingRowMapper CreateMapper(DataViewSchema inputSchema)
    {
        var form = RequestForm.Find(inputSchema, _template);
        var output = new DataViewSchema.Builder();
        output.AddColumns(inputSchema);
        PromptParts.AddColumns(output, _template.OutputColumn, Source, PromptColumns.RequestForm);
        return new AppendingRowMapper(inputSchema, output.ToSchema(), form.Dependencies, row =>
        {
            var reader = form.CreateReader(row, _vocabulary);
            PromptParts parts = default;
            long read = -1;
            return column => PromptParts.CreateGetter(column, () =>
            {
                // The three columns of a row come from one reading.
                if (row.Position < 0 || row.Position != read)
                {
                    parts = reader.Read();
                    read = row.Position;
                }

                return parts;
            });
        });
    }
}
