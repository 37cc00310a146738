using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.RegularExpressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules;

/// <summary>
/// Holds values against a specification of arguments that a playbook brings (a role's <c>argument_specs</c>): types,
/// <c>required</c>, <c>choices</c>, <c>elements</c>, nested <c>options</c> and what they say of each other. Errors are in
/// Ansible's words and order. Defaults are looked at and given to nobody.
/// </summary>
/// <remarks>https://docs.ansible.com/ansible/latest/dev_guide/developing_program_flow_modules.html#argument-spec</remarks>
public static partial class ArgumentSpecification
{
    public static ImmutableArray<string> Validate(MapValue specification, MapValue given)
    {
        var validation = new Validation();
        validation.Level(specification, Mutable(given), [], rules: null);
        return validation.Errors;
    }

    private static Dictionary<string, Value> Mutable(MapValue map)
    {
        var result = new Dictionary<string, Value>(StringComparer.Ordinal);
        foreach (var (key, value) in map.Entries)
        {
            result[key.ToString()] = value.Reveal();
        }
        return result;
    }

    private static IEnumerable<string> Texts(Value? value) => value?.Reveal() switch
    {
        ListValue list => list.Items.Select(item => item.ToString()),
        null or NullValue => [],
        var text => [text.ToString()],
    };

    private static IEnumerable<Value> Items(Value? value) => value?.Reveal() is ListValue list ? list.Items : [];

    private static bool Is(Value? value) => value?.Reveal().IsTruthy == true;

    private static string TypeOf(Value value) => $"<class '{value.TypeName}'>";

    private sealed class Validation
    {
        private readonly List<string> _errors = [];
        private readonly List<(string Name, IReadOnlyList<string> Supported, IReadOnlyList<string> Aliases)> _unsupported = [];

        public ImmutableArray<string> Errors
        {
            get
            {
                if (_unsupported.Count == 0)
                {
                    return [.. _errors];
                }
                var (_, supported, aliases) = _unsupported[^1];
                var names = string.Join(", ", supported.Order(StringComparer.Ordinal)) + (aliases.Count > 0 ? $" ({string.Join(", ", aliases.Order(StringComparer.Ordinal))})" : "");
                return [.. _errors, $"{string.Join(", ", _unsupported.Select(one => one.Name).Distinct().Order(StringComparer.Ordinal))}. Supported parameters include: {names}."];
            }
        }

        /// <param name="path">The options around this level.</param>
        /// <param name="rules">What the option that holds this level says of its parts together; null: nothing.</param>
        public void Level(MapValue specification, Dictionary<string, Value> given, ImmutableArray<string> path, MapValue? rules)
        {
            var options = specification.Entries.Select(entry => (Name: entry.Key.ToString(), Says: entry.Value.Reveal() as MapValue ?? MapValue.Empty)).ToList();
            var aliases = Aliases(options, given);
            if (Unreadable(specification, given) is { } unreadable)
            {
                _errors.Add(unreadable);
            }
            foreach (var name in given.Keys.Where(name => !aliases.ContainsKey(name) && !options.Exists(option => option.Name == name)))
            {
                _unsupported.Add((string.Join('.', path.Append(name)), [.. options.Select(option => option.Name)], [.. aliases.Keys]));
            }
            Exclusive(rules, given, path);
            foreach (var (name, says) in options.Where(option => option.Says["default"] is not (null or NullValue)))
            {
                given.TryAdd(name, says["default"]!.Reveal());
            }
            var missing = options.Where(option => Is(option.Says["required"]) && !given.ContainsKey(option.Name)).Select(option => option.Name).Order(StringComparer.Ordinal).ToList();
            if (missing.Count > 0)
            {
                Error($"missing required arguments: {string.Join(", ", missing)}", path);
            }
            foreach (var (name, says) in options)
            {
                CheckType(name, says, given, path);
            }
            foreach (var (name, says) in options)
            {
                CheckChoices(name, says, given, path);
            }
            Together(rules, given, path);
            foreach (var (name, says) in options)
            {
                Inside(name, says, given, path);
            }
        }

