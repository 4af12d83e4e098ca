using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Reflection;
using System.Reflection.Emit;

namespace Dtic.MLNet.Tests;

/// <summary>Reads which types and members a compiled type refers to: in its signatures, its attributes and its methods' code.</summary>
internal static class MemberReferences
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly FrozenDictionary<short, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToFrozenDictionary(opCode => opCode.Value);

    public static HashSet<MemberInfo> Of(Type type)
    {
        var found = new HashSet<MemberInfo>();
        AddType(found, type.BaseType);
        AddTypes(found, type.GetInterfaces());
        AddAttributes(found, type);
        foreach (FieldInfo field in type.GetFields(Declared))
        {
            AddType(found, field.FieldType);
            AddAttributes(found, field);
        }

        foreach (MethodBase method in type.GetMethods(Declared).Concat<MethodBase>(type.GetConstructors(Declared)))
        {
            AddSignature(found, method);
            AddAttributes(found, method);
            AddCode(found, method);
        }

        found.Remove(type);
        return found;
    }

    /// <summary>What one method refers to, in its signature and its code.</summary>
    public static HashSet<MemberInfo> Of(MethodBase method)
    {
        var found = new HashSet<MemberInfo>();
        AddSignature(found, method);
        AddCode(found, method);
        return found;
    }

    private static void AddCode(HashSet<MemberInfo> found, MethodBase method)
    {
        if (method.GetMethodBody() is not { } body)
        {
            return;
        }

        AddTypes(found, body.LocalVariables.Select(local => local.LocalType));
        AddTypes(found, body.ExceptionHandlingClauses
            .Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause)
            .Select(clause => clause.CatchType));

        Type[]? typeArguments = method.DeclaringType is { IsGenericType: true } declaring ? declaring.GetGenericArguments() : null;
        Type[]? methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        foreach (int token in Tokens(body.GetILAsByteArray()!))
        {
            AddMember(found, method.Module.ResolveMember(token, typeArguments, methodArguments)!);
        }
    }

    private static List<int> Tokens(byte[] code)
    {
        var tokens = new List<int>();
        for (var i = 0; i < code.Length;)
        {
            // 0xFE opens the opcodes of two bytes.
            short value = code[i] == 0xFE ? BinaryPrimitives.ReadInt16BigEndian(code.AsSpan(i)) : code[i];
            OpCode opCode = OpCodesByValue[value];
            i += opCode.Size;
            switch (opCode.OperandType)
            {
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    i += 1;
                    break;
                case OperandType.InlineVar:
                    i += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    i += 8;
                    break;
                case OperandType.InlineSwitch:
                    i += 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(code.AsSpan(i)));
                    break;
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineType or OperandType.InlineTok:
                    tokens.Add(BinaryPrimitives.ReadInt32LittleEndian(code.AsSpan(i)));
                    i += 4;
                    break;
                default:
                    i += 4;
                    break;
            }
        }

        return tokens;
    }

    private static void AddMember(HashSet<MemberInfo> found, MemberInfo member)
    {
        if (member is Type type)
        {
            AddType(found, type);
            return;
        }

        found.Add(member);
        AddType(found, member.DeclaringType);
        if (member is FieldInfo field)
        {
            AddType(found, field.FieldType);
        }
        else
        {
            AddSignature(found, (MethodBase)member);
        }
    }

    private static void AddSignature(HashSet<MemberInfo> found, MethodBase method)
    {
        AddTypes(found, method.GetParameters().Select(parameter => parameter.ParameterType));
        AddType(found, (method as MethodInfo)?.ReturnType);
        AddTypes(found, method.IsGenericMethod ? method.GetGenericArguments() : []);
    }

    private static void AddAttributes(HashSet<MemberInfo> found, MemberInfo member) =>
        AddTypes(found, member.GetCustomAttributesData().Select(attribute => attribute.AttributeType));

    private static void AddTypes(HashSet<MemberInfo> found, IEnumerable<Type?> types)
    {
        foreach (Type? type in types)
        {
            AddType(found, type);
        }
    }

    private static void AddType(HashSet<MemberInfo> found, Type? type)
    {
        if (type is null || type.IsGenericParameter)
        {
            return;
        }

        if (type.HasElementType)
        {
            AddType(found, type.GetElementType());
            return;
        }

        AddTypes(found, type.GenericTypeArguments);
        if (found.Add(type.IsGenericType ? type.GetGenericTypeDefinition() : type))
        {
            AddType(found, type.DeclaringType);
        }
    }
}
