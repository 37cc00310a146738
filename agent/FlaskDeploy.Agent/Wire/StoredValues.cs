using FlaskDeploy.Language.Values;
using FlaskDeploy.Protocol;

namespace FlaskDeploy.Agent.Wire;

/// <summary>What tasks registered, as bytes for the journal and the baseline: exactly, secrets among it, so for this host's disk only.</summary>
internal static class StoredValues
{
    public static byte[] Encode(MapValue registered) => ValueCodec.ToBytes(Known(registered));

    /// <summary>Null: it cannot be read as a map.</summary>
    public static MapValue? Decode(byte[] bytes) => ValueCodec.FromBytes(bytes) as MapValue;

    // What a check could not know has no encoding; it is not there after a restart, and reading it is unknown again.
    private static Value Known(Value value) => value switch
    {
        MapValue map => new MapValue(map.Entries.Where(entry => entry.Value is not (UnknownValue or UndefinedValue)).Select(entry => KeyValuePair.Create(entry.Key, Known(entry.Value)))),
        ListValue list => new ListValue([.. list.Items.Where(item => item is not (UnknownValue or UndefinedValue)).Select(Known)]),
        _ => value,
    };
}
