using System.Reflection;
using System.Runtime.CompilerServices;
using Dtic.Transforms;
using Dtic.Transforms.Interop;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: IgnoresAccessChecksTo("Microsoft.ML.Core")]
[assembly: IgnoresAccessChecksTo("Microsoft.ML.Data")]
[assembly: LoadableClass(typeof(PromptPackingTransformer), null, typeof(SignatureLoadModel), "Prompt packing", SavedPacker.LoaderSignature)]

namespace System.Runtime.CompilerServices
{
    /// <summary>Tells the runtime to let this assembly use the internal members of another; the runtime knows it by name only.</summary>
    [AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
    internal sealed class IgnoresAccessChecksToAttribute : Attribute
    {
        public IgnoresAccessChecksToAttribute(string assemblyName)
        {
            AssemblyName = assemblyName;
        }

        public string AssemblyName { get; }
    }
}

namespace Dtic.Transforms.Interop
{
    /// <summary>What ML.NET keeps to itself and an estimator needs. No other file of this assembly touches internals, apart from the save and load of a transformer.</summary>
    internal static class MLNetInternals
    {
        /// <summary>The environment behind <c>mlContext.Transforms</c>, <c>mlContext.BinaryClassification.Trainers</c> and the like.</summary>
        public static IHostEnvironment Environment(object catalog) => ((IInternalCatalog)catalog).Environment;

        /// <summary>The device a user set on the context; null: the processor.</summary>
        public static int? GpuDeviceId(IHostEnvironment environment) => (environment as IHostEnvironmentInternal)?.GpuDeviceId;

        /// <summary>Whether a missing device may be replaced by the processor.</summary>
        public static bool FallbackToCpu(IHostEnvironment environment) => (environment as IHostEnvironmentInternal)?.FallbackToCpu ?? true;

        /// <summary>The seed a user gave to the context.</summary>
        public static int? Seed(IHostEnvironment environment) => (environment as IHostEnvironmentInternal)?.Seed;

        /// <summary>Whether somebody, such as AutoML, asked the work to stop.</summary>
        public static bool IsCanceled(IHostEnvironment environment) => environment is ICancelable { IsCanceled: true };

        /// <summary>A split. The constructor is internal to ML.NET, and the fields are read-only.</summary>
        [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
        public static extern DataOperationsCatalog.TrainTestData CreateTrainTestData(IDataView trainSet, IDataView testSet);

        /// <summary>One column of an estimator's output shape.</summary>
        public static SchemaShape.Column ShapeColumn(
            string name, SchemaShape.Column.VectorKind kind, DataViewType itemType, bool isKey = false, SchemaShape? annotations = null) =>
            new(name, kind, itemType, isKey, annotations);

        /// <summary>The shape of a schema.</summary>
        public static SchemaShape Shape(DataViewSchema schema) => SchemaShape.Create(schema);

        /// <summary>A schema of that shape. What a shape does not tell is made up: fixed vectors and keys have size one.</summary>
        public static DataViewSchema Example(SchemaShape shape)
        {
            var schema = new DataViewSchema.Builder();
            foreach (var column in shape)
            {
                var annotations = new DataViewSchema.Annotations.Builder();
                foreach (var annotation in column.Annotations.Where(annotation => annotation.Name is KeyValues or SlotNames))
                {
                    AddUnknown.MakeGenericMethod(annotation.ItemType.RawType).Invoke(null, [annotations, annotation]);
                }

                schema.AddColumn(column.Name, ExampleType(column), annotations.ToAnnotations());
            }

            return schema.ToSchema();
        }

        /// <summary>What is written before a model: <paramref name="modelSignature"/> and <paramref name="loaderSignature"/> are the file format and never change.</summary>
        /// <param name="owner">The assembly whose <c>LoadableClass</c> attribute names the loader.</param>
        /// <param name="modelSignature">Eight characters.</param>
        /// <param name="loaderSignature">At most 24 characters.</param>
        public static VersionInfo Version(Assembly owner, string modelSignature, string loaderSignature) =>
            new(
                modelSignature: modelSignature,
                verWrittenCur: 0x00010001,
                verReadableCur: 0x00010001,
                verWeCanReadBack: 0x00010001,
                loaderSignature: loaderSignature,
                loaderAssemblyName: owner.GetName().Name!);

        /// <summary>Reads what ML.NET keeps of a model beside its files; it is damaged in ways that only ML.NET's own readers notice.</summary>
        /// <exception cref="ModelFormatException">It is corrupt, or written by a newer version.</exception>
        public static void ReadHeader(Action read)
        {
            try
            {
                read();
            }
            catch (Exception exception) when (exception is FormatException or IOException)
            {
                throw new ModelFormatException($"The saved model's header is corrupt or of a newer version: {exception.Message}", exception);
            }
        }

        private const string KeyValues = "KeyValues";
        private const string SlotNames = "SlotNames";

        private static readonly MethodInfo AddUnknown = new Action<DataViewSchema.Annotations.Builder, SchemaShape.Column>(AddUnknownValues<int>).Method.GetGenericMethodDefinition();

        // What annotations say is unknown, too: only whether they are there, and of what type, is ever asked.
        private static void AddUnknownValues<T>(DataViewSchema.Annotations.Builder annotations, SchemaShape.Column annotation) =>
            annotations.Add(annotation.Name, ExampleType(annotation), (ref VBuffer<T> value) => value = new(1, [default!]));

        private static DataViewType ExampleType(SchemaShape.Column column)
        {
            DataViewType item = column.IsKey ? new KeyDataViewType(column.ItemType.RawType, 1) : column.ItemType;
            return column.Kind switch
            {
                SchemaShape.Column.VectorKind.Scalar => item,
                SchemaShape.Column.VectorKind.Vector => new VectorDataViewType((PrimitiveDataViewType)item, 1),
                _ => new VectorDataViewType((PrimitiveDataViewType)item),
            };
        }
    }
}
