namespace Dtic.Transforms;

public sealed partial class PromptPackingEstimator
{
    /// <summary>
    /// Options of <see cref="PromptPackingEstimator"/>. They are checked and copied when the estimator is made. Names have 1,024 characters at most.
    /// </summary>
    public sealed class Options
    {
        /// <summary>Name of the column of token ids.</summary>
        /// <value>Default Prompt. Its companions carry the name as a prefix.</value>
        public string OutputColumnName { get; set; } = "Prompt";

        /// <summary>Name of the column that says who: text, an integer or a key.</summary>
        /// <value>Default UserId. An empty text or a missing key is a user like any other.</value>
        public string UserColumnName { get; set; } = "UserId";

        /// <summary>Name of the column that says when: DateTime, DateTimeOffset, an integer or Double (finite numbers).</summary>
        /// <value>Default Timestamp. Rows of one user and one time keep their order.</value>
        public string TimeColumnName { get; set; } = "Timestamp";

        /// <summary>Name of the column that says whether the user clicked: Boolean, or Single or Double with 0, 1 or NaN (missing).</summary>
        /// <value>Default Label; <see langword="null"/>: there is none, and all outcomes are unknown. Needed in Fit; where it is missing later, outcomes are unknown.</value>
        public string? LabelColumnName { get; set; } = "Label";

        /// <summary>Name of the Boolean column that says which interactions are targets, as TrainTestSplitByTime writes it.</summary>
        /// <value>Default IsTarget. In data without that column, and with <see langword="null"/>, all interactions are targets.</value>
        public string? TargetColumnName { get; set; } = "IsTarget";

        /// <summary>Names of columns of text, which become subword tokens: text or vectors of text.</summary>
        /// <value>Default none.</value>
        public IReadOnlyList<string> TextColumnNames { get; set; } = [];

        /// <summary>Names of categorical columns, which become one token per value: text, integers, Booleans, keys or vectors of these.</summary>
        /// <value>Default none.</value>
        public IReadOnlyList<string> CategoricalColumnNames { get; set; } = [];

        /// <summary>Names of numeric columns, which become the token of a quantile bin: numbers or vectors of fixed size. NaN has a token of its own.</summary>
        /// <value>Default none.</value>
        public IReadOnlyList<string> NumericColumnNames { get; set; } = [];

        /// <summary>Names of columns that describe the user and stand once at the head of a prompt.</summary>
        /// <value>
        /// Default none. Single and Double columns are numeric, all others categorical. They are taken from the user's earliest row: they should not change.
        /// </value>
        public IReadOnlyList<string> UserColumnNames { get; set; } = [];

        /// <summary>For categorical texts with several values in one, the character between them.</summary>
        /// <value>Default empty: a text is one value. Blanks around separated values are cut off, empty values do not count.</value>
        public IDictionary<string, char> Separators { get; private set; } = new Dictionary<string, char>(StringComparer.Ordinal);

        /// <summary>n: how many interactions before a target the model sees.</summary>
        /// <value>Default 20, 0 or more.</value>
        public int ContextLength { get; set; } = 20;

        /// <summary>k: how many targets share a prompt.</summary>
        /// <value>Default 50. 1: a sliding window, one prompt per target. 0: the user's whole history in one prompt. More targets per prompt encode fewer tokens.</value>
        public int TargetsPerPrompt { get; set; } = 50;

        /// <summary>What decides which outcomes an interaction sees.</summary>
        /// <value>Default <see cref="OutcomeOrder.StrictTime"/>.</value>
        public OutcomeOrder OutcomeOrder { get; set; }

        /// <summary>How long it takes until an outcome is known, for DateTime and DateTimeOffset columns.</summary>
        /// <value>Default zero: it is known to whatever is later. A longer delay hides the outcomes of the latest interactions.</value>
        public TimeSpan OutcomeDelay { get; set; }

        /// <summary>How long it takes until an outcome is known, for numeric time columns, in the column's unit.</summary>
        /// <value>Default 0; a finite number, 0 or more.</value>
        public double OutcomeDelayUnits { get; set; }

        /// <summary>Whether all rows of a user stand together, in order of time. Then memory holds one user's rows at a time, and the ids of the users met.</summary>
        /// <value>Default <see langword="false"/>: rows in any order; memory holds the token ids of all rows. A false declaration is an error that names the user.</value>
        public bool InputIsSorted { get; set; }

        /// <summary>Subword tokens at most, the 256 bytes included.</summary>
        /// <value>Default 4096, 256 or more. A larger vocabulary spells texts in fewer tokens and needs more data.</value>
        public int TextVocabularySize { get; set; } = 4096;

        /// <summary>A categorical value that occurs less often than this in Fit shares its column's unknown token.</summary>
        /// <value>Default 2, 1 or more.</value>
        public int MinimumCount { get; set; } = 2;

        /// <summary>Values per categorical column that get a token, the most frequent ones.</summary>
        /// <value>Default 100,000, 1 or more. A value of more than 65,536 characters gets none.</value>
        public int MaximumCategories { get; set; } = 100_000;

        /// <summary>Quantile bins per numeric column at most.</summary>
        /// <value>Default 32, 1 or more.</value>
        public int NumberOfBins { get; set; } = 32;

        /// <summary>Item tokens per interaction at most; [SUM] and outcome do not count. The same limit holds for the user's columns.</summary>
        /// <value>Default 32, 1 or more. Categorical tokens stand first, then numeric ones, then texts; what is beyond the limit is cut off.</value>
        public int MaximumTokensPerInteraction { get; set; } = 32;

        /// <summary>What stands before a column's name in a request, where one row holds a candidate and its user's history.</summary>
        /// <value>Default History: HistoryTitle holds the titles of past interactions, oldest first.</value>
        public string HistoryPrefix { get; set; } = "History";

        /// <summary>Name of a column that prompts and scored rows get: the position of each row in the view that is transformed, from 0 (Int64).</summary>
        /// <value>Default <see langword="null"/>: none. Scored rows stand user by user, not in the order of their source; by this number they are joined with it.</value>
        public string? RowNumberColumnName { get; set; }

        /// <summary>
        /// Whether Fit takes item, label and time columns whose values a transform changed in place (under the same name). A request passes its candidate
        /// through the pipeline and its history not, so its score would differ from that of the same row in an evaluation.
        /// </summary>
        /// <value>Default <see langword="false"/>: such a column is an error. <see langword="true"/> is for scoring interactions only, or for requests whose values were transformed in the same way.</value>
        public bool AllowTransformedColumns { get; set; }

        /// <summary>A copy that the user cannot change.</summary>
        internal Options Copy()
        {
            var copy = (Options)MemberwiseClone();
            copy.TextColumnNames = [.. TextColumnNames];
            copy.CategoricalColumnNames = [.. CategoricalColumnNames];
            copy.NumericColumnNames = [.. NumericColumnNames];
            copy.UserColumnNames = [.. UserColumnNames];
            copy.Separators = new Dictionary<string, char>(Separators, StringComparer.Ordinal);
            return copy;
        }
    }
}
