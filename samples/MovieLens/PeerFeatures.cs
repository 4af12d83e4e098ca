using System.Globalization;
using Microsoft.ML.Data;

namespace MovieLens;

/// <summary>One target as ML.NET's own trainers see it: bags of words for the factorization machine, running statistics for the trees.</summary>
internal sealed class PeerRow
{
    /// <summary>Interactions that the factorization machine sees.</summary>
    private const int HistoryLength = 50;

    private readonly PeerFeatures.MovieState _movie;
    private readonly PeerFeatures.UserState _user;
    private readonly int _known;

    public PeerRow(Rating rating, PeerFeatures.MovieState movie, PeerFeatures.UserState user, float[] statistics)
    {
        (UserId, Label, MovieId, Statistics) = (rating.UserId, rating.Label, rating.MovieId, statistics);
        (_movie, _user) = (movie, user);

        // The user's history goes on growing behind this row's back; its length as of now is what this row may know.
        _known = user.History.Count;
    }

    public string UserId { get; }
    public bool Label { get; }
    public string MovieId { get; }
    public string[] TitleWords => _movie.TitleWords;
    public string[] Genres => _movie.Genres;

    /// <summary>The newest interactions, liked ("+id") and disliked ("-id") movies being different words.</summary>
    public string[] History
    {
        get
        {
            int count = Math.Min(_known, HistoryLength);
            return [.. _user.History.GetRange(_known - count, count)];
        }
    }

    [VectorType(PeerFeatures.Count)]
    public float[] Statistics { get; }
}

/// <summary>
/// Walks all rows once, in order, and describes each target by what was known just before its moment. Nothing of the row itself or of a later one can
/// reach its description, because a moment's rows are described first and learned afterwards. Statistics of users learn from every row; those of
/// movies and genres only from the train part, so that validation and test rows meet them as a model trained once would. Times serve for order
/// alone: a gap between ratings is no feature.
/// </summary>
internal sealed class PeerFeatures
{
    /// <summary>Length of <see cref="PeerRow.Statistics"/>.</summary>
    public const int Count = 34;

    private readonly Dictionary<string, UserState> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MovieState> _movies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tally> _genres = new(StringComparer.Ordinal);
    private readonly Tally _everything = new();

    private PeerFeatures()
    {
    }

    /// <summary>The targets of each part, described.</summary>
    public static Dictionary<Part, List<PeerRow>> Describe(MovieLensSplit split)
    {
        var features = new PeerFeatures();
        var described = Enum.GetValues<Part>().ToDictionary(part => part, _ => new List<PeerRow>());
        for (int start = 0, end; start < split.Rows.Count; start = end)
        {
            end = split.EndOfMoment(start);
            for (int i = start; i < end; i++)
            {
                if (split.Rows[i].IsTarget)
                {
                    described[split.PartOf(i)].Add(features.Describe(split.Rows[i]));
                }
            }

            for (int i = start; i < end; i++)
            {
                features.Learn(split.Rows[i], learnsMovies: split.PartOf(i) == Part.Train);
            }
        }

        return described;
    }

    private PeerRow Describe(Rating rating)
    {
        var (user, movie) = (UserOf(rating), MovieOf(rating));
        float baseLikes = _everything.Likes(0.5f, 1), baseStars = _everything.Stars(3.5f, 1);
        float movieStars = movie.All.Stars(baseStars, 5), movieLikes = movie.All.Likes(baseLikes, 5);
        float userStars = user.All.Stars(baseStars, 5), userLikes = user.All.Likes(baseLikes, 5);
        var genres = movie.Genres.Select(g => user.Genres.GetValueOrDefault(g) ?? Tally.Empty).DefaultIfEmpty(Tally.Empty).ToArray();
        var decade = user.Decades.GetValueOrDefault(movie.Decade) ?? Tally.Empty;
        float genreResidual = genres.Average(g => g.Residual(5));
        float userResidual = user.All.Residual(3), recentResidual = user.Recent.Mean(r => r.Residual, 3, 0);

        float[] statistics =
        [
            // The user: everything so far, the last 20, the last 5, the last one.
            user.All.Count, userLikes, userStars, user.All.Deviation, userResidual,
            user.Recent.Mean(r => r.Like, 2, userLikes), recentResidual,
            user.Recent.Mean(r => r.Like, 1, userLikes, 5), user.Recent.Mean(r => r.Residual, 1, 0, 5), user.Recent.Mean(r => r.Residual, 0, 0, 1),
            user.RecentLikes.Value(userLikes), user.RecentResidual.Value(0),

            // The movie, so far or as of the end of train.
            movie.All.Count, movieLikes, movieStars, movie.All.Deviation, movie.All.Residual(5),
            movie.RecentLikes.Value(movieLikes), movie.RecentResidual.Value(0), movie.Year,

            // Sums of the two: a movie's mean corrected by the user's habit, and the other way round.
            movieStars + userResidual, movieStars + recentResidual, movieStars + genreResidual, userStars + movie.All.Residual(5), movieLikes + userLikes,

            // The user's taste in this movie's genres and decade.
            genres.Average(g => g.Likes(userLikes, 5)), genres.Min(g => g.Likes(userLikes, 5)), genres.Max(g => g.Likes(userLikes, 5)),
            genres.Sum(g => g.Count), genreResidual, genres.Min(g => g.Residual(5)),
            decade.Residual(5), decade.Count,

            // What everybody thinks of these genres.
            movie.Genres.Select(g => _genres.GetValueOrDefault(g) ?? Tally.Empty).DefaultIfEmpty(Tally.Empty).Average(g => g.Likes(baseLikes, 5)),
        ];
        return new PeerRow(rating, movie, user, statistics);
    }

