namespace Dtic.MLNet.Training;

/// <summary>What the training loop needs to know; checked and documented as <see cref="DticTrainer.Options"/>.</summary>
internal sealed record TrainingOptions(
    int NumberOfEpochs, int BatchSize, double LearningRate, double WeightDecay, double DropoutRate, double WarmupFraction,
    double MaximumGradientNorm, int MaximumTokensPerPass, int NumberOfThreads, int Seed, bool OneDnnMatrixProducts = false);
