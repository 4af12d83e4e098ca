namespace Dtic.Transforms.Prompts.Vocabularies;

/// <summary>The ids of the tokens that every vocabulary begins with.</summary>
internal static class SpecialToken
{
    /// <summary>Outcome: the user clicked.</summary>
    public const int Click = 0;

    /// <summary>Outcome: the user did not click.</summary>
    public const int NoClick = 1;

    /// <summary>Outcome: the label is missing.</summary>
    public const int Unknown = 2;

    /// <summary>The read-out behind a target's item tokens.</summary>
    public const int Sum = 3;

    /// <summary>Number of special tokens; the first id behind them.</summary>
    public const int Count = 4;

    /// <summary>The names, by id.</summary>
    public static readonly string[] Names = ["[CLICK]", "[NO_CLICK]", "[UNKNOWN]", "[SUM]"];
}
