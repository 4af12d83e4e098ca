using Dtic.Transforms;

namespace Dtic.MLNet.Scoring;

/// <summary>Files that are read as a whole, however long someone made them.</summary>
internal static class SmallFile
{
    private const int LargestFile = 1 << 20;

    /// <exception cref="ModelFormatException">The file is longer than a mebibyte.</exception>
    public static byte[] ReadAll(Stream stream, string name, string kind)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[4096];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > LargestFile) throw new ModelFormatException($"'{name}' is longer than {kind} can be.");
        }

        return bytes.ToArray();
    }
}
