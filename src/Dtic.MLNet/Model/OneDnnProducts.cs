using System.Runtime.InteropServices;
using TorchSharp;

namespace Dtic.MLNet.Model;

/// <summary>
/// While one of these lives, torch gives float32 matrix products on the CPU to oneDNN instead of its default library. Which is faster depends
/// on the processor: twice as fast where the default falls back to narrow vectors, slower where it does not. Thread-safe.
/// </summary>
/// <remarks>
/// The setting belongs to the process: the first of several overlapping leases turns it on, the last puts back what was there before. TorchSharp
/// does not wrap it, so it is reached under its C++ name in libtorch (at::Context::setFloat32Precision and its reader, the MATMUL of backend
/// MKLDNN; value 3 lets oneDNN take part). Where that name is missing no lease is given and <see cref="Obstacle"/> says why. On processors with matrix units for bfloat16 (AMX) oneDNN would be free to round factors to bfloat16; that would not be float32 any more, so it is refused.
/// </remarks>
internal sealed unsafe class OneDnnProducts : IDisposable
{
    private const int OneDnnBackend = 2, MatrixProduct = 3, Admitted = 3;

    private static readonly Lock Setting = new();
    private static readonly Lazy<Entries> Torch = new(Find);
    private static int _leases, _before;

    private bool _ended;

    private OneDnnProducts()
    {
    }

    /// <summary>Why leases do nothing here; null where they work.</summary>
    public static string? Obstacle => Torch.Value.Obstacle;

    /// <summary>Whether a lease lives.</summary>
    public static bool IsOn => Volatile.Read(ref _leases) > 0;

    /// <summary>Starts a lease, to be disposed on whatever thread; null where <paramref name="wanted"/> is false or <see cref="Obstacle"/> is not null.</summary>
    public static OneDnnProducts? Begin(bool wanted)
    {
        if (!wanted || Obstacle is not null) return null;
        lock (Setting)
        {
            if (_leases++ == 0)
            {
                _before = Current;
                Current = Admitted;
            }
        }
        return new OneDnnProducts();
    }

    /// <summary>Puts the setting back with the last lease; more than once does nothing.</summary>
    public void Dispose()
    {
        lock (Setting)
        {
            if (_ended) return;
            _ended = true;
            if (--_leases == 0) Current = _before;
        }
    }

    /// <summary>Torch's own value. Only where there is no <see cref="Obstacle"/>.</summary>
    internal static int Current
    {
        get => Torch.Value.Get(Torch.Value.Context(), OneDnnBackend, MatrixProduct);
        private set => Torch.Value.Set(Torch.Value.Context(), OneDnnBackend, MatrixProduct, value);
    }

    private static Entries Find()
    {
        const string Library = "libtorch_cpu.so";
        if (!OperatingSystem.IsLinux()) return new Entries("oneDNN's float32 products can be chosen on Linux only.");
        if (File.Exists("/proc/cpuinfo") && File.ReadLines("/proc/cpuinfo").Any(line => line.Contains(" amx_bf16", StringComparison.Ordinal)))
            return new Entries("This processor has matrix units for bfloat16, to which oneDNN would round float32.");
        torch.InitializeDeviceType(DeviceType.CPU);   // loads libtorch
        if (!NativeLibrary.TryLoad(Library, typeof(torch).Assembly, null, out nint library)) return new Entries($"{Library} is not where torch was loaded from.");
        return NativeLibrary.TryGetExport(library, "_ZN2at13globalContextEv", out nint context)
            && NativeLibrary.TryGetExport(library, "_ZNK2at7Context16float32PrecisionENS_14Float32BackendENS_9Float32OpE", out nint get)
            && NativeLibrary.TryGetExport(library, "_ZN2at7Context19setFloat32PrecisionENS_14Float32BackendENS_9Float32OpENS_16Float32PrecisionE", out nint set)
            ? new Entries(null)
            {
                Context = (delegate* unmanaged<nint>)context,
                Get = (delegate* unmanaged<nint, int, int, int>)get,
                Set = (delegate* unmanaged<nint, int, int, int, void>)set,
            }
            : new Entries($"This {Library} has no setting for float32 products through oneDNN.");
    }

    private sealed class Entries(string? obstacle)
    {
        public string? Obstacle => obstacle;

        public delegate* unmanaged<nint> Context { get; init; }

        public delegate* unmanaged<nint, int, int, int> Get { get; init; }

        public delegate* unmanaged<nint, int, int, int, void> Set { get; init; }
    }
}
