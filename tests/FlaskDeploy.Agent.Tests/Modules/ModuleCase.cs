using System.Collections.Immutable;
using System.Numerics;
using System.Text.Json;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Modules;

/// <summary>
/// One case of a module: arguments and a machine, and what must come of them. Case files are in tests/cases/modules, one
/// per module, named after it; README.md there says what may stand in them.
/// </summary>
internal sealed class ModuleCase(string module, JsonElement json)
{
    private static readonly JsonDocumentOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    public string Module { get; } = module;

    public string Name => Text("name") ?? throw new InvalidDataException($"a case of {Module} has no name");

    public JsonElement? this[string property] => json.TryGetProperty(property, out var value) ? value : null;

    public string? Text(string property) => this[property]?.GetString();

    public bool Flag(string property, bool otherwise) => this[property]?.GetBoolean() ?? otherwise;

    public ImmutableArray<string> Texts(string property) => this[property] is { } list ? [.. list.EnumerateArray().Select(item => item.GetString()!)] : [];

    public static string Directory { get; } = Find();

    public static IEnumerable<ModuleCase> All() =>
        System.IO.Directory.EnumerateFiles(Directory, "*.json").Order(StringComparer.Ordinal).SelectMany(file =>
            JsonDocument.Parse(File.ReadAllText(file), Options).RootElement.EnumerateArray().Select(json => new ModuleCase(Path.GetFileNameWithoutExtension(file), json)));

    public static Value ToValue(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Null => Value.Null,
        JsonValueKind.True => Value.True,
        JsonValueKind.False => Value.False,
        JsonValueKind.Number => json.TryGetInt64(out var number) ? new IntegerValue(new BigInteger(number)) : Value.Of(json.GetDouble()),
        JsonValueKind.Array => Value.Of(json.EnumerateArray().Select(ToValue)),
        JsonValueKind.Object => MapValue.From(json.EnumerateObject().Select(property => (property.Name, ToValue(property.Value)))),
        _ => Value.Of(json.GetString()!),
    };

    private static string Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var cases = Path.Combine(at.FullName, "tests", "cases", "modules");
            if (System.IO.Directory.Exists(cases))
            {
                return cases;
            }
        }
        throw new DirectoryNotFoundException($"there is no tests/cases/modules above {AppContext.BaseDirectory}");
    }
}
