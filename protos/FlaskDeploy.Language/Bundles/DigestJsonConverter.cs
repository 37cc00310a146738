using System.Text.Json;
using System.Text.Json.Serialization;

namespace FlaskDeploy.Language.Bundles;

/// <summary>A digest is its hexadecimal text, also in JSON; anything else is no digest.</summary>
public sealed class DigestJsonConverter : JsonConverter<Digest>
{
    public override Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Digest.TryParse(reader.GetString(), out var digest) ? digest : throw new JsonException("not a digest");

    public override void Write(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
