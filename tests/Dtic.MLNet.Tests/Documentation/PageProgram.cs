using System.Diagnostics;
using System.Reflection;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.ML;

namespace Dtic.MLNet.Tests.Documentation;

/// <summary>The code of a page as one program.</summary>
/// <remarks>
/// Each block becomes a local function inside that of the block before it, where it sees what came before and may use a name again for something else, as readers
/// do who look at one block at a time. Usings go to the head and types to the end, as the language wants them. Errors name the page's own lines.
/// </remarks>
internal static class PageProgram
{
    private static readonly string[] Namespaces =
    [
        // What the SDK imports by itself, and the data.
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks", "Dtic.MLNet.Tests.Documentation.Data",
    ];

    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>Compiles the blocks and runs them in order.</summary>
    /// <exception cref="InvalidDataException">The code does not compile, or fails; the message names page, line and what is wrong.</exception>
    public static void Run(string page, IEnumerable<CodeBlock> blocks, IDataView interactions, object request)
    {
        var main = Compile(page, Source(page, blocks)).GetType("Page")!.GetMethod("Run")!.CreateDelegate<Func<IDataView, Data.ClickRequest, Task>>();
        try
        {
            main(interactions, (Data.ClickRequest)request).GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            int? line = new StackTrace(exception, fNeedFileInfo: true).GetFrames().FirstOrDefault(frame => frame.GetFileName() == page)?.GetFileLineNumber();
            throw new InvalidDataException(FormattableString.Invariant($"{page}({line}): {exception.GetType().Name}: {exception.Message}"), exception);
        }
    }

    private static string Source(string page, IEnumerable<CodeBlock> blocks)
    {
        var usings = new StringBuilder();
        var types = new StringBuilder();
        var body = new StringBuilder();
        int depth = 0;
        foreach (var block in blocks)
        {
            var tree = CSharpSyntaxTree.ParseText(block.Code);
            var root = tree.GetCompilationUnitRoot();
            foreach (var directive in root.Usings) Append(usings, directive);
            body.Append(FormattableString.Invariant($"await Block{depth}(); async Task Block{depth++}() {{\n"));
            foreach (var member in root.Members)
            {
                if (member is GlobalStatementSyntax statement) Append(body, statement);
                else Append(types, member);
            }

            void Append(StringBuilder part, SyntaxNode node) => part.Append(FormattableString.Invariant(
                $"#line {block.Line + tree.GetLineSpan(node.FullSpan).StartLinePosition.Line} \"{page}\"\n{node.ToFullString()}\n#line default\n"));
        }

        return $$"""
            {{string.Concat(Namespaces.Select(name => $"using {name};\n"))}}
            {{usings}}
            public static class Page
            {
                public static async Task Run(Microsoft.ML.IDataView interactions, ClickRequest request)
                {
                    {{body}}
                    {{new string('}', depth)}}
                }
            }
            {{types}}
            """;
    }

    private static Assembly Compile(string page, string source)
    {
        var tree = CSharpSyntaxTree.ParseText(source, path: $"{page} as a program", encoding: Encoding.UTF8);
        var compilation = CSharpCompilation.Create($"Page {Path.GetFileNameWithoutExtension(page)}", [tree], References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        using MemoryStream code = new(), symbols = new();
        var result = compilation.Emit(code, symbols, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb));
        string[] errors =
        [
            .. result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)
                .Select(d => FormattableString.Invariant($"{d.Location.GetMappedLineSpan().Path}({d.Location.GetMappedLineSpan().StartLinePosition.Line + 1}): {d.GetMessage()}")),
        ];
        return errors.Length == 0 ? Assembly.Load(code.ToArray(), symbols.ToArray()) : throw new InvalidDataException(string.Join('\n', errors));
    }
}
