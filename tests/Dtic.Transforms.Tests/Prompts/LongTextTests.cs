using System.Globalization;
using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;
using Dtic.Transforms.Tests.Vocabularies;
using Microsoft.ML;

namespace Dtic.Transforms.Tests.Prompts;

/// <summary>Of a long text only so much is looked at as can give the tokens that are kept.</summary>
[TestClass]
public sealed class LongTextTests
{
    private const int Megabytes = 10;
    private static readonly string Words = string.Join(' ', Enumerable.Range(0, Megabytes * 1024 * 1024 / 8).Select(i => i.ToString("x7", CultureInfo.InvariantCulture)));

    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Encode_Bounded_BeginsAsUnbounded()
    {
        var random = new Random(1);
        var builder = new VocabularyBuilder(new VocabularyOptions(300, 1, 10, 2));
        string[] texts = [.. Enumerable.Range(0, 200).Select(_ => RandomText.Next(random, 20))];
        Array.ForEach(texts, text => builder.AddText(text));
        var vocabulary = builder.Build([], [], hasText: true);
        foreach (string text in texts)
        {
            for (int maximum = 0; maximum < 12; maximum++)
            {
                List<int> whole = [7], bounded = [7];
                vocabulary.Text.Encode(text, whole);
                vocabulary.Text.Encode(text, bounded, maximum);
                CollectionAssert.AreEqual(whole.Take(maximum).ToArray(), bounded.Take(maximum).ToArray());
            }
        }
    }

    [TestMethod]
    [DataRow("Title")]
    [DataRow("Genres")]
    public void Predict_LongValue_TakesNoMoreThanWhatIsKept(string column)
    {
        var options = TestInteraction.AllColumns(contextLength: 2, targetsPerPrompt: 1);
        var packer = _mlContext.Transforms.PackPrompts(options).Fit(TestInteraction.View(_mlContext, TestInteraction.Random(new Random(1), 50)));
        using var engine = _mlContext.Model.CreatePredictionEngine<RequestFormTests.Request, PackedRequest>(packer);
        var request = new RequestFormTests.Request { MovieId = "m1", Genres = "g1", Title = "King" };
        engine.Predict(request);   // warm
        long few = Allocated(request);
        if (column == "Title")
        {
            request.Title = Words;
        }
        else
        {
            request.Genres = Words.Replace(' ', '|');
        }

        long many = Allocated(request);
        Assert.IsLessThan(few + 100_000, many, "Bytes of a prediction.");   // 34 words and their tokens; the whole text has 1.3 million words
        Assert.IsLessThanOrEqualTo(33, engine.Predict(request).Prompt.Length - 1);

        long Allocated(RequestFormTests.Request asked)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            engine.Predict(asked);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [TestMethod]
    public void Fit_LongTitle_LearnsFromWhatIsKept()
    {
        var builder = new VocabularyBuilder(new VocabularyOptions(256, 1, 10, 2));
        var sample = new TokenSample([new ItemColumn("Title", ItemRole.Text, null, 0)], maximumTokens: 32);
        var sink = LearningSink.Create([new ItemColumn("Title", ItemRole.Text, null, 0)], builder, sample).Single();
        sample.BeginRow();
        long before = GC.GetAllocatedBytesForCurrentThread();
        sink.Add(Words);
        Assert.IsLessThan(20_000, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.AreEqual(0, sample.Room);
        sink.Add("more");
        var losses = sample.Measure(builder.Build([], [], hasText: true));
        Assert.AreEqual((1.0, 32.0), (losses.CutShare, losses.MeanTokens));
    }
}
