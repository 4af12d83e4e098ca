using Microsoft.ML;

namespace Dtic.MLNet.Tests;

/// <summary>Clicks of a few users, a third of them at the moment of the one before; what they click depends on the movie and on the last outcome.</summary>
internal static class Clicks
{
    public const int PerUser = 30;

    public static Click[] Of(int users, int seed = 1)
    {
        var random = new Random(seed);
        string[] words = ["red", "blue", "night", "river", "moon", "train"], genres = ["Comedy", "Drama", "Horror"];
        var clicks = new List<Click>();
        for (int user = 0; user < users; user++)
        {
            var time = new DateTime(2020, 1, 1).AddMinutes(random.Next(60));
            bool last = false;
            for (int i = 0; i < PerUser; i++)
            {
                int movie = random.Next(12);
                last = random.NextDouble() < (movie % 2 == 0 ? 0.75 : 0.15) + (last ? 0.1 : 0);
                time += TimeSpan.FromHours(random.Next(3) == 0 ? 0 : random.Next(1, 4));
                clicks.Add(new Click
                {
                    UserId = $"user{user}",
                    Timestamp = time,
                    Title = $"{words[movie % 6]} {words[movie / 3]}",
                    MovieId = (100 * seed) + movie,
                    Genres = genres[movie % 3],
                    Label = last,
                });
            }
        }

        random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(clicks));
        for (int row = 0; row < clicks.Count; row++)
        {
            clicks[row].Row = row;
        }

        return [.. clicks];
    }

    public static IDataView View(this IEnumerable<Click> clicks) => new MLContext().Data.LoadFromEnumerable(clicks);

    /// <summary>What the same user saw before, in the order that ties of time have: that of the rows.</summary>
    public static IEnumerable<Click> HistoryOf(this IEnumerable<Click> clicks, Click target) => clicks
        .Where(click => click.UserId == target.UserId && (click.Timestamp, click.Row).CompareTo((target.Timestamp, target.Row)) < 0)
        .OrderBy(click => click.Timestamp).ThenBy(click => click.Row);

    /// <summary>The interaction as a service would have asked for it.</summary>
    public static ClickRequest RequestFor(this IEnumerable<Click> clicks, Click target) => clicks.Fill(new ClickRequest { MovieId = target.MovieId }, target);

    /// <summary>Gives a request the target's columns and its user's history, but for the target's movie, whose name the requests do not share.</summary>
    public static TRequest Fill<TRequest>(this IEnumerable<Click> clicks, TRequest request, Click target)
        where TRequest : HistoryRequest
    {
        Click[] history = [.. clicks.HistoryOf(target)];
        request.Timestamp = target.Timestamp;
        request.Title = target.Title;
        request.Genres = target.Genres;
        request.HistoryTimestamp = [.. history.Select(click => click.Timestamp)];
        request.HistoryTitle = [.. history.Select(click => click.Title)];
        request.HistoryMovieId = [.. history.Select(click => click.MovieId)];
        request.HistoryGenres = [.. history.Select(click => click.Genres)];
        request.HistoryLabel = [.. history.Select(click => click.Label)];
        return request;
    }
}

internal sealed class Click
{
    public long Row { get; set; }

    public string UserId { get; set; } = "";

    public DateTime Timestamp { get; set; }

    public string Title { get; set; } = "";

    public int MovieId { get; set; }

    public string Genres { get; set; } = "";

    public bool Label { get; set; }
}

/// <summary>What every request has: the candidate but for its movie, and the user's history.</summary>
internal abstract class HistoryRequest
{
    public DateTime Timestamp { get; set; }

    public string Title { get; set; } = "";

    public string Genres { get; set; } = "";

    public DateTime[] HistoryTimestamp { get; set; } = [];

    public string[] HistoryTitle { get; set; } = [];

    public int[] HistoryMovieId { get; set; } = [];

    public string[] HistoryGenres { get; set; } = [];

    public bool[] HistoryLabel { get; set; } = [];
}

internal sealed class ClickRequest : HistoryRequest
{
    public int MovieId { get; set; }

    public ClickRequest Copy() => (ClickRequest)MemberwiseClone();
}

internal sealed class ClickPrediction
{
    public float Score { get; set; }

    public float Probability { get; set; }

    public bool PredictedLabel { get; set; }
}
