// dotnet run build/Notebooks.cs [-- 02]     runs the apps in samples/apps (or those whose names begin so) and writes their notebooks
// dotnet run build/Notebooks.cs -- --check  runs nothing; exit code 1 where code or prose of an app and its notebook differ
//
// An app is a C# program in jupytext's percent format: `// %%` begins a cell of code, `// %% [markdown]` one of prose in comments. C# wants type
// declarations last, a notebook first: the cell tagged "declarations" stands behind the directives and usings there. Each cell's output is what the app
// printed while it ran; a line "Wrote picture.svg" (or .html) becomes the picture.
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;

const string Marker = "\u001ecell ";
string root = Path.GetDirectoryName(Path.GetDirectoryName(AppContext.GetData("EntryPointFilePath") as string))!;
string apps = Path.Combine(root, "samples", "apps"), notebooks = Path.Combine(root, "samples", "notebooks");
bool check = args.Contains("--check");
int failures = 0;
string[] names = [.. args.Where(a => a != "--check")];
string[] chosen = [.. Directory.EnumerateFiles(apps, "*.cs").Select(p => Path.GetFileNameWithoutExtension(p))
    .Where(n => !n.EndsWith(".marked", StringComparison.Ordinal) && (names.Length == 0 || names.Any(s => n.StartsWith(s, StringComparison.Ordinal))))
    .Order(StringComparer.Ordinal)];
if (chosen.Length == 0) return Fail($"No app in samples/apps begins with {string.Join(" or ", names)}.");
try
{
    foreach (string name in chosen)
    {
        if (check) Compare(name);
        else await WriteAsync(name);
    }
}
catch (InvalidDataException e)
{
    return Fail(e.Message);
}

foreach (string orphan in Directory.EnumerateFiles(notebooks, "*.ipynb").Where(p => names.Length == 0 && !chosen.Contains(Path.GetFileNameWithoutExtension(p))))
{
    Fail($"{Relative(orphan)} has no app in samples/apps.");
}
if (check && failures == 0) Console.WriteLine($"{chosen.Length} notebooks say what their apps say.");
return failures == 0 ? 0 : 1;

async Task WriteAsync(string name)
{
    var cells = Read(name);
    var outputs = await RunAsync(name, cells);
    string path = Path.Combine(notebooks, name + ".ipynb");
    Directory.CreateDirectory(notebooks);
    using (var file = File.Create(path + ".new"))
    {
        var format = new JsonWriterOptions { Indented = true, IndentSize = 1, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(file, format))
        {
            Notebook(cells, outputs).WriteTo(json);
        }
        file.WriteByte((byte)'\n');
    }
    File.Move(path + ".new", path, overwrite: true);
    Console.WriteLine($"Wrote {Relative(path)}");
}

void Compare(string name)
{
    string path = Path.Combine(notebooks, name + ".ipynb");
    var wanted = Notebook(Read(name), []);
    string remedy = $"To make it anew: dotnet run build/Notebooks.cs -- {name}";
    if (!File.Exists(path))
    {
        Fail($"{Relative(path)} is missing. {remedy}");
        return;
    }
    var found = Parse(path);
    JsonArray wantedCells = wanted["cells"]!.AsArray(), foundCells = (found as JsonObject)?["cells"] as JsonArray ?? [];
    bool hasRun = false;
    foreach (var cell in foundCells.OfType<JsonObject>().Where(c => c.ContainsKey("outputs")))
    {
        hasRun |= cell["outputs"] is JsonArray { Count: > 0 };
        (cell["outputs"], cell["execution_count"]) = (new JsonArray(), null);
    }
    int same = wantedCells.Zip(foundCells).TakeWhile(pair => JsonNode.DeepEquals(pair.First, pair.Second)).Count();
    if (same < Math.Max(wantedCells.Count, foundCells.Count)) Fail($"{Relative(path)}: cell {same + 1} is not what samples/apps/{name}.cs says. {remedy}");
    else if (!JsonNode.DeepEquals(wanted, found)) Fail($"{Relative(path)}: the metadata differ. {remedy}");
    else if (!hasRun) Fail($"{Relative(path)} has no outputs. {remedy}");
}

