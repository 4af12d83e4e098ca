using System.IO.Compression;
using System.Reflection;
using System.Xml;
using Microsoft.ML;

namespace Dtic.Fuzz.Readers;

/// <summary>A model's zip: its bytes, which ML.NET reads, and what is in it, which we read.</summary>
internal sealed record ZipTarget(byte[] Seed) : FuzzTarget("zip", [Seed])
{
    public override int Share => 5;

    public override void Read(byte[] file)
    {
        var model = new MLContext().Model.Load(new MemoryStream(file), out _);
        (model as IDisposable)?.Dispose();
    }

    /// <summary>
    /// What ML.NET reads itself, the archive and the names of the classes, it refuses in ways of its own, and our refusals it wraps. But whatever our own readers
    /// stand behind has to be our exception.
    /// </summary>
    public override bool IsRefusal(Exception exception)
    {
        while (exception.InnerException is { } inner && exception is TargetInvocationException or InvalidOperationException) exception = inner;
        return base.IsRefusal(exception)
            || (exception is InvalidDataException or FormatException or InvalidOperationException or ArgumentException or IOException or XmlException or NotSupportedException or OverflowException
                && exception.StackTrace?.Contains("at Dtic.Transforms", StringComparison.Ordinal) != true
                && exception.StackTrace?.Contains("at Dtic.MLNet", StringComparison.Ordinal) != true);
    }

    public override byte[] Mutate(Random random, byte[] file, byte[] other)
    {
        if (random.Next(2) == 0) return ByteMutator.Mutate(random, file, other);
        try
        {
            return MutateEntry(random, file);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or ArgumentException or NotSupportedException)
        {
            return ByteMutator.Mutate(random, Seed, other);   // it was no archive any more
        }
    }

    private static byte[] MutateEntry(Random random, byte[] file)
    {
        using var source = new ZipArchive(new MemoryStream(file), ZipArchiveMode.Read);
        using var mutated = new MemoryStream();
        using (var archive = new ZipArchive(mutated, ZipArchiveMode.Create, leaveOpen: true))
        {
            int changed = random.Next(source.Entries.Count);
            for (int i = 0; i < source.Entries.Count; i++)
            {
                using var read = new MemoryStream();
                using (var stream = source.Entries[i].Open()) stream.CopyTo(read);
                byte[] content = read.ToArray();
                string name = source.Entries[i].FullName;
                if (i == changed && random.Next(8) == 0) name = random.Next(2) == 0 ? "../" + name : name + "x";
                else if (i == changed) content = random.Next(2) == 0 ? ByteMutator.Mutate(random, content, content) : JsonMutator.Mutate(random, content, content);
                using var write = archive.CreateEntry(name, CompressionLevel.Fastest).Open();
                write.Write(content);
            }
        }
        return mutated.ToArray();
    }
}
