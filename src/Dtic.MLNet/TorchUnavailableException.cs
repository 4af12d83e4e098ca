namespace Dtic.MLNet;

/// <summary>Torch, the native library that trains and scores, cannot be loaded on this system.</summary>
/// <remarks>
/// The message names the cause (native package missing, platform without one, a dependency missing or too old) and
/// what to do about it. <see cref="Exception.InnerException"/> keeps what the loader itself reported.
/// </remarks>
public sealed class TorchUnavailableException : Exception
{
    internal TorchUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
