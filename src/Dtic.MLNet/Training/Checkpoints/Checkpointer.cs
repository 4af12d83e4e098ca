using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Dtic.Transforms;

namespace Dtic.MLNet.Training.Checkpoints;

/// <summary>Saves a training now and then, and lets it go on from where the newest whole checkpoint stands.</summary>
/// <param name="folder">Where the checkpoints are.</param>
/// <param name="loop">The training.</param>
/// <param name="run">What decides it, see <see cref="RunDescription"/>.</param>
/// <param name="interval">Time from one checkpoint to the next.</param>
/// <param name="steps">Steps from one to the next, where that is sooner; null: time alone decides.</param>
/// <param name="tell">Told what was saved and resumed.</param>
/// <param name="warn">Told what could not be written or read.</param>
internal sealed class Checkpointer(
    CheckpointFolder folder, TrainingLoop loop, JsonObject run, TimeSpan interval, int? steps, Action<string> tell, Action<string> warn)
{
    private int _savedStep, _triedStep;
    private TimeSpan _triedAt;

    /// <summary>Puts the training where the newest whole checkpoint stands; where there is none at all it stays at its beginning.</summary>
    /// <exception cref="CheckpointMismatchException">The checkpoint is one of another run.</exception>
    /// <exception cref="ModelFormatException">There are checkpoints, and all are damaged; they stay as they are.</exception>
    public void Resume()
    {
        var damaged = new List<string>();
        foreach (string file in folder.Files())
        {
            try
            {
                using var stream = RegularFile.Open(file) ?? throw new ModelFormatException($"'{file}' is no longer there.");
                var (content, tensors) = CheckpointFile.Read(stream, file, saved => RequireSameRun(saved, file), content => loop.TensorShapes(content.HasBest));
                content.State.Curve.Continue(content.Curve);
                loop.Restore(content.State, tensors, file);
            }
            catch (ModelFormatException damage)
            {
                damaged.Add(damage.Message);
                continue;
            }
            foreach (string message in damaged) warn($"A checkpoint is left out: {message}");
            (_savedStep, _triedStep, _triedAt) = (loop.State.Step, loop.State.Step, loop.State.Elapsed);
            tell(string.Create(CultureInfo.InvariantCulture, $"Going on from '{file}': step {loop.State.Step:N0} of {loop.NumberOfSteps:N0}."));
            return;
        }
        if (damaged.Count > 0)
        {
            throw new ModelFormatException(
                $"None of the checkpoints in CheckpointFolder '{folder.Path}' can be read: {string.Join(' ', damaged)} To begin anew, delete them or choose another CheckpointFolder.");
        }
        tell($"There is no checkpoint to go on from in '{folder.Path}': training begins anew.");
    }

    /// <summary>Saves where it is time to.</summary>
    public void StepDone()
    {
        if (loop.State.Elapsed - _triedAt >= interval || loop.State.Step - _triedStep >= steps) Save();
    }

    /// <summary>Saves, unless this step was saved already. Where that fails it warns, and the training goes on.</summary>
    public void Save()
    {
        int step = loop.State.Step;
        if (step == _savedStep) return;
        (_triedStep, _triedAt) = (step, loop.State.Elapsed);
        long began = Stopwatch.GetTimestamp();
        try
        {
            var content = new CheckpointContent(run, loop.State, loop.State.Curve.Spans, loop.State.BestWeights is not null);
            string file = folder.Save(step, stream => CheckpointFile.Write(stream, content, loop.Tensors()));
            _savedStep = step;
            tell(string.Create(CultureInfo.InvariantCulture,
                $"Saved '{file}' (step {step:N0} of {loop.NumberOfSteps:N0}): {new FileInfo(file).Length / 1e6:F1} MB in {Stopwatch.GetElapsedTime(began).TotalMilliseconds:F0} ms."));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            warn(string.Create(CultureInfo.InvariantCulture, $"No checkpoint was saved at step {step:N0}, training goes on: {e.Message}"));
        }
    }

    private void RequireSameRun(JsonObject saved, string file)
    {
        string[] differences = [.. RunDescription.Differences(run, saved)];
        if (differences.Length == 0) return;
        throw new CheckpointMismatchException(
            $"'{file}' is of another run: {string.Join(' ', differences)} Train as then, or choose another CheckpointFolder to begin anew.");
    }
}
