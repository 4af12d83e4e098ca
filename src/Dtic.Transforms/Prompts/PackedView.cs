using Dtic.Transforms.Data;
using Dtic.Transforms.Prompts.Vocabularies;
using Microsoft.ML;

namespace Dtic.Transforms.Prompts;

/// <summary>Interactions packed into prompts, one row per prompt.</summary>
internal sealed class PackedView : SerialView
{
    private readonly IDataView _source;
    private readonly PackedSchema _schema;
    private readonly PromptTemplate _template;
    private readonly Vocabulary _vocabulary;

    public PackedView(IDataView source, PackedSchema schema, PromptTemplate template, Vocabulary vocabulary)
        : base(schema.Output)
    {
        _source = source;
        _schema = schema;
        _template = template;
        _vocabulary = vocabulary;
    }

    /// <inheritdoc/>
    protected override DataViewRowCursor Open(bool[] active) => new PackedCursor(_source, _schema, _template, _vocabulary, active);
}
