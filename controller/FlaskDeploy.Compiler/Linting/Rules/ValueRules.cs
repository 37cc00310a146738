using System.Collections.Immutable;
using System.Globalization;
using FlaskDeploy.Compiler.Linting.Model;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Linting.Rules;

/// <summary>Values that YAML takes for something else than whoever wrote them.</summary>
internal static class ValueRules
{
    public static ImmutableArray<LintRule> All { get; } =
    [
        new("FD2101", "risky-octal", LintSeverity.Error, "a mode without quotes and without a leading zero is a decimal number")
        {
            Why = "YAML reads 644 as six hundred and forty-four, which as permissions is 01204: the file gets bits that nobody wants.",
            Bad = "- name: Configuration\n  file:\n    path: /etc/app.conf\n    state: touch\n    mode: 644\n",
            Good = "- name: Configuration\n  file:\n    path: /etc/app.conf\n    state: touch\n    mode: '0644'\n",
            Task = (task, found) =>
            {
                foreach (var mode in Modes(task).Where(mode => mode.Text.Length is 3 or 4 && mode.Text[0] != '0' && mode.Text.All(c => c is >= '0' and <= '7')))
                {
                    var octal = Convert.ToString(int.Parse(mode.Text, CultureInfo.InvariantCulture), 8);
                    found.At(mode.Span, $"{mode.Name} {mode.Text} is a decimal number: as permissions it is 0{octal}", $"write '0{mode.Text}' in quotes");
                }
            },
        },
        new("FD2102", "yaml-octal", LintSeverity.Info, "a mode with a leading zero and without quotes")
        {
            Why = "YAML 1.1 reads 0644 as an octal number, YAML 1.2 as a decimal one: what it means depends on who reads the file. In quotes there is only one reading.",
            Bad = "- name: Configuration\n  file:\n    path: /etc/app.conf\n    state: touch\n    mode: 0644\n",
            Good = "- name: Configuration\n  file:\n    path: /etc/app.conf\n    state: touch\n    mode: '0644'\n",
            File = (file, found) =>
            {
                foreach (var variable in file.Variables.Where(variable => IsOfModes(variable.Name)))
                {
                    if (variable.Value is YamlScalar { IsPlain: true, Tag: null, Text: ['0', _, ..] } scalar && scalar.Text.All(char.IsAsciiDigit))
                    {
                        found.At(scalar.Span, $"{variable.Name} {scalar.Text} stands without quotes", $"write '{scalar.Text}' in quotes");
                    }
                }
            },
            Task = (task, found) =>
            {
                foreach (var mode in Modes(task).Where(mode => mode.Text.Length > 1 && mode.Text[0] == '0' && mode.Text.All(char.IsAsciiDigit)))
                {
                    found.At(mode.Span, $"{mode.Name} {mode.Text} stands without quotes", $"write '{mode.Text}' in quotes");
                }
            },
        },
        new("FD2103", "yaml-truthy", LintSeverity.Warning, "a word that YAML takes for true or false where a text is meant")
        {
            Why = "Without quotes yes, no, on and off are booleans: the country code of Norway becomes False, and the text in a file becomes 'True'.",
            Bad = "- hosts: all\n  vars:\n    countries: [de, no, se]\n  tasks:\n  - name: Say\n    debug:\n      var: countries\n",
            Good = "- hosts: all\n  vars:\n    countries: [de, 'no', se]\n  tasks:\n  - name: Say\n    debug:\n      var: countries\n",
            File = (file, found) =>
            {
                foreach (var scalar in Lists(file.Root).SelectMany(AmongTexts))
                {
                    found.At(scalar.Span, $"'{scalar.Text}' among texts is a boolean", "put it in quotes");
                }
            },
            Task = (task, found) =>
            {
                foreach (var argument in task.Arguments.Where(argument => argument.IsPlain && IsWordTruth(argument.Text) && task.Spec?.Find(argument.Name) is { Type: ArgumentType.Text or ArgumentType.Path, Choices.IsEmpty: true }))
                {
                    found.At(argument.Span, $"{argument.Name} is the boolean {argument.Text}, where a text is wanted", "put it in quotes");
                }
                foreach (var entry in (task.Keyword("environment")?.Value as YamlMapping)?.Entries ?? [])
                {
                    if (entry.Value is YamlScalar { IsPlain: true, Tag: null } scalar && YamlScalars.Resolve(scalar.Text) is BoolValue truth && scalar.Text is not ("True" or "False"))
                    {
                        found.At(scalar.Span, $"{entry.Name} becomes '{(truth.IsTrue ? "True" : "False")}' in the environment", "put it in quotes");
                    }
                }
            },
        },
        new("FD2104", "yaml-number", LintSeverity.Warning, "a number that YAML reads otherwise than it looks")
        {
            Why = "A version 3.10 is the number 3.1, 12:30 is seven hundred and fifty, and 010 is eight.",
            Bad = "- hosts: all\n  vars:\n    python_version: 3.10\n  tasks:\n  - name: Say\n    debug:\n      msg: \"python{{ python_version }}\"\n",
            Good = "- hosts: all\n  vars:\n    python_version: '3.10'\n  tasks:\n  - name: Say\n    debug:\n      msg: \"python{{ python_version }}\"\n",
            File = (file, found) =>
            {
                foreach (var variable in file.Variables)
                {
                    if (variable.Value is YamlScalar scalar && Surprise(variable.Name, scalar) is { } value)
                    {
                        found.At(scalar.Span, $"'{scalar.Text}' is the number {value}", $"write '{scalar.Text}' in quotes");
                    }
                }
            },
            Task = (task, found) =>
            {
                foreach (var argument in task.Arguments.Where(argument => argument.IsPlain && task.Spec?.Find(argument.Name) is { Type: ArgumentType.Text or ArgumentType.Path }))
                {
                    if (Surprise("version", (YamlScalar)argument.Node!) is { } value)
                    {
                        found.At(argument.Span, $"{argument.Name} '{argument.Text}' is the number {value}", $"write '{argument.Text}' in quotes");
                    }
                }
            },
        },
    ];

