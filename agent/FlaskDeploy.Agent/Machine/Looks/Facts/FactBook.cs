using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;

namespace FlaskDeploy.Agent.Machine.Looks.Facts;

/// <summary>Facts as they are found: those that stay, and those that change by themselves all the time.</summary>
internal sealed class FactBook
{
    private readonly ImmutableSortedDictionary<string, string>.Builder _lasting = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
    private readonly ImmutableSortedDictionary<string, string>.Builder _passing = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);

    internal string this[string name]
    {
        get => _lasting[name];
        set => _lasting[name] = value;
    }

    internal SystemAnswer Answer => new(_lasting.ToImmutable()) { Passing = _passing.ToImmutable() };

    internal void Add(string name, long number) => _lasting[name] = number.ToString(CultureInfo.InvariantCulture);

    internal void Add(string name, JsonNode structure) => _lasting[name + SystemAnswer.Structured] = structure.ToJsonString();

    /// <summary>Of the moment, and in place of a lasting one of the same name.</summary>
    internal void AddPassing(string name, long number) => _passing[name] = number.ToString(CultureInfo.InvariantCulture);

    internal void AddPassing(string name, JsonNode structure) => _passing[name + SystemAnswer.Structured] = structure.ToJsonString();
}
