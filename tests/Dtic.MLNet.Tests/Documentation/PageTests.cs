namespace Dtic.MLNet.Tests.Documentation;

/// <summary>
/// The C# of README.md and of every page in docs/ compiles and runs, block after block, each page by itself. A new page is found by itself.
/// </summary>
/// <remarks>
/// <para>What code on a page sees:</para>
/// <list type="bullet">
/// <item><description><c>interactions</c>: an IDataView with UserId (text), Timestamp (DateTime), MovieId, Title, Genres (text, '|' between values) and Label (Boolean).</description></item>
/// <item><description><c>clicks.csv</c> in the working directory: the same rows, with a header. What the page writes goes there, too, and is deleted.</description></item>
/// <item><description><c>request</c>: a <c>ClickRequest</c> with Timestamp, MovieId, Title, Genres and their History vectors and HistoryLabel; the types <c>Interaction</c>,
/// <c>ClickRequest</c> and <c>ClickPrediction</c>, unless the page declares its own.</description></item>
/// <item><description>What earlier blocks of the page declared. A block may use a name again for something else.</description></item>
/// <item><description>The namespaces that the SDK imports by itself; others by <c>using</c> in the page.</description></item>
/// </list>
/// <para>
/// What a page needs besides, and no reader wants to see, stands in a comment whose first line is <c>&lt;!-- csharp</c>. Code that cannot run says so: <c>```csharp illustration</c>.
/// </para>
/// </remarks>
[TestClass]
public sealed class PageTests
{
    private const int MostIllustrations = 2;

    public static IEnumerable<string[]> Pages => Repository.Pages.Select(page => new[] { page });

    [TestMethod]
    [DynamicData(nameof(Pages))]
    public void Page_Code_CompilesAndRuns(string page)
    {
        CodeBlock[] blocks = [.. CodeBlock.Find(Repository.Read(page)).Where(block => !block.IsIllustration)];
        if (blocks.Length > 0) Run(page, blocks);
    }

    [TestMethod]
    public void Pages_CodeThatDoesNotRun_IsRare()
    {
        string[] found = [.. Repository.Pages.SelectMany(page => CodeBlock.Find(Repository.Read(page)).Where(block => block.IsIllustration).Select(block => $"{page}({block.Line})"))];

        Assert.IsLessThanOrEqualTo(MostIllustrations, found.Length, string.Join(", ", found));
    }

    [TestMethod]
    public void Find_Blocks_KnowTheirLines()
    {
        var blocks = CodeBlock.Find("a\n```csharp\nx\ny\n```\n```\nz\n```\n<!-- csharp\nh\n-->\n```csharp illustration\ni\n```\n");

        CollectionAssert.AreEqual(new CodeBlock[] { new(3, "x\ny", false), new(10, "h", false), new(13, "i", true) }, blocks);
    }

    [TestMethod]
    [DataRow("```csharp\nx", "Line 1: the block has no end.")]
    [DataRow("\n```cs\nx\n```", "Line 2: 'cs' should be 'csharp', or 'csharp illustration' for code that does not run.")]
    public void Find_WrongBlock_SaysWhere(string page, string message) =>
        Assert.AreEqual(message, Assert.ThrowsExactly<InvalidDataException>(() => CodeBlock.Find(page)).Message);

    [TestMethod]
    [DataRow("```csharp\nint a = 1;\n```\n\n```csharp\n// b\nint b = c;\n```", "page.md(7): The name 'c' does not exist in the current context", DisplayName = "does not compile")]
    [DataRow("```csharp\nint a = 1;\n```\n\n```csharp\nusing System.Text;\n\nthrow new InvalidOperationException(\"no\" + a);\n```", "page.md(8): InvalidOperationException: no1", DisplayName = "throws")]
    [DataRow("```csharp\nAsk();\nstatic void Ask() { }\nrecord R(int X)\n{\n    int Y => Z;\n}\n```", "page.md(6): The name 'Z' does not exist in the current context", DisplayName = "wrong type")]
    public void Run_WrongCode_NamesPageAndLine(string page, string message) =>
        Assert.AreEqual(message, Assert.ThrowsExactly<InvalidDataException>(() => Run("page.md", [.. CodeBlock.Find(page)])).Message);

    [TestMethod]
    public void Run_SameNameInALaterBlock_IsAnotherVariable() => Run("page.md", [.. CodeBlock.Find(
        "```csharp\nusing var a = new StringWriter();\nint b = 2;\n```\n```csharp\nstring a = $\"{b}\";\nawait Task.Yield();\nif (a != \"2\" || new R().X != 3) throw new Exception(a);\n\nclass R { public int X = 3; }\n```")]);

    private static void Run(string page, CodeBlock[] blocks)
    {
        using var folder = new TemporaryFolder();
        string before = Environment.CurrentDirectory;
        var output = Console.Out;
        try
        {
            Environment.CurrentDirectory = folder.Path;
            Console.SetOut(TextWriter.Null);
            File.WriteAllText("clicks.csv", PageData.Csv);
            PageProgram.Run(page, blocks, PageData.Interactions, PageData.Request);
        }
        finally
        {
            Console.SetOut(output);
            Environment.CurrentDirectory = before;
        }
    }
}
