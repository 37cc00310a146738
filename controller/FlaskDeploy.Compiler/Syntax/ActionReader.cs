using System.Collections.Immutable;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
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
            if (Language.Expressions.Template.HasMarkup(name))
            {
                // What cannot be known ahead is carried as it is, for the task may be run by nobody; the checker says where it would be.
                if (IsPackageManager(name))
                {
                    // Whichever the host has: that is what this module is for.
                    return Read(task, context.Modules.Find("package")!, nameSpan, body);
                }
                if (KnownNames.Resolve(context, context.Templates.TextOrTemplate(name, _ => nameSpan), role, nameSpan).Value is not { } known || known.Reveal() is not TextValue { Text: var rendered })
                {
                    return new ModuleCall(name, MapValue.Empty, null, directory);
                }
                name = rendered.Trim();
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

    private static bool IsPackageManager(string name) =>
        name.Replace(" ", "", StringComparison.Ordinal).Replace('"', '\'') is "{{ansible_pkg_mgr}}" or "{{ansible_facts.pkg_mgr}}" or "{{ansible_facts['pkg_mgr']}}";

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

    // At the first blank outside of markup.
    private static int EndOfName(string text, int start)
    {
        var at = start;
        while (at < text.Length && text[at] is not (' ' or '\n'))
        {
            var close = text.AsSpan(at).StartsWith("{{") ? text.IndexOf("}}", at, StringComparison.Ordinal) : -1;
            at = close < 0 ? at + 1 : close + 2;
        }
        return at;
    }

    private ModuleCall? Read(YamlMapping task, ModuleSpec spec, SourceSpan nameSpan, Body body)
    {
        var arguments = new Arguments(spec, nameSpan);
        var before = context.Diagnostics.Count;
        if (context.ModuleDefaults.Of(spec.Name) is { } defaults)
        {
            ReadMapping(defaults, arguments);
            arguments.EndDefaults();
        }
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
                ReadText(spec, scalar, body.Skip, arguments);
                break;
            default:
                context.Diagnostics.Error(CompilerCodes.BadArgumentText, body.Node.Span, $"{spec.Name} takes arguments, not {body.Node.Kind}", "write a mapping of names to values");
                break;
        }
        var values = new MapValue(arguments.Values.Select(pair => KeyValuePair.Create<Value, Value>(Value.Of(pair.Key), pair.Value)));
        if (context.Diagnostics.Count == before)
        {
            var found = new DiagnosticBag();
            ArgumentBinder.Bind(spec, values, arguments.FreeForm?.ToString(), arguments.SpanOf, found);
            context.Diagnostics.AddRange(found.ToSorted().Select(problem => isTolerated ? problem with { Severity = Severity.Warning } : problem));
        }
        var call = new ModuleCall(spec.Name, values, arguments.FreeForm, directory);
        context.Note(call, new CallSite(spec, arguments.SpanOf));
        if (spec.Name == "include_vars")
        {
            AddVars(call, LoopReader.Peek(context, task));
        }
        return call;
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
            case YamlScalar scalar when !Language.Expressions.Template.HasMarkup(scalar.Text):
                ReadPairs(KeyValueText.Parse(scalar.Text, isCommand: false), scalar, 0, arguments);
                break;
            case YamlScalar:
                context.NotSupportedYet("args", extra.Value.Span, "write the arguments out as a mapping");
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
            else if (Language.Expressions.Template.HasMarkup(entry.Name) && arguments.TakesAny)
            {
                _ = context.Values.Read(entry.Key);
                arguments.Set(entry.Name, context.Values.Read(entry.Value), entry.Key.Span, entry.Value.Span);
            }
            else if (Language.Expressions.Template.HasMarkup(entry.Name))
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

    private void ReadText(ModuleSpec spec, YamlScalar scalar, int skip, Arguments arguments)
    {
        var text = scalar.Text[skip..];
        if (text.Trim().Length == 0)
        {
            return;
        }
        if (spec.TextArgument is { } only && !text.Contains('='))
        {
            var start = text.Length - text.TrimStart().Length;
            arguments.Set(only, context.Templates.TextOrTemplate(text.Trim(), offset => scalar.SpanAt(skip + start + offset)), scalar.SpanAt(skip + start), scalar.SpanAt(skip + start));
            return;
        }
        var parsed = KeyValueText.Parse(text, spec.TakesFreeForm);
        ReadPairs(parsed, scalar, skip, arguments);
        if (spec.TakesFreeForm && parsed.FreeForm.Length > 0)
        {
            arguments.FreeForm = context.Templates.TextOrTemplate(parsed.FreeForm, offset => scalar.SpanAt(skip + parsed.OffsetOf(offset)));
        }
    }

    private void ReadPairs(KeyValueText parsed, YamlScalar scalar, int skip, Arguments arguments)
    {
        if (parsed.Problem is { } problem)
        {
            context.Diagnostics.Error(CompilerCodes.BadArgumentText, scalar.SpanAt(skip + problem.Offset), problem.Message);
            return;
        }
        foreach (var (text, offset) in parsed.Strays)
        {
            context.Diagnostics.Error(CompilerCodes.BadArgumentText, scalar.SpanAt(skip + offset), $"'{text}' is no key=value", "put a value with blanks in quotes: key=\"a b\"");
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
    private sealed class Arguments(ModuleSpec spec, SourceSpan call)
    {
        private readonly List<string> _order = [];
        private readonly HashSet<string> _byDefault = new(StringComparer.Ordinal);
        private readonly Dictionary<string, (Value Value, SourceSpan Key, SourceSpan Text)> _all = new(StringComparer.Ordinal);

        public Value? FreeForm { get; set; }

        public bool TakesAny => spec.TakesAnyArgument;

        public bool IsCondition(string name) => spec.Find(name) is { Type: ArgumentType.Condition };

        public IEnumerable<KeyValuePair<string, Value>> Values => _order.Select(name => KeyValuePair.Create(name, _all[name].Value));

        /// <summary>What is there is the module's by default: anything set from now on takes its place, by whichever of its names.</summary>
        public void EndDefaults() => _byDefault.UnionWith(_order);

        public void Set(string name, Value value, SourceSpan key, SourceSpan text)
        {
            if (_byDefault.FirstOrDefault(other => other == name || spec.Find(name) is { } same && ReferenceEquals(spec.Find(other), same)) is { } byDefault)
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
