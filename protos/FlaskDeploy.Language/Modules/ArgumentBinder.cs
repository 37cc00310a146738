using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules;

/// <summary>
/// Holds what was written against a spec. The compiler calls it with templates still inside (they are checked when they
/// are rendered), the agent with rendered values. Ansible's conversions: <c>yes</c> is true, <c>"5000"</c> is a number,
/// <c>a,b</c> is a list.
/// </summary>
public static class ArgumentBinder
{
    private static readonly ImmutableArray<string> TrueWords = ["yes", "true", "on", "1", "y", "t"];
    private static readonly ImmutableArray<string> FalseWords = ["no", "false", "off", "0", "n", "f"];

    /// <summary>All findings go to <paramref name="diagnostics"/>; null when there was an error.</summary>
    /// <param name="spanOf">Where the argument of that name was written; for the whole call, an empty name.</param>
    public static BoundArguments? Bind(
        ModuleSpec spec, MapValue arguments, string? freeForm, Func<string, SourceSpan> spanOf, DiagnosticBag diagnostics)
    {
        var before = diagnostics.Count;
        var values = ImmutableDictionary.CreateBuilder<string, Value>(StringComparer.Ordinal);
        var extra = new List<KeyValuePair<Value, Value>>();
        // What was probably meant by a name that is unknown is not missing as well.
        var meant = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, value) in arguments.Entries)
        {
            var name = key.ToString();
            var argument = spec.Find(name);
            if (argument is null && spec.TakesAnyArgument)
            {
                extra.Add(KeyValuePair.Create(key, value));
            }
            else if (argument is null)
            {
                var known = spec.Arguments.SelectMany(a => a.Aliases.Append(a.Name)).ToList();
                if (Suggestion.Nearest(name, known) is { } near)
                {
                    meant.Add(spec.Find(near)!.Name);
                }
                diagnostics.Add(new Diagnostic(DiagnosticCodes.UnknownArgument, Severity.Error, spanOf(name), $"{spec.Name} has no argument '{name}'")
                {
                    Remedy = Suggestion.For(name, known) ?? $"it takes {string.Join(", ", spec.Arguments.Select(a => a.Name))}",
                    Said = $"Unsupported parameters for ({spec.Name}) module: {name}. Supported parameters include: {string.Join(", ", spec.Arguments.Select(a => a.Name).Order(StringComparer.Ordinal))}.",
                });
            }
            else if (values.ContainsKey(argument.Name))
            {
                diagnostics.Error(DiagnosticCodes.ConflictingArguments, spanOf(name), $"{spec.Name}: '{name}' says '{argument.Name}' a second time", "keep one of them");
            }
            else if (Convert(argument, value, out var converted) is { } problem)
            {
                meant.Add(argument.Name);
                diagnostics.Add(new Diagnostic(DiagnosticCodes.BadArgumentValue, Severity.Error, spanOf(name), $"{spec.Name}: {name} {problem}") { Remedy = Remedy(argument, value), Said = Said(argument, value, problem) });
            }
            else if (converted is not NullValue)
            {
                values[argument.Name] = converted;
            }
        }
        CheckTogether(spec, values, meant, freeForm, spanOf(""), diagnostics);
        foreach (var argument in spec.Arguments.Where(a => a.Default is not null && !values.ContainsKey(a.Name)))
        {
            values[argument.Name] = argument.Default!;
        }
        return diagnostics.Count > before ? null : new BoundArguments(spec, values.ToImmutable(), freeForm, new MapValue(extra));
    }

    private static void CheckTogether(ModuleSpec spec, IReadOnlyDictionary<string, Value> values, HashSet<string> meant, string? freeForm, SourceSpan call, DiagnosticBag diagnostics)
    {
        var lacking = spec.Arguments.Where(a => a.Required && !values.ContainsKey(a.Name)).ToList();
        foreach (var missing in lacking.Where(a => !meant.Contains(a.Name)))
        {
            diagnostics.Add(new Diagnostic(DiagnosticCodes.MissingArgument, Severity.Error, call, $"{spec.Name} needs the argument '{missing.Name}'")
            {
                Remedy = $"add {missing.Name}: {missing.Summary}",
                Said = missing.SaysMissing ?? $"missing required arguments: {string.Join(", ", lacking.Select(a => a.Name))}",
            });
        }
        if (freeForm is not null && !spec.TakesFreeForm)
        {
            diagnostics.Error(DiagnosticCodes.BadArgumentValue, call, $"{spec.Name} takes arguments, not a command line", "write it as key=value or as a mapping");
        }
        foreach (var group in spec.MutuallyExclusive)
        {
            var given = group.Where(name => values.TryGetValue(name, out var value) && !MayBeOmitted(value)).ToList();
            if (given.Count > 1)
            {
                diagnostics.Add(new Diagnostic(DiagnosticCodes.ConflictingArguments, Severity.Error, call, $"{spec.Name}: {string.Join(" and ", given)} exclude each other")
                {
                    Remedy = "keep one of them",
                    Said = $"parameters are mutually exclusive: {string.Join('|', group)}",
                });
            }
        }
        foreach (var group in spec.RequiredOneOf.Where(group => !group.Any(name => values.ContainsKey(name) || meant.Contains(name))))
        {
            diagnostics.Add(new Diagnostic(DiagnosticCodes.MissingArgument, Severity.Error, call, $"{spec.Name} needs one of {string.Join(", ", group)}") { Said = spec.SaysMissing ?? $"one of the following is required: {string.Join(", ", group)}" });
        }
        foreach (var group in spec.RequiredTogether.Where(group => group.Any(name => values.TryGetValue(name, out var value) && !MayBeOmitted(value)) && !group.All(values.ContainsKey)))
        {
            diagnostics.Add(new Diagnostic(DiagnosticCodes.MissingArgument, Severity.Error, call, $"{spec.Name} needs {string.Join(" and ", group)} together") { Said = $"parameters are required together: {string.Join(", ", group)}" });
        }
    }

    // Which of several are given is then seen when they are rendered.
    private static bool MayBeOmitted(Value value) => value is TemplateValue template && template.Source.Contains("omit", StringComparison.Ordinal);

    // Null where it went well, else the problem as the rest of a sentence that starts with the argument's name.
    private static string? Convert(ArgumentSpec argument, Value value, out Value converted)
    {
        converted = value;
        if (value is NullValue or TemplateValue || value.IsUnknown)
        {
            return null;
        }
        if (value is SecretValue)
        {
            var problem = Convert(argument, value.Reveal(), out var inner);
            converted = new SecretValue(inner);
            return problem is null ? null : "has a value of the wrong kind";
        }
        if (argument.Type == ArgumentType.List)
        {
            return ConvertList(argument, value, out converted);
        }
        if (ConvertScalar(argument.Type, value, out converted) is { } wrong)
        {
            return wrong;
        }
        return argument.Choices.Length == 0 || argument.Choices.Contains(Word(converted)) ? null : $"is '{converted}'";
    }

    private static string? ConvertList(ArgumentSpec argument, Value value, out Value converted)
    {
        var items = value switch
        {
            ListValue list => list.Items,
            TextValue { Text.Length: 0 } when argument.KeepsEmpty => [value],
            TextValue text => [.. text.Text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Value.Of)],
            MapValue when argument.ElementType is not (ArgumentType.Map or ArgumentType.Any) => default,
            _ => ImmutableArray.Create(value),
        };
        converted = value;
        if (items.IsDefault)
        {
            return "is a dict, not a list";
        }
        var result = ImmutableArray.CreateBuilder<Value>(items.Length);
        foreach (var item in items)
        {
            if (item is TemplateValue || item.IsUnknown)
            {
                result.Add(item);
            }
            else if (ConvertScalar(argument.ElementType, item.Reveal(), out var element) is { } wrong)
            {
                return $"has an element that {wrong}";
            }
            else if (argument.Choices.Length > 0 && !argument.Choices.Contains(element.ToString()))
            {
                return $"has the element '{element}'";
            }
            else
            {
                result.Add(item is SecretValue ? new SecretValue(element) : element);
            }
        }
        converted = new ListValue(result.ToImmutable());
        return null;
    }

    private static string? ConvertScalar(ArgumentType type, Value value, out Value converted)
    {
        converted = value;
        switch (type)
        {
            case ArgumentType.Any or ArgumentType.Condition:
                return null;
            case ArgumentType.Map:
                return value is MapValue ? null : $"is '{value}', not a dict";
            case ArgumentType.Boolean:
                if (AsBoolean(value) is not { } flag)
                {
                    return $"is '{value}', not a boolean";
                }
                converted = Value.Of(flag);
                return null;
            case ArgumentType.Integer:
                if (value is TextValue text && BigInteger.TryParse(text.Text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed))
                {
                    converted = new IntegerValue(parsed);
                    return null;
                }
                return value is IntegerValue ? null : $"is '{value}', not an integer";
            case ArgumentType.Real:
                if (Numbers.TryReal(value, out var real) || value is TextValue t && double.TryParse(t.Text, CultureInfo.InvariantCulture, out real))
                {
                    converted = Value.Of(real);
                    return null;
                }
                return $"is '{value}', not a number";
            case ArgumentType.Mode:
                return FileMode.TryParse(value, out _, out var problem) ? null : problem;
            case ArgumentType.Text or ArgumentType.Path or ArgumentType.OperatorPath:
                // As Ansible, a text takes them as Python prints them; a path that is called so is nobody's wish.
                if ((value is ListValue or MapValue) && (type != ArgumentType.Text || value.HasSecrets))
                {
                    return $"is a {value.TypeName}, not a string";
                }
                // A module is handed JSON, and so a date as JSON has it.
                converted = Value.Of(value is MomentValue moment ? moment.ToIso() : value.ToString());
                return null;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private static bool? AsBoolean(Value value)
    {
        if (Numbers.TryInteger(value, out var number))
        {
            return number.IsZero ? false : number.IsOne ? true : null;
        }
        var word = value.ToString().ToLowerInvariant();
        return TrueWords.Contains(word) ? true : FalseWords.Contains(word) ? false : null;
    }

    private static string Word(Value value) => value is BoolValue flag ? flag.IsTrue ? "yes" : "no" : value.ToString();

    private static string? Said(ArgumentSpec argument, Value value, string problem) =>
        value is SecretValue ? null
        : argument.Choices.Length > 0 && argument.Type != ArgumentType.List ? $"value of {argument.Name} must be one of: {string.Join(", ", argument.Choices)}, got: {value}"
        : argument.Type is ArgumentType.Boolean or ArgumentType.Integer or ArgumentType.Map ? $"argument '{argument.Name}' {problem}"
        : null;

    private static string? Remedy(ArgumentSpec argument, Value value) =>
        argument.Choices.Length == 0 ? null
        : Suggestion.For(value.ToString(), argument.Choices) ?? $"one of {string.Join(", ", argument.Choices)}";
}
