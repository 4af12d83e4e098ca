using Dtic.MLNet.Training.Checkpoints;

namespace Dtic.MLNet.Tests.Training.Checkpoints;

[TestClass]
public sealed class CheckpointFolderTests
{
    [TestMethod]
    public void Save_ManySteps_KeepsTheNewestTwo()
    {
        using var place = new TemporaryFolder();
        using var folder = CheckpointFolder.Open(place.Path, resume: false);
        foreach (int step in new[] { 1, 2, 30 })
        {
            folder.Save(step, stream => stream.WriteByte((byte)step));
        }

        CollectionAssert.AreEqual(new[] { "checkpoint-0000000002.dtic", "checkpoint-0000000030.dtic", "checkpoint.lock" }, place.Names);
        CollectionAssert.AreEqual(new[] { place["checkpoint-0000000030.dtic"], place["checkpoint-0000000002.dtic"] }, folder.Files().ToArray());
        CollectionAssert.AreEqual(new byte[] { 30 }, File.ReadAllBytes(folder.Files()[0]));
    }

    [TestMethod]
    public void Save_BehindADamagedLaterOne_KeepsTheWholeOneBefore()
    {
        using var place = new TemporaryFolder();
        using var folder = CheckpointFolder.Open(place.Path, resume: true);
        folder.Save(10, _ => { });
        folder.Save(20, _ => { });

        folder.Save(15, _ => { });

        CollectionAssert.AreEqual(new[] { "checkpoint-0000000010.dtic", "checkpoint-0000000015.dtic", "checkpoint.lock" }, place.Names);
    }

    [TestMethod]
    public void Save_WriterFails_LeavesWhatWasThere()
    {
        using var place = new TemporaryFolder();
        using var folder = CheckpointFolder.Open(place.Path, resume: false);
        folder.Save(1, stream => stream.WriteByte(1));

        Assert.ThrowsExactly<IOException>(() => folder.Save(1, stream =>
        {
            stream.WriteByte(2);
            throw new IOException("disk full");
        }));

        CollectionAssert.AreEqual(new byte[] { 1 }, File.ReadAllBytes(folder.Files().Single()));
        CollectionAssert.AreEqual(new[] { "checkpoint-0000000001.dtic", "checkpoint.lock" }, place.Names);
    }

    [TestMethod]
    public void Files_OtherNames_AreNotTakenOrDeleted()
    {
        using var place = new TemporaryFolder();
        string[] others = ["checkpoint-1.dtic", "checkpoint-00000000001.dtic", "checkpoint-000000000x.dtic", "checkpoint-0000000001.dtic.old", "notes.txt"];
        foreach (string name in others)
        {
            File.WriteAllText(place[name], "");
        }

        Directory.CreateDirectory(place["checkpoint-0000000009.dtic"]);
        using var folder = CheckpointFolder.Open(place.Path, resume: false);

        folder.Save(1, _ => { });

        Assert.AreEqual(place["checkpoint-0000000001.dtic"], folder.Files().Single());
        CollectionAssert.IsSubsetOf(others, place.Names);
    }

    [TestMethod]
    public void Open_HeldByAnother_ThrowsUntilThatOneIsDone()
    {
        using var place = new TemporaryFolder();
        using (CheckpointFolder.Open(place.Path, resume: false))
        {
            Assert.AreEqual(
                $"CheckpointFolder '{place.Path}' is in use by another training; each needs a folder of its own.",
                Assert.ThrowsExactly<IOException>(() => CheckpointFolder.Open(place.Path, resume: true)).Message);
        }

        CheckpointFolder.Open(place.Path, resume: true).Dispose();
    }

    [TestMethod]
    public void Open_CheckpointsOfALaterRunAreLeft_ThrowsBeforeTheFirstIsTrained()
    {
        using var place = new TemporaryFolder();
        using (var folder = CheckpointFolder.Open(place["fit-2"], resume: false))
        {
            folder.Save(7, _ => { });
        }

        Assert.StartsWith(
            $"CheckpointFolder '{place.Path}' holds '{Path.Combine("fit-2", "checkpoint-0000000007.dtic")}'. ",
            Assert.ThrowsExactly<InvalidOperationException>(() => CheckpointFolder.Open(place.Path, resume: false)).Message);
    }

