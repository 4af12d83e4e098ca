namespace Dtic.MLNet.Evaluation;

/// <summary>How rows are ranked within each user; a part of <see cref="ClickMetrics"/>.</summary>
public sealed class UserMetrics
{
    internal UserMetrics()
    {
    }

    /// <summary>Users with a labelled row.</summary>
    public required int NumberOfUsers { get; init; }

    /// <summary>Users with both classes: those that <see cref="GroupedAreaUnderRocCurve"/> counts. The others, with one class only, are skipped.</summary>
    public required int NumberOfUsersWithBothClasses { get; init; }

    /// <summary>Users without a positive row, whom <see cref="Ndcg"/> skips.</summary>
    public required int NumberOfUsersWithoutPositives { get; init; }

    /// <summary>Mean of the users' own areas under the ROC curve, weighted by their rows (GAUC; Zhu et al. 2017, arXiv:1703.02091). NaN where no user has both classes.</summary>
    public required double GroupedAreaUnderRocCurve { get; init; }

    /// <summary>Of <see cref="GroupedAreaUnderRocCurve"/>, users being drawn.</summary>
    public required ConfidenceInterval GroupedAreaUnderRocCurveInterval { get; init; }

    /// <summary>For each depth asked for.</summary>
    public required IReadOnlyList<NdcgAtDepth> Ndcg { get; init; }
}
