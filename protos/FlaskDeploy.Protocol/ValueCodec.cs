using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using FlaskDeploy.Language.Values;
using Google.Protobuf;

namespace FlaskDeploy.Protocol;

/// <summary>
/// <see cref="Value"/> as bytes and back. <c>Decode(Encode(x))</c> equals x. Where there is no table of files (in events,
/// releases and host parts) templates lose their position, so that moving a line in an inventory is no new content.
/// </summary>
public static class ValueCodec
{
    public const string Redacted = "********";

    /// <summary>Exactly. A secret stays one, readable to whoever has the bytes: only for what is sealed or bound for one host.</summary>
    /// <exception cref="ArgumentException">The value is or holds an unknown or undefined one, or is nested deeper than <see cref="DecodeLimits.MaxValueDepth"/>.</exception>
    public static V1.Value Encode(Value value) => Encode(value, EncodeScope.Plain);

    public static Decoded<Value> Decode(V1.Value? value)
    {
        var context = new DecodeContext([]);
        return context.Finish(Decode(value, context));
    }

    /// <summary>
    /// For reports: unknown values become text, secrets <see cref="Redacted"/>, templates their source, and what is nested too
    /// deep for an event is named instead of shown. Accepts every value.
    /// </summary>
    public static V1.Value EncodeForEvent(Value value) => EncodeForEvent(value, DecodeLimits.MaxEventValueDepth);

    /// <summary>For what stays on one machine. The bounds and exceptions of <see cref="Encode(Value)"/>.</summary>
    public static byte[] ToBytes(Value value) => Encode(value).ToByteArray();

    /// <summary>Null: these bytes are no value.</summary>
    public static Value? FromBytes(ReadOnlyMemory<byte> bytes) => DecodeContext.Parse(V1.Value.Parser, bytes) is { Value: { } value } ? Decode(value).Value : null;

    internal static V1.Value Encode(Value value, EncodeScope scope, int depth = DecodeLimits.MaxValueDepth)
    {
        if (depth < 0)
        {
            throw new ArgumentException($"A value is nested deeper than {DecodeLimits.MaxValueDepth} lists and maps.", nameof(value));
        }
        return value switch
        {
            SecretValue secret when scope.Secrets is { } references => new() { SecretReference = references.Of(secret) },
            SecretValue secret => new() { Secret = Encode(secret.Reveal(), scope, depth - 1) },
            TemplateValue template => new() { Template = new() { Source = template.Source, Span = scope.Files?.Encode(template.Span) } },
            ListValue list => new() { List = new() { Items = { list.Items.Select(item => Encode(item, scope, depth - 1)) } } },
            MapValue map => new() { Map = new() { Entries = { map.Entries.Select(entry => new V1.MapEntry { Key = Encode(entry.Key, scope, depth - 1), Value = Encode(entry.Value, scope, depth - 1) }) } } },
            UnknownValue or UndefinedValue => throw new ArgumentException($"A value of type {value.TypeName} is for evaluation only and cannot be sent: {value}.", nameof(value)),
            _ => EncodeScalar(value),
        };
    }

    internal static Value Decode(V1.Value? value, DecodeContext context, int depth = DecodeLimits.MaxValueDepth)
    {
        if (depth < 0)
        {
            context.Fail($"a value is nested deeper than {DecodeLimits.MaxValueDepth} lists and maps");
            return Value.Null;
        }
        switch (value?.KindCase ?? V1.Value.KindOneofCase.None)
        {
            case V1.Value.KindOneofCase.Null: return Value.Null;
            case V1.Value.KindOneofCase.Boolean: return Value.Of(value!.Boolean);
            case V1.Value.KindOneofCase.Integer: return Value.Of(value!.Integer);
            case V1.Value.KindOneofCase.BigInteger: return DecodeBig(value!.BigInteger, context);
            case V1.Value.KindOneofCase.Real: return Value.Of(value!.Real);
            case V1.Value.KindOneofCase.Text: return Value.Of(value!.Text);
            case V1.Value.KindOneofCase.Moment: return DecodeMoment(value!.Moment, context);
            case V1.Value.KindOneofCase.Template: return new TemplateValue(value!.Template.Source, context.Span(value.Template.Span));
            case V1.Value.KindOneofCase.Secret: return new SecretValue(Decode(value!.Secret, context, depth - 1));
            case V1.Value.KindOneofCase.SecretReference: return Found(value!.SecretReference, context);
            case V1.Value.KindOneofCase.List: return new ListValue([.. value!.List.Items.Select(item => Decode(item, context, depth - 1))]);
            case V1.Value.KindOneofCase.Map:
                return new MapValue(value!.Map.Entries.Select(entry => KeyValuePair.Create(Decode(entry.Key, context, depth - 1), Decode(entry.Value, context, depth - 1))));
            default:
                context.Fail("a value is empty or of a kind that this version does not know");
                return Value.Null;
        }
    }

