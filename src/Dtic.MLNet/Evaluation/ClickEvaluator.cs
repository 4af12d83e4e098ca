namespace Dtic.MLNet.Evaluation;

/// <summary>Makes the figures of rows in memory. The rows are sorted once, and once more where probabilities do not rise with scores.</summary>
internal sealed class ClickEvaluator
{
    private readonly ScoredRows _rows;
    private readonly ClickEvaluationOptions _options;
    private readonly int[] _byScore, _byProbability;

    private ClickEvaluator(ScoredRows rows, ClickEvaluationOptions options)
    {
        (_rows, _options) = (rows, options);
        _byScore = ScoreOrder.Ascending(rows.Scores);
        _byProbability = ScoreOrder.Ascending(rows.Probabilities, _byScore);
    }

    /// <exception cref="InvalidOperationException">No row has a label.</exception>
    public static ClickMetrics Evaluate(ScoredRows rows, ClickEvaluationOptions options) => rows.Count > 0
        ? new ClickEvaluator(rows, options).Evaluate()
        : throw new InvalidOperationException(FormattableString.Invariant(
            $"There is nothing to evaluate: no row has a label in column '{options.LabelColumnName}' ({rows.NumberOfMissingLabels:N0} rows without{(rows.NumberOfContextRows > 0 ? FormattableString.Invariant($", {rows.NumberOfContextRows:N0} of context") : "")})."));

    private ClickMetrics Evaluate()
    {
        double positives = ScoreOrder.Positives(_byScore, _rows.Labels), rate = positives / _rows.Count, logLoss = Loss.Log(_byScore, _rows);
        var (area, interval) = RocArea.Measure(_byScore, _rows);
        var (curve, averagePrecision) = ThresholdCurve.Of(_byScore, _rows);
        var calibration = Calibration(_byProbability);
        var (predicted, hits) = AboveHalf();
        return new ClickMetrics
        {
            NumberOfRows = _rows.Count,
            NumberOfMissingLabels = _rows.NumberOfMissingLabels,
            NumberOfContextRows = _rows.NumberOfContextRows,
            PositiveRate = rate,
            MeanProbability = calibration.Sum(bin => bin.Count * bin.MeanProbability) / _rows.Count,
            AreaUnderRocCurve = area,
            AreaUnderRocCurveInterval = interval,
            AveragePrecision = averagePrecision,
            LogLoss = logLoss,
            LogLossInterval = Loss.LogInterval(_rows, logLoss),
            NormalizedEntropy = Loss.Normalized(logLoss, rate),
            BrierScore = Loss.Brier(_byScore, _rows),
            ExpectedCalibrationError = CalibrationCurve.Error(calibration),
            Accuracy = (_rows.Count - predicted - positives + (2 * hits)) / _rows.Count,
            PositivePrecision = predicted > 0 ? hits / predicted : 0,
            PositiveRecall = positives > 0 ? hits / positives : 0,
            Baseline = new ConstantPredictor(rate),
            Users = _rows.NumberOfUsers > 0 ? UserRanking.Measure(_byScore, _rows, _options.RankingDepths) : null,
            Calibration = calibration,
            RocCurve = curve,
            Histogram = ProbabilityHistogram.Of(_rows),
            Slices = [.. Slices()],
        };
    }

    private IReadOnlyList<CalibrationBin> Calibration(ReadOnlySpan<int> byProbability) =>
        CalibrationCurve.Of(byProbability, _rows, _options.CalibrationBinning, _options.NumberOfCalibrationBins);

    /// <summary>Rows with a probability above 0.5, and the positives among them.</summary>
    private (double Predicted, double Hits) AboveHalf()
    {
        long predicted = 0, hits = 0;
        for (int row = 0; row < _rows.Count; row++)
        {
            if (_rows.Probabilities[row] <= 0.5f) continue;
            predicted++;
            hits += _rows.Labels[row];
        }
        return (predicted, hits);
    }

    private IEnumerable<EvaluationSlice> Slices()
    {
        if (_options.HistoryLengthColumnName is not null)
        {
            for (int group = 0; group < _options.HistoryLengths.Count; group++)
            {
                byte wanted = (byte)group;
                if (Slice("History length", HistoryGroups.Name(_options.HistoryLengths, group), row => _rows.Histories[row] == wanted) is { } slice) yield return slice;
            }
        }
        if (_options.ItemColumnName is not null)
        {
            if (Slice("Item", "seen", row => _rows.Seen[row]) is { } seen) yield return seen;
            if (Slice("Item", "unseen", row => !_rows.Seen[row]) is { } unseen) yield return unseen;
        }
    }

    private EvaluationSlice? Slice(string dimension, string name, Predicate<int> belongs)
    {
        int[] byScore = Array.FindAll(_byScore, belongs);
        if (byScore.Length == 0) return null;
        double rate = (double)ScoreOrder.Positives(byScore, _rows.Labels) / byScore.Length;
        var (area, interval) = RocArea.Measure(byScore, _rows);
        return new EvaluationSlice
        {
            Dimension = dimension,
            Name = name,
            Count = byScore.Length,
            PositiveRate = rate,
            AreaUnderRocCurve = area,
            AreaUnderRocCurveInterval = interval,
            NormalizedEntropy = Loss.Normalized(Loss.Log(byScore, _rows), rate),
            ExpectedCalibrationError = CalibrationCurve.Error(Calibration(ReferenceEquals(_byProbability, _byScore) ? byScore : Array.FindAll(_byProbability, belongs))),
        };
    }
}
