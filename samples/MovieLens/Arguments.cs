namespace MovieLens;

/// <summary>The command line: a folder, and options with a value each.</summary>
internal sealed record Arguments(string Folder, OrderRule Order = OrderRule.StrictInTime, string? Report = null, string? Checkpoints = null, bool Resume = false)
{
    private const string Usage =
        """
        MovieLens <folder> [--order strict|protocol] [--report <file>] [--checkpoints <folder> | --resume <folder>]
          <folder>       ml-latest-small, ml-100k or ml-1m as GroupLens publishes them
          --order        strict (default): a row sees the outcomes of strictly earlier seconds;
                         protocol: the published 80/10/10 cut, order alone decides
          --report       where to write a report of the test set in HTML
          --checkpoints  a new folder where the training is saved now and then, and when Ctrl-C stops it
          --resume       goes on from what --checkpoints left in a folder, and saves there
        """;

    /// <summary>The arguments, or null after saying what is wrong.</summary>
    public static Arguments? Parse(string[] args)
    {
        var arguments = args.Length % 2 == 1 ? new Arguments(args[0]) : null;
        for (int i = 1; i < args.Length && arguments is not null; i += 2)
        {
            arguments = (args[i], args[i + 1]) switch
            {
                ("--order", "strict") => arguments with { Order = OrderRule.StrictInTime },
                ("--order", "protocol") => arguments with { Order = OrderRule.Protocol },
                ("--report", var file) => arguments with { Report = file },
                ("--checkpoints", var folder) => arguments with { Checkpoints = folder, Resume = false },
                ("--resume", var folder) => arguments with { Checkpoints = folder, Resume = true },
                _ => null,
            };
        }
        if (arguments is null) Console.Error.WriteLine(Usage);
        return arguments;
    }
}