    internal static V1.Value? EncodeOptional(Value? value, EncodeScope scope) => value is null ? null : Encode(value, scope);

    internal static Value? DecodeOptional(V1.Value? value, DecodeContext context) => value is null ? null : Decode(value, context);

    internal static IEnumerable<V1.MapEntry> EncodeVars(ImmutableArray<KeyValuePair<string, Value>> vars, EncodeScope scope) =>
        vars.Select(entry => new V1.MapEntry { Key = new() { Text = entry.Key }, Value = Encode(entry.Value, scope) });

    internal static ImmutableArray<KeyValuePair<string, Value>> DecodeVars(IEnumerable<V1.MapEntry> entries, DecodeContext context) =>
        Repeated.Select(entries, entry =>
        {
            if (entry.Key?.KindCase != V1.Value.KindOneofCase.Text)
            {
                context.Fail("the name of a variable is not a text");
            }
            return KeyValuePair.Create(entry.Key?.Text ?? "", Decode(entry.Value, context));
        });

    private static V1.Value EncodeScalar(Value value) => value switch
    {
        NullValue => new() { Null = true },
        BoolValue boolean => new() { Boolean = boolean.IsTrue },
        IntegerValue { Number: var number } when number >= long.MinValue && number <= long.MaxValue => new() { Integer = (long)number },
        IntegerValue big => new() { BigInteger = big.Number.ToString(CultureInfo.InvariantCulture) },
        RealValue real => new() { Real = real.Number },
        TextValue text => new() { Text = text.Text },
        MomentValue moment => new() { Moment = moment.ToIso() },
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static V1.Value EncodeForEvent(Value value, int depth) => value switch
    {
        SecretValue => new() { Text = Redacted },
        UnknownValue or UndefinedValue or TemplateValue => new() { Text = value.ToString() },
        ListValue or MapValue when depth == 0 => new() { Text = $"({value.TypeName}, nested too deep to be shown)" },
        ListValue list => new() { List = new() { Items = { list.Items.Select(item => EncodeForEvent(item, depth - 1)) } } },
        MapValue map => new() { Map = new() { Entries = { map.Entries.Select(entry => new V1.MapEntry { Key = EncodeForEvent(entry.Key, depth - 1), Value = EncodeForEvent(entry.Value, depth - 1) }) } } },
        _ => EncodeScalar(value),
    };

    private static Value Found(ByteString reference, DecodeContext context)
    {
        if (reference.Length != SecretReferences.Length)
        {
            context.Fail($"a reference to a secret has {reference.Length} bytes instead of {SecretReferences.Length}");
            return Value.Null;
        }
        // To whoever holds no key it is a secret with nothing in it. Of a host's own table one is missing where the value
        // belongs to other hosts: it is not there, as a variable of theirs is not.
        return context.Secrets is null ? new SecretValue(Value.Null) : context.Secrets.Find(reference.Span) ?? new UndefinedValue("a secret that was not sealed to this host");
    }

    private static Value DecodeMoment(string text, DecodeContext context)
    {
        if (MomentValue.Read(text) is { } moment)
        {
            return moment;
        }
        context.Fail("a date is not one");
        return Value.Null;
    }

    private static IntegerValue DecodeBig(string digits, DecodeContext context)
    {
        // Parsing takes time that grows with the square of the length.
        if (digits.Length <= 5000 && BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return new(number);
        }
        context.Fail("a big integer is not one, or has more than 5000 digits");
        return new(0);
    }
}

/// <summary>What goes beside values that are encoded.</summary>
/// <param name="Files">Null: positions are left out.</param>
/// <param name="Secrets">Null: a secret is written as it is.</param>
internal readonly record struct EncodeScope(FileTable? Files, SecretReferences? Secrets)
{
    public static EncodeScope Plain => default;
}
