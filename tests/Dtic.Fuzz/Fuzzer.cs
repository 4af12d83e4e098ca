namespace Dtic.Fuzz;

/// <summary>Spoils files and reads them, on one thread. The same seed gives the same inputs.</summary>
/// <remarks>
/// Guided: an input that makes the reader say something new, or accept in new circumstances, is kept and spoiled further. What is new is told by the text of the
/// refusal without its quotations and numbers, and by the order of magnitude of what was allocated.
/// </remarks>
internal sealed class Fuzzer(FuzzTarget target, int seed)
{
    private const int MaximumCorpus = 512, MaximumLength = 64 << 10;

    private readonly Random _random = new(seed);
    private readonly List<byte[]> _corpus = [.. target.Seeds];
    private readonly HashSet<ulong> _seen = [];

    public FuzzTarget Target => target;

    public int Corpus => _corpus.Count;

    public long Inputs { get; private set; }

    public long Accepted { get; private set; }

    /// <summary>Different things that the reader said.</summary>
    public int Answers => _seen.Count;


    public long MostAllocated { get; private set; }

    /// <summary>What is being read, for a watchdog: the moment it began, in milliseconds, and the file.</summary>
    public (long Since, byte[] Input)? Current { get; private set; }

    /// <summary>Reads one more spoiled file.</summary>
    /// <returns>What must not have happened; null when all is well.</returns>
    public FuzzFailure? Next()
    {
        byte[] file = _corpus[_random.Next(_random.Next(2) == 0 ? target.Seeds.Count : _corpus.Count)], other = _corpus[_random.Next(_corpus.Count)];
        byte[] input = target.Mutate(_random, file, other);
        Inputs++;
        Current = (Environment.TickCount64, input);
        var failure = Judge(input, out ulong answer);
        Current = null;
        if (_seen.Add(answer) && failure is null && input.Length <= MaximumLength)
        {
            if (_corpus.Count < MaximumCorpus) _corpus.Add(input);
            else _corpus[_random.Next(target.Seeds.Count, MaximumCorpus)] = input;
        }
        return failure;
    }

    /// <summary>Reads a file and holds what happens against the rules.</summary>
    public FuzzFailure? Judge(byte[] input, out ulong answer)
    {
        FuzzFailure? failure = null;
        string said = "accepted";
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Read(input);
            Accepted++;
        }
        catch (Exception exception)
        {
            said = exception.Message;
            if (!target.IsRefusal(exception))
            {
                var root = exception.GetBaseException();
                failure = new FuzzFailure(target.Name, input, $"{root.GetType().Name}: {root.Message}\n{root.StackTrace}");
            }
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        MostAllocated = Math.Max(MostAllocated, allocated);
        if (allocated > FuzzTarget.FixedBytes + (FuzzTarget.BytesPerByte * input.Length))
            failure ??= new FuzzFailure(target.Name, input, FormattableString.Invariant($"{allocated:N0} bytes allocated for an input of {input.Length:N0}."));
        answer = Shape(said) + (ulong)Math.ILogB(allocated + 1);
        return failure;
    }

    /// <summary>FNV-1a over the letters outside quotations.</summary>
    private static ulong Shape(string text)
    {
        ulong hash = 14695981039346656037;
        bool quoted = false;
        foreach (char letter in text.AsSpan(0, Math.Min(text.Length, 80)))
        {
            if (letter is '\'' or '"') quoted = !quoted;
            if (!quoted && char.IsAsciiLetter(letter)) hash = (hash ^ letter) * 1099511628211;
        }
        return hash;
    }
}

/// <summary>An input for which a rule does not hold.</summary>
/// <param name="Target">The reader's name.</param>
/// <param name="Input">The file.</param>
/// <param name="What">What happened.</param>
internal sealed record FuzzFailure(string Target, byte[] Input, string What)
{
    /// <summary>The same for failures that are alike.</summary>
    public string Kind => What.Split('\n') is var lines && lines.Length > 1 ? $"{lines[0].Split(':')[0]} {lines[1]}" : "allocation";
}
