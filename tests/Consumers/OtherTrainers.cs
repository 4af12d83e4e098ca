// Compiled with Train.cs where LightGBM and Microsoft.ML.TorchSharp are referenced: three native libraries, two of them torch's users, in one process.
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.TorchSharp;

internal partial class Program
{
    static partial void UseOtherTrainers()
    {
        // Of its own: what they draw from a shared one would give the click model another seed.
        var mlContext = new MLContext(seed: 1);
        var random = new Random(1);
        Point[] points = [.. Enumerable.Range(0, 1000).Select(_ => new Point([random.NextSingle(), random.NextSingle()]))];
        var data = mlContext.Data.LoadFromEnumerable(points);
        var lightGbm = mlContext.BinaryClassification.Trainers.LightGbm().Fit(data);
        double auc = mlContext.BinaryClassification.Evaluate(lightGbm.Transform(data)).AreaUnderRocCurve;

        // Its training would download weights. Made, it has been loaded with all that it refers to.
        var estimator = mlContext.MulticlassClassification.Trainers.TextClassification();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"LightGBM: AUC {auc:F3}. Made {estimator.GetType().FullName}"));
        if (auc < 0.99) throw new InvalidOperationException("LightGBM did not learn which of two numbers is larger.");
    }

    private sealed class Point(float[] features)
    {
        [VectorType(2)] public float[] Features { get; } = features;
        public bool Label { get; } = features[0] > features[1];
    }
}
