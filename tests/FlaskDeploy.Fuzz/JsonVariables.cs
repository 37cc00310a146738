using System.Text.Json;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Fuzz;

internal sealed class JsonVariables(JsonElement root) : IVariables
{
    public IEnumerable<string> Names => root.EnumerateObject().Select(property => property.Name);

    public Value? Find(string name) => root.TryGetProperty(name, out var value) ? Read(value) : null;

    private static Value Read(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new MapValue(element.EnumerateObject().Select(property => KeyValuePair.Create((Value)Value.Of(property.Name), Read(property.Value)))),
        JsonValueKind.Array => Value.Of(element.EnumerateArray().Select(Read)),
        JsonValueKind.String => Value.Of(element.GetString()!),
        JsonValueKind.True => Value.True,
        JsonValueKind.False => Value.False,
        JsonValueKind.Number => element.GetRawText() is var raw && raw.AsSpan().IndexOfAny('.', 'e', 'E') >= 0
            ? Value.Of(element.GetDouble())
            : new IntegerValue(System.Numerics.BigInteger.Parse(raw)),
        _ => Value.Null,
    };
}
