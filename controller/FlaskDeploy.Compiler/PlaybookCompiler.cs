using System.Collections.Immutable;
using FlaskDeploy.Compiler.Binding;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Compiler.Inventory;
using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler;

/// <summary>
/// Turns a playbook, its inventory and its variables into what agents run, or into the list of everything that is wrong with
/// them. It never throws for what a person wrote, and it changes nothing.
/// </summary>
/// <param name="modules">Null: the catalog of the language.</param>
public sealed class PlaybookCompiler(IOperatorMachine machine, ModuleSet? modules = null)
{
    private readonly ModuleSet _modules = modules ?? ModuleSet.Catalog;

    /// <summary>What a deployment is called where nobody names it: the playbook's file name without its extension.</summary>
    public static string DefaultDeploymentName(string playbookPath) => Path.GetFileNameWithoutExtension(playbookPath);

    // Of several: of all of them, so that one of them by itself stays a deployment of its own.
    private static string NameOf(SyntaxContext context) => string.Join('.', context.Request.MorePlaybooks.Prepend(context.Files.PlaybookPath).Select(DefaultDeploymentName));

    public CompilationResult Compile(CompilationRequest request)
    {
        var (context, sources, plays, binder, files) = Bind(request, machine, _modules);
        var hosts = binder.CompiledHosts();
        var diagnostics = context.Diagnostics.ToSorted().Select(context.Files.ForOperator).ToImmutableArray();
        return context.Diagnostics.HasErrors
            ? new CompilationResult(null, diagnostics)
            : new CompilationResult(Assemble(context, plays, sources, binder.Groups, hosts, files), diagnostics);
    }

    /// <summary>What is wrong, and which files were read to find out: for lint, which needs nothing of what is made.</summary>
    internal static SyntaxContext Analyse(CompilationRequest request, IOperatorMachine machine, ModuleSet modules) => Bind(request, machine, modules).Context;

    private static (SyntaxContext Context, ImmutableArray<PlaySource> Sources, ImmutableArray<Play> Plays, PlaybookBinder Binder, OperatorFiles Files) Bind(CompilationRequest request, IOperatorMachine machine, ModuleSet modules)
    {
        var context = new SyntaxContext(request, machine, modules);
        var extraVars = ExtraVarsReader.Read(context);
        context.ExtraVars = extraVars;
        var sources = new PlaybookReader(context, extraVars.Keys.ToHashSet(StringComparer.Ordinal)).Read();
        var model = InventoryLoader.Load(context);
        var files = new OperatorFiles(machine, context.Files, context.Diagnostics, context.Widened);
        var binder = new PlaybookBinder(context, model, files);
        return (context, sources, binder.Bind(sources), binder, files);
    }

    private static Compilation Assemble(
        SyntaxContext context, ImmutableArray<Play> plays, ImmutableArray<PlaySource> sources, ImmutableArray<Group> groups, ImmutableArray<CompiledHost> hosts, OperatorFiles files) => new()
        {
            Bundle = BundleOf(context, plays, files),
            Release = new ReleaseContent
            {
                Bundle = null,
                Groups = groups,
                ExtraVars = [.. context.ExtraVars],
                Selector = SelectorOf(sources),
                Policy = context.Request.Policy,
                Origin = string.Join(' ', context.Request.MorePlaybooks.Select(context.Files.Absolute).Prepend(context.Files.PlaybookPath)),
                Interval = context.Request.Interval,
                Windows = context.Request.Windows,
            },
            Hosts = hosts,
            Blobs = files.Blobs,
            HasSecrets = context.Files.HasSecrets,
            Widened = [.. context.Widened.All.Select(name => name with { Span = context.Files.ForOperator(new Diagnostic("", Severity.Warning, name.Span, "")).Span })],
            DefaultDeploymentName = NameOf(context),
        };

    private static Bundle BundleOf(SyntaxContext context, ImmutableArray<Play> plays, OperatorFiles files)
    {
        var bundle = new Bundle
        {
            Playbook = string.Join(' ', context.Request.MorePlaybooks.Prepend(context.Files.PlaybookPath).Select(Path.GetFileName)),
            Plays = plays,
            Tree = files.Tree,
            TaskFiles = context.Includes.TaskFiles,
            VarsFiles = context.Includes.VarsFiles,
            Answers = files.Answers,
            HasNativeTypes = context.Configuration.HasNativeTypes,
            PassesOverMissingHandlers = context.Configuration.PassesOverMissingHandlers,
            Requirements = new Requirements
            {
                Modules = [.. context.UsedModules],
                Filters = context.Templates.Filters,
                Tests = context.Templates.Tests,
                Lookups = context.Templates.Lookups,
            },
        };
        return bundle with { Language = BundleVersions.LanguageOf(bundle) };
    }

    // Patterns that exclude cannot be joined: what one play excludes another may want.
    private static string SelectorOf(ImmutableArray<PlaySource> sources)
    {
        var patterns = sources.Select(source => source.Play.Hosts).Distinct(StringComparer.Ordinal).ToList();
        return patterns.Count == 1 || !patterns.Any(pattern => pattern.AsSpan().ContainsAny("!&")) ? string.Join(',', patterns) : "all";
    }
}
