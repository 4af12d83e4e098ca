using static TorchSharp.torch;

namespace Dtic.MLNet.Model;

/// <summary>
/// Starts threads that each run torch with one thread of its own: whatever torch's number of threads is for others, their products have the same bits. That number stays
/// what it was.
/// </summary>
/// <remarks>
/// Torch keeps a number for the process and one for each thread; setting it sets both. A thread takes the process's number over when it first asks or first does work in
/// parallel (ATen's lazy_init_num_threads), and that overwrites one that was set for it before. So a thread asks first and sets then; its own number stays from there on,
/// and the process's can be put back at once. A new thread does that, because it would set its own, too. In between, for a fraction of a millisecond, other
/// threads that first use torch see the number 1: torch has no way to set a thread's alone.
/// </remarks>
internal static class SingleTorchThreads
{
    private static readonly Lock Setting = new();

    /// <summary>Starts background threads.</summary>
    /// <param name="count">How many.</param>
    /// <param name="name">Their name, behind which stands their number.</param>
    /// <param name="work">What each does, given its number, from 0.</param>
    public static Thread[] Start(int count, string name, Action<int> work)
    {
        lock (Setting)
        {
            int ofTheProcess = 1;
            OnANewThread(() => ofTheProcess = get_num_threads());
            using var ready = new CountdownEvent(count);
            Thread[] threads = [.. Enumerable.Range(0, count).Select(i => new Thread(() => Run(i)) { IsBackground = true, Name = $"{name} {i}" })];
            Array.ForEach(threads, thread => thread.Start());
            ready.Wait();
            OnANewThread(() => set_num_threads(ofTheProcess));
            return threads;

            void Run(int index)
            {
                _ = get_num_threads();
                set_num_threads(1);
                ready.Signal();
                work(index);
            }
        }
    }

    private static void OnANewThread(Action action)
    {
        var thread = new Thread(() => action()) { IsBackground = true };
        thread.Start();
        thread.Join();
    }
}
