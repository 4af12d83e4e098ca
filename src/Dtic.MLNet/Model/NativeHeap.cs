using System.Runtime.InteropServices;

namespace Dtic.MLNet.Model;

/// <summary>
/// While one of these lives, glibc keeps what torch frees instead of giving it back to the system, whose pages would be zeroed and mapped
/// again in every pass. On other systems nothing happens. Thread-safe.
/// </summary>
/// <remarks>
/// The setting (mallopt) belongs to the process and cannot be read. With the last lease it becomes what glibc's own adjustment reaches once
/// blocks of 32 MiB have been freed, and unused memory goes back to the system. Where the environment sets malloc up, that is left alone.
/// </remarks>
internal sealed unsafe class NativeHeap : IDisposable
{
    private const int TrimThreshold = -1, MapThreshold = -3;   // mallopt's names
    private const int LargestMapThreshold = 32 << 20, KeptWithoutLease = 64 << 20, KeptWithLease = 1 << 30;

    private static readonly Lock Setting = new();
    private static readonly Lazy<Entries?> Library = new(Find);
    private static int _leases;

    private bool _ended;

    private NativeHeap()
    {
    }

    /// <summary>Whether leases do anything here.</summary>
    public static bool IsSupported => Library.Value is not null;

    /// <summary>Leases that have begun and not ended.</summary>
    public static int LeaseCount
    {
        get
        {
            lock (Setting) return _leases;
        }
    }

    /// <summary>Starts a lease, to be disposed on whatever thread; null where <see cref="IsSupported"/> is false.</summary>
    public static NativeHeap? Begin()
    {
        if (Library.Value is not { } glibc) return null;
        lock (Setting)
        {
            if (_leases++ == 0)
            {
                _ = glibc.Set(MapThreshold, LargestMapThreshold);
                _ = glibc.Set(TrimThreshold, KeptWithLease);
            }
        }
        return new NativeHeap();
    }

    /// <summary>Ends the lease; more than once does nothing.</summary>
    public void Dispose()
    {
        lock (Setting)
        {
            if (_ended) return;
            _ended = true;
            if (--_leases > 0) return;
            _ = Library.Value!.Set(TrimThreshold, KeptWithoutLease);
            _ = Library.Value.Trim(0);
        }
    }

    private static Entries? Find()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libc.so.6", out nint library)) return null;
        bool isSetUp = Environment.GetEnvironmentVariables().Keys.Cast<string>().Any(name => name.StartsWith("MALLOC_", StringComparison.Ordinal) || name == "GLIBC_TUNABLES");
        return !isSetUp && NativeLibrary.TryGetExport(library, "gnu_get_libc_version", out _)
            && NativeLibrary.TryGetExport(library, "mallopt", out nint set) && NativeLibrary.TryGetExport(library, "malloc_trim", out nint trim)
            ? new Entries { Set = (delegate* unmanaged<int, int, int>)set, Trim = (delegate* unmanaged<nuint, int>)trim }
            : null;
    }

    private sealed class Entries
    {
        public required delegate* unmanaged<int, int, int> Set { get; init; }

        public required delegate* unmanaged<nuint, int> Trim { get; init; }
    }
}
