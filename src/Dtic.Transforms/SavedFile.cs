using System.Text;

namespace Dtic.Transforms;

/// <summary>How long the files of a saved model may be, and how they are read: the same in a folder and in a zip.</summary>
internal static class SavedFile
{
    /// <summary>The longest <c>config.json</c>, <c>prompt.json</c> or <c>training.json</c>, in bytes.</summary>
    public const int LargestSettings = 1 << 20;

    /// <summary>The longest <c>tokenizer.json</c>, in bytes: about four million tokens.</summary>
    public const int LargestVocabulary = 1 << 29;

    /// <summary>The longest header of <c>model.safetensors</c>, in bytes.</summary>
    /// <param name="names">The tensors that it describes; beside a name it holds a type, a shape and two offsets.</param>
    public static long LargestHeader(IEnumerable<string> names) => LargestSettings + names.Sum(name => 256L + (6 * name.Length));

    /// <summary>Reads a file of settings as a whole.</summary>
    /// <param name="stream">The content of the file.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <param name="kind">What the file is, for messages.</param>
    /// <exception cref="ModelFormatException">The file is empty, or longer than <see cref="LargestSettings"/>.</exception>
    public static byte[] ReadSettings(Stream stream, string name, string kind)
    {
        using var bytes = new MemoryStream();
        byte[] buffer = new byte[4096];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            if (bytes.Length + read > LargestSettings)
            {
                throw new ModelFormatException(FormattableString.Invariant($"'{name}' is longer than {kind} can be ({LargestSettings:N0} bytes)."));
            }

            bytes.Write(buffer, 0, read);
        }

        if (bytes.Length == 0)
        {
            throw new ModelFormatException($"'{name}' is empty.");
        }

        byte[] all = bytes.ToArray();
        return all.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? all[Encoding.UTF8.Preamble.Length..] : all;   // some editors begin files so
    }
}
