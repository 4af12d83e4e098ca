// Publicize <in.dll> <out.dll> <Namespace.Type[/Nested];...>
// Copies an assembly and makes the named types public, with all their members that are not private. The copy serves as
// a compile-time reference only: visibility is a few bits in the metadata tables, so they are set where they stand.
using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

var (input, output, wanted) = (args[0], args[1], args[2].Split(';').ToHashSet(StringComparer.Ordinal));
byte[] image = File.ReadAllBytes(input);
using var peReader = new PEReader(new MemoryStream(image, writable: false));
MetadataReader metadata = peReader.GetMetadataReader();
int metadataStart = peReader.PEHeaders.MetadataStartOffset;

foreach (TypeDefinitionHandle handle in metadata.TypeDefinitions)
{
    TypeDefinition type = metadata.GetTypeDefinition(handle);
    if (!wanted.Remove(FullName(type)))
    {
        continue;
    }

    TypeAttributes visibility = type.IsNested ? TypeAttributes.NestedPublic : TypeAttributes.Public;
    SetFlags(TableIndex.TypeDef, handle, offsetInRow: 0, (ushort)TypeAttributes.VisibilityMask, (ushort)visibility);
    foreach (MethodDefinitionHandle member in type.GetMethods())
    {
        // Private stays private: explicit interface implementations must not become callable by name.
        if ((metadata.GetMethodDefinition(member).Attributes & MethodAttributes.MemberAccessMask) != MethodAttributes.Private)
        {
            // A row begins with the code's address (4 bytes) and the implementation flags (2).
            SetFlags(TableIndex.MethodDef, member, offsetInRow: 6, (ushort)MethodAttributes.MemberAccessMask, (ushort)MethodAttributes.Public);
        }
    }

    foreach (FieldDefinitionHandle member in type.GetFields())
    {
        if ((metadata.GetFieldDefinition(member).Attributes & FieldAttributes.FieldAccessMask) != FieldAttributes.Private)
        {
            SetFlags(TableIndex.Field, member, offsetInRow: 0, (ushort)FieldAttributes.FieldAccessMask, (ushort)FieldAttributes.Public);
        }
    }
}

if (wanted.Count > 0)
{
    // The form that MSBuild reports as an error of the build.
    Console.Error.WriteLine($"Publicize : error DTIC0001: {Path.GetFileName(input)} has no type {string.Join(", ", wanted.Order(StringComparer.Ordinal))}.");
    return 1;
}

Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
File.WriteAllBytes(output, image);
return 0;

string FullName(TypeDefinition type)
{
    string name = metadata.GetString(type.Name);
    if (type.IsNested)
    {
        return $"{FullName(metadata.GetTypeDefinition(type.GetDeclaringType()))}/{name}";
    }

    return type.Namespace.IsNil ? name : $"{metadata.GetString(type.Namespace)}.{name}";
}

void SetFlags(TableIndex table, EntityHandle row, int offsetInRow, ushort mask, ushort value)
{
    int offset = metadataStart + metadata.GetTableMetadataOffset(table)
        + ((MetadataTokens.GetRowNumber(row) - 1) * metadata.GetTableRowSize(table)) + offsetInRow;
    Span<byte> flags = image.AsSpan(offset, sizeof(ushort));
    int others = BinaryPrimitives.ReadUInt16LittleEndian(flags) & ~mask;
    BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(others | value));
}
