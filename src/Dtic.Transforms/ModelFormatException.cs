namespace Dtic.Transforms;

/// <summary>
/// Thrown when a file of a saved model is corrupt, truncated, of a newer format, or contradicts another file of the same model.
/// </summary>
/// <remarks>The message names the file, what was expected and what was found.</remarks>
public sealed class ModelFormatException : FormatException
{
    /// <summary>Creates the exception with a general message.</summary>
    public ModelFormatException() : base("A file of the saved model is corrupt.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The file, what was expected and what was found.</param>
    public ModelFormatException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    /// <param name="message">The file, what was expected and what was found.</param>
    /// <param name="innerException">What the reader of the file reported.</param>
    public ModelFormatException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
