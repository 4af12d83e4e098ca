using System.Diagnostics;
using Dtic.MLNet;
using Spectre.Console;

namespace MovieLens;

/// <summary>Shows how far a long piece of work is: as a bar in a terminal, elsewhere as a line now and then.</summary>
internal sealed class Display : IProgress<DticTrainingProgress>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly string _title;
    private readonly ProgressTask? _bar;
    private TimeSpan _next;

    private Display(string title, ProgressTask? bar)
    {
        _title = title;
        _bar = bar;
    }

    /// <summary>Does the work under the title.</summary>
    public static T Show<T>(string title, Func<Display, T> work) => AnsiConsole.Profile.Capabilities.Interactive
        ? AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(bars => work(new Display(title, bars.AddTask(title, maxValue: 1))))
        : work(new Display(title, null));

    /// <summary>Counts items of a known number as they go by.</summary>
    public IEnumerable<T> Count<T>(IEnumerable<T> items, int total)
    {
        int done = 0;
        foreach (T item in items)
        {
            Report((double)++done / total, $"{done:N0} of {total:N0}");
            yield return item;
        }
    }

    /// <inheritdoc/>
    public void Report(DticTrainingProgress value) => Report(
        (double)value.Step / value.NumberOfSteps,
        $"epoch {value.Epoch}/{value.NumberOfEpochs}, loss {value.Loss:F4}{Validation(value.LastValidation)}, {value.TargetsPerSecond:N0} targets/s, {(long)value.Remaining.TotalHours}:{value.Remaining:mm\\:ss} left");

    private static string Validation(DticValidation? last) => last is null ? "" : $", validation AUC {last.AreaUnderRocCurve:F4}";

    private void Report(double share, string text)
    {
        if (_bar is not null)
        {
            _bar.Value = share;
            _bar.Description = $"{_title}: {text}";
        }
        else if (_clock.Elapsed >= _next || share >= 1)
        {
            _next = _clock.Elapsed + Interval;
            Console.WriteLine($"{_title} {share,4:P0}: {text}");
        }
    }
}
