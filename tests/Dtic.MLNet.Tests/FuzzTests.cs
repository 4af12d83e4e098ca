using Dtic.Fuzz;
using Dtic.Fuzz.Readers;

namespace Dtic.MLNet.Tests;

/// <summary>The fuzzer of <c>tests/Dtic.Fuzz</c>, for a second: whatever is done to the files of a model, its readers accept or refuse in their own words.</summary>
[TestClass]
public sealed class FuzzTests
{
    public static IEnumerable<object[]> Readers => FuzzTargets.All.Select(target => new object[] { target.Name });

    [TestMethod]
    [DynamicData(nameof(Readers))]
    public void Read_SpoiledFiles_AreReadOrRefused(string reader)
    {
        var target = FuzzTargets.All.Single(target => target.Name == reader);
        var fuzzer = new Fuzzer(target, seed: 20);

        for (int i = 0; i < 2 * target.Share; i++)
        {
            if (fuzzer.Next() is { } failure) Assert.Fail($"{failure.What}\n{Convert.ToBase64String(failure.Input)}");
        }

        Assert.IsGreaterThan(3, fuzzer.Answers);
    }

    [TestMethod]
    [DynamicData(nameof(Readers))]
    public void Judge_WholeFiles_AreAccepted(string reader)
    {
        var target = FuzzTargets.All.Single(target => target.Name == reader);
        var fuzzer = new Fuzzer(target, seed: 1);

        foreach (byte[] file in target.Seeds) Assert.IsNull(fuzzer.Judge(file, out _));

        Assert.AreEqual(target.Seeds.Count, fuzzer.Accepted);
    }

    [TestMethod]
    public void Next_ReaderWithFaults_FindsThem()
    {
        var fuzzer = new Fuzzer(new FaultyTarget(), seed: 1);

        string[] found = [.. Enumerable.Range(0, 20_000).Select(_ => fuzzer.Next()).OfType<FuzzFailure>().Select(failure => failure.Kind.Split(' ')[0]).Distinct().Order(StringComparer.Ordinal)];

        CollectionAssert.AreEqual(new[] { "IndexOutOfRangeException", "allocation" }, found);
    }

    /// <summary>Falls over a list of one number, and believes what a length says.</summary>
    private sealed record FaultyTarget() : FuzzTarget("faulty", ["""{"size": 10, "list": [1, 2]}"""u8.ToArray()])
    {
        public override void Read(byte[] file)
        {
            try
            {
                using var json = System.Text.Json.JsonDocument.Parse(file);
                _ = new byte[Math.Clamp(json.RootElement.GetProperty("size").GetInt64(), 0, 100_000_000)];
                var list = json.RootElement.GetProperty("list");
                if (list.GetArrayLength() > 0) _ = list[1];
            }
            catch (Exception exception) when (exception is not IndexOutOfRangeException)
            {
                throw new Transforms.ModelFormatException("This is no such file.", exception);
            }
        }
    }
}
