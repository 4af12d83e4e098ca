// dotnet run build/LocalFeed.cs -- <folder>
// Packs the libraries of this clone into <folder>/packages and writes <folder>/nuget.config, which names them as a source beside the machine's own:
// what is built in that folder or below it finds Dtic.MLNet, and nothing else on the machine changes.
using System.Diagnostics;

const string Content = """
    <?xml version="1.0" encoding="utf-8"?>
    <configuration>
      <packageSources>
        <add key="Dtic" value="packages" />
      </packageSources>
    </configuration>

    """;
if (args is not [var given]) return Fail("dotnet run build/LocalFeed.cs -- <folder outside of the clone>");
string root = Path.GetDirectoryName(Path.GetDirectoryName(AppContext.GetData("EntryPointFilePath") as string))!;
string folder = Path.GetFullPath(given), packages = Path.Combine(folder, "packages"), config = Path.Combine(folder, "nuget.config");
string fromRoot = Path.GetRelativePath(root, folder);
if (!Path.IsPathRooted(fromRoot) && fromRoot.Split(Path.DirectorySeparatorChar)[0] != "..")
    return Fail($"'{folder}' lies in the clone, whose settings would hold for your projects too. Name a folder outside, such as ../clicks.");
if (File.Exists(config) && File.ReadAllText(config).ReplaceLineEndings() != Content.ReplaceLineEndings())
    return Fail($"'{config}' is there and was not written by this program. Name another folder.");

if (Dotnet("nuget", "locals", "global-packages", "--list") is not { } cache) return 1;
cache = cache["global-packages:".Length..].Trim();
Directory.CreateDirectory(packages);
foreach (string project in Directory.EnumerateDirectories(Path.Combine(root, "src")))
{
    foreach (string old in Packed(project)) File.Delete(old);
    if (Dotnet("pack", project, "-c", "Release", "-o", packages, "--nologo", "-v", "quiet") is null) return 1;
    // One of the same version that was restored before would be taken from the cache instead.
    string id = Path.GetFileName(project), cached = Path.Combine(cache, id.ToLowerInvariant(), Path.GetFileNameWithoutExtension(Packed(project).Single())[(id.Length + 1)..]);
    if (Directory.Exists(cached)) Directory.Delete(cached, recursive: true);
}
File.WriteAllText(config, Content);
Console.WriteLine($"Wrote {config}. Projects and apps in this folder and below it find the packages of the clone.");
return 0;

// Dtic.MLNet.0.1.0.nupkg, not Dtic.MLNet.Reporting.0.1.0.nupkg.
string[] Packed(string project) => [.. Directory.EnumerateFiles(packages, $"{Path.GetFileName(project)}.*.nupkg").Where(file => char.IsAsciiDigit(Path.GetFileName(file)[Path.GetFileName(project).Length + 1]))];

static string? Dotnet(params string[] arguments)
{
    using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, Environment = { ["DOTNET_CLI_UI_LANGUAGE"] = "en" } })!;
    string output = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    if (process.ExitCode == 0) return output;
    Fail($"{output}dotnet {string.Join(' ', arguments)} ended with exit code {process.ExitCode}.");
    return null;
}

static int Fail(string message)
{
    Console.Error.WriteLine(message);
    return 1;
}
