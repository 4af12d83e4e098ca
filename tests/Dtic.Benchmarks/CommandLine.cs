using System.Globalization;
using System.Reflection;
using Dtic.MLNet;

namespace Dtic.Benchmarks;

/// <summary>A command and its options: <c>--name value</c>, or <c>--name</c> alone for a switch.</summary>
internal sealed class CommandLine
{
    public const string Usage =
        """
        Dtic.Benchmarks <command> [options]
          speedup    training time of DTI against sliding windows, by targets per prompt
                     --k 1,5,10,20,50,100,0 (0: whole histories)  --history 500  --batch 500  --rounds 5  --no-torch  --no-all-cores
          scaling    time and peak memory of one pass against its length
                     --lengths 1024,2048,...,65536  --rounds 3  --repeats 3
          roofline   arithmetic rate of a training step against this machine's matrix products
                     --widths 64,128,256  --k 50  --batch 200  --rounds 7  --own-products (also for large weights)
          serving    time of a scoring call of one target, alone and by several callers at once
                     --callers 1,2,8,32  --calls 400 (of all callers together)  --rounds 5
          vocabulary time of a training step against the size of the vocabulary
                     --sizes 2000,20000,200000,1000000  --k 50  --batch 200  --rounds 9  --d 64
          estimate   time of estimating the cost of a training against the length of a few users' whole histories
                     --users 4  --lengths 6250,12500,25000,50000  --batch 256  --rounds 3  --tokens 4
          leak       memory over many optimizer steps
                     --steps 5000  --d 32  --layers 2  --heads 2  --tokens 6  --batch 32
          parity     quality of DTI against sliding windows, per context mode, on generated and on real data
                     --generated 250 (users; 0: none)  --ml-1m <folder>  --users 400 (the first by id)  --seeds 3  --epochs 3  --batch 256  --k 50,0
                     --only <beginnings of variants' names, between semicolons>  --resamples 1000  --resume (keeps the runs that are in parity.csv already)  --d 64  --layers 2  --heads 4  --threads <cores>
          chart      README's chart from the table of speedup
                     --csv artifacts/benchmarks/speedup-d128.csv  --svg docs/images/speedup.svg
        Options of all commands:
          --d 128  --layers 4  --heads 4  --n 20  --tokens 20 (item tokens per interaction: half to one and a half times it, uniform)
          --vocabulary 2000 (token ids that items are drawn from, uniformly)
          --threads 1  --seed 1  --out artifacts/benchmarks  --quick (a small run that only shows that the command works)
          --set Name=Value   any option of DticTrainer; may be repeated
        """;

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly List<(string Name, string Value)> _settings = [];
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    public CommandLine(string[] args)
    {
        for (int i = 1; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal)) throw new UsageException($"'{args[i]}' is not an option.");
            string name = args[i][2..];
            string value = i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal) ? args[++i] : "";
            if (name == "set")
            {
                int equals = value.IndexOf('=', StringComparison.Ordinal);
                if (equals < 1) throw new UsageException($"--set wants Name=Value; found '{value}'.");
                _settings.Add((value[..equals], value[(equals + 1)..]));
            }
            else if (!_values.TryAdd(name, value))
            {
                throw new UsageException($"--{name} is given twice.");
            }
        }
        Command = string.Join(' ', args);
        Quick = Switch("quick");
        Output = Text("out") ?? Path.Combine("artifacts", "benchmarks");
    }

    /// <summary>The line as it was given.</summary>
    public string Command { get; }

    /// <summary>Whether the run shall only show that the command works.</summary>
    public bool Quick { get; }

    /// <summary>The folder of the results.</summary>
    public string Output { get; }

    public string? Text(string name)
    {
        _read.Add(name);
        return _values.TryGetValue(name, out string? value) ? value.Length > 0 ? value : throw new UsageException($"--{name} wants a value.") : null;
    }

    public bool Switch(string name)
    {
        _read.Add(name);
        return _values.TryGetValue(name, out string? value) && (value.Length == 0 ? true : throw new UsageException($"--{name} takes no value; found '{value}'."));
    }

    public int Number(string name, int standard, int minimum = 1) => Numbers(name, [standard], minimum) is [int one] ? one : throw new UsageException($"--{name} wants one number.");

    public int[] Numbers(string name, int[] standard, int minimum = 1) => Text(name) is not { } text ? standard : Array.ConvertAll(text.Split(','), part =>
        int.TryParse(part, NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) && number >= minimum
            ? number
            : throw new UsageException($"--{name}: a whole number of at least {minimum} wanted, '{part}' found."));

    /// <summary>Applies every <c>--set</c> to the trainer's options, by property name.</summary>
    public void Apply(DticTrainer.Options options)
    {
        foreach ((string name, string value) in _settings)
        {
            var property = typeof(DticTrainer.Options).GetProperty(name, BindingFlags.Public | BindingFlags.Instance)
                ?? throw new UsageException($"--set {name}: DticTrainer.Options has no such property.");
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            try
            {
                property.SetValue(options, type.IsEnum ? Enum.Parse(type, value) : Convert.ChangeType(value, type, CultureInfo.InvariantCulture));
            }
            catch (Exception e) when (e is FormatException or ArgumentException or InvalidCastException or OverflowException)
            {
                throw new UsageException($"--set {name}: '{value}' is not a {type.Name}.");
            }
        }
    }

    /// <summary>The given ones of these options, and every <c>--set</c>, to hand on to a child process.</summary>
    public IEnumerable<string> Passed(params string[] names) =>
        [.. names.Where(_values.ContainsKey).SelectMany(name => (string[])[$"--{name}", _values[name]]), .. _settings.SelectMany(s => (string[])["--set", $"{s.Name}={s.Value}"])];

    /// <summary>Called once a command has read its options.</summary>
    /// <exception cref="UsageException">An option was given that the command does not know.</exception>
    public void RefuseUnread()
    {
        if (_values.Keys.FirstOrDefault(name => !_read.Contains(name)) is { } unknown) throw new UsageException($"--{unknown} is not an option of this command.");
    }
}

/// <summary>The command line is wrong; the message says how.</summary>
internal sealed class UsageException(string message) : Exception(message);
