using Dtic.MLNet.Scoring;
using Dtic.Transforms;

namespace Dtic.MLNet.Folders;

/// <summary>
/// Saves a model into a folder, file by file, so that a stop at any moment leaves the old model or the new one: new files are written under names of their own
/// and flushed, the manifest that decides is replaced, and only then do they get the names by which other tools know them. The folder itself is never moved
/// or replaced: it may be a mount point, the working directory, or what a link points to, and keeps its owner and permissions.
/// </summary>
internal sealed class ModelFolder
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly string _folder;
    private readonly FolderOperations _operations;
    private bool _isSaved;

    private ModelFolder(string folder, FolderOperations operations)
    {
        _folder = folder;
        _operations = operations;
    }

    /// <summary>Saves a model, replacing the one that stands there.</summary>
    /// <param name="path">The folder, which is made where it is missing.</param>
    /// <param name="files">The model.</param>
    /// <param name="operations">What touches the file system.</param>
    /// <exception cref="IOException">Something else stands there, or the folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    /// <exception cref="ModelFormatException">The manifest of what stands there is damaged, or of a newer version.</exception>
    public static void Save(string path, IReadOnlyCollection<ModelFile> files, FolderOperations operations)
    {
        string folder = Resolve(path);
        FolderContent.RequireOwn(folder);
        new ModelFolder(folder, operations).SaveAsOne(files);
    }

    /// <summary>The full path, and where it is a link, that of what the link points to: it may point elsewhere before the last file is written or read.</summary>
    public static string Resolve(string path)
    {
        var folder = new DirectoryInfo(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        return folder.LinkTarget is null ? folder.FullName : folder.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
    }

    /// <summary>Brings a save that was stopped behind its manifest to its end, for tools that read the files by their names. Who may only read the folder leaves it to others.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="ModelFormatException">Its manifest is damaged.</exception>
    public static void TryToFinish(string folder)
    {
        var stopped = new ModelFolder(folder, new FolderOperations());
        if (stopped.UnfinishedSave() is null) return;
        try
        {
            using var held = FolderLock.Take(folder, TimeSpan.Zero);   // who holds it is at it
            if (stopped.UnfinishedSave() is { } save) stopped.Finish(save);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }

    private void SaveAsOne(IReadOnlyCollection<ModelFile> files)
    {
        string[] missing = [.. Missing()];
        try
        {
            foreach (string folder in missing)
            {
                _operations.CreateFolder(folder);
                _operations.FlushFolder(Path.GetDirectoryName(folder)!);
            }

            using var held = FolderLock.Take(_folder, Patience);
            Replace(files);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (!_isSaved) TryToUndo(missing.Reverse(), Directory.Delete);
            string message = _isSaved
                ? $"The model was saved to '{_folder}', but some of its files could not be given their names, which the next save does: {exception.Message}"
                : $"The model was not saved to '{_folder}', where nothing was changed: {exception.Message}";
            throw exception is UnauthorizedAccessException ? new UnauthorizedAccessException(message, exception) : new IOException(message, exception);
        }
    }

    private void Replace(IReadOnlyCollection<ModelFile> files)
    {
        if (UnfinishedSave() is { } old) Finish(old);
        foreach (string left in Directory.GetFiles(_folder).Where(file => FolderManifest.IsFreshName(Path.GetFileName(file)))) _operations.Delete(left);

        var manifest = FolderManifest.Create(files.Select(file => file.Name));
        ModelFile[] all = [.. files, new ModelFile(FolderManifest.Name, manifest.Write)];
        try
        {
            foreach (var file in all) _operations.Write(At(manifest.FreshName(file.Name)), ModeOf(file.Name), file.Write);
            _operations.FlushFolder(_folder);
            _operations.Move(At(manifest.FreshName(FolderManifest.Name)), At(FolderManifest.Name));
            _isSaved = true;
        }
        finally
        {
            if (!_isSaved) TryToUndo(all.Select(file => At(manifest.FreshName(file.Name))), _operations.Delete);
        }

        _operations.FlushFolder(_folder);
        Finish(manifest);
    }

    /// <summary>The manifest, when some of its files do not have their own names yet.</summary>
    private FolderManifest? UnfinishedSave() =>
        FolderManifest.Read(_folder) is { } manifest && ModelFile.Names.Any(name => File.Exists(At(manifest.FreshName(name)))) ? manifest : null;

    /// <summary>Gives a save's files the names by which other tools know them. Not flushed: what a power cut takes back is done again.</summary>
    private void Finish(FolderManifest manifest)
    {
        foreach (string name in ModelFile.Names.Except(manifest.Files).Where(name => File.Exists(At(name)))) _operations.Delete(At(name));
        foreach (string name in ModelFile.Names.Where(name => File.Exists(At(manifest.FreshName(name))))) _operations.Move(At(manifest.FreshName(name)), At(name));
    }

    /// <summary>The folder and those above it that are not there, the outermost first.</summary>
    private Stack<string> Missing()
    {
        var missing = new Stack<string>();
        for (string? folder = _folder; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder)) missing.Push(folder);
        return missing;
    }

    /// <summary>Who may do what with the file that stands there; for one that is new to this folder, with its configuration. Null: nothing stands there.</summary>
    private UnixFileMode? ModeOf(string name)
    {
        if (OperatingSystem.IsWindows()) return null;   // there, files take after their folder
        string? like = new[] { name, ScorerFiles.ConfigurationName }.Select(At).FirstOrDefault(File.Exists);
        return like is null ? null : File.GetUnixFileMode(like);
    }

    private string At(string name) => Path.Combine(_folder, name);

    /// <summary>Takes back what can be: the error that made it necessary is the one to tell.</summary>
    private static void TryToUndo(IEnumerable<string> paths, Action<string> delete)
    {
        foreach (string path in paths)
        {
            try
            {
                delete(path);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
            }
        }
    }
}
