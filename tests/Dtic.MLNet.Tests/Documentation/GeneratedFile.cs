namespace Dtic.MLNet.Tests.Documentation;

/// <summary>Files in docs/ that code makes, so that they cannot say what the code does not.</summary>
internal static class GeneratedFile
{
    private const string Switch = "DTIC_UPDATE_DOCS";

    /// <summary>Compares the file with what it should hold. With the environment variable DTIC_UPDATE_DOCS=1 it is written first.</summary>
    public static void AssertCurrent(string path, string content)
    {
        string file = Path.Combine(Repository.Root, path);
        if (Environment.GetEnvironmentVariable(Switch) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, content);
        }

        Assert.AreEqual(content, File.Exists(file) ? File.ReadAllText(file) : "", $"{path} is out of date. Run the tests of {typeof(GeneratedFile).Namespace} with {Switch}=1 and commit what changes.");
    }
}
