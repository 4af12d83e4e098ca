namespace Dtic.MLNet;

/// <summary>What a validation measured, over all labelled validation targets.</summary>
/// <param name="Step">Optimizer steps done before it.</param>
/// <param name="AreaUnderRocCurve">Share of pairs of a clicked and an unclicked target in which the clicked one has the higher score; ties count half.</param>
/// <param name="LogLoss">
/// Mean binary cross-entropy of the uncalibrated scores in nats, as the training loss is; without its class weights and label smoothing. ML.NET's evaluator counts in bits:
/// divide by ln 2.
/// </param>
public sealed record DticValidation(int Step, double AreaUnderRocCurve, double LogLoss)
{
    /// <summary>Whether this is better than another one.</summary>
    internal bool IsBetterThan(DticValidation other, ValidationMetric metric) => metric == ValidationMetric.LogLoss
        ? LogLoss < other.LogLoss
        : AreaUnderRocCurve > other.AreaUnderRocCurve;
}