    [TestMethod]
    public void Open_CheckpointsThatAreNotToBeResumed_ThrowsAndLetsGo()
    {
        using var place = new TemporaryFolder();
        using (var folder = CheckpointFolder.Open(place.Path, resume: false))
        {
            folder.Save(7, _ => { });
        }

        Assert.AreEqual(
            $"CheckpointFolder '{place.Path}' holds 'checkpoint-0000000007.dtic'. Set ResumeFromCheckpoint to go on from it; to begin anew, delete the folder or choose another one.",
            Assert.ThrowsExactly<InvalidOperationException>(() => CheckpointFolder.Open(place.Path, resume: false)).Message);
        CheckpointFolder.Open(place.Path, resume: true).Dispose();
    }

    [TestMethod]
    public void Open_FileInItsPlace_ThrowsNamingTheFolder()
    {
        using var place = new TemporaryFolder();
        File.WriteAllText(place["file"], "");

        foreach (string path in new[] { place["file"], place["file/below"] })
        {
            Assert.StartsWith($"CheckpointFolder '{path}' cannot be written: ", Assert.Throws<IOException>(() => CheckpointFolder.Open(path, resume: false)).Message);
        }
    }

    [TestMethod]
    public void Open_HalfWrittenFilesOfKilledRuns_AreSweptAway()
    {
        using var place = new TemporaryFolder();
        var written = new List<string>();
        using (var killed = CheckpointFolder.Open(place.Path, resume: false))
        {
            foreach (int step in new[] { 1, 2 })
            {
                killed.Save(step, _ => written.Add(place.Names.Single(name => name.EndsWith(".tmp", StringComparison.Ordinal))));
            }
        }

        foreach (string name in written)
        {
            File.WriteAllText(place[name], "half");
        }

        using var folder = CheckpointFolder.Open(place.Path, resume: true);

        Assert.HasCount(2, written.Distinct());
        CollectionAssert.AreEqual(new[] { "checkpoint-0000000001.dtic", "checkpoint-0000000002.dtic", "checkpoint.lock" }, place.Names);
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows, IgnoreMessage = "Links need a privilege there.")]
    public void Save_LinksPlantedUnderNamesItUses_LeaveWhatTheyPointToAlone()
    {
        using var place = new TemporaryFolder();
        string folderPath = place["checkpoints"], precious = place["precious"];
        Directory.CreateDirectory(folderPath);
        File.WriteAllText(precious, "precious");
        string Plant(string name) => File.CreateSymbolicLink(Path.Combine(folderPath, name), precious).FullName;
        Plant("checkpoint.tmp");
        Plant("checkpoint-0000000001.dtic");
        string last = "";
        using (var folder = CheckpointFolder.Open(folderPath, resume: true))
        {
            folder.Save(1, stream =>
            {
                last = Directory.GetFiles(folderPath, "*.tmp").Select(Path.GetFileName).Single(name => name != "checkpoint.tmp")!;
                stream.WriteByte(1);
            });
            folder.Save(2, stream => stream.WriteByte(2));
            folder.Save(3, stream => stream.WriteByte(3));
        }

        Plant(last);
        using (var folder = CheckpointFolder.Open(folderPath, resume: true))
        {
            folder.Save(4, stream => stream.WriteByte(4));
        }

        Assert.AreEqual("precious", File.ReadAllText(precious));
        Assert.IsFalse(File.Exists(Path.Combine(folderPath, last)));
        CollectionAssert.AreEqual(new byte[] { 4 }, File.ReadAllBytes(Path.Combine(folderPath, "checkpoint-0000000004.dtic")));
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows, IgnoreMessage = "Links need a privilege there.")]
    public void Open_LockIsALinkToNothing_MakesNoFileElsewhere()
    {
        using var place = new TemporaryFolder();
        Directory.CreateDirectory(place["checkpoints"]);
        File.CreateSymbolicLink(place["checkpoints/checkpoint.lock"], place["elsewhere"]);

        Assert.StartsWith($"CheckpointFolder '{place["checkpoints"]}' cannot be written: ", Assert.Throws<IOException>(() => CheckpointFolder.Open(place["checkpoints"], resume: false)).Message);

        CollectionAssert.AreEqual(new[] { "checkpoints" }, place.Names);
    }
}
