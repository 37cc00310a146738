using System.Collections.Immutable;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Binding;

/// <summary>The operator's files that tasks ask for on one host: found, entered into the tree, and allowed to be read there.</summary>
/// <param name="onUndefined">Told of every name in a template that nothing defines.</param>
internal sealed class FilesOfTasks(SyntaxContext context, OperatorFiles files, TemplateFiles templateFiles, ILookupListener listener, Action<SourceSpan, string, HostVariables> onUndefined)
{
    /// <summary>What <c>with_first_found</c> of a task comes to; null: nothing of that name is there.</summary>
    public string? FindFirst(string name, TaskOnHost instance)
    {
        switch (instance.Call.Module)
        {
            case "include_vars":
                return context.Includes.Vars(name, instance.Call.Directory)?.Path;
            case "include_tasks":
                return TaskFile.Candidates(name, instance.Call.Directory).FirstOrDefault(key => context.Includes.Find(key) is not null);
            default:
                var found = files.Find(name, instance.Call.Directory, instance.Call.Module == "template" ? OperatorFileKind.Template : OperatorFileKind.File, instance.Node.Span);
                Allow(found);
                return found.IsEmpty ? null : found[0].Path;
        }
    }

    /// <summary>The files that the arguments of a task name, and those that its template asks for.</summary>
    /// <param name="isCertain">The task is run: what is missing is an error.</param>
    /// <param name="isTolerated">Its errors are ignored or rescued: what is refused is only told.</param>
    public void Collect(TaskOnHost instance, bool isCertain, bool isTolerated)
    {
        var before = context.Diagnostics.Count;
        Collect(instance, isCertain);
        if (isTolerated)
        {
            context.Diagnostics.AddRange(context.Diagnostics.TakeSince(before).Select(problem => problem with { Severity = Severity.Warning }));
        }
    }

    private void Collect(TaskOnHost instance, bool isCertain)
    {
        if ((instance.Site ?? context.SiteOf(instance.Call)) is not { } site)
        {
            return;
        }
        if (instance.Call.Module == "script" && (instance.Call.FreeForm ?? instance.Call.Arguments["cmd"]) is { } line)
        {
            Collect(instance, "cmd", FirstWord.Of(line), site, isCertain);
        }
        foreach (var (key, written) in instance.Call.Arguments.Entries)
        {
            if (site.Spec.Find(key.ToString()) is { Type: ArgumentType.OperatorPath } && !IsOnHost(instance, site.Spec))
            {
                Collect(instance, key.ToString(), written, site, isCertain);
            }
        }
    }

    // Where only the host can tell which it is, or nothing can, no file of the operator's is certain.
    private bool IsOnHost(TaskOnHost instance, ModuleSpec spec)
    {
        bool? Says(string name) => instance.Call.Arguments[name] is { } written
            ? Resolver.Resolve(written, Evaluate(instance)).Value is { IsUnknown: false } said ? YamlScalars.AsBoolean(said.ToString()) : null
            : spec.Find(name)?.Default?.IsTruthy == true;
        return spec.Find("copy") is not null && instance.Call.Arguments["copy"] is not null && Says("copy") != true || Says("remote_src") != false;
    }

