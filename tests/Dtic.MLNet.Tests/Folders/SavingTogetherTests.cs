using System.Globalization;
using Dtic.MLNet.Folders;

namespace Dtic.MLNet.Tests.Folders;

/// <summary>Many that save to one folder and load from it at the same time, in this process and in others.</summary>
[TestClass]
public sealed class SavingTogetherTests
{
    private const int Saves = 100;

    [TestMethod]
    public void SaveAndOpen_ManyAtOnce_NeverMixFilesAndLeaveOneWholeModel()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        ModelFolder.Save(folder["model"], NamedModel.Files("0"), new FolderOperations());
        int saves = 0, readings = 0;

        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 16 }, thread =>
        {
            if (thread % 4 == 0)
            {
                while (Volatile.Read(ref saves) < Saves)
                {
                    NamedModel.Read(folder["model"]);   // throws on files of two models
                    Interlocked.Increment(ref readings);
                }
            }
            else
            {
                for (int save; (save = Interlocked.Increment(ref saves)) <= Saves;)
                    ModelFolder.Save(folder["model"], NamedModel.Files(save.ToString(CultureInfo.InvariantCulture), save % 2 == 0), new FolderOperations());
            }
        });

        Assert.IsGreaterThan(20, readings);
        CollectionAssert.AreEqual(new[] { "model" }, folder.Names);
        var (_, hasTraining) = NamedModel.Read(folder["model"]);
        Assert.HasCount(hasTraining ? 6 : 5, Directory.GetFiles(folder["model"]));
    }

    [TestMethod]
    public void Save_NewFolderFromManyProcesses_LeavesOneWholeModel()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        var processes = Enumerable.Range(0, 4).Select(i => ChildProgram.Start("SaveModel.dll", folder["model"], $"{i}", "1000")).ToArray();

        foreach (var process in processes)
        {
            using (process)
            {
                string errors = process.StandardError.ReadToEnd();
                process.WaitForExit();
                Assert.AreEqual((0, ""), (process.ExitCode, errors));
            }
        }

        NamedModel.Read(folder["model"]);
        Assert.HasCount(6, Directory.GetFiles(folder["model"]));
    }

    [TestMethod]
    public void Take_ManyAtOnce_LetsOneInAtATime()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        int inside = 0, together = 0;

        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 16 }, _ =>
        {
            for (int i = 0; i < 1000; i++)
            {
                using var held = FolderLock.Take(folder.Path, TimeSpan.FromMinutes(10));
                if (Interlocked.Increment(ref inside) > 1) Interlocked.Increment(ref together);
                Thread.Yield();
                Interlocked.Decrement(ref inside);
            }
        });

        Assert.AreEqual(0, together);
        Assert.IsEmpty(folder.Names);
    }

    [TestMethod]
    public void Take_FolderThatAnotherHolds_WaitsAndGivesUp()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        using (FolderLock.Take(folder.Path, TimeSpan.Zero))
        {
            var exception = Assert.ThrowsExactly<IOException>(() => FolderLock.Take(folder.Path, TimeSpan.Zero));
            Assert.AreEqual("Another save has been at work there for 0 minutes.", exception.Message);
        }

        Assert.IsEmpty(folder.Names);
        FolderLock.Take(folder.Path, TimeSpan.Zero).Dispose();
    }
}
