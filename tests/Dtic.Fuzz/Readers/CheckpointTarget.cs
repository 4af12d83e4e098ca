using System.Buffers.Binary;
using System.Security.Cryptography;
using Dtic.MLNet.Model;
using Dtic.MLNet.Training.Checkpoints;

namespace Dtic.Fuzz.Readers;

/// <summary>Checkpoints, mostly with the hash of what they hold, so that what stands behind the hash is read, too.</summary>
internal sealed record CheckpointTarget(byte[] Seed, ModelConfiguration Configuration) : FuzzTarget("checkpoint", [Seed])
{
    private const int DescriptionAt = 16;   // behind the mark and the length of the description

    private readonly Dictionary<string, long[]> _shapes = Configuration.Weights().ToDictionary(weight => weight.Name, weight => weight.Shape);

    public override void Read(byte[] file)
    {
        var (content, tensors) = CheckpointFile.Read(new MemoryStream(file), "checkpoint", _ => { }, _ => _shapes);
        if (content.State is null || content.Curve is null) throw new BrokenPropertyException("A part is missing.");
        foreach (var (name, shape) in _shapes)
            if (tensors[name].Length != shape.Aggregate(1L, (a, b) => a * b)) throw new BrokenPropertyException($"{name} has {tensors[name].Length} values.");
    }

    public override bool IsRefusal(Exception exception) => base.IsRefusal(exception) || (exception is MLNet.CheckpointMismatchException && IsReadable(exception.Message));

    public override byte[] Mutate(Random random, byte[] file, byte[] other)
    {
        if (random.Next(8) == 0 || file.Length < DescriptionAt + SHA256.HashSizeInBytes) return ByteMutator.Mutate(random, file, other);
        byte[] body = file[..^SHA256.HashSizeInBytes];
        int length = (int)Math.Clamp(BinaryPrimitives.ReadInt64LittleEndian(body.AsSpan(DescriptionAt - 8)), 0, body.Length - DescriptionAt);
        if (random.Next(2) == 0)
        {
            byte[] description = JsonMutator.Mutate(random, body[DescriptionAt..(DescriptionAt + length)], other);
            body = [.. body[..DescriptionAt], .. description, .. body[(DescriptionAt + length)..]];
            if (random.Next(10) > 0) BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(DescriptionAt - 8), description.Length);
        }
        else
        {
            body = ByteMutator.Mutate(random, body, other);
        }
        return [.. body, .. SHA256.HashData(body)];
    }
}
