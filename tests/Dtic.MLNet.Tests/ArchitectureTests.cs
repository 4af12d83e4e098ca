using System.Reflection;
using System.Runtime.CompilerServices;
using Dtic.MLNet.Tests.Model;

namespace Dtic.MLNet.Tests;

[TestClass]
public sealed class ArchitectureTests
{
    private static readonly Assembly Library = Assembly.Load("Dtic.MLNet");
    private static readonly Assembly Transforms = Assembly.Load("Dtic.Transforms");

    [TestMethod]
    public void Transforms_ReferencedAssemblies_NeitherTorchNorDticMLNet()
    {
        string[] names = [.. Transforms.GetReferencedAssemblies().Select(assembly => assembly.Name!)];

        Assert.Contains("Microsoft.ML.Core", names);
        Assert.IsEmpty(names.Where(name => name.StartsWith("TorchSharp", StringComparison.Ordinal) || name == "Dtic.MLNet"));
    }

    [TestMethod]
    public void Reporting_IsReferredToByNoLibrary()
    {
        Assembly reporting = Assembly.Load("Dtic.MLNet.Reporting");

        Assert.Contains("Dtic.MLNet", reporting.GetReferencedAssemblies().Select(assembly => assembly.Name));
        foreach (Assembly library in new[] { Library, Transforms })
        {
            Assert.IsEmpty(library.GetReferencedAssemblies().Where(assembly => assembly.Name is "Dtic.MLNet.Reporting" or "ScottPlot" or "SkiaSharp"));
        }
    }

    [TestMethod]
    public void Evaluation_Types_ReferToNeitherTorchNorTheEngine()
    {
        string[] violations =
        [
            .. from type in TypesIn("Dtic.MLNet.Evaluation")
               from referred in TypesReferredTo(type)
               where referred.Assembly.GetName().Name == "TorchSharp" || (IsIn(referred, "Dtic.MLNet") && !IsIn(referred, "Dtic.MLNet.Evaluation"))
               select $"{type.FullName} -> {referred.FullName}",
        ];

        Assert.IsNotEmpty(TypesIn("Dtic.MLNet.Evaluation"));
        Assert.IsEmpty(violations, string.Join(Environment.NewLine, violations));
    }

    [TestMethod]
    [DataRow("Dtic.MLNet.Model")]
    [DataRow("Dtic.MLNet.Training")]
    public void Engine_TypesReached_NeverReferToMLNet(string layer)
    {
        // Through the library's own types too: an innocent helper that calls ML.NET would carry it in.
        var reached = new Queue<(Type Type, string Path)>(TypesIn(layer).Select(type => (type, type.FullName!)));
        var seen = new HashSet<Type>(reached.Select(entry => entry.Type));
        var violations = new List<string>();
        Assert.IsNotEmpty(reached);
        while (reached.TryDequeue(out (Type Type, string Path) entry))
        {
            foreach (Type referred in TypesReferredTo(entry.Type))
            {
                string path = $"{entry.Path} -> {referred.FullName}";
                if (IsMLNet(referred))
                {
                    violations.Add(path);
                }
                else if (referred.Assembly == Library && seen.Add(referred))
                {
                    reached.Enqueue((referred, path));
                }
            }
        }

        Assert.IsEmpty(violations, string.Join(Environment.NewLine, violations));
    }

    [TestMethod]
    [DataRow("Dtic.MLNet.Model", "Dtic.MLNet.Training")]
    [DataRow("Dtic.MLNet.Model", "Dtic.MLNet.Scoring")]
    [DataRow("Dtic.MLNet.Training", "Dtic.MLNet.Scoring")]
    public void Layer_Types_DoNotReferUpwards(string lower, string upper)
    {
        string[] violations =
        [
            .. from type in TypesIn(lower)
               from referred in TypesReferredTo(type)
               where referred.Assembly == Library && IsIn(referred, upper)
               select $"{type.FullName} -> {referred.FullName}",
        ];

        Assert.IsNotEmpty(TypesIn(upper));
        Assert.IsEmpty(violations, string.Join(Environment.NewLine, violations));
    }

