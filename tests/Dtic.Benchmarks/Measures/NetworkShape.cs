namespace Dtic.Benchmarks.Measures;

/// <summary>What the cost of a decoder depends on.</summary>
/// <param name="Width">d, width of a token's hidden state.</param>
/// <param name="Layers">L, decoder layers.</param>
/// <param name="FeedForward">f, width of the SwiGLU's hidden layer.</param>
/// <param name="Window">n, in interactions.</param>
/// <param name="Isolated">Whether context tokens attend only within their own interaction.</param>
internal sealed record NetworkShape(int Width, int Layers, int FeedForward, int Window, bool Isolated);
