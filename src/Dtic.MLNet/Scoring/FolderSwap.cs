namespace Dtic.MLNet.Scoring;

/// <summary>Puts a written folder where another one may stand.</summary>
internal static class FolderSwap
{
    private const int Attempts = 100;

    /// <summary>Moves a whole folder into its place. Others may do so at the same moment: each then replaces what it finds, and the last one stays.</summary>
    public static void Replace(string path, string fresh)
    {
        string old = $"{fresh}.old";
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                if (Directory.Exists(path)) Directory.Move(path, old);
                Directory.Move(fresh, path);
                return;
            }
            catch (IOException) when (attempt < Attempts && !File.Exists(path))
            {
                Thread.Sleep(attempt % 10);   // another one took the folder away or put its own there
            }
            finally
            {
                if (Directory.Exists(old))
                {
                    if (Directory.Exists(fresh) && !Directory.Exists(path)) PutBack(path, old);   // first of all: it is the only good copy
                    if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
                }
            }
        }
    }

    private static void PutBack(string path, string old)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                Directory.Move(old, path);
                return;
            }
            catch (IOException) when (Directory.Exists(path))
            {
                return;   // another one was faster, with a newer folder
            }
            catch (IOException) when (attempt < Attempts && !File.Exists(path))
            {
                Thread.Sleep(attempt % 10);   // so it was, but a third one has taken that away by now
            }
        }
    }
}
