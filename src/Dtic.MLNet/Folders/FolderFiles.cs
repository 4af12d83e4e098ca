using Dtic.Transforms;

namespace Dtic.MLNet.Folders;

/// <summary>The files of one saved model, all of the same save, open for reading: a save that replaces them meanwhile does not touch them.</summary>
internal sealed class FolderFiles : IDisposable
{
    private const int Attempts = 100;

    private readonly Dictionary<string, (Stream Content, string Path)> _files = [];

    private FolderFiles()
    {
    }

    /// <summary>The files with their paths, by their names: all of <see cref="ModelFile.RequiredNames"/>, and what else the model has.</summary>
    public IReadOnlyDictionary<string, (Stream Content, string Path)> ByName => _files;

    /// <summary>Opens the model of a folder.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="ModelFormatException">The folder holds no model, or not all of it.</exception>
    public static FolderFiles Open(string path)
    {
        string folder = ModelFolder.Resolve(path);
        if (File.Exists(folder))
            throw new ModelFormatException($"'{folder}' is a file. LoadFromFolder loads a folder that SaveToFolder wrote; mlContext.Model.Load loads a zip that mlContext.Model.Save wrote.");
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"There is no folder '{folder}'.");
        ModelFolder.TryToFinish(folder);
        for (int attempt = 1; attempt <= Attempts; attempt++)
        {
            var files = new FolderFiles();
            bool isWhole = false;
            try
            {
                var manifest = FolderManifest.Read(folder);
                foreach (string name in ModelFile.Names) files.TryOpen(folder, name, manifest);
                if (FolderManifest.Read(folder)?.Save != manifest?.Save) continue;   // replaced meanwhile: some files may be of the new save
                files.RequireAll(folder);
                isWhole = true;
                return files;
            }
            finally
            {
                if (!isWhole) files.Dispose();
            }
        }

        throw new IOException($"'{folder}' was replaced {Attempts} times while it was read.");
    }

    public void Dispose()
    {
        foreach (var (content, _) in _files.Values) content.Dispose();
    }

    private void TryOpen(string folder, string name, FolderManifest? manifest)
    {
        if (manifest is not null && !manifest.Files.Contains(name)) return;
        foreach (string candidate in manifest is null ? [name] : new[] { manifest.FreshName(name), name })
        {
            string path = Path.Combine(folder, candidate);
            if (RegularFile.Open(path) is not { } content) continue;
            _files.Add(name, (content, path));
            return;
        }
    }

    private void RequireAll(string folder)
    {
        string[] missing = [.. ModelFile.RequiredNames.Where(name => !_files.ContainsKey(name))];
        if (missing.Length == 0) return;
        static string Quoted(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"'{name}'"));
        throw new ModelFormatException(_files.Count > 0
            ? $"The model in '{folder}' lacks {Quoted(missing)}."
            : $"'{folder}' holds no model: {FolderContent.Describe(folder)}. A saved model has {Quoted(ModelFile.RequiredNames)}.");
    }
}