    private static IEnumerable<LintArgument> Modes(LintTask task) => task.Arguments.Where(argument => argument.Name is "mode" or "directory_mode" && argument.IsPlain);

    private static bool IsOfModes(string name) => name.Contains("mode", StringComparison.Ordinal) || name.Contains("umask", StringComparison.Ordinal) || name.Contains("perm", StringComparison.Ordinal);

    private static bool IsWordTruth(string text) => text.ToLowerInvariant() is "yes" or "no" or "on" or "off";

    private static IEnumerable<YamlSequence> Lists(YamlNode? node) => node switch
    {
        YamlSequence sequence => sequence.Items.SelectMany(Lists).Prepend(sequence),
        YamlMapping mapping => mapping.Entries.SelectMany(entry => Lists(entry.Value)),
        _ => [],
    };

    private static IEnumerable<YamlScalar> AmongTexts(YamlSequence list)
    {
        var scalars = list.Items.OfType<YamlScalar>().ToList();
        var isOfTexts = scalars.Count == list.Items.Length && scalars.Any(scalar => !scalar.IsPlain || YamlScalars.Resolve(scalar.Text) is TextValue);
        return isOfTexts ? scalars.Where(scalar => scalar is { IsPlain: true, Tag: null } && IsWordTruth(scalar.Text)) : [];
    }

    // Null: it is what it looks like.
    private static string? Surprise(string name, YamlScalar scalar)
    {
        if (scalar is not { IsPlain: true, Tag: null } || YamlScalars.Resolve(scalar.Text) is not (IntegerValue or RealValue) and not null)
        {
            return null;
        }
        var value = YamlScalars.Resolve(scalar.Text).ToString();
        var isOctal = scalar.Text.Length > 1 && scalar.Text[0] == '0' && scalar.Text.All(char.IsAsciiDigit) && !IsOfModes(name);
        var isVersion = name.Contains("version", StringComparison.Ordinal) && scalar.Text.Contains('.') && scalar.Text.EndsWith('0') && value != scalar.Text && !scalar.Text.EndsWith(".0", StringComparison.Ordinal);
        return isOctal || isVersion || scalar.Text.Contains(':') ? value : null;
    }
}
