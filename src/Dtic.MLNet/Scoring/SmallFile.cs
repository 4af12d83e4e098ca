using Dtic.Transforms;

namespace Dtic.MLNet.Scoring;

/// <summary>Files that are read as a whole, however long someone made them.</summary>
internal static class SmallFile
{
    private const int LargestFile = 1 << 20;

    /// <exception cref="ModelFormatException">The file is longer than a mebibyte.</exception>
    public static byte[] ReadAll(Stream stream, string name, string kind)
    {
        var bytes = new byte[LargestFile + 1];
        int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return length <= LargestFile ? bytes[..length] : throw new ModelFormatException($"'{name}' is longer than {kind} can be.");
    }
}
