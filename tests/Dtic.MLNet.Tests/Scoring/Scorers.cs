using Dtic.MLNet.Model;
using Dtic.MLNet.Scoring;
using Dtic.Transforms.Prompts;
using Microsoft.ML;
using TorchSharp;

namespace Dtic.MLNet.Tests.Scoring;

/// <summary>Scorers that need no training, and what they should answer.</summary>
internal static class Scorers
{
    public static DticPredictionTransformer Create(
        ModelWeights weights, ScoringMode? mode = null, MLContext? context = null, int tokensPerPass = 200, int threads = 2, string label = "Label", string prompt = "Prompt")
    {
        context ??= new MLContext(seed: 1);
        return new DticPredictionTransformer(context, Devices.Of(context), weights, new ScorerSettings(label, prompt, mode), tokensPerPass, threads);
    }

    /// <summary>Every target alone, one after the other, past the transformer.</summary>
    public static float[] OneByOne(ModelWeights weights, IEnumerable<PackedPrompt> prompts)
    {
        using var scorer = new PromptScorer(weights, torch.CPU, maximumTokensPerPass: 1, numberOfThreads: 1);
        return
        [
            .. from prompt in prompts
               from target in Enumerable.Range(0, prompt.TargetCount)
               select scorer.Score([prompt.Slice(target, 1, weights.Configuration.ContextLength)], ScoringMode.OneAtATime)[0][0],
        ];
    }

    /// <summary>A column of a view; the cursor has only this column.</summary>
    public static T[] Read<T>(IDataView view, string column)
    {
        using var cursor = view.GetRowCursor([view.Schema[column]]);
        var getter = cursor.GetGetter<T>(view.Schema[column]);
        var values = new List<T>();
        while (cursor.MoveNext())
        {
            T value = default!;
            getter(ref value);
            values.Add(value);
        }

        return [.. values];
    }

    /// <summary>Scores as a prediction engine does: through the row mapper, a row at a time.</summary>
    public static float[] ReadThroughMapper(ITransformer transformer, IDataView requests)
    {
        var mapper = transformer.GetRowToRowMapper(requests.Schema);
        DataViewSchema.Column[] wanted = [mapper.OutputSchema["Score"]];
        var cursor = requests.GetRowCursor(mapper.GetDependencies(wanted));
        using var row = mapper.GetRow(cursor, wanted);   // disposes the cursor, too
        var getter = row.GetGetter<float>(wanted[0]);
        var scores = new List<float>();
        while (cursor.MoveNext())
        {
            float score = 0;
            getter(ref score);
            scores.Add(score);
        }

        return [.. scores];
    }
}
