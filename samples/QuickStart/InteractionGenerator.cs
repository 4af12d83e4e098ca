using System.Globalization;

namespace QuickStart;

/// <summary>
/// Makes interactions whose click probabilities are known, so that a model can be held against the best possible one.
/// </summary>
/// <remarks>
/// A click is drawn with probability <c>sigmoid(TasteWeight * match + QualityWeight * quality - FatigueWeight * fatigue)</c>, where
/// <c>match</c> is the mean of the user's taste over the movie's genres, <c>quality</c> is the movie's own and is partly told by the words of its title,
/// and <c>fatigue</c> is the share of the movie's genres that the user met in the session before. Taste drifts from session to session (a
/// mean-reverting random walk), so what a user did lately tells more than what they did long ago. Movies of one session are shown at the same moment.
/// </remarks>
public static class InteractionGenerator
{
    private const int MovieCount = 300;
    private const int SessionsPerUser = 48;
    private const int FamilyCount = 4;
    private const int GenresPerFamily = 3;
    private const int DaysCovered = 270;
    private const double TasteMemory = 0.98;   // correlation of a taste with itself one session later
    private const double TasteWeight = 1.7;
    private const double QualityWeight = 0.8;
    private const double FatigueWeight = 0.3;

    private static readonly DateTime FirstDay = new(2025, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>Three to a family: who likes one of a family tends to like the others.</summary>
    private static readonly string[] Genres =
    [
        "Action", "Adventure", "Western",
        "Comedy", "Animation", "Family",
        "Drama", "Romance", "Biography",
        "Crime", "Thriller", "Horror",
    ];

    private static readonly string[] AppealingWords = ["Secret", "Last", "Golden", "Midnight", "Return", "Wild", "Lost", "Hidden", "Royal", "Storm"];

    private static readonly string[] DullWords = ["Office", "Tax", "Gray", "Manual", "Report", "Meeting", "Parking", "Volume", "Lecture", "Form"];

    private static readonly string[] PlainWords =
    [
        "River", "House", "Night", "Garden", "Street", "Summer", "Letter", "Mountain", "Island", "Winter", "Bridge", "Train", "Road", "Harbor", "Forest",
        "Valley", "Window", "Sister", "Captain", "Doctor", "Teacher", "Stranger", "Morning", "Evening", "Shadow", "Mirror", "Desert", "Ocean", "City", "Village",
    ];

    private sealed record Movie(string Id, string Title, int[] Genres, string GenreText, double Quality);

    /// <summary>The interactions of <paramref name="userCount"/> users in order of time; the same seed gives the same rows on every machine.</summary>
    /// <param name="userCount">How many users; each has about 240 interactions.</param>
    /// <param name="seed">Seed of the only random generator used.</param>
    public static IReadOnlyList<Interaction> Generate(int userCount = 400, int seed = 1)
    {
        var random = new Random(seed);
        Movie[] movies = [.. Enumerable.Range(0, MovieCount).Select(index => MakeMovie(index, random))];
        var rows = new List<Interaction>();
        for (int user = 0; user < userCount; user++)
        {
            rows.AddRange(MakeHistory(string.Create(CultureInfo.InvariantCulture, $"user{user:D4}"), movies, random));
        }

        return [.. rows.OrderBy(row => row.Timestamp)];   // stable: a session's movies stay together
    }

    private static Movie MakeMovie(int index, Random random)
    {
        // Genres of one family often stand together.
        int family = random.Next(FamilyCount);
        int[] genres = [.. Enumerable.Range(0, 1 + random.Next(3))
            .Select(_ => GenresPerFamily * (random.NextDouble() < 0.9 ? family : random.Next(FamilyCount)) + random.Next(GenresPerFamily))
            .Distinct()];

        double kind = random.NextDouble();
        string[] flavor = kind < 0.35 ? AppealingWords : kind < 0.70 ? DullWords : PlainWords;
        double appeal = flavor == AppealingWords ? 0.8 : flavor == DullWords ? -0.8 : 0;
        string title = $"{flavor[random.Next(flavor.Length)]} {PlainWords[random.Next(PlainWords.Length)]}";
        return new Movie(
            string.Create(CultureInfo.InvariantCulture, $"m{index:D3}"),
            title,
            genres,
            string.Join('|', genres.Select(genre => Genres[genre])),
            appeal + (0.7 * Normal(random)));
    }

    private static IEnumerable<Interaction> MakeHistory(string user, Movie[] movies, Random random)
    {
        double[] taste = [.. Enumerable.Range(0, FamilyCount + Genres.Length).Select(_ => Normal(random))];   // of families, then of genres
        var lastGenres = new HashSet<int>();
        DateTime[] moments = [.. Enumerable.Range(0, SessionsPerUser)
            .Select(_ => FirstDay.AddSeconds(random.Next(DaysCovered * 24 * 3600)))
            .Distinct()
            .Order()];
        foreach (DateTime moment in moments)
        {
            for (int i = 0; i < taste.Length; i++)
            {
                taste[i] = (TasteMemory * taste[i]) + (Math.Sqrt(1 - (TasteMemory * TasteMemory)) * Normal(random));
            }

            Movie[] shown = random.GetItems(movies, 3 + random.Next(5)).Distinct().ToArray();
            foreach (Movie movie in shown)
            {
                double match = movie.Genres.Average(genre => Math.Tanh((2.5 * taste[genre / GenresPerFamily]) + (0.7 * taste[FamilyCount + genre])));
                double fatigue = movie.Genres.Average(genre => lastGenres.Contains(genre) ? 1.0 : 0.0) - 0.5;
                double logit = (TasteWeight * match) + (QualityWeight * movie.Quality) - (FatigueWeight * fatigue);
                double probability = 1 / (1 + Math.Exp(-logit));
                yield return new Interaction
                {
                    UserId = user,
                    Timestamp = moment,
                    MovieId = movie.Id,
                    Title = movie.Title,
                    Genres = movie.GenreText,
                    Label = random.NextDouble() < probability,
                    TrueProbability = (float)probability,
                };
            }
            lastGenres = [.. shown.SelectMany(movie => movie.Genres)];
        }
    }

    /// <summary>One draw from the standard normal distribution (Box and Muller 1958).</summary>
    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
