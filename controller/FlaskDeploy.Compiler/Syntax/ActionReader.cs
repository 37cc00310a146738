using System.Collections.Immutable;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>
/// Reads which module a task calls and with what. The spellings: the module as a key with a mapping, a line of pairs, a
/// command line or nothing; <c>action:</c> and <c>local_action:</c> with the module's name in front or as <c>module</c>;
/// <c>args:</c> beside any of them.
/// </summary>
/// <param name="isTolerated">The task may fail on purpose (it ignores its errors, or is rescued): wrong arguments are told, and fail it when it runs.</param>
internal sealed class ActionReader(SyntaxContext context, string directory, RoleSource? role = null, bool isTolerated = false)
{
    /// <summary>Null: said why not.</summary>
    public ModuleCall? Read(YamlMapping task, YamlEntry action)
    {
        var isGeneric = action.Name is "action" or "local_action";
        if (isGeneric && SplitAction(action) is not { } named)
        {
            return null;
        }
        else
        {
            var (name, nameSpan, body) = isGeneric ? SplitAction(action)!.Value : (action.Name, action.Key.Span, new Body(action.Value, 0));
            if (Template.HasMarkup(name))
            {
                // What the compiler itself acts on it must know; of all else the run has the last word.
                var known = KnownNames.Resolve(context, context.Templates.TextOrTemplate(name, _ => nameSpan), role, nameSpan).Value?.Reveal() is TextValue { Text: var rendered } ? rendered.Trim() : "";
                if (context.Modules.Find(known)?.NamedOnlyBecause is null)
                {
                    return ReadChosen(task, new TemplateValue(name, nameSpan), body);
                }
                name = known;
            }
            if (context.Modules.Find(name) is not { } spec || !context.Request.ForLocalApply && RefusedModules.Find(name) is not null)
            {
                if (ForeignModules.Contains(name))
                {
                    return new ModuleCall(ForeignModules.ShortName(name), MapValue.Empty, null, directory);
                }
                UnknownModule(name, nameSpan);
                return null;
            }
            return Read(task, spec, nameSpan, body);
        }
    }

    public void UnknownModule(string name, SourceSpan span)
    {
        if (RefusedModules.Find(name) is { } refused)
        {
            context.Diagnostics.Error(CompilerCodes.NotSupportedYet, span, $"the module '{ForeignModules.ShortName(name)}' is not supported: {refused.Because}", refused.Remedy);
            return;
        }
        context.Diagnostics.Error(DiagnosticCodes.UnknownModule, span, $"there is no module '{name}'",
            Suggestion.For(name[(name.LastIndexOf('.') + 1)..], context.Modules.Names.Concat(Keywords.Task)) ?? "'flaskdeploy doc' lists those that there are; command or shell call any program of the host");
    }

    // What follows the module's name: a node, or of a text what is behind the name.
    private readonly record struct Body(YamlNode Node, int Skip);

    private (string Name, SourceSpan Span, Body Body)? SplitAction(YamlEntry action)
    {
        if (action.Value is YamlScalar { IsNull: false } scalar)
        {
            var start = scalar.Text.Length - scalar.Text.TrimStart().Length;
            var end = EndOfName(scalar.Text, start);
            return (scalar.Text[start..end], scalar.SpanAt(start), new Body(scalar, end));
        }
        if (action.Value is YamlMapping mapping && mapping["module"] is YamlScalar module)
        {
            var text = module.Text.Trim();
            var end = EndOfName(text, 0);
            if (end < text.Length)
            {
                context.Diagnostics.Error(CompilerCodes.BadArgumentText, module.Span, "'module' takes a module's name", "write its arguments as keys beside it");
            }
            return (text[..end], module.Span, new Body(new YamlMapping(mapping.Span, mapping.Tag, [.. mapping.Entries.Where(entry => entry.Name != "module")]), 0));
        }
        context.WrongKind(action, "a module and its arguments", "write 'action: copy src=a dest=b', or the module as a key of the task");
        return null;
    }

