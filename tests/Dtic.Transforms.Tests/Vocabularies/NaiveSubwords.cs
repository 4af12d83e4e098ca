using System.Text;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Tests.Vocabularies;

/// <summary>Byte-pair encoding as the textbook says it: count everything anew for every merge.</summary>
internal static class NaiveSubwords
{
    public static List<SubwordMerge> Learn(IReadOnlyDictionary<string, long> wordCounts, int vocabularySize, IEnumerable<string> reserved)
    {
        var words = wordCounts.Select(word => (Subwords: Encoding.UTF8.GetBytes(word.Key).Select(value => (int)value).ToList(), Count: word.Value)).ToList();
        var spellings = Enumerable.Range(0, 256).Select(value => ByteAlphabet.Letter((byte)value)).ToList();
        var taken = new HashSet<string>(spellings.Concat(reserved));
        var merges = new List<SubwordMerge>();
        while (spellings.Count < vocabularySize)
        {
            var counts = new Dictionary<(int Left, int Right), long>();
            foreach (var (subwords, count) in words)
            {
                for (int i = 1; i < subwords.Count; i++)
                {
                    var pair = (subwords[i - 1], subwords[i]);
                    counts[pair] = counts.GetValueOrDefault(pair) + count;
                }
            }
            var candidates = counts.Where(pair => pair.Value >= 2 && !taken.Contains(spellings[pair.Key.Left] + spellings[pair.Key.Right])).ToList();
            if (candidates.Count == 0)
            {
                break;
            }
            var best = candidates.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).First().Key;
            foreach (var (subwords, _) in words)
            {
                Merge(subwords, best.Left, best.Right, spellings.Count);
            }
            merges.Add(new SubwordMerge(best.Left, best.Right));
            spellings.Add(spellings[best.Left] + spellings[best.Right]);
            taken.Add(spellings[^1]);
        }
        return merges;
    }

    /// <summary>The subwords of one word: every merge in turn.</summary>
    public static List<int> Encode(ReadOnlySpan<char> word, IReadOnlyList<SubwordMerge> merges)
    {
        var subwords = Bytes(word).Select(value => (int)value).ToList();
        for (int i = 0; i < merges.Count; i++)
        {
            Merge(subwords, merges[i].Left, merges[i].Right, 256 + i);
        }
        return subwords;
    }

    /// <summary>UTF-8, an unpaired surrogate as the three bytes of its number, so that nothing is lost.</summary>
    public static List<byte> Bytes(ReadOnlySpan<char> text)
    {
        var bytes = new List<byte>();
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out var rune, out int width) == System.Buffers.OperationStatus.Done)
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(rune.ToString()));
            }
            else
            {
                bytes.AddRange([(byte)(0xE0 | (text[0] >> 12)), (byte)(0x80 | ((text[0] >> 6) & 0x3F)), (byte)(0x80 | (text[0] & 0x3F))]);
            }
            text = text[width..];
        }
        return bytes;
    }

    private static void Merge(List<int> subwords, int left, int right, int merged)
    {
        for (int i = 0; i + 1 < subwords.Count; i++)
        {
            if (subwords[i] == left && subwords[i + 1] == right)
            {
                subwords[i] = merged;
                subwords.RemoveAt(i + 1);
            }
        }
    }
}
