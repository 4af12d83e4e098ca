using Dtic.Transforms.Interactions;
using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Extension methods of <see cref="DataOperationsCatalog"/> for interactions: who saw what, when, and what came of it.</summary>
public static class InteractionsCatalog
{
    /// <summary>Splits interactions at one moment, the same for all users, so that a given share of the rows tests.</summary>
    /// <remarks>
    /// <para>
    /// The moment is the one for which the share of rows at or after it is nearest to <paramref name="testFraction"/>; rows of one time are never
    /// separated, and of two equally near moments the later one is taken. Both parts have a Boolean column named <paramref name="targetColumnName"/>.
    /// </para>
    /// <list type="bullet">
    /// <item><description>The training set has the rows before the cut, all flagged <see langword="true"/>. Nothing of the test period is in it.</description></item>
    /// <item><description>The test set has the rows at or after the cut, flagged <see langword="true"/>, and for each user of those rows the last
    /// <paramref name="contextLength"/> rows before the cut, flagged <see langword="false"/>: history, not to be predicted. Of rows of one user and one
    /// time the one that stands later in <paramref name="data"/> counts as the later.</description></item>
    /// </list>
    /// <para>
    /// If <paramref name="data"/> has a Boolean column of that name already, it is replaced: a row is flagged where both say so.
    /// </para>
    /// <para>
    /// Both parts keep the order of <paramref name="data"/> and are lazy: the first cursor passes over the time and user columns once, to find the cut
    /// and where each user's context begins; no rows are stored. Each row goes where its own time and user belong, so that <paramref name="data"/> may give
    /// its rows in another order at each pass, as SQL without ORDER BY does; it must give the same rows. Both parts may be used by several threads at once,
    /// as far as <paramref name="data"/> may.
    /// </para>
    /// </remarks>
    /// <param name="catalog">The data operations of an <see cref="MLContext"/>.</param>
    /// <param name="data">Interactions, in any order.</param>
    /// <param name="timeColumnName">The column that says when: DateTime, DateTimeOffset, an integer or Double.</param>
    /// <param name="userColumnName">The column that says who: text, an integer or a key.</param>
    /// <param name="testFraction">Wanted share of the rows in the test period, between 0 and 1, both excluded.</param>
    /// <param name="contextLength">How many earlier rows of each user of the test period come along; best what the prompts take as context.</param>
    /// <param name="targetColumnName">The flag column.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="testFraction"/> or <paramref name="contextLength"/> is out of range.</exception>
    /// <exception cref="ArgumentException">A column is missing or of a wrong type.</exception>
    /// <exception cref="InvalidOperationException">Thrown when a part is read: there are no rows, or all have one time, or a row has none; or the rows are not those of the first pass.</exception>
    public static DataOperationsCatalog.TrainTestData TrainTestSplitByTime(
        this DataOperationsCatalog catalog,
        IDataView data,
        string timeColumnName,
        string userColumnName,
        double testFraction = 0.1,
        int contextLength = 20,
        string targetColumnName = "IsTarget")
    {
        ArgumentNullException.ThrowIfNull(catalog);
        var cut = new TimeCutByFraction(testFraction);
        return new TimeSplit(data, timeColumnName, userColumnName, contextLength, targetColumnName, _ => cut).ToTrainTestData();
    }

#pragma warning disable RS0026 // the overloads differ in the type of a required argument, so that no call can become ambiguous
    /// <summary>Splits interactions at a given moment; else as <see cref="TrainTestSplitByTime"/>.</summary>
    /// <param name="catalog">The data operations of an <see cref="MLContext"/>.</param>
    /// <param name="data">Interactions, in any order.</param>
    /// <param name="timeColumnName">The column that says when, of type DateTime.</param>
    /// <param name="userColumnName">The column that says who: text, an integer or a key.</param>
    /// <param name="cut">Rows at or after this moment test. It is compared with the column as it stands, whatever the <see cref="DateTime.Kind"/>.</param>
    /// <param name="contextLength">How many earlier rows of each user of the test period come along; best what the prompts take as context.</param>
    /// <param name="targetColumnName">The flag column.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="contextLength"/> is negative.</exception>
    /// <exception cref="ArgumentException">A column is missing or of a wrong type.</exception>
    /// <exception cref="InvalidOperationException">Thrown when a part is read: no rows before the cut, or none at or after it; or the rows are not those of the first pass.</exception>
    public static DataOperationsCatalog.TrainTestData TrainTestSplitAtTime(
        this DataOperationsCatalog catalog,
        IDataView data,
        string timeColumnName,
        string userColumnName,
        DateTime cut,
        int contextLength = 20,
        string targetColumnName = "IsTarget") =>
        SplitAt(catalog, data, timeColumnName, userColumnName, cut, contextLength, targetColumnName);