    /// <summary>At the first blank outside of markup.</summary>
    internal static int EndOfName(string text, int start)
    {
        var at = start;
        while (at < text.Length && text[at] is not (' ' or '\n'))
        {
            var close = text.AsSpan(at).StartsWith("{{") ? text.IndexOf("}}", at, StringComparison.Ordinal) : -1;
            at = close < 0 ? at + 1 : close + 2;
        }
        return at;
    }

    // Which arguments it takes is known where the module is: it is held against that for each host, and on it.
    private ModuleCall ReadChosen(YamlMapping task, TemplateValue name, Body body)
    {
        var arguments = new Arguments(null, name.Span, context.Modules);
        ReadAll(task, name.Source, body, arguments);
        var values = arguments.ToMap();
        return new ModuleCall(name.Source, values, arguments.FreeForm, directory)
        {
            Choice = new ModuleChoice(name, [.. values.Entries.Select(entry => arguments.SpanOf(entry.Key.ToString())).Prepend(name.Span)]),
            Given = [.. arguments.Given],
        };
    }

    private ModuleCall? Read(YamlMapping task, ModuleSpec spec, SourceSpan nameSpan, Body body)
    {
        var arguments = new Arguments(spec, nameSpan, context.Modules);
        var before = context.Diagnostics.Count;
        if (context.ModuleDefaults.Of(spec.Name) is { } defaults)
        {
            ReadMapping(defaults, arguments);
            arguments.EndDefaults();
        }
        ReadAll(task, spec.Name, body, arguments);
        // 1.9: of these two modules it is the source, whatever src says.
        if (spec.Name is "copy" or "template" && task.Find(LoopReader.FirstAvailable) is { } available)
        {
            arguments.Set("src", context.Templates.TextOrTemplate("{{ item }}", _ => available.Key.Span), available.Key.Span, available.Key.Span);
        }
        arguments.SettleGiven();
        var values = arguments.ToMap();
        if (arguments.Given.Count > 0 && spec.NamedOnlyBecause is { } because)
        {
            context.NotSupportedYet($"variables in the place of {spec.Name}'s arguments", nameSpan, $"write them out: {because}");
        }
        else if (context.Diagnostics.Count == before && arguments.Given.Count == 0)
        {
            var found = new DiagnosticBag();
            ArgumentBinder.Bind(spec, values, arguments.FreeForm?.ToString(), arguments.SpanOf, found);
            context.Diagnostics.AddRange(found.ToSorted().Select(problem => isTolerated ? problem with { Severity = Severity.Warning } : problem));
        }
        var call = new ModuleCall(spec.Name, values, arguments.FreeForm, directory) { Given = [.. arguments.Given] };
        context.Note(call, new CallSite(spec, arguments.SpanOf));
        if (spec.Name == "include_vars")
        {
            AddVars(call, LoopReader.Peek(context, task));
        }
        return call;
    }

    private void ReadAll(YamlMapping task, string module, Body body, Arguments arguments)
    {
        if (task.Find("args") is { } extra)
        {
            ReadArgs(extra, arguments);
        }
        switch (body.Node)
        {
            case YamlMapping mapping:
                ReadMapping(mapping, arguments);
                break;
            case YamlScalar { IsNull: true }:
                break;
            case YamlScalar scalar:
                ReadText(scalar, body.Skip, arguments);
                break;
            default:
                context.Diagnostics.Error(CompilerCodes.BadArgumentText, body.Node.Span, $"{module} takes arguments, not {body.Node.Kind}", "write a mapping of names to values");
                break;
        }
    }

    // What the host may load is compiled along.
    private void AddVars(ModuleCall call, Loop? loop)
    {
        if ((call.Arguments["file"] ?? call.Arguments["_raw_params"] ?? call.FreeForm)?.Reveal() is { } file)
        {
            if (!context.Includes.AddVars(file, loop, directory, role) && file is not TemplateValue)
            {
                var site = context.SiteOf(call)!;
                context.Diagnostics.Error(CompilerCodes.MissingFile, site.SpanOf("file"), $"include_vars: there is no file '{file}'", detail: $"looked for {string.Join(", ", OperatorTree.Candidates(file.ToString(), directory, OperatorFileKind.Vars))}");
            }
        }
        else if (call.Arguments["dir"]?.Reveal() is { } dir)
        {
            if (dir is TemplateValue template)
            {
                context.NotSupportedYet("a variable in dir of include_vars", template.Span, "write the directory out");
            }
            context.Includes.AddVarsBelow(dir.ToString(), directory);
        }
        else
        {
            var site = context.SiteOf(call)!;
            context.Diagnostics.Error(DiagnosticCodes.MissingArgument, site.SpanOf(""), "include_vars needs one of file, dir");
        }
    }