    [TestMethod]
    [DataRow("Dtic.Transforms")]
    [DataRow("Dtic.MLNet")]
    public void InternalsOfMLNet_Uses_OnlyInInterop(string assemblyName)
    {
        // A closed type may be handed on (ML.NET's loader passes one to a constructor); what counts is who uses it.
        ILookup<bool, string> references =
        (
            from type in Assembly.Load(assemblyName).GetTypes()
            from member in MemberReferences.Of(type)
            where member is not Type && IsMLNet(member.DeclaringType!) && !IsOpen(member)
            select (InInterop: IsIn(type, $"{assemblyName}.Interop"), Text: $"{type.FullName} -> {member.DeclaringType!.FullName}: {member.Name}")
        ).ToLookup(reference => reference.InInterop, reference => reference.Text);

        // The first line shows that the second one can see what it looks for.
        Assert.IsNotEmpty(references[true]);
        Assert.IsEmpty(references[false], string.Join(Environment.NewLine, references[false]));
    }

    [TestMethod]
    public void Torch_TensorsOverManagedArrays_AreMadeNowhere()
    {
        // They stand where the runtime put the array, at any multiple of 8 bytes, and on some processors products have other bits there. HostTensor copies instead.
        string[] violations =
        [
            .. from type in Library.GetTypes()
               from member in MemberReferences.Of(type)
               where LiesOverAnArray(member)
               select $"{type.FullName} -> {member}",
        ];

        Assert.IsTrue(MemberReferences.Of(typeof(RotaryTableTests)).Any(LiesOverAnArray));   // it sees what it looks for
        Assert.IsEmpty(violations, string.Join(Environment.NewLine, violations));
    }

    [TestMethod]
    [DataRow("Dtic.Transforms", 1)]
    [DataRow("Dtic.MLNet", 0)]
    public void UnsafeAccessors_AreOnlyInInterop(string assemblyName, int expected)
    {
        // They reach internals by attribute, which the references of a body do not show.
        const BindingFlags Own = BindingFlags.DeclaredOnly | BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        MethodInfo[] accessors =
            [.. Assembly.Load(assemblyName).GetTypes().SelectMany(type => type.GetMethods(Own)).Where(method => method.IsDefined(typeof(UnsafeAccessorAttribute)))];

        Assert.HasCount(expected, accessors);
        Assert.IsTrue(accessors.All(method => IsIn(method.DeclaringType!, $"{assemblyName}.Interop")));
    }

    private static IEnumerable<Type> TypesIn(string space) => Library.GetTypes().Where(type => IsIn(type, space));

    private static bool IsIn(Type type, string space) =>
        type.Namespace is { } own && (own == space || own.StartsWith($"{space}.", StringComparison.Ordinal));

    private static IEnumerable<Type> TypesReferredTo(Type type) => MemberReferences.Of(type).OfType<Type>();

    /// <summary>Whether it is a function of TorchSharp's that makes a tensor of managed values.</summary>
    private static bool LiesOverAnArray(MemberInfo member) =>
        member.DeclaringType?.Assembly.GetName().Name == "TorchSharp" && member.Name is "tensor" or "as_tensor" or "from_array" or "frombuffer" or "ToTensor";

    internal static bool IsMLNet(Type type) => type.Assembly.GetName().Name!.StartsWith("Microsoft.ML", StringComparison.Ordinal);

    /// <summary>Whether any library may use the member: public, or protected, in a public class.</summary>
    internal static bool IsOpen(MemberInfo member) => member.DeclaringType!.IsVisible && member switch
    {
        FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        _ => throw new ArgumentException($"Unexpected kind of member: {member.MemberType}.", nameof(member)),
    };
}
