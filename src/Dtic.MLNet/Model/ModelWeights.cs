using Dtic.Transforms;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dtic.MLNet.Model;

/// <summary>The network's weights in managed memory, float32, by HuggingFace Llama name: what is saved, and what outlives every native copy.</summary>
internal sealed class ModelWeights
{
    private readonly Dictionary<string, float[]> _values;

    private ModelWeights(ModelConfiguration configuration, Dictionary<string, float[]> values)
    {
        Configuration = configuration;
        _values = values;
    }

    public ModelConfiguration Configuration { get; }

    /// <summary>Number of weights.</summary>
    public long Count => _values.Values.Sum(v => (long)v.Length);

    public ReadOnlySpan<float> this[string name] => _values[name];

    /// <summary>
    /// Normal draws: matrices with variance 1 / inputs, those that write into the residual stream divided by sqrt(2 * layers)
    /// (Radford et al. 2019), embeddings and the click head with deviation 0.02; norms are 1.
    /// </summary>
    public static ModelWeights Random(ModelConfiguration configuration, int seed)
    {
        using var generator = new Generator((ulong)seed, CPU);
        var values = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach (var (name, shape) in configuration.Weights())
        {
            var array = new float[shape.Aggregate(1L, (a, b) => a * b)];
            if (shape.Length == 1)
            {
                Array.Fill(array, 1f);
            }
            else
            {
                double deviation = name.Contains("layers.", StringComparison.Ordinal) ? 1 / Math.Sqrt(shape[1]) : 0.02;
                if (name.EndsWith("o_proj.weight", StringComparison.Ordinal) || name.EndsWith("down_proj.weight", StringComparison.Ordinal))
                    deviation /= Math.Sqrt(2.0 * configuration.NumberOfLayers);
                using Scalar scale = deviation;
                using var drawn = randn(shape, dtype: ScalarType.Float32, device: CPU, generator: generator);
                using var scaled = drawn.mul(scale);
                scaled.data<float>().CopyTo(array);
            }
            values.Add(name, array);
        }
        return new ModelWeights(configuration, values);
    }

    /// <summary>Copies the weights of a model out of native memory.</summary>
    public static ModelWeights From(ModelConfiguration configuration, IReadOnlyDictionary<string, Parameter> parameters)
    {
        using var scope = NewDisposeScope();
        var values = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach (var (name, _) in configuration.Weights()) values.Add(name, parameters[name].detach().cpu().data<float>().ToArray());
        return new ModelWeights(configuration, values);
    }

    /// <summary>Weights that stand in arrays already.</summary>
    public static ModelWeights Of(ModelConfiguration configuration, Func<string, float[]> values) =>
        new(configuration, configuration.Weights().ToDictionary(w => w.Name, w => values(w.Name), StringComparer.Ordinal));

    /// <summary>A model over fresh native copies of the weights.</summary>
    public ClickModel CreateModel(Device device, bool train = false)
    {
        using var scope = NewDisposeScope();
        var parameters = new Dictionary<string, Parameter>(StringComparer.Ordinal);
        foreach (var (name, shape) in Configuration.Weights()) parameters.Add(name, new Parameter(HostTensor.Of(_values[name], shape, device), train));
        return Keep(Configuration, parameters, device);
    }

    /// <summary>Another model over the SAME native weights, with gradients of its own: one for each worker thread.</summary>
    public static ClickModel Replicate(ModelConfiguration configuration, ClickModel model)
    {
        using var scope = NewDisposeScope();
        var parameters = new Dictionary<string, Parameter>(StringComparer.Ordinal);
        foreach (var (name, parameter) in model.Parameters) parameters.Add(name, new Parameter(parameter.detach(), true));
        return Keep(configuration, parameters, model.Device);
    }

    /// <summary>Takes the parameters out of the scope they were made in: all or, where one could not be made, none.</summary>
    private static ClickModel Keep(ModelConfiguration configuration, Dictionary<string, Parameter> parameters, Device device)
    {
        foreach (var parameter in parameters.Values) parameter.DetachFromDisposeScope();
        return new ClickModel(configuration, parameters, device);
    }

    /// <summary>Writes safetensors.</summary>
    public void Save(Stream stream) => Safetensors.Write(stream, [.. Tensors()]);

    /// <summary>The weights, to be written under their names behind a prefix.</summary>
    public IEnumerable<StoredTensor> Tensors(string prefix = "") => Configuration.Weights().Select(w => new StoredTensor(prefix + w.Name, w.Shape, () => _values[w.Name]));

    /// <exception cref="ModelFormatException">The file is corrupt or its tensors are not those of <paramref name="configuration"/>.</exception>
    public static ModelWeights Load(Stream stream, ModelConfiguration configuration, string name)
    {
        var wanted = configuration.Weights().ToDictionary(w => w.Name, w => w.Shape, StringComparer.Ordinal);
        return new ModelWeights(configuration, Safetensors.Read(stream, wanted, name));
    }
}
