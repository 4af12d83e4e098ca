namespace Dtic.MLNet;

/// <summary>How probabilities are made of click logits.</summary>
public enum CalibrationMethod
{
    /// <summary>The probability is the logit's sigmoid.</summary>
    None,

    /// <summary>The sigmoid of a line through the logit, fitted to the validation targets (Platt 1999); see <see cref="PlattScaling"/>.</summary>
    Platt,
}
