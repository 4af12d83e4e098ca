using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Tests.Prompts;

[TestClass]
public sealed class RowNumberTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    [DataRow(false, DisplayName = "Any order")]
    [DataRow(true, DisplayName = "Declared sorted")]
    public void Transform_RowNumbers_ArePositionsInTheSource(bool isSorted)
    {
        var rows = TestInteraction.Random(new Random(1), 200);
        if (isSorted)
        {
            rows = [.. rows.OrderBy(row => row.UserId, StringComparer.Ordinal).ThenBy(row => row.Timestamp)];
        }

        for (int row = 0; row < rows.Length; row++)
        {
            rows[row].RowId = row;
        }

        var options = TestInteraction.AllColumns(contextLength: 3, targetsPerPrompt: 4);
        (options.RowNumberColumnName, options.InputIsSorted) = ("RowNumber", isSorted);
        var view = TestInteraction.View(_mlContext, rows);
        var packer = _mlContext.Transforms.PackPrompts(options).Fit(view);
        using var saved = new MemoryStream();
        _mlContext.Model.Save(packer, view.Schema, saved);
        saved.Position = 0;
        foreach (var prompts in new[] { packer.Transform(view), _mlContext.Model.Load(saved, out _).Transform(view) })
        {
            CollectionAssert.AreEqual(
                prompts.GetColumn<int[]>("RowId").SelectMany(ids => ids).Select(id => (long)id).ToArray(), prompts.GetColumn<long[]>("RowNumber").SelectMany(numbers => numbers).ToArray());
        }

        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Int64), packer.GetOutputSchema(view.Schema)["RowNumber"].Type);
    }

    [TestMethod]
    [DataRow("RowId")]
    [DataRow("UserId")]
    [DataRow("Prompt")]
    public void GetOutputSchema_NameOfAnotherColumn_IsRefused(string name)
    {
        var view = TestInteraction.View(_mlContext, [new()]);
        var packer = _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["MovieId"], RowNumberColumnName = name }).Fit(view);
        Assert.AreEqual(
            $"RowNumberColumnName '{name}' is the name of another column: take one that is free.", Assert.ThrowsExactly<ArgumentException>(() => packer.GetOutputSchema(view.Schema)).Message);
    }

    [TestMethod]
    public void Options_EmptyRowNumberColumnName_IsRefused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["MovieId"], RowNumberColumnName = "" }));
        Assert.AreEqual("The options of PackPrompts are wrong: RowNumberColumnName must be a name or null. (Parameter 'options')", error.Message);
    }
}
