using System.Reflection;
using Dtic.Transforms;
using Dtic.Transforms.Interop;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace Dtic.MLNet.Tests;

/// <summary>
/// A future ML.NET may close what is used of its internals. Training with a trainer made by its public constructor, saving to a folder, loading from it and
/// scoring must work all the same, so nothing that these can reach may use them.
/// </summary>
[TestClass]
public sealed class InternalsFreePathTests
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Assembly[] Own = [typeof(DticTrainer).Assembly, typeof(PromptPackingTransformer).Assembly];
    private static readonly Type[] OwnTypes = [.. Own.SelectMany(assembly => assembly.GetTypes())];

    [TestMethod]
    public void PublicPath_MethodsReached_UseNoInternals()
    {
        MethodBase[] roots =
        [
            typeof(DticTrainer).GetConstructor([typeof(IHostEnvironment), typeof(DticTrainer.Options)])!,
            .. typeof(DticTrainer).GetMethods().Where(method => method.Name == nameof(DticTrainer.Fit)),
            typeof(ModelFolderCatalog).GetMethod(nameof(ModelFolderCatalog.SaveToFolder))!,
            typeof(ModelFolderCatalog).GetMethod(nameof(ModelFolderCatalog.LoadFromFolder), [typeof(ModelOperationsCatalog), typeof(string), typeof(IHostEnvironment)])!,
            typeof(DticPredictionTransformer).GetMethod(nameof(DticPredictionTransformer.Transform))!,
            typeof(PromptPackingEstimator).GetConstructor([typeof(IHostEnvironment), typeof(PromptPackingEstimator.Options)])!,
            typeof(PromptPackingEstimator).GetMethod(nameof(PromptPackingEstimator.Fit))!,
            typeof(PromptPackingTransformer).GetMethod(nameof(PromptPackingTransformer.Transform))!,
        ];

        var (reached, violations) = Walk(roots);

        string[] names = [.. reached.Select(method => $"{method.DeclaringType!.Name}.{method.Name}")];
        string[] known = ["TrainingLoop.Run", "ScoredCursor.Advance", "Safetensors.Read", "Vocabulary.Load", "PackedCursor.Advance", "PromptScorer.Score", "TargetVectors`1.CreateGetter"];
        CollectionAssert.IsSubsetOf(known, names);   // else the walk has holes

        Assert.IsEmpty(violations, string.Join(Environment.NewLine, violations));
    }

    [TestMethod]
    public void CatalogPath_MethodsReached_UseInternals() =>
        Assert.IsNotEmpty(Walk(typeof(DticCatalog).GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)).Violations);

    /// <summary>
    /// All methods of ours that may run: called ones, and of types that are made the overriding and implementing ones, whoever calls them. A subclass of a type
    /// that is mentioned counts as made, because some are made by reflection.
    /// </summary>
    private static (HashSet<MethodBase> Reached, List<string> Violations) Walk(IEnumerable<MethodBase> roots)
    {
        var reached = new HashSet<MethodBase>();
        var made = new HashSet<Type>();
        var queue = new Queue<(MethodBase Method, string Path)>();
        var violations = new List<string>();
        foreach (var root in roots)
        {
            Call(root, "");
        }

        while (queue.TryDequeue(out var entry))
        {
            foreach (var referred in MemberReferences.Of(entry.Method))
            {
                if ((referred as Type ?? referred.DeclaringType) == typeof(MLNetInternals) || IsClosed(referred))
                {
                    violations.Add($"{entry.Path} -> {referred.DeclaringType?.FullName}.{referred.Name}");
                }
                else if (referred is MethodBase method)
                {
                    Call(method, entry.Path);
                }
                else if (referred is Type { IsAbstract: true, IsSealed: false } type && IsOwn(type))
                {
                    foreach (var subclass in OwnTypes.Where(candidate => !candidate.IsAbstract && IsSubclass(candidate, type)))
                    {
                        Make(subclass, entry.Path);
                        Array.ForEach(subclass.GetConstructors(Declared), constructor => Call(constructor, entry.Path));
                    }
                }
            }
        }

        return (reached, violations);

        void Call(MethodBase method, string path)
        {
            if (!IsOwn(method.DeclaringType!))
            {
                return;
            }

            method = method.Module.ResolveMethod(method.MetadataToken)!;
            if (!reached.Add(method))
            {
                return;
            }

            path += $" -> {method.DeclaringType!.Name}.{method.Name}";
            queue.Enqueue((method, path));
            if (method.DeclaringType.TypeInitializer is { } initializer)
            {
                Call(initializer, path);
            }

            if (method.IsConstructor)
            {
                Make(method.DeclaringType, path);
            }
        }

        void Make(Type type, string path)
        {
            if (!made.Add(type))
            {
                return;
            }

            foreach (var method in type.GetMethods(Declared).Where(method => method.IsVirtual && !IsForChainsAndZips(method)))
            {
                Call(method, path);
            }
        }
    }

    /// <summary>What only an estimator chain and only a zip asks for: these need types that ML.NET does not open.</summary>
    private static bool IsForChainsAndZips(MethodInfo method) =>
        method.Name.EndsWith("ICanSaveModel.Save", StringComparison.Ordinal)
        || (method.Name == nameof(IEstimator<>.GetOutputSchema) && method.GetParameters()[0].ParameterType == typeof(SchemaShape));

    private static bool IsOwn(Type type) => Own.Contains(type.Assembly);

    private static bool IsSubclass(Type candidate, Type type)
    {
        for (var at = candidate.BaseType; at is not null; at = at.BaseType)
        {
            if ((at.IsGenericType ? at.GetGenericTypeDefinition() : at) == type)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsClosed(MemberInfo member) => member is Type type
        ? ArchitectureTests.IsMLNet(type) && !type.IsVisible
        : ArchitectureTests.IsMLNet(member.DeclaringType!) && !ArchitectureTests.IsOpen(member);
}
