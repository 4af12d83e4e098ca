using Dtic.MLNet;
using Spectre.Console;

namespace QuickStart;

/// <summary>What the evaluation reads back of a scored target.</summary>
public sealed class TestRow
{
    /// <summary>Whether the user clicked.</summary>
    public bool Label { get; set; }

    /// <summary>The probability the click was drawn with.</summary>
    public float TrueProbability { get; set; }
}

/// <summary>A predictor's answer in the columns that ML.NET's evaluator asks for.</summary>
public sealed class Guess(bool label, float probability)
{
    /// <summary>Whether the user clicked.</summary>
    public bool Label { get; } = label;

    /// <summary>The logit.</summary>
    public float Score { get; } = MathF.Log(probability / (1 - probability));

    /// <summary>The probability of a click.</summary>
    public float Probability { get; } = probability;

    /// <summary>Whether a click is the likelier outcome.</summary>
    public bool PredictedLabel { get; } = probability > 0.5f;
}

/// <summary>Shows training progress as a bar.</summary>
internal sealed class ProgressBar(ProgressTask bar) : IProgress<DticTrainingProgress>
{
    public void Report(DticTrainingProgress value)
    {
        bar.MaxValue = value.NumberOfSteps;
        bar.Value = value.Step;
        bar.Description = $"Epoch {value.Epoch}/{value.NumberOfEpochs}, loss {value.Loss:F3}, {value.TargetsPerSecond:N0} targets/s";
    }
}
