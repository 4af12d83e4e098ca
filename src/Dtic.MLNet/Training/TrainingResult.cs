using Dtic.MLNet.Model;

namespace Dtic.MLNet.Training;

/// <summary>What a training gives.</summary>
/// <param name="Weights">Those of the best validation, where there was one, else the last.</param>
/// <param name="End">How it ended.</param>
/// <param name="State">Where it ended.</param>
/// <param name="NumberOfSteps">Steps of the whole run as planned.</param>
internal sealed record TrainingResult(ModelWeights Weights, TrainingEnd End, TrainingState State, int NumberOfSteps);
