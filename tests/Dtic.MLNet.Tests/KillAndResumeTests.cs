using System.Globalization;

namespace Dtic.MLNet.Tests;

/// <summary>
/// A training process that is killed (SIGKILL on Unix: nothing of it runs any more) and started again until it ends gives the weights of one that was left alone, bit for bit.
/// DTIC_KILLS says how often it is killed: 3 times by default, 20 times in the gate.
/// </summary>
[TestClass]
public sealed class KillAndResumeTests
{
    private const int StepsPerEpoch = 20;

    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("DTIC_KILLS") is { Length: > 0 } kills ? kills : "3", CultureInfo.InvariantCulture);

    [TestMethod]
    public void Train_KilledAtRandomMoments_EndsWithTheSameWeights()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(1);
        // Long enough that no process can end before it is killed: half an epoch for each.
        string epochs = ((Kills / 2) + 2).ToString(CultureInfo.InvariantCulture);
        ChildProgram.Run("TrainModel.dll", epochs, folder["expected"]);

        var resumed = new List<int>();
        for (int kill = 0; kill < Kills; kill++)
        {
            resumed.Add(FirstStepOfKilled(epochs, folder, steps: random.Next(1, 4), milliseconds: random.Next(0, 25)));
        }

        string output = ChildProgram.Run("TrainModel.dll", epochs, folder["resumed"], folder["checkpoints"]);

        CollectionAssert.AreEqual(File.ReadAllBytes(folder["expected"]), File.ReadAllBytes(folder["resumed"]));
        resumed.Add(StepOf(output.Split('\n').First(IsStep)));
        Console.WriteLine($"The processes began with steps {string.Join(", ", resumed)} of {int.Parse(epochs, CultureInfo.InvariantCulture) * StepsPerEpoch}.");
        for (int i = 1; i < resumed.Count; i++)
        {
            Assert.IsGreaterThan(resumed[i - 1], resumed[i], "each goes on from where the one before was killed");
        }
    }

    /// <summary>Starts the training, kills it when so many steps were told and some time has passed, and gives the first step it told.</summary>
    private static int FirstStepOfKilled(string epochs, TemporaryFolder folder, int steps, int milliseconds)
    {
        using var process = ChildProgram.Start("TrainModel.dll", epochs, folder["never"], folder["checkpoints"]);
        try
        {
            int first = 0;
            while (steps > 0)
            {
                string line = process.StandardOutput.ReadLine() ?? throw new AssertFailedException("The process ended by itself: " + process.StandardError.ReadToEnd());
                if (!IsStep(line)) continue;
                if (first == 0) first = StepOf(line);
                steps--;
            }

            Thread.Sleep(milliseconds);
            Assert.IsFalse(process.HasExited, "the process must be killed while it trains");
            return first;
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    private static bool IsStep(string line) => line.StartsWith("step ", StringComparison.Ordinal);

    private static int StepOf(string line) => int.Parse(line.AsSpan("step ".Length), CultureInfo.InvariantCulture);
}
