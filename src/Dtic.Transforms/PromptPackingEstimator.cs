using System.Globalization;
using Dtic.Transforms.Interactions;
using Dtic.Transforms.Interop;
using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace Dtic.Transforms;

/// <summary>Learns a vocabulary from interactions and packs them into prompts.</summary>
/// <remarks>
/// <para>To make one, call <see cref="PromptsCatalog.PackPrompts(TransformsCatalog, Options)"/>.</para>
/// <para>
/// <see cref="Fit(IDataView)"/> reads all rows it is given once, targets or not, in any order, and is deterministic: categorical values become tokens, numbers
/// the tokens of quantile bins, texts the subwords of a byte-level byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909) that is learned from them.
/// </para>
/// <para>
/// What stands before PackPrompts in a pipeline reaches the candidate of a request and not its history. So Fit refuses columns whose values a transform changed
/// (<see cref="Options.AllowTransformedColumns"/>).
/// </para>
/// <para>
/// A prompt holds consecutive interactions of one user, oldest first: up to contextLength of context and then up to targetsPerPrompt targets, each in the
/// context of those before it (Lin et al. 2025, arXiv:2503.01001). Every target stands in exactly one prompt; a user without targets gives none.
/// </para>
/// <para>
/// Beside the prompt's own columns stands <c>Prompt.HistoryLength</c> (Int32, one value per target, named after the output column): how many interactions of the user in this view, blank ones left out, come before
/// the target. Scored rows carry it, so that figures can be had by length of history.
/// </para>
/// <para>
/// Prompts, and the rows that a model makes of them, stand user by user in order of the users' first rows, each user's in order of time (targets without any item behind the others): not in the order of the input.
/// <see cref="Options.RowNumberColumnName"/> numbers them.
/// </para>
/// </remarks>
public sealed partial class PromptPackingEstimator : IEstimator<PromptPackingTransformer>
{
    private readonly IHost _host;
    private readonly Options _options;

    /// <summary>Makes the estimator.</summary>
    /// <param name="environment">The environment, usually an <see cref="MLContext"/>.</param>
    /// <param name="options">The options; they are copied.</param>
    /// <exception cref="ArgumentException">The options break rules; all of them are named.</exception>
    public PromptPackingEstimator(IHostEnvironment environment, Options options)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(options);
        PackingRules.Check(options);
        _host = environment.Register(nameof(PromptPackingEstimator));
        _options = options.Copy();
    }

    /// <summary>Learns the vocabulary.</summary>
    /// <param name="input">Interactions; all rows are read, once, and count, targets or not.</param>
    /// <exception cref="ArgumentException">A column is missing or of a wrong type.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, or a transform changed a column (<see cref="Options.AllowTransformedColumns"/>).</exception>
    public PromptPackingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var template = CreateTemplate(input.Schema);
        var learned = new VocabularyBuilder(new VocabularyOptions(_options.TextVocabularySize, _options.MinimumCount, _options.MaximumCategories, _options.NumberOfBins));
        var items = new TokenSample(template.ItemColumns, template.MaximumTokensPerInteraction);
        var prefixes = new TokenSample(template.PrefixColumns, template.MaximumTokensPerInteraction);
        var (rows, users) = Learn(input, template, learned, items, prefixes);

        string[] categorical = [.. template.TokenColumns().Where(column => column.Role == ItemRole.Categorical).Select(column => column.Name).Distinct()];
        string[] numeric = [.. template.TokenColumns().Where(column => column.Role == ItemRole.Numeric).SelectMany(column => column.NumericNames).Distinct()];
        var vocabulary = learned.Build(categorical, numeric, hasText: template.ItemColumns.Any(column => column.Role == ItemRole.Text));
        var packer = new PromptPackingTransformer(_host, template, vocabulary) { Losses = (items.Measure(vocabulary), prefixes.Measure(vocabulary)) };
        using var channel = _host.Start("PackPrompts");
        channel.Info(MessageSensitivity.None, string.Create(
            CultureInfo.InvariantCulture,
            $"Learned a vocabulary of {vocabulary.Size:N0} tokens from {rows:N0} interactions of {users:N0} users, about {packer.Losses.Value.Items.MeanTokens:F1} item tokens each."));
        foreach (var (losses, found) in packer.DescribeLosses())
        {
            string message = $"{found} {TokenLosses.Advice}";
            if (losses.AreMany)
            {
                channel.Warning(MessageSensitivity.Schema, message);
            }
            else
            {
                channel.Info(MessageSensitivity.Schema, message);
            }
        }

        return packer;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A column is missing or of a wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var example = MLNetInternals.Example(inputSchema);
        var unlearned = new PromptSource("", 0, _options.ContextLength);
        return MLNetInternals.Shape(new PackedSchema(example, CreateTemplate(example), unlearned).Output);
    }

    /// <summary>The copy of the options; not to be changed.</summary>
    internal Options Settings => _options;

    internal PromptTemplate CreateTemplate(DataViewSchema schema)
    {
        if (PromptColumns.FindPrompts(schema) is { } prompts)
        {
            throw new ArgumentException(
                $"The input holds prompts already, in column '{prompts}': PackPrompts takes interactions, one a row. To pack them in two ways, fit each packer to the interactions themselves.");
        }

        var template = PromptTemplate.Create(_options, schema);
        RequestForm.RequireNone(schema, template);
        InteractionColumns.Find(schema, template);
        if (_options.LabelColumnName is { } label)
        {
            OutcomeColumn.Find(schema, label);
        }

        return template;
    }

    // Of the user's columns every row counts, too: who is often there, often needs the token.
    private (long Rows, int Users) Learn(IDataView input, PromptTemplate template, VocabularyBuilder learned, TokenSample items, TokenSample prefixes)
    {
        var schema = input.Schema;
        var userColumn = schema[template.UserColumn];
        ItemColumn[] columns = [.. template.TokenColumns()];
        var needed = columns.Select(column => schema[column.Name]).Append(userColumn);
        if (!_options.AllowTransformedColumns)
        {
            needed = needed.Concat(ReplacedColumns.Needed(schema, template));
        }

        using var cursor = input.GetRowCursor(needed.DistinctBy(column => column.Index));
        var replaced = _options.AllowTransformedColumns ? null : ReplacedColumns.Create(cursor, schema, template);
        var users = UserColumn.CreateReader(cursor, userColumn);
        ItemValues[] values = [.. columns.Select(column => ItemValues.Create(cursor, schema[column.Name], column.Role))];
        ItemSink[] sinks = [.. LearningSink.Create(template.ItemColumns, learned, items), .. LearningSink.Create(template.PrefixColumns, learned, prefixes)];
        long rows = 0;
        for (; cursor.MoveNext(); rows++)
        {
            users.Read();
            replaced?.Add(rows);
            items.BeginRow();
            prefixes.BeginRow();
            for (int column = 0; column < values.Length; column++)
            {
                values[column].Load();
                for (int index = 0; index < values[column].Count; index++)
                {
                    values[column].Emit(index, sinks[column]);
                }

                sinks[column].End();
            }
        }

        replaced?.Require();
        return rows > 0 ? (rows, users.Count) : throw new InvalidOperationException("There are no interactions to learn a vocabulary from: the input has no rows.");
    }
}
