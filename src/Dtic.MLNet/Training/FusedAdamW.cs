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
    private const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;

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
        using Scalar rate = learningRate, beta1 = Beta1, beta2 = Beta2, epsilon = Epsilon;
        foreach (var group in _groups)
        {
            using Scalar decay = group.WeightDecay;
            Tensor[] gradients = [.. group.Weights.Select(w => w.grad!)];
            foreach (var step in group.Steps) step.add_(HeldScalar.One, HeldScalar.One);
            Kernel.Value.invoke("step", group.Weights, gradients, group.First, group.Second, group.Steps, rate, decay, beta1, beta2, epsilon);
        }
    }

    /// <summary>What the optimizer remembers of a weight: the moving averages of its gradient and of the gradient's square, and the number of steps; the tensors themselves.</summary>
    public (Tensor First, Tensor Second, Tensor Steps) Moments(Parameter weight)
    {
        var group = Array.Find(_groups, g => g.Weights.Contains(weight))!;
        int index = Array.IndexOf(group.Weights, weight);
        return (group.First[index], group.Second[index], group.Steps[index]);
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

        public Tensor[] Steps { get; } = Array.ConvertAll(weights, w => zeros(1, device: w.device).DetachFromDisposeScope());

        private static Tensor Zeros(Tensor weight) => zeros(weight.shape, dtype: weight.dtype, device: weight.device).DetachFromDisposeScope();
    }
}
