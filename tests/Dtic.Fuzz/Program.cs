using System.Diagnostics;
using System.Globalization;
using Dtic.Fuzz;
using Dtic.Fuzz.Readers;

const string Usage =
    """
    Dtic.Fuzz [options]   spoils the files of a small model and reads them; exit code 1 when a rule does not hold
      --inputs 100000  --threads <cores>  --seed 1  --reader <name> (one only)  --failures artifacts/fuzz (a folder for the inputs that fail)
    """;

CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
long inputs = 100_000;
int threads = Environment.ProcessorCount, seed = 1;
string folder = Path.Combine("artifacts", "fuzz");
string? reader = null;
for (int i = 0; i < args.Length; i += 2)
{
    string value = i + 1 < args.Length ? args[i + 1] : "";
    bool understood = args[i] switch
    {
        "--inputs" => long.TryParse(value, out inputs) && inputs > 0,
        "--threads" => int.TryParse(value, out threads) && threads > 0,
        "--seed" => int.TryParse(value, out seed),
        "--reader" => FuzzTargets.All.Any(target => target.Name == (reader = value)),
        "--failures" => (folder = value).Length > 0,
        _ => false,
    };
    if (understood) continue;
    Console.Error.WriteLine($"'{args[i]} {value}' is not understood. Readers: {string.Join(", ", FuzzTargets.All.Select(target => target.Name))}.\n{Usage}");
    return 2;
}

FuzzTarget[] targets = [.. FuzzTargets.All.Where(target => reader is null || target.Name == reader)];
long each = inputs / threads, shares = targets.Sum(target => (long)target.Share);
var failures = new Dictionary<string, FuzzFailure>();
var clock = Stopwatch.StartNew();
Fuzzer[][] workers = [.. Enumerable.Range(0, threads).Select(thread => targets.Select(target => new Fuzzer(target, seed + (1000 * thread))).ToArray())];
Thread[] running = [.. workers.Select(fuzzers => new Thread(() => Work(fuzzers)) { IsBackground = true })];
foreach (var thread in running) thread.Start();
for (int second = 1; running.Any(thread => thread.IsAlive); second++)
{
    if (second % 60 == 0) Console.Error.WriteLine($"{second / 60} min: {Count():N0} inputs, {failures.Count:N0} kinds of failure");
    Thread.Sleep(1000);
    foreach (var fuzzer in workers.SelectMany(worker => worker))
    {
        if (fuzzer.Current is not { } current || Environment.TickCount64 - current.Since < 60_000) continue;
        Report(new FuzzFailure(fuzzer.Target.Name, current.Input, "hang: not read within a minute\n"));
        return 1;
    }
}

Console.WriteLine($"{"reader",-18} {"inputs",12} {"accepted",9} {"answers",8} {"most memory for one",20} {"corpus of",10}");
foreach (var target in targets)
{
    Fuzzer[] all = [.. workers.SelectMany(worker => worker).Where(fuzzer => fuzzer.Target == target)];
    Console.WriteLine(
        $"{target.Name,-18} {all.Sum(fuzzer => fuzzer.Inputs),12:N0} {(double)all.Sum(fuzzer => fuzzer.Accepted) / Math.Max(1, all.Sum(fuzzer => fuzzer.Inputs)),9:P1} "
        + $"{all.Max(fuzzer => fuzzer.Answers),8:N0} {all.Max(fuzzer => fuzzer.MostAllocated) / 1024.0,16:N0} KiB {all.Max(fuzzer => fuzzer.Corpus),10:N0}");
}
Console.WriteLine($"{Count():N0} inputs in {clock.Elapsed.TotalSeconds:N0} s on {threads} threads ({Count() / clock.Elapsed.TotalSeconds:N0} a second), seed {seed}: {failures.Count:N0} kinds of failure.");
return failures.Count == 0 ? 0 : 1;

long Count() => workers.SelectMany(worker => worker).Sum(fuzzer => fuzzer.Inputs);

void Work(Fuzzer[] fuzzers)
{
    for (long done = 0; done < each;)
    {
        foreach (var fuzzer in fuzzers)
        {
            long block = Math.Min(each - done, Math.Max(1, Math.Min(each, 10_000) * fuzzer.Target.Share / shares));
            for (long i = 0; i < block; i++)
                if (fuzzer.Next() is { } failure) Report(failure);
            done += block;
        }
    }
}

void Report(FuzzFailure failure)
{
    lock (failures)
    {
        if (!failures.TryAdd($"{failure.Target} {failure.Kind}", failure)) return;
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, $"{failure.Target}-{failures.Count}.bin");
        File.WriteAllBytes(path, failure.Input);
        Console.WriteLine($"FAILED {path} ({failure.Input.Length:N0} bytes): {failure.What}");
    }
}
