// dotnet run build/CheckPackages.cs -- <packages> <packages of a second build>
// Holds what dotnet pack made against what a package of this project has to be. Prints every difference; exit code 1 where there is one.
using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using System.Xml.Linq;

if (args is not [var first, var second])
{
    Console.Error.WriteLine("CheckPackages <packages> <packages of a second build>");
    return 2;
}

Package[] wanted =
[
    new("Dtic.Transforms", ["Microsoft.ML [5.0.1, 7.0.0)", "Microsoft.ML.Tokenizers 2.0.1"], ["buildTransitive/Dtic.Transforms.props"]),
    new("Dtic.MLNet", ["Dtic.Transforms {version}", "Microsoft.ML [5.0.1, 7.0.0)", "Microsoft.ML.Tokenizers 2.0.1", "System.Numerics.Tensors 9.0.19", "TorchSharp 0.107.0"], []),
    new("Dtic.MLNet.Reporting",
        ["Dtic.MLNet {version}", "Microsoft.ML [5.0.1, 7.0.0)", "Microsoft.ML.Tokenizers 2.0.1", "ScottPlot 5.1.59", "TorchSharp 0.107.0"], []),
];
string[] files = [.. Directory.EnumerateFiles(first).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
int differences = 0;

// Every package carries the version in its name, so that the first tells it.
string version = files.FirstOrDefault(f => f.StartsWith("Dtic.MLNet.", StringComparison.Ordinal) && f.EndsWith(".nupkg", StringComparison.Ordinal) && char.IsDigit(f["Dtic.MLNet.".Length])) is { } named
    ? named["Dtic.MLNet.".Length..^".nupkg".Length]
    : "?";
Expect("packages", wanted.SelectMany(p => (string[])[$"{p.Id}.{version}.nupkg", $"{p.Id}.{version}.snupkg"]), files);
if (differences > 0) return 1;

foreach (var package in wanted)
{
    string name = $"{package.Id}.{version}";
    var content = Read(Path.Combine(first, name + ".nupkg"));
    Expect($"files of {name}.nupkg",
        [$"lib/net10.0/{package.Id}.dll", $"lib/net10.0/{package.Id}.xml", $"{package.Id}.nuspec", "README.md", .. package.BuildFiles], content.Keys.Where(IsOurs));
    Expect($"files of {name}.snupkg", [$"lib/net10.0/{package.Id}.pdb", $"{package.Id}.nuspec"], Read(Path.Combine(first, name + ".snupkg")).Keys.Where(IsOurs));

    using var nuspec = new MemoryStream(content[$"{package.Id}.nuspec"]);
    var metadata = XDocument.Load(nuspec).Root!.Elements().Single(e => e.Name.LocalName == "metadata");
    var dependencies = metadata.Descendants().Where(e => e.Name.LocalName == "dependency").Select(e => $"{e.Attribute("id")!.Value} {e.Attribute("version")!.Value}");
    Expect($"dependencies of {name}", package.Dependencies.Select(d => d.Replace("{version}", version, StringComparison.Ordinal)), dependencies);
    // A version that only this build pins is not the version a user gets: what the assembly was compiled against must be asked for by name.
    Expect($"assemblies that {name} refers to and neither the runtime nor a dependency brings", [],
        References(content[$"lib/net10.0/{package.Id}.dll"]).Where(a => !IsInRuntime(a) && !package.Dependencies.Any(d => Brings(d.Split(' ')[0], a))));
    Expect($"licence of {name}", ["MIT"], metadata.Elements().Where(e => e.Name.LocalName == "license").Select(e => e.Value));
    Expect($"readme of {name}", ["README.md"], metadata.Elements().Where(e => e.Name.LocalName == "readme").Select(e => e.Value));
    Expect($"description of {name}", ["there"], metadata.Elements().Where(e => e.Name.LocalName == "description" && e.Value.Length > 20).Select(_ => "there"));
}

// The same sources give the same packages, but for the times that a zip writes down.
foreach (string file in files)
{
    if (!File.Exists(Path.Combine(second, file)))
    {
        Expect($"{file} of the second build", ["there"], []);
        continue;
    }
    var (one, other) = (Read(Path.Combine(first, file)), Read(Path.Combine(second, file)));
    Expect($"files of {file} in the second build", one.Keys, other.Keys);
    Expect($"files of {file} that differ in the second build", [], one.Where(e => other.TryGetValue(e.Key, out byte[]? bytes) && !bytes.AsSpan().SequenceEqual(e.Value)).Select(e => e.Key));
}
if (differences == 0) Console.WriteLine($"{files.Length} packages of version {version} are as they should be.");
return differences == 0 ? 0 : 1;

void Expect(string what, IEnumerable<string> expected, IEnumerable<string> found)
{
    string[] want = [.. expected.Order(StringComparer.Ordinal)], have = [.. found.Order(StringComparer.Ordinal)];
    if (want.SequenceEqual(have)) return;
    differences++;
    Console.WriteLine($"{what}\n  wanted: {string.Join("; ", want)}\n  found:  {string.Join("; ", have)}");
}

// What the package format itself adds.
static bool IsOurs(string entry) => entry is not ("[Content_Types].xml" or "_rels/.rels") && !entry.StartsWith("package/", StringComparison.Ordinal);

static bool IsInRuntime(string assembly) => File.Exists(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), assembly + ".dll"));

static bool Brings(string package, string assembly) => assembly == package || assembly.StartsWith(package + ".", StringComparison.Ordinal);

static string[] References(byte[] assembly)
{
    using var portable = new PEReader(new MemoryStream(assembly));
    var metadata = portable.GetMetadataReader();
    return [.. metadata.AssemblyReferences.Select(r => metadata.GetString(metadata.GetAssemblyReference(r).Name))];
}

static Dictionary<string, byte[]> Read(string path)
{
    using var zip = ZipFile.OpenRead(path);
    var content = new Dictionary<string, byte[]>(StringComparer.Ordinal);
    foreach (var entry in zip.Entries)
    {
        using var stream = entry.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        content.Add(entry.FullName, bytes.ToArray());
    }
    return content;
}

internal sealed record Package(string Id, string[] Dependencies, string[] BuildFiles);
