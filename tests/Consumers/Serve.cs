// Another stranger's program: it loads the zip that Train.cs saved, and knows of it no more than the columns of a request.
using System.Globalization;
using Microsoft.ML;

var mlContext = new MLContext();
using var engine = mlContext.Model.CreatePredictionEngine<Request, Answer>(mlContext.Model.Load(args[0], out _));
float liked = Ask("m4"), disliked = Ask("m5");
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"After three clicks on even movies: m4 {liked:R}, m5 {disliked:R}"));   // all digits: .ci/consumers compares them
return liked > 0.5f && disliked < 0.5f ? 0 : 1;

float Ask(string movie) => engine.Predict(new Request
{
    Movie = movie,
    HistoryMovie = ["m2", "m8", "m3", "m12"],
    HistoryLabel = [true, true, false, true],
}).Probability;

internal sealed class Request
{
    public string Movie { get; set; } = "";
    public string[] HistoryMovie { get; set; } = [];
    public bool[] HistoryLabel { get; set; } = [];
}

internal sealed class Answer
{
    public float Probability { get; set; }
}
