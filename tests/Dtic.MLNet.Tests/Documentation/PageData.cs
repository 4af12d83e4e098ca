using System.Globalization;
using Microsoft.ML;

namespace Dtic.MLNet.Tests.Documentation.Data
{
    /// <summary>One impression: who was shown what when, and whether they clicked.</summary>
    public sealed class Interaction
    {
        public string UserId { get; set; } = "";

        public DateTime Timestamp { get; set; }

        public string MovieId { get; set; } = "";

        public string Title { get; set; } = "";

        public string Genres { get; set; } = "";

        public bool Label { get; set; }
    }

    /// <summary>A candidate, and what the user did before, oldest first.</summary>
    public sealed class ClickRequest
    {
        public DateTime Timestamp { get; set; }

        public string MovieId { get; set; } = "";

        public string Title { get; set; } = "";

        public string Genres { get; set; } = "";

        public DateTime[] HistoryTimestamp { get; set; } = [];

        public string[] HistoryMovieId { get; set; } = [];

        public string[] HistoryTitle { get; set; } = [];

        public string[] HistoryGenres { get; set; } = [];

        public bool[] HistoryLabel { get; set; } = [];
    }

    /// <summary>What a model answers.</summary>
    public sealed class ClickPrediction
    {
        public float Score { get; set; }

        public float Probability { get; set; }

        public bool PredictedLabel { get; set; }
    }
}

namespace Dtic.MLNet.Tests.Documentation
{
    /// <summary>The data that a page's code runs on: so few that the default model trains in a moment.</summary>
    internal static class PageData
    {
        private static readonly Click[] All = Clicks.Of(users: 6);

        public static IDataView Interactions => new MLContext().Data.LoadFromEnumerable(All.Select(click => new Data.Interaction
        {
            UserId = click.UserId,
            Timestamp = click.Timestamp,
            MovieId = Text(click.MovieId),
            Title = click.Title,
            Genres = click.Genres,
            Label = click.Label,
        }));

        /// <summary>The newest interaction as a service would have asked for it.</summary>
        public static Data.ClickRequest Request
        {
            get
            {
                var request = All.RequestFor(All.MaxBy(click => click.Timestamp)!);
                return new Data.ClickRequest
                {
                    Timestamp = request.Timestamp,
                    MovieId = Text(request.MovieId),
                    Title = request.Title,
                    Genres = request.Genres,
                    HistoryTimestamp = request.HistoryTimestamp,
                    HistoryMovieId = Array.ConvertAll(request.HistoryMovieId, Text),
                    HistoryTitle = request.HistoryTitle,
                    HistoryGenres = request.HistoryGenres,
                    HistoryLabel = request.HistoryLabel,
                };
            }
        }

        /// <summary>The interactions as a table with a header.</summary>
        public static string Csv => string.Join('\n', All.Select(click => string.Create(
            CultureInfo.InvariantCulture, $"{click.UserId},{click.Timestamp:yyyy-MM-dd HH:mm:ss},{click.MovieId},{click.Title},{click.Genres},{(click.Label ? 1 : 0)}"))
            .Prepend("UserId,Timestamp,MovieId,Title,Genres,Label")) + "\n";

        private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
    }
}