JsonNode? Parse(string path)
{
    try
    {
        return JsonNode.Parse(File.ReadAllText(path));
    }
    catch (JsonException e)
    {
        throw new InvalidDataException($"{Relative(path)} is not JSON: {e.Message}", e);
    }
}

// The cells in the order of the app, the directives for NuGet packages at the head of the first one with code.
List<Cell> Read(string name)
{
    string[] lines = File.ReadAllLines(Path.Combine(apps, name + ".cs"));
    var heads = Enumerable.Range(0, lines.Length).Where(i => lines[i].StartsWith("// %%", StringComparison.Ordinal)).ToList();
    var cells = new List<Cell>();
    foreach (var (begin, end) in heads.Zip(heads.Skip(1).Append(lines.Length)))
    {
        string head = lines[begin]["// %%".Length..].Trim();
        if (head is not ("" or "[markdown]" or """tags=["declarations"]"""))
            throw Bad(begin, $"behind // %% stands nothing, [markdown] or tags=[\"declarations\"], not {head}");
        var body = lines.AsSpan()[(begin + 1)..end].ToArray().AsEnumerable();
        if (head == "[markdown]")
        {
            body = body.Select((line, i) => line.Length == 0 || line.StartsWith("//", StringComparison.Ordinal)
                ? line.StartsWith("// ", StringComparison.Ordinal) ? line[3..] : line.TrimStart('/')
                : throw Bad(begin + 1 + i, "a cell of prose has comments alone"));
        }
        string source = string.Join('\n', body).Trim('\n');
        if (source.Length == 0) throw Bad(begin, "the cell is empty");
        cells.Add(new Cell(head, source, begin));
    }

    int first = cells.FindIndex(c => c.IsCode);
    if (first < 0) throw Bad(0, "there is no cell of code");
    var directives = lines.Take(heads[0]).Where(l => l.StartsWith("#:", StringComparison.Ordinal)).Select(Reference);
    cells[first] = cells[first] with { Source = $"{string.Join('\n', directives)}\n\n{cells[first].Source}" };
    return cells;

    InvalidDataException Bad(int line, string what) => new($"samples/apps/{name}.cs, line {line + 1}: {what}.");

    string Reference(string directive)
    {
        if (directive.Split(' ', '@') is not ["#:package", var package, var version]) throw new InvalidDataException($"samples/apps/{name}.cs: a notebook has nothing like {directive}.");
        if (version == "*") return $"#r \"nuget: {package}\"";
        return version == Version(package)
            ? $"#r \"nuget: {package}, {version}\""
            : throw new InvalidDataException($"samples/apps/{name}.cs: {package} is of version {Version(package)} in Directory.Packages.props, not {version}.");
    }
}

// The version that the repository uses: outside of it an app and a notebook stand alone.
string Version(string package)
{
    var elements = XDocument.Load(Path.Combine(root, "Directory.Packages.props")).Descendants().ToList();
    string version = elements.FirstOrDefault(e => e.Name.LocalName == "PackageVersion" && e.Attribute("Include")?.Value == package)?.Attribute("Version")?.Value
        ?? throw new InvalidDataException($"Directory.Packages.props has no version of {package}.");
    return Regex.Replace(version, @"\$\((\w+)\)", property => elements.First(e => e.Name.LocalName == property.Groups[1].Value).Value);
}

static JsonObject Notebook(List<Cell> cells, Dictionary<Cell, JsonArray> outputs)
{
    var declarations = cells.Where(c => c.IsDeclarations).ToList();
    var order = cells.Except(declarations).ToList();
    order.InsertRange(order.FindIndex(c => c.IsCode) + 1, declarations);
    int executed = 0;
    var nodes = order.Select(JsonNode? (cell, i) =>
    {
        var node = new JsonObject { ["cell_type"] = cell.IsCode ? "code" : "markdown" };
        if (cell.IsCode) node["execution_count"] = outputs.Count > 0 ? ++executed : null;
        node["id"] = $"cell-{i + 1}";
        node["metadata"] = cell.IsDeclarations ? new JsonObject { ["tags"] = new JsonArray("declarations") } : [];
        if (cell.IsCode) node["outputs"] = outputs.GetValueOrDefault(cell, []);
        node["source"] = Lines(cell.Source);
        return node;
    });
    return new JsonObject
    {
        ["cells"] = new JsonArray([.. nodes]),
        ["metadata"] = new JsonObject
        {
            ["kernelspec"] = new JsonObject { ["display_name"] = ".NET (C#)", ["language"] = "C#", ["name"] = ".net-csharp" },
            ["language_info"] = new JsonObject { ["file_extension"] = ".cs", ["mimetype"] = "text/x-csharp", ["name"] = "C#", ["pygments_lexer"] = "csharp" },
        },
        ["nbformat"] = 4,
        ["nbformat_minor"] = 5,
    };
}

