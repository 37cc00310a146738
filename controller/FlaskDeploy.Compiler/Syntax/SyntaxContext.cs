using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>Where a call of a module was written, for what is found out about it later.</summary>
/// <param name="SpanOf">Of the argument of that name; for an empty name, of the call.</param>
internal sealed record CallSite(ModuleSpec Spec, Func<string, SourceSpan> SpanOf);

/// <summary>What all readers of one compilation share.</summary>
internal sealed class SyntaxContext(CompilationRequest request, IOperatorMachine machine, ModuleSet modules)
{
    private readonly Dictionary<ModuleCall, CallSite> _calls = new(ReferenceEqualityComparer.Instance);
    private readonly SortedSet<string> _usedModules = new(StringComparer.Ordinal);

    public CompilationRequest Request { get; } = request;

    public IOperatorMachine Machine { get; } = machine;

    public ModuleSet Modules { get; } = modules;

    public DiagnosticBag Diagnostics { get; private init; } = new();

    public SourceFiles Files { get => field ??= new SourceFiles(Machine, Request.PlaybookPath, Diagnostics, Request.VaultPasswords); }

    public TemplateTable Templates { get => field ??= new TemplateTable(Diagnostics, Machine.Environment); }

    public ValueReader Values { get => field ??= new ValueReader(Templates, Diagnostics, Files); }

    public WidenedNames Widened { get; } = new();

    /// <summary>An agent on this machine asks by itself, when the task runs.</summary>
    public OperatorInterview Interview { get => field ??= new OperatorInterview(Request.ForLocalApply ? null : Machine.Questions(Files.PlaybookDirectory), Files.NoteSecret); }

    public AnsibleConfiguration Configuration { get => field ??= new AnsibleConfiguration(Machine, Files.PlaybookDirectory); }

    public RoleFinder Roles { get => field ??= new RoleFinder(this); }

    public IncludeLibrary Includes { get => field ??= new IncludeLibrary(this); }

    /// <summary>Set before the playbook is read.</summary>
    public IReadOnlyDictionary<string, Value> ExtraVars { get; set; } = new Dictionary<string, Value>();

    /// <summary>Around what is read now.</summary>
    public ModuleDefaults ModuleDefaults { get; private set; } = ModuleDefaults.None;

    /// <summary>Until it is disposed of, what is read stands under these.</summary>
    public IDisposable Under(ModuleDefaults defaults)
    {
        var outer = new Earlier(this, ModuleDefaults);
        ModuleDefaults = defaults;
        return outer;
    }

    /// <summary>Of what is read now.</summary>
    public KnownNames Known { get; private set; } = KnownNames.None;

    /// <summary>Until it is disposed of, that is known of what is read.</summary>
    public IDisposable Knowing(KnownNames names)
    {
        var outer = new Earlier(this, ModuleDefaults);
        Known = names;
        return outer;
    }

    public IEnumerable<string> UsedModules => _usedModules;

    public void Note(ModuleCall call, CallSite site)
    {
        _calls.Add(call, site);
        _usedModules.Add(site.Spec.Name);
    }

    /// <summary>A host may come to call it.</summary>
    public void Needs(ModuleSpec spec) => _usedModules.Add(spec.Name);

    public CallSite? SiteOf(ModuleCall call) => _calls.GetValueOrDefault(call);

    /// <summary>Of the play that is read: <see cref="PlaySource.Barriers"/>.</summary>
    public List<(string Keyword, SourceSpan Span)> Barriers { get; } = [];

    public void NotSupportedYet(string keyword, SourceSpan span, string? remedy = null) =>
        Diagnostics.Error(CompilerCodes.NotSupportedYet, span, $"'{keyword}' is not supported yet", remedy ?? Keywords.Remedies.GetValueOrDefault(keyword));

    public void WrongKind(YamlEntry entry, string wanted, string? remedy = null) =>
        Diagnostics.Error(CompilerCodes.BadKeywordValue, entry.Value is YamlScalar { IsNull: true } ? entry.Key.Span : entry.Value.Span,
            $"'{entry.Name}' takes {wanted}, not {entry.Value.Kind}", remedy);

    private sealed class Earlier(SyntaxContext context, ModuleDefaults outer) : IDisposable
    {
        private readonly KnownNames _known = context.Known;

        public void Dispose() => (context.ModuleDefaults, context.Known) = (outer, _known);
    }
}