    private void Collect(TaskOnHost instance, string argument, Value written, CallSite site, bool isCertain)
    {
        var kind = instance.Call.Module == "template" ? OperatorFileKind.Template : OperatorFileKind.File;
        var resolved = Resolver.Resolve(written, Evaluate(instance)).Value;
        if (resolved is null or NullValue || resolved.Equals(Resolver.Omit))
        {
            return;
        }
        if (resolved.IsUnknown)
        {
            // Here the host asks the operator's machine itself.
            if (written is TemplateValue template && Widen(template, instance, kind).IsEmpty && isCertain && !context.Request.ForLocalApply)
            {
                context.Diagnostics.Error(CompilerCodes.UnboundedName, site.SpanOf(argument), $"{site.Spec.Name}: which file {argument} means is known on the host only, and no file here can be it",
                    "let the name start with a directory: conf/{{ ... }}");
            }
            return;
        }
        var path = resolved.Reveal().ToString();
        var isAsItLies = instance.Call.Arguments["decrypt"] is { } decrypt && Resolver.Resolve(decrypt, Evaluate(instance)).Value is { IsUnknown: false } said && YamlScalars.AsBoolean(said.Reveal().ToString()) == false;
        if (isAsItLies)
        {
            files.TakeAsIs(path, instance.Call.Directory, kind, site.SpanOf(argument));
        }
        var found = files.Find(path, instance.Call.Directory, kind, site.SpanOf(argument));
        if (found.IsEmpty && files.WasRefused(path, instance.Call.Directory, kind))
        {
            return;
        }
        if (found.IsEmpty)
        {
            Missing(instance, argument, path, kind, site, isCertain);
            return;
        }
        Allow(found);
        foreach (var closed in isAsItLies || kind == OperatorFileKind.Template ? [] : found.Select(files.ClosedBecause).OfType<Diagnostic>())
        {
            context.Diagnostics.Add(closed with { Severity = isCertain ? Severity.Error : Severity.Warning, Span = site.SpanOf(argument) });
        }
        if (kind == OperatorFileKind.Template && found is [{ Digest: not null } file])
        {
            var others = new OperatorTemplates(files, instance.Call.Directory, file.Path, site.SpanOf(argument), listener.WasRead);
            templateFiles.Includes.Follow(file, TemplateFiles.OptionsOf(instance.Call.Arguments), others);
            templateFiles.Check(file, instance.Variables, Evaluate(instance) with { Templates = others }, onUndefined, site.SpanOf(argument), instance.Call.Arguments, isCertain);
        }
    }

    private void Missing(TaskOnHost instance, string argument, string path, OperatorFileKind kind, CallSite site, bool isCertain)
    {
        var diagnostic = new Diagnostic(CompilerCodes.MissingFile, isCertain && !context.Request.ForLocalApply ? Severity.Error : Severity.Warning, site.SpanOf(argument), $"{site.Spec.Name}: there is no file '{path}'")
        {
            Remedy = Suggestion.For(path, files.Beside(path, instance.Call.Directory, kind)),
            Detail = $"looked for {string.Join(", ", files.Places(path, instance.Call.Directory, kind))}",
        };
        context.Diagnostics.Add(diagnostic);
    }

    /// <summary>Every file that a name which the host completes can come to mean.</summary>
    public ImmutableArray<TreeEntry> Widen(TemplateValue template, TaskOnHost instance, OperatorFileKind kind)
    {
        var name = NamePrefix.Of(template, Evaluate(instance));
        var suffix = template.Source.Contains('*') ? "" : name.End;
        var found = files.Widen(name.Start.Split('*')[0], suffix, instance.Call.Directory, kind, template.Span);
        Allow(found);
        foreach (var closed in found.Select(files.ClosedBecause).OfType<Diagnostic>())
        {
            context.Diagnostics.Add(closed with { Severity = Severity.Warning, Span = template.Span });
        }
        foreach (var file in kind == OperatorFileKind.Template ? found.Where(entry => entry.Digest is not null) : [])
        {
            var others = new OperatorTemplates(files, instance.Call.Directory, file.Path, template.Span, listener.WasRead);
            templateFiles.Includes.Follow(file, TemplateFiles.OptionsOf(instance.Call.Arguments), others);
        }
        return [.. found.Where(entry => entry.Digest is not null)];
    }

    private void Allow(IEnumerable<TreeEntry> entries)
    {
        foreach (var entry in entries)
        {
            listener.WasRead(entry);
        }
    }

    /// <summary>As the host would, with files that are read on the way allowed to it.</summary>
    public EvaluationContext Evaluate(TaskOnHost instance) => new(instance.Variables)
    {
        Lookups = new OperatorLookups(files, templateFiles.Includes, context.Interview, instance.Call.Directory, listener),
        Templates = OthersOf(instance),
        Span = instance.Node.Span,
        HasNativeTypes = context.Configuration.HasNativeTypes,
    };

    /// <summary>The templates that arguments may include.</summary>
    public OperatorTemplates OthersOf(TaskOnHost instance) => new(files, instance.Call.Directory, beside: null, instance.Node.Span, listener.WasRead);
}
