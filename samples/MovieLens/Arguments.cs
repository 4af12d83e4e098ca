namespace MovieLens;

/// <summary>The command line: a folder, and optionally <c>--order protocol</c>.</summary>
internal sealed record Arguments(string Folder, OrderRule Order)
{
    private const string Usage =
        """
        MovieLens <folder> [--order strict|protocol]
          <folder>   ml-latest-small, ml-100k or ml-1m as GroupLens publishes them
          --order    strict (default): a row sees the outcomes of strictly earlier seconds;
                     protocol: the published 80/10/10 cut, order alone decides
        """;

    /// <summary>The arguments, or null after saying what is wrong.</summary>
    public static Arguments? Parse(string[] args)
    {
        OrderRule? order = args is [_] or [_, "--order", "strict"] ? OrderRule.StrictInTime : args is [_, "--order", "protocol"] ? OrderRule.Protocol : null;
        if (order is { } rule) return new Arguments(args[0], rule);
        Console.Error.WriteLine(Usage);
        return null;
    }
}