    private void ReadArgs(YamlEntry extra, Arguments arguments)
    {
        switch (extra.Value)
        {
            case YamlMapping mapping:
                ReadMapping(mapping, arguments);
                break;
            case YamlScalar { IsNull: true }:
                break;
            case YamlScalar scalar when !Template.HasMarkup(scalar.Text):
                ReadPairs(KeyValueText.Parse(scalar.Text, isCommand: false), scalar, 0, arguments);
                break;
            case YamlScalar scalar:
                arguments.Given.Add(context.Templates.TextOrTemplate(scalar.Text, scalar.SpanAt));
                break;
            default:
                context.WrongKind(extra, "a mapping of arguments");
                break;
        }
    }

    private void ReadMapping(YamlMapping mapping, Arguments arguments)
    {
        foreach (var entry in mapping.Entries)
        {
            if (entry.Name == "_raw_params")
            {
                arguments.FreeForm = context.Values.Read(entry.Value);
            }
            else if (Template.HasMarkup(entry.Name) && arguments.TakesAny)
            {
                _ = context.Values.Read(entry.Key);
                arguments.Set(entry.Name, context.Values.Read(entry.Value), entry.Key.Span, entry.Value.Span);
            }
            else if (Template.HasMarkup(entry.Name))
            {
                context.NotSupportedYet("a variable in the name of an argument", entry.Key.Span, "write the name out");
            }
            else
            {
                arguments.Set(entry.Name, arguments.IsCondition(entry.Name) ? ReadConditions(entry.Value) : context.Values.Read(entry.Value), entry.Key.Span, entry.Value.Span);
            }
        }
    }

    private Value ReadConditions(YamlNode node) => node switch
    {
        YamlScalar { IsNull: false } scalar => ConditionReader.Read(context.Templates, scalar),
        YamlSequence sequence => Value.Of(sequence.Items.Select(ReadConditions)),
        _ => context.Values.Read(node),
    };

    private void ReadText(YamlScalar scalar, int skip, Arguments arguments)
    {
        var spec = arguments.Spec;
        var text = scalar.Text[skip..];
        if (text.Trim().Length == 0)
        {
            return;
        }
        if (spec?.TextArgument is { } only && !text.Contains('='))
        {
            var start = text.Length - text.TrimStart().Length;
            arguments.Set(only, context.Templates.TextOrTemplate(text.Trim(), offset => scalar.SpanAt(skip + start + offset)), scalar.SpanAt(skip + start), scalar.SpanAt(skip + start));
            return;
        }
        var parsed = KeyValueText.Parse(text, spec?.TakesFreeForm == true);
        // A line with words that are no pairs is a command, where the host may come to a module that takes one.
        var isCommand = spec?.TakesFreeForm ?? (!parsed.Strays.IsEmpty && GivenIn(parsed) is null);
        parsed = isCommand && spec is null ? KeyValueText.Parse(text, isCommand: true) : parsed;
        ReadPairs(parsed, scalar, skip, arguments);
        if (isCommand && parsed.FreeForm.Length > 0)
        {
            arguments.FreeForm = context.Templates.TextOrTemplate(parsed.FreeForm, offset => scalar.SpanAt(skip + parsed.OffsetOf(offset)));
        }
    }

    // Arguments out of a variable, in the place of pairs or beside them.
    private static (string Text, int Offset)? GivenIn(KeyValueText parsed) =>
        parsed.Strays is [{ Text: var text } only] && text.StartsWith("{{", StringComparison.Ordinal) && text.EndsWith("}}", StringComparison.Ordinal) ? only : null;

