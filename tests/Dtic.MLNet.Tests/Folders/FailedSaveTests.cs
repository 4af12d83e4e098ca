using Dtic.MLNet.Folders;

namespace Dtic.MLNet.Tests.Folders;

/// <summary>Disks that are full, read-only or break: the error names the folder, nothing is lost, nothing is left behind.</summary>
[TestClass]
public sealed class FailedSaveTests
{
    [TestMethod]
    [DataRow(false, true, DisplayName = "first save, forbidden")]
    [DataRow(true, false, DisplayName = "over a model, disk full")]
    public void Save_AnyOperationFails_NamesTheFolderAndLosesNothing(bool hasModel, bool isForbidden)
    {
        using var folder = new TemporaryFolder(inMemory: true);
        bool hasFailed = true, isSaved = false;
        for (int i = 0; hasFailed; i++)
        {
            string path = Path.Combine(folder[$"{i}"], "model");
            if (hasModel) ModelFolder.Save(path, NamedModel.Files("old", hasTraining: false), new FolderOperations());
            string[] before = hasModel ? Directory.GetFiles(path) : [];
            int operation = i;
            try
            {
                ModelFolder.Save(path, NamedModel.Files("new"), new FolderOperations(_ =>
                {
                    if (operation-- == 0) throw isForbidden ? new UnauthorizedAccessException("It is forbidden.") : new IOException("The disk is full.");
                }));
                hasFailed = false;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Assert.AreEqual(isForbidden, exception is UnauthorizedAccessException);
                string reason = isForbidden ? "It is forbidden." : "The disk is full.";
                if (exception.Message == $"The model was not saved to '{path}', where nothing was changed: {reason}")
                {
                    Assert.IsFalse(isSaved);
                    Assert.AreEqual(hasModel, Directory.Exists(path));
                    Assert.AreEqual(hasModel, Directory.Exists(folder[$"{i}"]));   // made for this save alone
                    if (hasModel)
                    {
                        CollectionAssert.AreEquivalent(before, Directory.GetFiles(path));
                        Assert.AreEqual(("old", false), NamedModel.Read(path));
                    }
                }
                else
                {
                    Assert.AreEqual($"The model was saved to '{path}', but some of its files could not be given their names, which the next save does: {reason}", exception.Message);
                    Assert.AreEqual(("new", true), NamedModel.Read(path));
                    isSaved = true;
                }
            }

            ModelFolder.Save(path, NamedModel.Files("next"), new FolderOperations());
            Assert.AreEqual(("next", true), NamedModel.Read(path));
            Assert.HasCount(6, Directory.GetFiles(path));
        }

        Assert.IsTrue(isSaved);
    }

    [TestMethod]
    public void Save_FullVolume_KeepsTheOldModel()
    {
        using var mount = new MountPoint("size=256k");
        ModelFolder.Save(mount.Path, NamedModel.Files("old"), new FolderOperations());
        string[] before = Directory.GetFiles(mount.Path);
        var large = NamedModel.Files("new")[..^1].Append(new ModelFile("training.json", stream => stream.Write(new byte[1 << 20]))).ToArray();

        var exception = Assert.ThrowsExactly<IOException>(() => ModelFolder.Save(mount.Path, large, new FolderOperations()));

        Assert.StartsWith($"The model was not saved to '{mount.Path}', where nothing was changed: No space left on device", exception.Message);
        CollectionAssert.AreEquivalent(before, Directory.GetFiles(mount.Path));
        Assert.AreEqual(("old", true), NamedModel.Read(mount.Path));
        ModelFolder.Save(mount.Path, NamedModel.Files("small"), new FolderOperations());
    }

    [TestMethod]
    public void Save_ReadOnlyVolume_NamesItAndModelsLoadFromThere()
    {
        using var mount = new MountPoint();
        ModelFolder.Save(mount.Path, NamedModel.Files("old"), new FolderOperations());
        mount.MakeReadOnly();

        var exception = Assert.ThrowsExactly<IOException>(() => ModelFolder.Save(mount.Path, NamedModel.Files("new"), new FolderOperations()));
        Assert.StartsWith($"The model was not saved to '{mount.Path}', where nothing was changed: Read-only file system", exception.Message);
        exception = Assert.ThrowsExactly<IOException>(() => ModelFolder.Save(mount.Path + "/model", NamedModel.Files("new"), new FolderOperations()));
        Assert.StartsWith($"The model was not saved to '{mount.Path}/model', where nothing was changed: Read-only file system", exception.Message);

        Assert.AreEqual(("old", true), NamedModel.Read(mount.Path));
    }
}
