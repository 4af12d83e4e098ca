using Dtic.MLNet.Scoring;
using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Fuzz.Readers;

/// <summary>config.json.</summary>
internal sealed record ConfigurationTarget(byte[] Seed) : FuzzTarget("config.json", [Seed])
{
    public override void Read(byte[] file)
    {
        var (configuration, _) = ScorerSettings.Load(new MemoryStream(file), "config.json");
        if (configuration.Problem() is { } problem) throw new BrokenPropertyException(problem);
        if (!((float)configuration.NormEpsilon > 0)) throw new BrokenPropertyException("A token of zeros makes NaN.");
        foreach (var (_, shape) in configuration.Weights())
            if (shape.Any(size => size < 1)) throw new BrokenPropertyException("A weight has no size.");
    }
}

/// <summary>training.json.</summary>
internal sealed record TrainingSummaryTarget(byte[] Seed) : FuzzTarget("training.json", [Seed])
{
    public override void Read(byte[] file)
    {
        var summary = TrainingFile.Load(new MemoryStream(file), "training.json");
        if (summary.Curve.Any(point => !double.IsFinite(point.Loss))) throw new BrokenPropertyException("A loss is no number.");
        using var saved = new MemoryStream();
        TrainingFile.Save(saved, summary);
        saved.Position = 0;
        TrainingFile.Load(saved, "again");
    }
}

/// <summary>tokenizer.json.</summary>
internal sealed record VocabularyTarget(IReadOnlyList<byte[]> Files) : FuzzTarget("tokenizer.json", Files)
{
    public override void Read(byte[] file)
    {
        var vocabulary = Vocabulary.Load(new MemoryStream(file), "tokenizer.json");
        using var saved = new MemoryStream();
        vocabulary.Save(saved);
        saved.Position = 0;
        if (Vocabulary.Load(saved, "again").Hash != vocabulary.Hash) throw new BrokenPropertyException("Saved and loaded it is another vocabulary.");
        var tokens = new List<int>();
        if (vocabulary.HasText) vocabulary.Text.Encode("the night \ud800 the rivers", tokens);
        tokens.AddRange(vocabulary.CategoricalColumns.Select(column => column.Encode("m1")));
        tokens.AddRange(vocabulary.NumericColumns.SelectMany(column => new[] { column.Encode(double.NaN), column.Encode(3.5), column.Encode(double.PositiveInfinity) }));
        if (tokens.Any(token => token < 0 || token >= vocabulary.Size)) throw new BrokenPropertyException("It gives tokens that it does not have.");
    }
}

/// <summary>prompt.json.</summary>
internal sealed record TemplateTarget(byte[] Seed, Vocabulary Vocabulary) : FuzzTarget("prompt.json", [Seed])
{
    public override void Read(byte[] file)
    {
        var template = PackerFiles.Load(new MemoryStream(file), "prompt.json", Vocabulary);
        using var saved = new MemoryStream();
        PackerFiles.Save(saved, template, Vocabulary);
        saved.Position = 0;
        PackerFiles.Load(saved, "again", Vocabulary);
    }
}
