using System.Collections.Immutable;
using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Binding;

/// <summary>Reads the <c>vars_files</c> of a play. Where a name is not the same for all of its hosts, or known to them only, they choose: from that file on all are theirs to load, in the order of writing.</summary>
internal sealed class VarsFilesBinder(SyntaxContext context)
{
    public (ImmutableArray<KeyValuePair<string, Value>> Vars, ImmutableArray<VarsChoice> OnHost) Read(PlaySource source, IReadOnlyList<HostVariables> hosts)
    {
        var result = ImmutableArray.CreateBuilder<KeyValuePair<string, Value>>();
        var onHost = ImmutableArray.CreateBuilder<VarsChoice>();
        foreach (var choices in source.VarsFiles)
        {
            if (onHost.Count > 0 || choices.Any(choice => DiffersFor(choice, hosts)))
            {
                onHost.Add(ForHosts(source, choices));
                continue;
            }
            if (Choose(source, choices, hosts) is { } path && context.Files.ReadYaml(path, SpanOf(choices[0], source)) is { } root)
            {
                if (root is YamlMapping mapping)
                {
                    result.AddRange(context.Values.ReadVariables(mapping));
                }
                else if (root is not YamlScalar { IsNull: true })
                {
                    context.Diagnostics.Error(CompilerCodes.NotAMapping, root.Span, $"a file of variables is a mapping, and this is {root.Kind}", "write 'name: value' on each line");
                }
            }
        }
        return (result.ToImmutable(), onHost.ToImmutable());
    }

    private static bool DiffersFor(Value choice, IReadOnlyList<HostVariables> hosts)
    {
        if (choice is not TemplateValue template)
        {
            return false;
        }
        var names = hosts.Select(host => Resolver.Resolve(template, new EvaluationContext(host) { Span = template.Span })).ToList();
        return names.All(name => name.Error is null) && (names.Exists(name => name.Value!.IsUnknown) || names.DistinctBy(name => name.Value!.ToString()).Count() > 1);
    }

    private VarsChoice ForHosts(PlaySource source, ImmutableArray<Value> choices)
    {
        var directory = context.Files.NameOf(Path.GetDirectoryName(source.File) ?? "/");
        var any = false;
        foreach (var choice in choices)
        {
            any |= context.Includes.AddVars(choice, null, directory, null);
        }
        if (!any)
        {
            context.Diagnostics.Error(CompilerCodes.UnboundedName, SpanOf(choices[0], source), "which file of variables is meant is known on the host only, and no file here can be it", "let the name start with a directory: vars/{{ ... }}.yml");
        }
        return new VarsChoice(choices, directory);
    }

    // The first of the choices that exists. Null: none does (said), or the play has no hosts.
    private string? Choose(PlaySource source, ImmutableArray<Value> choices, IReadOnlyList<HostVariables> hosts)
    {
        var looked = new List<string>();
        foreach (var choice in choices)
        {
            if (Render(choice, source, hosts) is not { } name)
            {
                return null;
            }
            var directory = context.Files.NameOf(Path.GetDirectoryName(source.File) ?? "/");
            foreach (var candidate in OperatorTree.Candidates(name, directory, OperatorFileKind.Vars))
            {
                var path = context.Files.Absolute(candidate, context.Files.PlaybookDirectory);
                if (context.Machine.Look(path) is not null)
                {
                    return path;
                }
                looked.Add(candidate);
            }
        }
        context.Diagnostics.Error(CompilerCodes.MissingFile, SpanOf(choices[0], source), $"there is no file '{string.Join("', '", choices)}'", detail: $"looked for {string.Join(", ", looked.Distinct())}");
        return null;
    }

    private string? Render(Value name, PlaySource source, IReadOnlyList<HostVariables> hosts)
    {
        if (name is not TemplateValue template)
        {
            return name.ToString();
        }
        string? found = null;
        foreach (var host in hosts)
        {
            var rendered = Resolver.Resolve(template, new EvaluationContext(host) { Span = template.Span });
            if (rendered.Error is { } error)
            {
                context.Diagnostics.Add(error);
                return null;
            }
            found = rendered.Value!.ToString();
        }
        return found;
    }

    private static SourceSpan SpanOf(Value name, PlaySource source) => name is TemplateValue template ? template.Span : source.VarsFilesSpan;
}