    private void ReadPairs(KeyValueText parsed, YamlScalar scalar, int skip, Arguments arguments)
    {
        if (parsed.Problem is { } problem)
        {
            context.Diagnostics.Error(CompilerCodes.BadArgumentText, scalar.SpanAt(skip + problem.Offset), problem.Message);
            return;
        }
        if (GivenIn(parsed) is var (whole, start))
        {
            arguments.Given.Add(context.Templates.TextOrTemplate(whole, at => scalar.SpanAt(skip + start + at)));
        }
        else
        {
            foreach (var (text, offset) in parsed.Strays)
            {
                context.Diagnostics.Error(CompilerCodes.BadArgumentText, scalar.SpanAt(skip + offset), $"'{text}' is no key=value", "put a value with blanks in quotes: key=\"a b\"");
            }
        }
        var written = new HashSet<string>(StringComparer.Ordinal);
        foreach (var pair in parsed.Pairs)
        {
            var keySpan = scalar.SpanAt(skip + pair.KeyOffset);
            if (!written.Add(pair.Key))
            {
                context.Diagnostics.Error(CompilerCodes.DuplicateKey, keySpan, $"'{pair.Key}' is written a second time", "keep one of them");
                continue;
            }
            SourceSpan SpanAt(int offset) => scalar.SpanAt(skip + pair.Offset + offset);
            var value = arguments.IsCondition(pair.Key) ? ConditionReader.Read(context.Templates, pair.Value, SpanAt) : context.Templates.TextOrTemplate(pair.Value, SpanAt);
            arguments.Set(pair.Key, value, keySpan, scalar.SpanAt(skip + pair.Offset));
        }
    }

    // In the order of writing; what the module's own line says wins over `args`.
    private sealed class Arguments(ModuleSpec? spec, SourceSpan call, ModuleSet modules)
    {
        private readonly List<string> _order = [];
        private readonly HashSet<string> _byDefault = new(StringComparer.Ordinal);
        private readonly Dictionary<string, (Value Value, SourceSpan Key, SourceSpan Text)> _all = new(StringComparer.Ordinal);

        public Value? FreeForm { get; set; }

        /// <summary>Null: only the host knows which module it is.</summary>
        public ModuleSpec? Spec => spec;

        /// <summary>Dicts of more, out of variables.</summary>
        public List<Value> Given { get; } = [];

        public bool TakesAny => spec is null or { TakesAnyArgument: true };

        /// <summary>Of an argument of any module, where it is not known of which.</summary>
        public bool IsCondition(string name) => spec is not null ? spec.Find(name) is { Type: ArgumentType.Condition }
            : modules.Names.Select(modules.Find).Select(any => any?.Find(name)).OfType<ArgumentSpec>().ToList() is { Count: > 0 } found && found.TrueForAll(argument => argument.Type == ArgumentType.Condition);

        public MapValue ToMap() => new(_order.Select(name => KeyValuePair.Create<Value, Value>(Value.Of(name), _all[name].Value)));

        /// <summary>What is there by default only comes below what variables give.</summary>
        public void SettleGiven()
        {
            if (Given.Count > 0 && _byDefault.Count > 0)
            {
                Given.Insert(0, MapValue.From([.. _order.Where(_byDefault.Contains).Select(name => (name, _all[name].Value))]));
                _order.RemoveAll(_byDefault.Contains);
            }
        }

        /// <summary>What is there is the module's by default: anything set from now on takes its place, by whichever of its names.</summary>
        public void EndDefaults() => _byDefault.UnionWith(_order);

        public void Set(string name, Value value, SourceSpan key, SourceSpan text)
        {
            if (_byDefault.FirstOrDefault(other => other == name || spec?.Find(name) is { } same && ReferenceEquals(spec.Find(other), same)) is { } byDefault)
            {
                _byDefault.Remove(byDefault);
                _order.Remove(byDefault);
                _all.Remove(byDefault);
            }
            if (!_all.ContainsKey(name))
            {
                _order.Add(name);
            }
            _all[name] = (value, key, text);
        }

        public SourceSpan SpanOf(string name) => _all.TryGetValue(name, out var found) ? found.Key : call;
    }
}
