using TorchSharp;

namespace Dtic.MLNet.Tests.Model;

/// <summary>Another setting of torch's threads for the length of a test.</summary>
internal sealed class TorchThreads : IDisposable
{
    private readonly int _before = torch.get_num_threads();

    public TorchThreads(int count) => torch.set_num_threads(count);

    /// <summary>Torch keeps the setting per thread; a new thread takes over the process's.</summary>
    public static int OfANewThread()
    {
        int threads = 0;
        var thread = new Thread(() => threads = torch.get_num_threads());
        thread.Start();
        thread.Join();
        return threads;
    }

    public void Dispose() => torch.set_num_threads(_before);
}
