using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Dtic.MLNet.Model;
using Dtic.MLNet.Scoring;
using Dtic.Transforms;

namespace Dtic.Fuzz.Readers;

/// <summary>model.safetensors, without its hash and with it.</summary>
internal sealed record TensorsTarget(byte[] Seed, ModelConfiguration Configuration) : FuzzTarget("model.safetensors", [Seed])
{
    private readonly string _hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Seed));

    public override void Read(byte[] file)
    {
        var weights = ModelWeights.Load(new MemoryStream(file), Configuration, "model.safetensors");
        foreach (var (name, _) in Configuration.Weights())
        {
            foreach (float value in weights[name])
                if (!float.IsFinite(value)) throw new BrokenPropertyException($"{name} holds {value}.");
        }
        try
        {
            WeightsFile.Load(new MemoryStream(file), Configuration, _hash, "model.safetensors");
        }
        catch (ModelFormatException) when (!file.AsSpan().SequenceEqual(Seed))
        {
            return;
        }
        if (!file.AsSpan().SequenceEqual(Seed)) throw new BrokenPropertyException("A changed file passed for the one that was saved.");
    }

    /// <summary>The header as JSON, mostly with its length put right; numbers of the data, among them those that are none; or any bytes.</summary>
    public override byte[] Mutate(Random random, byte[] file, byte[] other)
    {
        if (random.Next(3) == 0 || !HasHeader(file, out int header)) return ByteMutator.Mutate(random, file, other);
        if (random.Next(4) == 0 && file.Length - header - 8 >= 4)
        {
            byte[] changed = [.. file];
            var data = MemoryMarshal.Cast<byte, float>(changed.AsSpan(8 + header));
            data[random.Next(data.Length)] = random.Next(5) switch { 0 => float.NaN, 1 => float.NegativeInfinity, 2 => float.MaxValue, 3 => float.Epsilon, _ => BitConverter.Int32BitsToSingle(random.Next()) };
            return changed;
        }
        byte[] json = JsonMutator.Mutate(random, file[8..(8 + header)], HasHeader(other, out int otherHeader) ? other[8..(8 + otherHeader)] : other);
        byte[] mutated = [.. file[..8], .. json, .. file[(8 + header)..]];
        if (random.Next(10) > 0) BinaryPrimitives.WriteInt64LittleEndian(mutated, json.Length);
        return mutated;
    }

    private static bool HasHeader(byte[] file, out int length)
    {
        long found = file.Length < 8 ? -1 : BinaryPrimitives.ReadInt64LittleEndian(file);
        length = (int)Math.Clamp(found, 0, int.MaxValue);
        return found >= 0 && found <= file.Length - 8;
    }
}
