using Dtic.Transforms.Checks;
using static System.FormattableString;
using static Dtic.MLNet.CheckSeverity;

namespace Dtic.MLNet.Checks;

/// <summary>Whether rows of one user are one person's, and enough of them to learn from.</summary>
internal static class HistoryChecks
{
    private const string Strangers = "They become one history of strangers: leave such rows out, or give each visit an id of its own.";

    private const int LongestName = 40;

    // Where most rows are of a few busy users, many who came once are no fault.
    private const double MuchOfAll = 0.25;

    public static IEnumerable<CheckFinding> Of(InteractionFacts facts)
    {
        long unknown = facts.WithoutUser;
        if (unknown > 0)
            yield return new CheckFinding(unknown > facts.Rows / 100 ? Warning : Information, "data.users", Invariant($"{unknown:N0} rows ({(double)unknown / facts.Rows:P1}) have no user: an empty text, or a missing key."), Strangers);
        int[] rows = facts.RowsPerUser();
        if (rows[4] > facts.Rows / 10 && rows[4] > 100L * rows[2] && facts.LargestUser is { } largest)
        {
            string name = largest.Length > LongestName ? $"{largest.AsSpan(0, LongestName)}..." : largest;
            yield return new CheckFinding(Warning, "data.users", Invariant($"User '{name}' has {rows[4]:N0} rows ({(double)rows[4] / facts.Rows:P1}), the median user {rows[2]:N0}: does it stand for those who are not known?"), Strangers);
        }
        var (one, upToTwo) = (facts.UpTo(1), facts.UpTo(2));
        if (one.Users > facts.Users / 2)
            yield return Short(one, "a single row", "Without history a model knows the item only: check that UserColumnName names the user and not a session or a row.");
        else if (upToTwo.Users > facts.Users / 2)
            yield return Short(upToTwo, "one or two rows", "So short a history tells little: check that UserColumnName names the user and not a session, and compare with a model that knows the item only.");

        CheckFinding Short((int Users, long Rows) few, string rows, string advice)
        {
            double share = (double)few.Rows / facts.Rows;
            string found = Invariant($"{few.Users:N0} of {facts.Users:N0} users ({(double)few.Users / facts.Users:P0}) have {rows}, {share:P0} of all rows.");
            return share > MuchOfAll ? new CheckFinding(Warning, "data.histories", found, advice) : new CheckFinding(Information, "data.histories", found, "");
        }
    }
}
