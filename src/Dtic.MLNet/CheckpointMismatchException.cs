namespace Dtic.MLNet;

/// <summary>Thrown when a training should go on from a checkpoint of another run: of other data, other options or another version.</summary>
/// <remarks>The message names everything that differs, with both values.</remarks>
public sealed class CheckpointMismatchException : InvalidOperationException
{
    /// <summary>Creates the exception with a general message.</summary>
    public CheckpointMismatchException() : base("The checkpoint belongs to another run.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The file and what differs.</param>
    public CheckpointMismatchException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    /// <param name="message">The file and what differs.</param>
    /// <param name="innerException">The cause.</param>
    public CheckpointMismatchException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
