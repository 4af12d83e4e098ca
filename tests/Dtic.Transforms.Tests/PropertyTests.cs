using Dtic.Transforms.Prompts.Vocabularies;
using Dtic.Transforms.Tests.Prompts;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML;

namespace Dtic.Transforms.Tests;

/// <summary>What holds for any values that FsCheck (Claessen and Hughes 2000) thinks of; it shrinks those for which it does not.</summary>
[TestClass]
public sealed class PropertyTests
{
    private static readonly MLContext Context = new(seed: 1);

    [TestMethod]
    public void Vocabulary_AnyValues_SavesAndLoadsAndGivesOnlyItsOwnTokens() => Hold<string[], double[], string>((texts, numbers, unseen) =>
    {
        var builder = new VocabularyBuilder(new VocabularyOptions(TextVocabularySize: 300, MinimumCount: 1, MaximumCategories: 50, NumberOfBins: 4));
        foreach (string text in texts)
        {
            builder.AddCategory("Category", text ?? "");
            builder.AddText(text ?? "");
        }
        foreach (double number in numbers) builder.AddNumber("Number", number);
        var vocabulary = builder.Build(["Category"], ["Number"], hasText: true);
        using var file = new MemoryStream();
        vocabulary.Save(file);
        file.Position = 0;

        var loaded = Vocabulary.Load(file, "tokenizer.json");

        List<int> tokens = [], again = [];
        foreach (string text in texts.Append(unseen).Select(text => text ?? ""))
        {
            vocabulary.Text.Encode(text, tokens);
            loaded.Text.Encode(text, again);
            tokens.Add(vocabulary.Categories("Category").Encode(text));
            again.Add(loaded.Categories("Category").Encode(text));
        }
        tokens.AddRange(numbers.Select(vocabulary.Numbers("Number").Encode));
        again.AddRange(numbers.Select(loaded.Numbers("Number").Encode));
        return loaded.Hash == vocabulary.Hash && tokens.SequenceEqual(again) && tokens.TrueForAll(token => token >= 0 && token < vocabulary.Size);
    });

    [TestMethod]
    public void Packing_AnyInteractions_PutsEveryTargetInOnePromptInOrderOfTime() => Hold<(byte User, long Time, string? Item, bool IsTarget)[], byte, byte>((rows, n, k) =>
    {
        if (rows.Length == 0) return true;
        TestInteraction[] interactions = [.. rows.Select((row, i) => new TestInteraction
        {
            RowId = i, UserId = $"u{row.User % 4}", Timestamp = row.Time, MovieId = row.Item ?? "", Title = row.Item ?? "", Price = row.Time, Label = i % 2, IsTarget = row.IsTarget,
        })];
        var view = TestInteraction.View(Context, interactions);
        var packed = Context.Transforms.PackPrompts(TestInteraction.AllColumns(n % 5, k % 4)).Fit(view).Transform(view);

        int[] targets = [.. Vectors(packed, nameof(TestInteraction.RowId)).SelectMany(row => row)];
        return targets.Order().SequenceEqual(interactions.Where(row => row.IsTarget).Select(row => row.RowId))
            && Vectors(packed, nameof(TestInteraction.RowId)).All(prompt => prompt.Zip(prompt.Skip(1)).All(pair => interactions[pair.First].Timestamp <= interactions[pair.Second].Timestamp));
    });

    private static IEnumerable<int[]> Vectors(IDataView view, string column)
    {
        using var cursor = view.GetRowCursor([view.Schema[column]]);
        var getter = cursor.GetGetter<Microsoft.ML.Data.VBuffer<int>>(view.Schema[column]);
        Microsoft.ML.Data.VBuffer<int> values = default;
        while (cursor.MoveNext())
        {
            getter(ref values);
            yield return values.DenseValues().ToArray();
        }
    }

    private static void Hold<T1, T2, T3>(Func<T1, T2, T3, bool> property) =>
        Prop.ForAll(ArbMap.Default.ArbFor<T1>(), ArbMap.Default.ArbFor<T2>(), ArbMap.Default.ArbFor<T3>(), property).Check(Config.QuickThrowOnFailure.WithMaxTest(100));
}
