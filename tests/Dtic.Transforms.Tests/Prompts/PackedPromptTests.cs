using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Tests.Prompts;

[TestClass]
public sealed class PackedPromptTests
{
    private const int Click = SpecialToken.Click, NoClick = SpecialToken.NoClick, Unknown = SpecialToken.Unknown, Sum = SpecialToken.Sum;

    // prefix 20 21 | 5 6 click | 7 sum unknown | 8 no click | 9 sum click | 10 11 sum
    private static readonly PackedPrompt Literal = new(
        new[] { 20, 21, 5, 6, Click, 7, Sum, Unknown, 8, NoClick, 9, Sum, Click, 10, 11, Sum },
        new[] { 2, 5, 8, 10, 13 },
        new[] { 0, 1, 1, 3, 3 });

    [TestMethod]
    public void Properties_LiteralPrompt_DescribeIt()
    {
        Assert.AreEqual(5, Literal.InteractionCount);
        Assert.AreEqual(2, Literal.PrefixLength);
        Assert.AreEqual(3, Literal.TargetCount);
        CollectionAssert.AreEqual(new[] { 7, Sum, Unknown }, Literal.Interaction(1).ToArray());
        CollectionAssert.AreEqual(new[] { 10, 11, Sum }, Literal.Interaction(4).ToArray());
    }

    [TestMethod]
    public void Slice_OneTarget_IsTheSlidingWindowPrompt()
    {
        var slice = Literal.Slice(1, 1, contextLength: 2);

        // The earlier target is context now and asks nothing; the target's own outcome is gone.
        AssertPrompt(slice, [20, 21, 7, Unknown, 8, NoClick, 9, Sum], [2, 4, 6], [0, 0, 2]);
    }

    [TestMethod]
    public void Slice_TwoTargets_KeepsTheOutcomeBetweenThem()
    {
        var slice = Literal.Slice(1, 2, contextLength: 1);

        AssertPrompt(slice, [20, 21, 8, NoClick, 9, Sum, Click, 10, 11, Sum], [2, 4, 7], [0, 1, 1]);
    }

    [TestMethod]
    public void Slice_NoContext_HoldsThePrefixAndTheTarget()
    {
        AssertPrompt(Literal.Slice(0, 1, contextLength: 0), [20, 21, 7, Sum], [2], [0]);
    }

    [TestMethod]
    public void Slice_EverythingWithHugeContext_IsThePromptItself()
    {
        var slice = Literal.Slice(0, 3, int.MaxValue);

        AssertPrompt(slice, Literal.Tokens.ToArray(), Literal.InteractionStarts.ToArray(), Literal.KnownOutcomes.ToArray());
    }

    [TestMethod]
    [DataRow(-1, 1)]
    [DataRow(0, 0)]
    [DataRow(0, 4)]
    [DataRow(3, 1)]
    public void Slice_TargetsThatAreNotThere_Throws(int firstTarget, int count)
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Literal.Slice(firstTarget, count, 2));
    }

    [TestMethod]
    public void Slice_RandomPrompts_EqualsThePromptPackedFromTheInteractions()
    {
        var random = new Random(1);
        for (int round = 0; round < 2000; round++)
        {
            var history = History.Random(random);
            int[] targets = [.. Enumerable.Range(0, history.Count).Where(i => history.IsTarget[i])];
            int n = random.Next(6), first = random.Next(targets.Length), count = random.Next(1, targets.Length - first + 1);
            int begin = Math.Max(0, targets[first] - n), end = targets[first + count - 1] + 1;

            var slice = history.Pack(0, 0, history.Count).Slice(first, count, n);

            var expected = history.Pack(begin, targets[first], end);
            AssertPrompt(slice, expected.Tokens.ToArray(), expected.InteractionStarts.ToArray(), expected.KnownOutcomes.ToArray());
            Assert.AreEqual(count, slice.TargetCount);
        }
    }

    [TestMethod]
    public void Length_RandomPrompts_IsThatOfTheSlice()
    {
        var random = new Random(2);
        for (int round = 0; round < 2000; round++)
        {
            var history = History.Random(random);
            var targets = new PromptTargets(history.Pack(0, 0, history.Count));
            int n = random.Next(6), first = random.Next(targets.Count), count = random.Next(1, targets.Count - first + 1);

            Assert.AreEqual(targets.Slice(first, count, n).Tokens.Length, targets.Length(first, count, n));
        }
    }

    [TestMethod]
    public void Slice_EveryTargetOfALongHistory_EqualsThePromptPackedFromTheInteractions()
    {
        const int ContextLength = 20;
        var history = History.Random(new Random(3), count: 20_000);
        var targets = new PromptTargets(history.Pack(0, 0, history.Count));
        int[] interactions = [.. Enumerable.Range(0, history.Count).Where(i => history.IsTarget[i])];

        Assert.AreEqual(interactions.Length, targets.Count);
        for (int t = 0; t < targets.Count; t++)
        {
            var expected = history.Pack(Math.Max(0, interactions[t] - ContextLength), interactions[t], interactions[t] + 1);
            var slice = targets.Slice(t, 1, ContextLength);
            Assert.IsTrue(
                expected.Tokens.Span.SequenceEqual(slice.Tokens.Span) && expected.InteractionStarts.Span.SequenceEqual(slice.InteractionStarts.Span)
                && expected.KnownOutcomes.Span.SequenceEqual(slice.KnownOutcomes.Span),
                $"target {t}");
        }
    }

    private static void AssertPrompt(PackedPrompt actual, int[] tokens, int[] starts, int[] known)
    {
        CollectionAssert.AreEqual(tokens, actual.Tokens.ToArray());
        CollectionAssert.AreEqual(starts, actual.InteractionStarts.ToArray());
        CollectionAssert.AreEqual(known, actual.KnownOutcomes.ToArray());
    }

    /// <summary>A user's interactions before packing.</summary>
    private sealed record History(int[] Prefix, int[][] Items, bool[] IsTarget, int[] Outcomes, int[] Known)
    {
        public int Count => Items.Length;

        public static History Random(Random random, int? count = null) => Random(random, count ?? random.Next(1, 12));

        private static History Random(Random random, int count)
        {
            var known = new int[count];
            for (int j = 1; j < count; j++)
            {
                known[j] = random.Next(known[j - 1], j + 1);
            }

            return new History(
                [.. Enumerable.Range(0, random.Next(3)).Select(_ => random.Next(30, 40))],
                [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(4, 30)).ToArray())],
                [.. Enumerable.Range(0, count).Select(i => i == count - 1 || random.Next(2) == 0)],
                [.. Enumerable.Range(0, count).Select(_ => random.Next(3))],
                known);
        }

        public PackedPrompt Pack(int begin, int firstTarget, int end)
        {
            var tokens = new List<int>(Prefix);
            var starts = new List<int>();
            for (int i = begin; i < end; i++)
            {
                starts.Add(tokens.Count);
                tokens.AddRange(Items[i]);
                if (IsTarget[i] && i >= firstTarget)
                {
                    tokens.Add(Sum);
                }

                if (i < end - 1)
                {
                    tokens.Add(Outcomes[i]);
                }
            }

            return new PackedPrompt(tokens.ToArray(), starts.ToArray(), Known[begin..end].Select(k => Math.Max(0, k - begin)).ToArray());
        }
    }
}
