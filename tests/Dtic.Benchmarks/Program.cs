using System.Globalization;
using Dtic.Benchmarks;
using Dtic.Benchmarks.Parity;
using Dtic.MLNet.Interop;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
Action<CommandLine>? command = args.FirstOrDefault() switch
{
    "speedup" => SpeedupCommand.Run,
    "scaling" => ScalingCommand.Run,
    ScalingCommand.ChildName => ScalingCommand.RunChild,
    "roofline" => RooflineCommand.Run,
    "serving" => ServingCommand.Run,
    "vocabulary" => VocabularyCommand.Run,
    "estimate" => EstimateCommand.Run,
    "leak" => LeakCommand.Run,
    "parity" => ParityCommand.Run,
    "chart" => ChartCommand.Run,
    _ => null,
};
if (command is null)
{
    Console.Error.WriteLine(CommandLine.Usage);
    return 1;
}
TorchLibrary.EnsureLoaded();   // before the first use of torch, as the trainer does it
try
{
    command(new CommandLine(args));
    return 0;
}
catch (UsageException problem)
{
    Console.Error.WriteLine(problem.Message);
    Console.Error.WriteLine(CommandLine.Usage);
    return 1;
}
catch (InvalidDataException problem)
{
    Console.Error.WriteLine(problem.Message);   // of the MovieLens folder
    return 1;
}
