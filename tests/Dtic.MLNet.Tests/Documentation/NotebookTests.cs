using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Dtic.MLNet.Tests.Documentation;

/// <summary>
/// The notebooks' code compiles cell after cell as C# script, which is what a notebook's kernel makes of it. The gate runs the same code as apps, and
/// <c>build/Notebooks.cs --check</c> sees to it that both say the same.
/// </summary>
[TestClass]
public sealed class NotebookTests
{
    private static readonly MetadataReference[] References =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    // What the kernel imports by itself, as far as the apps need it.
    private static readonly CSharpCompilationOptions Options = new(
        OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable,
        usings: ["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading.Tasks"]);

    public static IEnumerable<string[]> Notebooks =>
        Directory.GetFiles(Path.Combine(Repository.Root, "samples", "notebooks"), "*.ipynb").Select(path => new[] { Path.GetFileName(path) });

    [TestMethod]
    [DynamicData(nameof(Notebooks))]
    public void Notebook_Cells_CompileAsScript(string notebook)
    {
        var cells = JsonNode.Parse(Repository.Read($"samples/notebooks/{notebook}"))!["cells"]!.AsArray();
        Assert.AreEqual("", Errors(cells.Where(cell => (string?)cell!["cell_type"] == "code").Select(cell => string.Concat(cell!["source"]!.AsArray()))));
    }

    [TestMethod]
    public void Errors_NameOfALaterCell_SaysWhich() =>
        Assert.AreEqual("Cell 2, line 2: The name 'a' does not exist in the current context", Errors(["#r \"nuget: b\"\nint c = 1;", "\nc = a;", "int a = c;"]));

    // Those of the first cell that has some: the cells behind it stand on it.
    private static string Errors(IEnumerable<string> cells)
    {
        CSharpCompilation? previous = null;
        int number = 0;
        foreach (string code in cells)
        {
            // The packages are the assemblies that the tests refer to.
            string script = string.Join('\n', code.Split('\n').Select(line => line.StartsWith("#r ", StringComparison.Ordinal) ? "" : line));
            var tree = CSharpSyntaxTree.ParseText(script, new CSharpParseOptions(LanguageVersion.CSharp14, kind: SourceCodeKind.Script));
            previous = CSharpCompilation.CreateScriptCompilation($"Cell{++number}", tree, References, Options, previous);
            var errors = previous.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error)
                .Select(d => FormattableString.Invariant($"Cell {number}, line {d.Location.GetLineSpan().StartLinePosition.Line + 1}: {d.GetMessage(CultureInfo.InvariantCulture)}"));
            if (errors.Any()) return string.Join('\n', errors);
        }
        return "";
    }
}
