namespace Dtic.MLNet;

/// <summary>By which figure of a validation models are compared.</summary>
public enum ValidationMetric
{
    /// <summary>The area under the ROC curve; higher is better.</summary>
    AreaUnderRocCurve,

    /// <summary>The mean binary cross-entropy; lower is better.</summary>
    LogLoss,
}
