namespace Dtic.MLNet.Evaluation;

/// <summary>How probabilities are put into the bins of a calibration curve.</summary>
public enum CalibrationBinning
{
    /// <summary>As many rows in each bin, as far as equal probabilities, which stay together, allow.</summary>
    EqualMass,

    /// <summary>Bins of the same width from 0 to 1; empty ones are left out.</summary>
    EqualWidth,
}
