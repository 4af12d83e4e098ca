// LoadModel <model.zip> <data.idv>...: prints the score of every row, and to the error stream its culture.
// It references the packages and names nothing of them, so that ML.NET has to find them by what the zip says.
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

if (AppDomain.CurrentDomain.GetAssemblies().Any(IsDtic))
    throw new InvalidOperationException("An assembly of the packages is loaded before the model is.");

Console.Error.WriteLine(CultureInfo.CurrentCulture.Name);
var mlContext = new MLContext();
var model = mlContext.Model.Load(args[0], out _);
foreach (string path in args[1..])
{
    foreach (float score in model.Transform(mlContext.Data.LoadFromBinary(path)).GetColumn<float>("Score"))
        Console.WriteLine(score.ToString("R", CultureInfo.InvariantCulture));
}

static bool IsDtic(System.Reflection.Assembly assembly) => assembly.GetName().Name!.StartsWith("Dtic", StringComparison.Ordinal);
