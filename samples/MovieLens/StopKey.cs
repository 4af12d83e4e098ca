namespace MovieLens;

/// <summary>Ctrl-C asks the training to stop at its next step; pressed again it ends the program at once, as it does elsewhere.</summary>
internal sealed class StopKey : IDisposable
{
    private readonly CancellationTokenSource _pressed = new();

    public StopKey() => Console.CancelKeyPress += Press;

    public CancellationToken Token => _pressed.Token;

    /// <summary>What is left of a training that was stopped, and how to go on with it.</summary>
    public static string Farewell(string? checkpoints) =>
        checkpoints is null ? "Stopped; nothing was saved. With --checkpoints <folder> a training can go on later."
        : Directory.GetFiles(checkpoints, "checkpoint-*.dtic").Max(StringComparer.Ordinal) is { } newest ? $"Stopped; saved {newest}. Go on with --resume {checkpoints}"
        : "Stopped before the first step; nothing was saved.";

    public void Dispose()
    {
        Console.CancelKeyPress -= Press;
        _pressed.Dispose();
    }

    private void Press(object? sender, ConsoleCancelEventArgs key)
    {
        key.Cancel = !_pressed.IsCancellationRequested;
        _pressed.Cancel();
    }
}
