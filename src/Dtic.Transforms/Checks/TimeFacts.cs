using Dtic.Transforms.Interactions;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Checks;

/// <summary>What was seen of the times: their range, and as Unix times of which unit they make sense.</summary>
internal sealed class TimeFacts(DataViewType type)
{
    private static readonly string[] Names = ["seconds", "milliseconds", "microseconds"];
    private readonly long[] _byUnit = new long[Names.Length];

    /// <summary>Instants as <see cref="TimeColumn"/> makes them.</summary>
    public long Least { get; private set; } = long.MaxValue;

    public long Greatest { get; private set; } = long.MinValue;

    /// <summary>Calendar times or Unix times before 1990, and numbers that are no Unix time of any unit.</summary>
    public long Early { get; private set; }

    /// <summary>Times later than the moment of the check.</summary>
    public long Future { get; private set; }

    public bool IsCalendar => TimeColumn.IsCalendar(type);

    /// <summary>Units in which some of the numbers are times from 1990 to 2100, and how many.</summary>
    public IEnumerable<(string Unit, long Rows)> Units => Names.Zip(_byUnit).Where(unit => unit.Second > 0);

    /// <summary>Counts one time.</summary>
    /// <param name="instant">The time.</param>
    /// <param name="now">The moment of the check.</param>
    public void Add(long instant, DateTime now)
    {
        Least = Math.Min(Least, instant);
        Greatest = Math.Max(Greatest, instant);
        if (IsCalendar)
        {
            Early += instant < Nineties.Ticks ? 1 : 0;
            Future += instant > now.Ticks ? 1 : 0;
            return;
        }

        double number = Number(instant), unit = 1;
        for (int i = 0; i < _byUnit.Length; i++, unit *= 1000)
        {
            if (number >= Unix(Nineties) * unit && number < Unix(new DateTime(2100, 1, 1)) * unit)
            {
                _byUnit[i]++;
                Future += number > Unix(now) * unit ? 1 : 0;
                return;
            }
        }

        Early++;
    }

    /// <summary>A time in words.</summary>
    public string Describe(long instant)
    {
        if (IsCalendar)
        {
            return FormattableString.Invariant($"{new DateTime(Math.Clamp(instant, 0, DateTime.MaxValue.Ticks)):yyyy-MM-dd HH:mm:ss}");
        }

        double number = Number(instant);
        return Units.Count() == 1 && number >= 0 && number / Math.Pow(1000, Array.IndexOf(Names, Units.First().Unit)) is var seconds && seconds < 2.5e11
            ? FormattableString.Invariant($"{number:G15} ({DateTime.UnixEpoch.AddSeconds(seconds):yyyy-MM-dd HH:mm:ss})")
            : FormattableString.Invariant($"{number:G15}");
    }

    private static DateTime Nineties => new(1990, 1, 1);

    private static double Unix(DateTime time) => (time - DateTime.UnixEpoch).TotalSeconds;

    private double Number(long instant) => type == NumberDataViewType.Double ? TimeColumn.ToDouble(instant) : instant;
}
