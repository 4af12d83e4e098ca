using Dtic.MLNet.Model;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dtic.MLNet.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) by torch's fused kernel, which TorchSharp does not wrap: one pass over each weight
/// instead of a dozen. Weight decay applies to matrices, not to norms.
/// </summary>
internal sealed class FusedAdamW : IDisposable
{
    public const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;

    private static readonly Lazy<jit.CompilationUnit> Kernel = new(() => jit.compile(
        """
        def step(weights: List[Tensor], gradients: List[Tensor], first: List[Tensor], second: List[Tensor], steps: List[Tensor], rate: float, decay: float, beta1: float, beta2: float, epsilon: float):
            unused: List[Tensor] = []
            torch._fused_adamw_(weights, gradients, first, second, unused, steps, lr=rate, beta1=beta1, beta2=beta2, weight_decay=decay, eps=epsilon, amsgrad=False, maximize=False)
            return weights[0]

        """));

    private readonly Group[] _groups;

    public FusedAdamW(IEnumerable<Parameter> parameters, double weightDecay)
    {
        var all = parameters.ToArray();
        _groups = [new Group([.. all.Where(p => p.dim() > 1)], weightDecay), new Group([.. all.Where(p => p.dim() <= 1)], 0)];
    }

    /// <summary>Updates every weight by its gradient.</summary>
    public void Step(double learningRate)
    {
        using var untracked = no_grad();
        using var scope = NewDisposeScope();
        foreach (var group in _groups)
        {
            if (group.Weights.Length == 0) continue;
            foreach (var step in group.Steps) step.add_(HeldScalar.One, HeldScalar.One);
            Step(group.Weights, Array.ConvertAll(group.Weights, w => w.grad!), group.First, group.Second, group.Steps, learningRate, group.WeightDecay);
        }
    }

    /// <summary>One step of each of these weights.</summary>
    /// <param name="weights">Updated in place.</param>
    /// <param name="gradients">Of each.</param>
    /// <param name="first">First moments, updated in place.</param>
    /// <param name="second">Second moments, updated in place.</param>
    /// <param name="steps">float32 (1) each: steps, this one included.</param>
    /// <param name="learningRate">Of the step.</param>
    /// <param name="weightDecay">Times the rate: what the step takes from a weight.</param>
    public static void Step(Tensor[] weights, Tensor[] gradients, Tensor[] first, Tensor[] second, Tensor[] steps, double learningRate, double weightDecay)
    {
        using Scalar rate = learningRate, decay = weightDecay, beta1 = Beta1, beta2 = Beta2, epsilon = Epsilon;
        Kernel.Value.invoke("step", weights, gradients, first, second, steps, rate, decay, beta1, beta2, epsilon);
    }

    /// <summary>What the optimizer remembers of a weight: the moving averages of its gradient and of the gradient's square, and the number of steps; the tensors themselves. Null: it is none of its weights.</summary>
    public (Tensor First, Tensor Second, Tensor Steps)? Moments(Parameter weight)
    {
        foreach (var group in _groups)
        {
            int index = Array.FindIndex(group.Weights, w => ReferenceEquals(w, weight));   // Tensor.Equals compares values, and norms begin as equals
            if (index >= 0) return (group.First[index], group.Second[index], group.Steps[index]);
        }
        return null;
    }

    public void Dispose()
    {
        foreach (var group in _groups)
            foreach (var tensor in (Tensor[])[.. group.First, .. group.Second, .. group.Steps]) tensor.Dispose();
    }

    private sealed class Group(Tensor[] weights, double weightDecay)
    {
        public double WeightDecay { get; } = weightDecay;

        public Tensor[] Weights { get; } = weights;

        public Tensor[] First { get; } = Array.ConvertAll(weights, Zeros);

        public Tensor[] Second { get; } = Array.ConvertAll(weights, Zeros);

        public Tensor[] Steps { get; } = Array.ConvertAll(weights, w => zeros(1, dtype: ScalarType.Float32, device: w.device).DetachFromDisposeScope());

        private static Tensor Zeros(Tensor weight) => zeros(weight.shape, dtype: weight.dtype, device: weight.device).DetachFromDisposeScope();
    }
}
