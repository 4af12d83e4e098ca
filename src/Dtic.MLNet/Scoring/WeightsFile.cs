using System.Security.Cryptography;
using Dtic.MLNet.Model;
using Dtic.Transforms;

namespace Dtic.MLNet.Scoring;

/// <summary><c>model.safetensors</c> and its hash, which stands in <c>config.json</c>: a changed bit of a weight would only give wrong scores otherwise.</summary>
internal static class WeightsFile
{
    /// <summary>SHA-256 of the file that the weights are saved as, in lower-case hexadecimal.</summary>
    public static string Hash(ModelWeights weights)
    {
        using var sha = SHA256.Create();
        using (var stream = new CryptoStream(Stream.Null, sha, CryptoStreamMode.Write)) weights.Save(stream);
        return Convert.ToHexStringLower(sha.Hash!);
    }

    /// <summary>Reads the weights, and holds the whole file against its hash.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="configuration">The network that they belong to.</param>
    /// <param name="hash">What <see cref="Hash"/> gave when they were saved; null: not known, as in files of before.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <exception cref="ModelFormatException">The file is corrupt, or was changed since it was saved.</exception>
    public static ModelWeights Load(Stream stream, ModelConfiguration configuration, string? hash, string name)
    {
        if (hash is null) return ModelWeights.Load(stream, configuration, name);
        using var sha = SHA256.Create();
        using var hashed = new CryptoStream(stream, sha, CryptoStreamMode.Read, leaveOpen: true);
        var weights = ModelWeights.Load(hashed, configuration, name);   // reads to the very end
        string found = Convert.ToHexStringLower(sha.Hash!);
        return found == hash ? weights : throw new ModelFormatException(
            $"'{name}' was changed since it was saved: its SHA-256 is {PromptCheck.Short(found)}..., expected {PromptCheck.Short(hash)}... as '{ScorerFiles.ConfigurationName}' says. "
            + $"Restore the file; or, if it was changed on purpose, take {ScorerSettings.WeightsHashKey} out of '{ScorerFiles.ConfigurationName}'.");
    }
}