// Runs the app with a line before each cell that says which one begins; line numbers stay what they are.
async Task<Dictionary<Cell, JsonArray>> RunAsync(string name, List<Cell> cells)
{
    string marked = Path.Combine(apps, name + ".marked.cs"), work = Path.Combine(root, "artifacts", "notebooks", name);
    string[] lines = File.ReadAllLines(Path.Combine(apps, name + ".cs"));
    int first = cells.FindIndex(c => c.IsCode);
    for (int i = first + 1; i < cells.Count; i++)
    {
        if (cells[i].IsCode && !cells[i].IsDeclarations) lines[cells[i].Line] = $"Console.WriteLine(\"{Marker}{i}\");";
    }
    if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
    Directory.CreateDirectory(work);
    File.WriteAllLines(marked, lines);
    try
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["run", marked]) { WorkingDirectory = work, RedirectStandardOutput = true })!;
        var outputs = new Dictionary<Cell, JsonArray> { [cells[first]] = [] };
        var text = new StringBuilder();
        int current = first;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(Marker, StringComparison.Ordinal))
            {
                Flush();
                outputs[cells[current = int.Parse(line.AsSpan(Marker.Length))]] = [];
            }
            else if (Display(work, line) is { } picture)
            {
                Flush();
                outputs[cells[current]].Add((JsonNode)picture);
            }
            else
            {
                text.Append(line).Append('\n');
            }
        }
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidDataException($"samples/apps/{name}.cs ended with exit code {process.ExitCode} in cell {current + 1}:\n{text}");
        Flush();
        return outputs;

        void Flush()
        {
            if (text.Length == 0) return;
            JsonNode stream = new JsonObject { ["name"] = "stdout", ["output_type"] = "stream", ["text"] = Lines(text.ToString()) };
            outputs[cells[current]].Add(stream);
            text.Clear();
        }
    }
    finally
    {
        File.Delete(marked);
    }
}

// A whole page goes into a frame, so that its styles do not become the notebook's.
static JsonObject? Display(string work, string line)
{
    if (Regex.Match(line, @"^Wrote (.+)\.(svg|html)$") is not { Success: true } wrote || !File.Exists(Path.Combine(work, line["Wrote ".Length..]))) return null;
    string content = File.ReadAllText(Path.Combine(work, line["Wrote ".Length..]));
    var (type, shown) = wrote.Groups[2].Value == "svg"
        ? ("image/svg+xml", content)
        : ("text/html", $"<iframe srcdoc=\"{WebUtility.HtmlEncode(content)}\" style=\"width:100%;height:40em;border:0\">{WebUtility.HtmlEncode(line)}</iframe>");
    return new JsonObject
    {
        ["data"] = new JsonObject { [type] = Lines(shown), ["text/plain"] = Lines(line) },
        ["metadata"] = new JsonObject(),
        ["output_type"] = "display_data",
    };
}

// Notebooks keep text as a list of lines with their ends.
static JsonArray Lines(string text) => new([.. Regex.Split(text, "(?<=\n)").Where(line => line.Length > 0).Select(line => (JsonNode?)line)]);

string Relative(string path) => Path.GetRelativePath(root, path).Replace('\\', '/');

int Fail(string message)
{
    failures++;
    Console.Error.WriteLine(message);
    return 1;
}

internal sealed record Cell(string Head, string Source, int Line)
{
    public bool IsCode => Head != "[markdown]";

    public bool IsDeclarations => Head.StartsWith("tags", StringComparison.Ordinal);
}
