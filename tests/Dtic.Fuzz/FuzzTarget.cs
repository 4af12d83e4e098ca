namespace Dtic.Fuzz;

/// <summary>A reader of files, valid files of its format, and how they are spoiled.</summary>
/// <param name="Name">The format, as in <c>--reader</c>.</param>
/// <param name="Seeds">Files that it accepts.</param>
internal abstract record FuzzTarget(string Name, IReadOnlyList<byte[]> Seeds)
{
    /// <summary>What an input may make the reader allocate, beside <see cref="BytesPerByte"/>: buffers and a small model.</summary>
    public const long FixedBytes = 16 << 20;

    /// <summary>What a byte of the input may make the reader allocate.</summary>
    public const long BytesPerByte = 1000;

    /// <summary>How many inputs it takes of the time that others take a thousand in: slow readers less.</summary>
    public virtual int Share => 1000;

    /// <summary>Reads a file. Accepts it, or throws what <see cref="IsRefusal"/> knows; whatever else happens is a failure.</summary>
    public abstract void Read(byte[] file);

    /// <summary>Whether the exception says in the reader's own words that the file is bad.</summary>
    public virtual bool IsRefusal(Exception exception) => exception is Transforms.ModelFormatException && IsReadable(exception.Message);

    /// <summary>Whether a message may stand in a log: it is short, and whatever of the file it quotes gives no orders to a terminal.</summary>
    protected static bool IsReadable(string message) => message.Length is > 10 and < 2000 && !message.Any(char.IsControl);

    /// <summary>Spoils a file.</summary>
    /// <param name="random">Decides how.</param>
    /// <param name="file">The file; it is not changed.</param>
    /// <param name="other">Another one to take parts of.</param>
    public virtual byte[] Mutate(Random random, byte[] file, byte[] other) =>
        random.Next(3) == 0 ? ByteMutator.Mutate(random, file, other) : JsonMutator.Mutate(random, file, other);
}

/// <summary>A property does not hold for an accepted file.</summary>
internal sealed class BrokenPropertyException(string message) : Exception(message);