    /// <inheritdoc cref="TrainTestSplitAtTime(DataOperationsCatalog, IDataView, string, string, DateTime, int, string)"/>
    /// <param name="catalog">The data operations of an <see cref="MLContext"/>.</param>
    /// <param name="data">Interactions, in any order.</param>
    /// <param name="timeColumnName">The column that says when, of type DateTimeOffset.</param>
    /// <param name="userColumnName">The column that says who: text, an integer or a key.</param>
    /// <param name="cut">Rows at or after this moment test.</param>
    /// <param name="contextLength">How many earlier rows of each user of the test period come along; best what the prompts take as context.</param>
    /// <param name="targetColumnName">The flag column.</param>
    public static DataOperationsCatalog.TrainTestData TrainTestSplitAtTime(
        this DataOperationsCatalog catalog,
        IDataView data,
        string timeColumnName,
        string userColumnName,
        DateTimeOffset cut,
        int contextLength = 20,
        string targetColumnName = "IsTarget") =>
        SplitAt(catalog, data, timeColumnName, userColumnName, cut, contextLength, targetColumnName);

    /// <inheritdoc cref="TrainTestSplitAtTime(DataOperationsCatalog, IDataView, string, string, DateTime, int, string)"/>
    /// <param name="catalog">The data operations of an <see cref="MLContext"/>.</param>
    /// <param name="data">Interactions, in any order.</param>
    /// <param name="timeColumnName">The column that says when, an integer or Double.</param>
    /// <param name="userColumnName">The column that says who: text, an integer or a key.</param>
    /// <param name="cut">Rows at or after this moment test.</param>
    /// <param name="contextLength">How many earlier rows of each user of the test period come along; best what the prompts take as context.</param>
    /// <param name="targetColumnName">The flag column.</param>
    public static DataOperationsCatalog.TrainTestData TrainTestSplitAtTime(
        this DataOperationsCatalog catalog,
        IDataView data,
        string timeColumnName,
        string userColumnName,
        long cut,
        int contextLength = 20,
        string targetColumnName = "IsTarget") =>
        SplitAt(catalog, data, timeColumnName, userColumnName, cut, contextLength, targetColumnName);

#pragma warning restore RS0026
    /// <summary>Leaves the rows that are to be predicted: of the test set of a split those of the test period, without the context that comes along.</summary>
    /// <remarks>
    /// For trainers and evaluators that know nothing of target flags: the context rows of a test set are rows of the training set. It is lazy and keeps
    /// columns, annotations and the order of rows. <c>PackPrompts</c> wants all rows, because histories are made of them.
    /// </remarks>
    /// <param name="catalog">The data operations of an <see cref="MLContext"/>.</param>
    /// <param name="input">A view with a target flag.</param>
    /// <param name="targetColumnName">The Boolean column whose true rows are left.</param>
    /// <exception cref="ArgumentException">The column is missing or not Boolean.</exception>
    public static IDataView FilterRowsToTargets(this DataOperationsCatalog catalog, IDataView input, string targetColumnName = "IsTarget")
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentException.ThrowIfNullOrEmpty(targetColumnName);
        TargetColumn.Find(input.Schema, targetColumnName);

        // ML.NET filters by numbers only.
        string number = targetColumnName;
        do
        {
            number += " as number";
        }
        while (input.Schema.GetColumnOrNull(number) is not null);
        var transforms = new MLContext().Transforms;
        var numbered = transforms.Conversion.ConvertType(number, targetColumnName, DataKind.Single).Fit(input).Transform(input);
        var targets = catalog.FilterRowsByColumn(numbered, number, lowerBound: 1);
        return transforms.DropColumns(number).Fit(targets).Transform(targets);
    }

    private static DataOperationsCatalog.TrainTestData SplitAt(
        DataOperationsCatalog catalog,
        IDataView data,
        string timeColumnName,
        string userColumnName,
        object cut,
        int contextLength,
        string targetColumnName)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new TimeSplit(
            data, timeColumnName, userColumnName, contextLength, targetColumnName, column => new TimeCutAt(column, cut)).ToTrainTestData();
    }
}