    private void Learn(Rating rating, bool learnsMovies)
    {
        var (user, movie) = (UserOf(rating), MovieOf(rating));
        float like = rating.Label ? 1 : 0, baseStars = _everything.Stars(3.5f, 1);

        // Residuals: by how much the user was kinder than others to this movie, and the movie better than the user's others.
        float userResidual = rating.Stars - movie.All.Stars(baseStars, 5), movieResidual = rating.Stars - user.All.Stars(baseStars, 5);
        user.All.Add(like, rating.Stars, userResidual);
        user.Recent.Add((like, userResidual));
        user.RecentLikes.Add(like);
        user.RecentResidual.Add(userResidual);
        foreach (string genre in movie.Genres)
        {
            TallyOf(user.Genres, genre).Add(like, rating.Stars, userResidual);
        }

        TallyOf(user.Decades, movie.Decade).Add(like, rating.Stars, userResidual);
        user.History.Add(rating.Label ? movie.Liked : movie.Disliked);
        if (learnsMovies)
        {
            movie.All.Add(like, rating.Stars, movieResidual);
            movie.RecentLikes.Add(like);
            movie.RecentResidual.Add(movieResidual);
            _everything.Add(like, rating.Stars, 0);
            foreach (string genre in movie.Genres)
            {
                TallyOf(_genres, genre).Add(like, rating.Stars, 0);
            }
        }
    }

    private UserState UserOf(Rating rating) =>
        _users.TryGetValue(rating.UserId, out var user) ? user : _users[rating.UserId] = new UserState();

    private MovieState MovieOf(Rating rating) =>
        _movies.TryGetValue(rating.MovieId, out var movie) ? movie : _movies[rating.MovieId] = new MovieState(rating);

    private static Tally TallyOf(Dictionary<string, Tally> tallies, string key) =>
        tallies.TryGetValue(key, out var tally) ? tally : tallies[key] = new Tally();

    /// <summary>What is known of a user.</summary>
    internal sealed class UserState
    {
        public Tally All { get; } = new();
        public RecentOutcomes Recent { get; } = new();
        public FadingMean RecentLikes { get; } = new(0.1f);
        public FadingMean RecentResidual { get; } = new(0.1f);
        public Dictionary<string, Tally> Genres { get; } = new(StringComparer.Ordinal);
        public Dictionary<string, Tally> Decades { get; } = new(StringComparer.Ordinal);
        public List<string> History { get; } = [];
    }

    /// <summary>What is known of a movie.</summary>
    internal sealed class MovieState(Rating rating)
    {
        public string Liked { get; } = "+" + rating.MovieId;
        public string Disliked { get; } = "-" + rating.MovieId;
        public string[] TitleWords { get; } = rating.Title.ToLowerInvariant().Split([' ', ',', ':', '(', ')'], StringSplitOptions.RemoveEmptyEntries);
        public string[] Genres { get; } = rating.Genres.Split('|', StringSplitOptions.RemoveEmptyEntries);
        public string Decade { get; } = rating.Year.Length == 4 ? rating.Year[..3] : "";
        public float Year { get; } = rating.Year.Length == 4 ? float.Parse(rating.Year, CultureInfo.InvariantCulture) : float.NaN;
        public Tally All { get; } = new();
        public FadingMean RecentLikes { get; } = new(0.03f);
        public FadingMean RecentResidual { get; } = new(0.03f);
    }

    /// <summary>Sums whose means are pulled to a prior as if it had been seen a few times, so that few outcomes do not say much.</summary>
    internal sealed class Tally
    {
        private double _likes;
        private double _stars;
        private double _squares;
        private double _residual;

        /// <summary>Nothing seen; never added to.</summary>
        public static Tally Empty { get; } = new();

        public int Count { get; private set; }

        public float Deviation => Count == 0 ? float.NaN : (float)Math.Sqrt(Math.Max(0, (_squares / Count) - (_stars / Count * _stars / Count)));

        public void Add(float like, float stars, float residual)
        {
            Count++;
            _likes += like;
            _stars += stars;
            _squares += stars * stars;
            _residual += residual;
        }

        public float Likes(float prior, float weight) => (float)((_likes + (prior * weight)) / (Count + weight));

        public float Stars(float prior, float weight) => (float)((_stars + (prior * weight)) / (Count + weight));

        public float Residual(float weight) => (float)(_residual / (Count + weight));
    }

    /// <summary>A mean in which each new value weighs a fixed share and older ones fade.</summary>
    internal sealed class FadingMean(float share)
    {
        private float? _mean;

        public void Add(float value) => _mean = _mean is { } mean ? mean + (share * (value - mean)) : value;

        public float Value(float ifNone) => _mean ?? ifNone;
    }

    /// <summary>A user's last 20 outcomes.</summary>
    internal sealed class RecentOutcomes
    {
        private const int Length = 20;
        private readonly (float Like, float Residual)[] _ring = new (float, float)[Length];
        private int _seen;

        public void Add((float Like, float Residual) outcome) => _ring[_seen++ % Length] = outcome;

        /// <summary>Mean of the newest values, pulled to a prior of the given weight.</summary>
        public float Mean(Func<(float Like, float Residual), float> value, float weight, float prior, int newest = Length)
        {
            int count = Math.Min(_seen, newest);
            float sum = weight * prior;
            for (int i = 1; i <= count; i++)
            {
                sum += value(_ring[(_seen - i) % Length]);
            }

            return count + weight > 0 ? sum / (count + weight) : prior;
        }
    }
}
