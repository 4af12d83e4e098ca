using Dtic.Transforms.Prompts;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Interactions;

/// <summary>Says how many earlier outcomes an interaction sees.</summary>
internal sealed class OutcomeRule
{
    /// <summary>Order decides: an interaction sees the outcomes of all before it.</summary>
    public static readonly OutcomeRule ByOrder = new(null);

    private readonly Func<long, long>? _knownAfter;

    private OutcomeRule(Func<long, long>? knownAfter)
    {
        _knownAfter = knownAfter;
    }

    /// <summary>The rule of a template for a time column of that type.</summary>
    /// <exception cref="ArgumentException">The delay is given in the unit of another type of time.</exception>
    public static OutcomeRule Create(PromptTemplate template, DataViewType timeType)
    {
        bool isCalendar = TimeColumn.IsCalendar(timeType);
        if (isCalendar && template.OutcomeDelayUnits != 0)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"OutcomeDelayUnits ({template.OutcomeDelayUnits}) is for numeric times, but column '{template.TimeColumn}' is {timeType.RawType.Name}: give OutcomeDelay."));
        }

        if (!isCalendar && template.OutcomeDelay != TimeSpan.Zero)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"OutcomeDelay ({template.OutcomeDelay}) is for DateTime and DateTimeOffset, but column '{template.TimeColumn}' is {timeType.RawType.Name}: give OutcomeDelayUnits."));
        }

        if (template.OutcomeOrder == OutcomeOrder.RowOrder)
        {
            return ByOrder;
        }

        double units = template.OutcomeDelayUnits;
        if (timeType == NumberDataViewType.Double)
        {
            return new OutcomeRule(instant => TimeColumn.FromDouble(TimeColumn.ToDouble(instant) + units));
        }

        // Between whole numbers t + 1.5 < u says the same as t + 1 < u.
        long delay = isCalendar ? template.OutcomeDelay.Ticks : units < long.MaxValue ? (long)units : long.MaxValue;
        return new OutcomeRule(instant => instant > long.MaxValue - delay ? long.MaxValue : instant + delay);
    }

    /// <summary>For each interaction j the number of leading interactions whose outcome was known at j's time.</summary>
    /// <param name="instants">The interactions' times, ascending.</param>
    public int[] CountKnown(ReadOnlySpan<long> instants)
    {
        var known = new int[instants.Length];
        int count = 0;
        for (int j = 0; j < instants.Length; j++)
        {
            // Both sides grow with their index, so the count never goes back.
            while (count < j && (_knownAfter is null || _knownAfter(instants[count]) < instants[j]))
            {
                count++;
            }

            known[j] = count;
        }

        return known;
    }
}
