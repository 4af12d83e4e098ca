namespace Dtic.MLNet.Training;

/// <summary>The course of a training in at most <see cref="MostSpans"/> spans: once there are more, neighbours are put together, so that all cover about equally many steps.</summary>
internal sealed class LearningCurve
{
    public const int MostSpans = 1000;

    private readonly List<CurveSpan> _spans = [];

    /// <summary>Most steps in one span.</summary>
    public int Stride { get; private set; } = 1;

    public IReadOnlyList<CurveSpan> Spans => _spans;

    /// <summary>Goes on with the spans that another curve had, as they are.</summary>
    public void Continue(IReadOnlyList<CurveSpan> spans)
    {
        _spans.AddRange(spans);
        Stride = Math.Max(Stride, spans.Select(span => span.Steps).DefaultIfEmpty().Max());
    }

    /// <summary>Adds a step; steps come in order.</summary>
    public void Add(CurveSpan span)
    {
        Append(_spans, span);
        while (_spans.Count > MostSpans)
        {
            Stride *= 2;
            var thinner = new List<CurveSpan>();
            foreach (var kept in _spans) Append(thinner, kept);
            _spans.Clear();
            _spans.AddRange(thinner);
        }
    }

    /// <summary>The spans as points.</summary>
    public IReadOnlyList<DticTrainingPoint> Points() => Array.AsReadOnly(_spans.Select(span => span.ToPoint()).ToArray());

    /// <summary>Notes a validation after the last step.</summary>
    public void Mark(DticValidation validation) => _spans[^1] = _spans[^1] with { Validation = validation };

    // A validation goes only where another stands close behind it.
    private void Append(List<CurveSpan> spans, CurveSpan next)
    {
        if (spans.Count > 0 && spans[^1].Steps + next.Steps <= Stride && (spans[^1].Validation is null || next.Validation is not null))
            spans[^1] = spans[^1].With(next);
        else
            spans.Add(next);
    }
}