        // What is inside of an option must be a dict before anything can be said of it; Ansible tells of the first that is not, besides what is said of each.
        private static string? Unreadable(MapValue specification, IReadOnlyDictionary<string, Value> given)
        {
            foreach (var (key, written) in specification.Entries)
            {
                if (written.Reveal() is not MapValue says || says["options"] is not MapValue options || !HasParts(says) || given.GetValueOrDefault(key.ToString()) is not { } value || value is NullValue)
                {
                    continue;
                }
                foreach (var part in value is ListValue list ? list.Items.Select(item => item.Reveal()) : [value])
                {
                    if (ConvertMap(part, out var map) is { } problem)
                    {
                        return problem;
                    }
                    if (map is not MapValue inner)
                    {
                        return $"Value '{part}' in the sub parameter field '{key}' must by a {says["type"]}, not '{part.TypeName}'";
                    }
                    if (Unreadable(options, Mutable(inner)) is { } below)
                    {
                        return below;
                    }
                }
            }
            return null;
        }

        private static bool HasParts(MapValue says) => says["type"]?.ToString() is var wanted && (wanted == "dict" || wanted == "list" && says["elements"]?.ToString() == "dict");

        private void Error(string message, ImmutableArray<string> path) => _errors.Add(path.IsEmpty ? message : $"{message} found in {string.Join(" -> ", path)}");

        private Dictionary<string, string> Aliases(List<(string Name, MapValue Says)> options, Dictionary<string, Value> given)
        {
            var aliases = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (name, says) in options)
            {
                if (Is(says["required"]) && says["default"] is not (null or NullValue))
                {
                    _errors.Add($"internal error: required and default are mutually exclusive for {name}");
                }
                foreach (var alias in Texts(says["aliases"]))
                {
                    aliases[alias] = name;
                    if (given.TryGetValue(alias, out var value))
                    {
                        given[name] = value;
                    }
                }
            }
            return aliases;
        }

        private void CheckType(string name, MapValue says, Dictionary<string, Value> given, ImmutableArray<string> path)
        {
            if (!given.TryGetValue(name, out var value) || value is NullValue)
            {
                return;
            }
            var found = path.IsEmpty ? "" : $" found in '{string.Join(" -> ", path)}'";
            var wanted = says["type"]?.ToString() ?? "str";
            if (Convert(wanted, value, out var converted) is { } problem)
            {
                _errors.Add($"argument '{name}' is of type {TypeOf(value)}{(found.Length > 0 ? found + "." : "")} and we were unable to convert to {wanted}: {problem}");
                return;
            }
            given[name] = converted;
            if (says["elements"] is not { } written || written is NullValue)
            {
                return;
            }
            if (wanted != "list" || converted is not ListValue list)
            {
                _errors.Add($"Invalid type {wanted} for option '{converted}'{(found.Length > 0 ? found + "." : "")}, elements value check is supported only with 'list' type");
                return;
            }
            var elements = ImmutableArray.CreateBuilder<Value>();
            foreach (var item in list.Items.Select(item => item.Reveal()))
            {
                if (Convert(written.ToString(), item, out var element) is { } wrong)
                {
                    _errors.Add($"Elements value for option '{name}'{found} is of type {TypeOf(item)} and we were unable to convert to {written}: {wrong}");
                }
                else
                {
                    elements.Add(element);
                }
            }
            given[name] = new ListValue(elements.ToImmutable());
        }

        private void CheckChoices(string name, MapValue says, Dictionary<string, Value> given, ImmutableArray<string> path)
        {
            if (says["choices"] is not ListValue { Items: var choices } || !given.TryGetValue(name, out var value))
            {
                return;
            }
            if (value is ListValue list)
            {
                var others = list.Items.Where(item => !choices.Contains(item)).ToList();
                if (others.Count > 0)
                {
                    Error($"value of {name} must be one or more of: {string.Join(", ", choices)}. Got no match for: {string.Join(", ", others)}", path);
                }
            }
            // YAML makes booleans of words that may be choices.
            else if (!choices.Contains(value) && !(value is TextValue { Text: "True" or "False" } && choices.Count(choice => AsBoolean(choice) == (value.ToString() == "True")) == 1))
            {
                Error($"value of {name} must be one of: {string.Join(", ", choices)}, got: {value}", path);
            }
        }

