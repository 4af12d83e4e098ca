namespace Dtic.MLNet;

public sealed partial class DticTrainer
{
    /// <summary>Options of the <see cref="DticTrainer"/>. They are copied when the trainer is made; later changes have no effect.</summary>
    public sealed partial class Options
    {
        /// <summary>Label column of the prompts: one Boolean, Single or Double (0, 1, NaN = missing) per target.</summary>
        /// <value>"Label" by default.</value>
        public string LabelColumnName { get; set; } = "Label";

        /// <summary>The column of prompts that PackPrompts wrote.</summary>
        /// <value>"Prompt" by default.</value>
        public string PromptColumnName { get; set; } = "Prompt";

        /// <summary>Width of a token's hidden state. Wider models learn more from more data; time grows with its square.</summary>
        /// <value>64 by default; 1 to 65,536, divisible by <see cref="NumberOfHeads"/> into heads of an even width.</value>
        public int EmbeddingDimension { get; set; } = 64;

        /// <summary>Number of decoder layers.</summary>
        /// <value>2 by default; 1 to 1,024.</value>
        public int NumberOfLayers { get; set; } = 2;

        /// <summary>Attention heads per layer; few heads of 32 to 64 dimensions are faster than many small ones.</summary>
        /// <value>4 by default.</value>
        public int NumberOfHeads { get; set; } = 4;

        /// <summary>Width of the feed-forward layer.</summary>
        /// <value>null by default: 8/3 of <see cref="EmbeddingDimension"/>, rounded up to a multiple of 32.</value>
        public int? FeedForwardDimension { get; set; }

        /// <summary>What context tokens attend to; decides whether packed scores are exact.</summary>
        /// <value><see cref="ContextAttention.Isolated"/> by default: packed scores are exact and training is faster, at no loss of quality.</value>
        public ContextAttention ContextAttention { get; set; } = ContextAttention.Isolated;

        /// <summary>How attention knows where tokens stand.</summary>
        /// <value><see cref="PositionEncoding.InteractionBias"/> by default: better than rotary positions in docs/benchmarks.md.</value>
        public PositionEncoding PositionEncoding { get; set; } = PositionEncoding.InteractionBias;

        /// <summary>Whether [SUM] and outcome tokens start from the mean of their interaction's item embeddings, which lets the first layer compare a target with past items.</summary>
        /// <value>true by default; without it learning begins much later.</value>
        public bool ItemPooling { get; set; } = true;

        /// <summary>How the fitted transformer scores.</summary>
        /// <value>null by default: <see cref="ScoringMode.Packed"/> where that is exact, else <see cref="ScoringMode.OneAtATime"/>, so that an evaluation shows what a service will deliver.</value>
        public ScoringMode? ScoringMode { get; set; }

        /// <summary>Passes over the training targets.</summary>
        /// <value>3 by default; at least 1.</value>
        public int NumberOfEpochs { get; set; } = 3;

        /// <summary>
        /// Targets per optimizer step, whatever the number of targets per prompt. Larger batches take fewer, smoother steps. Prompts are cut into shares of at most a quarter of
        /// this, or of four contexts where that is more, so that a step hears several users: whole histories gain speed from larger batches.
        /// </summary>
        /// <value>256 by default; at least 1.</value>
        public int BatchSize { get; set; } = 256;

        /// <summary>Highest learning rate of AdamW, reached after the warm-up; from there it falls to zero along half a cosine.</summary>
        /// <value>0.002 by default; above 0.</value>
        public double LearningRate { get; set; } = 2e-3;

        /// <summary>Decoupled weight decay of the matrices. Larger values shrink the weights more.</summary>
        /// <value>0.01 by default; 0 or more.</value>
        public double WeightDecay { get; set; } = 0.01;

        /// <summary>Share of hidden values dropped behind the embedding and behind each half of a layer while training.</summary>
        /// <value>0.1 by default; 0 or more and below 1.</value>
        public double DropoutRate { get; set; } = 0.1;

        /// <summary>Share of all steps over which the learning rate rises from zero.</summary>
        /// <value>0.05 by default; 0 to 1.</value>
        public double WarmupFraction { get; set; } = 0.05;

        /// <summary>Gradients longer than this Euclidean norm are scaled down to it.</summary>
        /// <value>1 by default; above 0.</value>
        public double MaximumGradientNorm { get; set; } = 1;

        /// <summary>Most tokens in one forward and backward pass; bounds memory and changes updates by rounding only.</summary>
        /// <value>4,096 by default; at least 1.</value>
        /// <remarks>
        /// A step is worked off in as many passes as this asks for. Prompts that are longer are cut into pieces, each behind its own context again:
        /// with <see cref="ContextAttention.Isolated"/>, where a piece teaches exactly what the whole does, into pieces within this bound, unless a single
        /// target with its context is longer. With <see cref="ContextAttention.Windowed"/> a cut changes a little what its first targets see, so this
        /// option has no say in it: a piece has up to 4,096 tokens, or 4 n targets where those are longer (n: the context length), and may be a longer pass
        /// than this bound. Context that stands in two pieces is encoded twice: a bound of a few contexts' tokens or more costs little time.
        /// </remarks>
        public int MaximumTokensPerPass { get; set; } = 4096;

        /// <summary>Worker threads on a CPU, each on its share of every step.</summary>
        /// <value>null by default: one per core. Sums of gradients depend on it in the last bits.</value>
        public int? NumberOfThreads { get; set; }

        /// <summary>
        /// Whether float32 matrix products on the CPU go to oneDNN instead of torch's default library while training. Which is faster depends on the processor:
        /// <c>roofline</c> in docs/benchmarks.md measures it. Products of this library's own kernels go there, too. The setting belongs to the process and is put back when training ends. Linux only; elsewhere, and on processors
        /// where oneDNN would round to bfloat16, a warning is logged and nothing changes.
        /// </summary>
        /// <value>false by default.</value>
        public bool OneDnnMatrixProducts { get; set; }

        /// <summary>Seed of initial weights, order and dropout.</summary>
        /// <value>null by default: drawn from the MLContext when the trainer is made, so that the same program with the same seed there trains the same model.</value>
        public int? Seed { get; set; }

        /// <summary>Told after every step where the training stands, on the thread that trains.</summary>
        /// <value>null by default.</value>
        public IProgress<DticTrainingProgress>? Progress { get; set; }

        /// <summary>Stops the training before its next step; <c>Fit</c> then throws <see cref="OperationCanceledException"/>, or as <see cref="ReturnBestWhenCancelled"/> says.</summary>
        /// <value>None by default: the training runs to its end.</value>
        public CancellationToken CancellationToken { get; set; }
    }
}
