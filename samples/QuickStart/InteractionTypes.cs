namespace QuickStart;

/// <summary>One impression: who was shown which movie when, and whether they clicked.</summary>
public sealed class Interaction
{
    /// <summary>Who.</summary>
    public string UserId { get; set; } = "";

    /// <summary>When (UTC). Movies shown together share their moment.</summary>
    public DateTime Timestamp { get; set; }

    /// <summary>Which movie.</summary>
    public string MovieId { get; set; } = "";

    /// <summary>The movie's title; some of its words attract clicks.</summary>
    public string Title { get; set; } = "";

    /// <summary>The movie's genres, separated by '|'.</summary>
    public string Genres { get; set; } = "";

    /// <summary>Whether the user clicked.</summary>
    public bool Label { get; set; }

    /// <summary>The probability the click was drawn with: the best any model could say. No model is shown it.</summary>
    public float TrueProbability { get; set; }
}

/// <summary>What a service knows when it asks for one click probability: the candidate, and what the user did before, oldest first.</summary>
public sealed class ClickRequest
{
    /// <summary>The candidate movie.</summary>
    public string MovieId { get; set; } = "";

    /// <summary>The candidate's title.</summary>
    public string Title { get; set; } = "";

    /// <summary>The candidate's genres, separated by '|'.</summary>
    public string Genres { get; set; } = "";

    /// <summary>The movies shown to the user before, oldest first.</summary>
    public string[] HistoryMovieId { get; set; } = [];

    /// <summary>Their titles.</summary>
    public string[] HistoryTitle { get; set; } = [];

    /// <summary>Their genres, each separated by '|'.</summary>
    public string[] HistoryGenres { get; set; } = [];

    /// <summary>Whether each was clicked.</summary>
    public bool[] HistoryLabel { get; set; } = [];
}

/// <summary>What the model answers.</summary>
public sealed class ClickPrediction
{
    /// <summary>The logit.</summary>
    public float Score { get; set; }

    /// <summary>The probability of a click.</summary>
    public float Probability { get; set; }

    /// <summary>Whether a click is the likelier outcome.</summary>
    public bool PredictedLabel { get; set; }
}
