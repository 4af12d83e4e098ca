using System.Text;
using System.Text.Json;

namespace Dtic.MLNet.Folders;

/// <summary>Files of a model that no scorer reads: each says which model it belongs to.</summary>
internal static class NamedModel
{
    /// <param name="name">Of the model: letters and digits.</param>
    /// <param name="hasTraining">Whether it has a <c>training.json</c>.</param>
    public static ModelFile[] Files(string name, bool hasTraining = true) =>
    [
        .. ModelFile.Names.Where(file => hasTraining || ModelFile.RequiredNames.Contains(file))
            .Select(file => new ModelFile(file, stream => stream.Write(Encoding.UTF8.GetBytes($$"""{"dtic":"{{name}}"}""")))),
    ];

    /// <summary>The name of the model that a folder holds, and whether it has a training; all files must be of one model.</summary>
    public static (string Name, bool HasTraining) Read(string folder)
    {
        using var files = FolderFiles.Open(folder);
        string[] names = [.. files.ByName.Values.Select(file => Read(file.Content)).Distinct()];
        return names.Length == 1
            ? (names[0], files.ByName.Count == ModelFile.Names.Length)
            : throw new InvalidDataException($"'{folder}' holds files of {string.Join(", ", names)}.");
    }

    private static string Read(Stream stream)
    {
        using var json = JsonDocument.Parse(stream);
        return json.RootElement.GetProperty("dtic").GetString()!;
    }
}