        private void Exclusive(MapValue? rules, Dictionary<string, Value> given, ImmutableArray<string> path)
        {
            var clashes = Items(rules?["mutually_exclusive"]).Select(group => Texts(group).ToList()).Where(group => group.Count(given.ContainsKey) > 1).Select(group => string.Join('|', group)).ToList();
            if (clashes.Count > 0)
            {
                Error($"parameters are mutually exclusive: {string.Join(", ", clashes)}", path);
            }
        }

        private void Together(MapValue? rules, Dictionary<string, Value> given, ImmutableArray<string> path)
        {
            bool IsThere(string name) => given.ContainsKey(name);
            if (Items(rules?["required_together"]).Select(group => Texts(group).ToList()).FirstOrDefault(group => group.Exists(IsThere) && !group.TrueForAll(IsThere)) is { } together)
            {
                Error($"parameters are required together: {string.Join(", ", together)}", path);
            }
            if (Items(rules?["required_one_of"]).Select(group => Texts(group).ToList()).FirstOrDefault(group => !group.Exists(IsThere)) is { } oneOf)
            {
                Error($"one of the following is required: {string.Join(", ", oneOf)}", path);
            }
            foreach (var rule in Items(rules?["required_if"]).Select(rule => Items(rule).ToList()).Where(rule => rule.Count is 3 or 4))
            {
                var missing = Texts(rule[2]).Where(name => !IsThere(name)).ToList();
                var isAny = rule.Count == 4 && Is(rule[3]);
                if (given.TryGetValue(rule[0].ToString(), out var value) && value.Equals(rule[1].Reveal()) && missing.Count > 0 && (!isAny || missing.Count == Texts(rule[2]).Count()))
                {
                    Error($"{rule[0]} is {rule[1]} but {(isAny ? "any" : "all")} of the following are missing: {string.Join(", ", missing)}", path);
                    break;
                }
            }
            foreach (var (key, needed) in (rules?["required_by"]?.Reveal() as MapValue ?? MapValue.Empty).Entries.Where(entry => given.GetValueOrDefault(entry.Key.ToString()) is not (null or NullValue)))
            {
                var missing = Texts(needed).Where(name => given.GetValueOrDefault(name) is null or NullValue).ToList();
                if (missing.Count > 0)
                {
                    Error($"missing parameter(s) required by '{key}': {string.Join(", ", missing)}", path);
                    break;
                }
            }
        }

