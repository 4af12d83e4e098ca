// SaveModel <folder> <name> <operation>: saves a named model into a folder, and kills this process, as a power cut would, before the operation of that number.
using System.Diagnostics;
using System.Globalization;
using Dtic.MLNet.Folders;

int left = int.Parse(args[2], CultureInfo.InvariantCulture);
ModelFolder.Save(args[0], NamedModel.Files(args[1]), new FolderOperations(_ =>
{
    if (left-- > 0) return;
    Process.GetCurrentProcess().Kill();
    Thread.Sleep(Timeout.Infinite);
}));