        private void Inside(string name, MapValue says, Dictionary<string, Value> given, ImmutableArray<string> path)
        {
            if (says["options"] is not MapValue options || !HasParts(says))
            {
                return;
            }
            var value = given.GetValueOrDefault(name);
            if (value is null or NullValue)
            {
                if (!Is(says["apply_defaults"]))
                {
                    return;
                }
                value = MapValue.Empty;
            }
            foreach (var part in value is ListValue list ? list.Items.Select(item => item.Reveal()) : [value])
            {
                if (part is MapValue map)
                {
                    Level(options, Mutable(map), path.Add(name), says);
                }
                else
                {
                    _errors.Add($"value of '{name}' must be of type dict or list of dicts");
                }
            }
        }
    }

    // Null where it went well, else the rest of a sentence.
    private static string? Convert(string type, Value value, out Value converted)
    {
        converted = value;
        string Cannot(string what) => $"{TypeOf(value)} cannot be converted to {what}";
        switch (type)
        {
            case "str" or "path":
                converted = Value.Of(value.ToString());
                return null;
            case "raw":
                return null;
            case "list":
                converted = value switch
                {
                    TextValue text => Value.Of(text.Text.Split(',')),
                    IntegerValue or RealValue or BoolValue => Value.Of([value.ToString()]),
                    _ => value,
                };
                return converted is ListValue ? null : Cannot("a list");
            case "dict":
                return ConvertMap(value, out converted) ?? (converted is MapValue ? null : Cannot("a dict"));
            case "bool":
                if (value is not (BoolValue or TextValue or IntegerValue or RealValue))
                {
                    return Cannot("a bool");
                }
                if (AsBoolean(value) is not { } flag)
                {
                    return $"The value '{value}' is not a valid boolean.  Valid booleans include: 'y', 'yes', 'on', '1', 'true', 't', 1, 1.0, True, 'n', 'no', 'off', '0', 'false', 'f', 0, 0.0, False";
                }
                converted = Value.Of(flag);
                return null;
            case "int":
                if (value is TextValue digits && BigInteger.TryParse(digits.Text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
                {
                    converted = new IntegerValue(whole);
                }
                return converted is IntegerValue or BoolValue ? null : Cannot("an int");
            case "float":
                if (value is TextValue written && double.TryParse(written.Text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var real) || value is IntegerValue or BoolValue && Numbers.TryReal(value, out real))
                {
                    converted = Value.Of(real);
                }
                return converted is RealValue ? null : Cannot("a float");
            case "json" or "jsonarg":
                converted = Value.Of(value.ToString().Trim());
                return value is TextValue or ListValue or MapValue ? null : Cannot("a json string");
            case "bytes" or "bits":
                if (AmountIn(value.ToString(), type == "bytes" ? 'B' : 'b', type == "bytes" ? "byte" : "bit") is not { } amount)
                {
                    return Cannot(type == "bytes" ? "a Byte value" : "a Bit value");
                }
                converted = Value.Of((long)Math.Min(Math.Round(amount), long.MaxValue / 2));
                return null;
            default:
                return $"there is no type '{type}'";
        }
    }

    private static string? ConvertMap(Value value, out Value converted)
    {
        converted = value;
        if (value is not TextValue { Text: var text })
        {
            return null;
        }
        if (text.StartsWith('{'))
        {
            try
            {
                using var document = JsonDocument.Parse(text);
                converted = Read(document.RootElement);
                return null;
            }
            catch (JsonException)
            {
                return "unable to evaluate string as dictionary";
            }
        }
        if (!text.Contains('='))
        {
            return "dictionary requested, could not parse JSON or key=value";
        }
        var pairs = text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('=', 2)).ToList();
        converted = pairs.TrueForAll(pair => pair.Length == 2) ? MapValue.From(pairs.Select(pair => (pair[0], (Value)Value.Of(pair[1].Trim('"', '\''))))) : value;
        return null;
    }

    private static Value Read(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => MapValue.From(element.EnumerateObject().Select(member => (member.Name, Read(member.Value)))),
        JsonValueKind.Array => Value.Of(element.EnumerateArray().Select(Read)),
        JsonValueKind.String => Value.Of(element.GetString()!),
        JsonValueKind.Number => BigInteger.TryParse(element.GetRawText(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? new IntegerValue(whole) : Value.Of(element.GetDouble()),
        JsonValueKind.True => Value.True,
        JsonValueKind.False => Value.False,
        _ => Value.Null,
    };

    private static bool? AsBoolean(Value value) => Numbers.TryReal(value, out var number) ? number is 0 or 1 ? number is 1 : null
        : value.ToString().Trim().ToLowerInvariant() switch
        {
            "y" or "yes" or "on" or "1" or "true" or "t" => true,
            "n" or "no" or "off" or "0" or "false" or "f" => false,
            _ => null,
        };

    // Null: it is none.
    private static double? AmountIn(string text, char letter, string word)
    {
        var match = Amount().Match(text);
        if (!double.TryParse(match.Groups["number"].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }
        var unit = match.Groups["unit"].Value;
        var power = unit.Length == 0 ? 0 : "BKMGTPEZY".IndexOf(char.ToUpperInvariant(unit[0]), StringComparison.Ordinal);
        return power < 0 || unit.Length > 1 && unit[1] != letter && !unit.Contains(word, StringComparison.OrdinalIgnoreCase) ? null : number * Math.Pow(1024, power);
    }

    [GeneratedRegex(@"\A\s*(?<number>[0-9]*\.?[0-9]*)\s*(?<unit>[A-Za-z]*)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Amount();
}
