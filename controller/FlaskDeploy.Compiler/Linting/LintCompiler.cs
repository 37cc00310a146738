using System.Collections.Immutable;
using FlaskDeploy.Compiler.Linting.Model;
using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Linting;

/// <summary>
/// Lets the compiler read what is linted, and keeps what it says and which files it came to. Without an inventory it gets
/// one with a single host in every group that the plays name; what an inventory would have to say is then not held
/// against the playbook.
/// </summary>
internal sealed class LintCompiler(MendedMachine machine, LintRequest request, ModuleSet modules)
{
    private readonly List<LintFinding> _findings = [];
    private readonly HashSet<string> _reached = new(StringComparer.Ordinal);
    private readonly HashSet<string> _incomplete = new(StringComparer.Ordinal);
    private int _made;

    /// <summary>Files of playbooks with a role that was not found: what it defines, notifies or reads nobody knows.</summary>
    public IReadOnlySet<string> Incomplete => _incomplete;

    public IEnumerable<LintFinding> Findings => _findings;

    /// <summary>Every file of YAML that was read, absolute.</summary>
    public IReadOnlySet<string> Reached => _reached;

    public void Playbook(string path) => Compile(path, PlaysOf(path));

    /// <summary>A role alone: as a play that names it would bring it.</summary>
    public void Role(string directory)
    {
        var above = Path.GetDirectoryName(directory) ?? "/";
        var beside = Path.GetFileName(above) == "roles" ? Path.GetDirectoryName(above) ?? "/" : above;
        var path = Make(beside, $"- hosts: all\n  roles:\n  - role: \"{Path.GetFileName(directory)}\"\n");
        // Roles that are for others to take lie in a directory of their own: it is their roles path.
        Compile(path, PlaysOf(path), above);
    }

    /// <summary>Also the files of a role that only a host would choose.</summary>
    public void AllOf(string role)
    {
        foreach (var kind in (ReadOnlySpan<string>)["tasks", "handlers", "vars", "defaults"])
        {
            foreach (var name in Files.OperatorListing.Names(machine, Path.Combine(role, kind)).Where(MendedMachine.IsYaml))
            {
                _reached.Add(Path.Combine(role, kind, name));
            }
        }
    }

    /// <summary>A file of tasks or variables alone.</summary>
    public void File(string path)
    {
        _reached.Add(path);
        var mended = machine.Read(path);
        var kind = FileModel.KindOf(path, mended.Root);
        if (kind is LintFileKind.Tasks or LintFileKind.Handlers)
        {
            var list = kind == LintFileKind.Handlers ? "handlers" : "tasks";
            var made = Make(Path.GetDirectoryName(path) ?? "/", $"- hosts: all\n  {list}:\n  - import_tasks: \"{Path.GetFileName(path)}\"\n");
            Compile(made, PlaysOf(made), isPart: true);
        }
        else if (mended.Text is { } && mended.Root is not null)
        {
            var bag = new DiagnosticBag();
            YamlReader.Read(path, mended.Rest, bag);
            _findings.AddRange(bag.ToSorted().Select(FindingOf));
        }
    }

    public static LintFinding FindingOf(Diagnostic diagnostic) =>
        new(null, diagnostic.Code, diagnostic.Severity == Severity.Error ? LintSeverity.Error : LintSeverity.Warning, diagnostic.Span, diagnostic.Summary) { Remedy = diagnostic.Remedy, Detail = diagnostic.Detail };

    private const int MostImports = 20;

    private string Make(string directory, string text)
    {
        var path = Path.Combine(directory, $".flaskdeploy-lint-{_made++}.yml");
        machine.Add(path, text);
        return path;
    }

    private ImmutableArray<YamlMapping> PlaysOf(string path) => [.. (machine.Read(path).Root as YamlSequence)?.Items.OfType<YamlMapping>() ?? []];

    private void Compile(string path, ImmutableArray<YamlMapping> plays, string? rolesPath = null, bool isPart = false)
    {
        var inventories = request.Inventories.IsEmpty ? [Inventory(path, plays)] : request.Inventories;
        var context = PlaybookCompiler.Analyse(
            new CompilationRequest
            {
                PlaybookPath = path,
                Inventories = inventories,
                ExtraVars = request.ExtraVars,
                RolesPath = rolesPath is null ? request.RolesPath : [.. request.RolesPath, rolesPath],
                VaultPasswords = request.VaultPasswords,
                ForLocalApply = AreLocal(path, plays),
                Ask = (_, _) => "",
            },
            machine,
            modules);
        _reached.UnionWith(context.Files.ReadYamlPaths);
        var diagnostics = context.Diagnostics.ToSorted().Select(context.Files.ForOperator).ToList();
        var lacksRole = diagnostics.Exists(diagnostic => diagnostic.Code == CompilerCodes.UnknownRole);
        if (lacksRole)
        {
            _incomplete.UnionWith(context.Files.ReadYamlPaths);
        }
        var isBroken = lacksRole || machine.Broken.Any();
        foreach (var diagnostic in diagnostics)
        {
            var absolute = diagnostic with { Span = diagnostic.Span with { File = Path.GetFullPath(diagnostic.Span.File, machine.CurrentDirectory) } };
            if (!machine.IsOwn(absolute.Span.File) && Judge(absolute, isBroken, isPart) is { } finding)
            {
                _findings.Add(finding);
            }
        }
    }

    // Null: nobody can know from here.
    private LintFinding? Judge(Diagnostic diagnostic, bool isBroken, bool isPart)
    {
        var finding = FindingOf(diagnostic);
        return diagnostic.Code switch
        {
            // What stands in the parts that were left out, or in a role that is not here, may define it.
            DiagnosticCodes.UndefinedVariable or CompilerCodes.UnknownHandler when isBroken => null,
            CompilerCodes.UnknownHandler when isPart => null,
            CompilerCodes.UnknownHandler => finding with { Span = NotifyOf(diagnostic) ?? diagnostic.Span },
            // It is looked for on the machine that pushes, which this need not be.
            CompilerCodes.MissingFile when diagnostic.Summary.Contains("there is no file '/", StringComparison.Ordinal) => finding with { Severity = LintSeverity.Warning, Remedy = finding.Remedy ?? "a push looks for it on the machine that pushes; a file beside the playbook is found anywhere" },
            DiagnosticCodes.UndefinedVariable when request.Inventories.IsEmpty => IsSlip(diagnostic) ? finding with { Severity = LintSeverity.Warning } : null,
            // An inventory may bound it.
            CompilerCodes.UnboundedName when request.Inventories.IsEmpty => finding with { Severity = LintSeverity.Warning },
            // Each vault that stays closed is told once, as one.
            CompilerCodes.Encrypted when request.VaultPasswords.IsEmpty => null,
            CompilerCodes.Encrypted when machine.Closed.Contains(diagnostic.Span.File) => null,
            CompilerCodes.BadPattern or CompilerCodes.NoHosts or CompilerCodes.UserDiffers when request.Inventories.IsEmpty && diagnostic.Remedy is null => null,
            _ => finding,
        };
    }

    // The compiler names the task: where in it the name stands.
    private SourceSpan? NotifyOf(Diagnostic diagnostic)
    {
        var name = diagnostic.Summary.Split('\'', 2)[^1].TrimEnd('\'');
        return machine.Read(diagnostic.Span.File).Root is { } root
            ? YamlWalk.Mappings(root).FirstOrDefault(task => task.Span == diagnostic.Span)?["notify"] is { } notify
                ? YamlWalk.Scalars(notify).FirstOrDefault(scalar => scalar.Text.Trim() == name)?.Span ?? notify.Span
                : null
            : null;
    }

    // A slip of the keyboard from a name that is there.
    private static bool IsSlip(Diagnostic diagnostic)
    {
        var words = diagnostic.Summary.Split('\'');
        var known = diagnostic.Remedy?.Split('\'');
        return words.Length > 1 && known is { Length: > 1 } && words[1].Length >= 4 && IsSlip(words[1], known[1]);
    }

    // Two letters turned round, one too many or one missing; another letter may well be another name: mongoc_port, mongod_port.
    private static bool IsSlip(string a, string b)
    {
        if (a.Length > b.Length)
        {
            (a, b) = (b, a);
        }
        var start = a.Zip(b).TakeWhile(pair => pair.First == pair.Second).Count();
        var (restA, restB) = (a[start..], b[start..]);
        return restA.Length == restB.Length
            ? restA.Length > 1 && restA[0] == restB[1] && restA[1] == restB[0] && restA[2..] == restB[2..]
            : restB.Length == restA.Length + 1 && restB[1..] == restA && char.IsLetter(restB[0]);
    }

    // What is imported is for whom its own plays are for; a playbook that imports itself has nothing more to say.
    private bool AreLocal(string path, ImmutableArray<YamlMapping> plays, int depth = 0) => plays.Length > 0 && plays.All(play =>
        play.Entries.FirstOrDefault(entry => entry.Name is "import_playbook" or "ansible.builtin.import_playbook" or "include" && play.Find("hosts") is null) is { Value: YamlScalar { Text: var file } }
            ? depth < MostImports && Path.Combine(Path.GetDirectoryName(path) ?? "/", file.Trim()) is var imported && AreLocal(imported, PlaysOf(imported), depth + 1)
            : IsLocal(play));

    private static bool IsLocal(YamlMapping play) =>
        play["hosts"] is { } hosts && YamlWalk.Scalars(hosts).All(scalar => scalar.Text.Trim() is "localhost" or "127.0.0.1") || (play["connection"] as YamlScalar)?.Text == "local";

    private string Inventory(string path, ImmutableArray<YamlMapping> plays)
    {
        var groups = plays.Select(play => play["hosts"]).OfType<YamlNode>().SelectMany(YamlWalk.Scalars)
            .SelectMany(scalar => scalar.Text.Contains("{{", StringComparison.Ordinal) ? [] : scalar.Text.Split([',', ':', '&', '!', ' ', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Where(name => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') && name is not ("all" or "localhost" or "127.0.0.1" or "ungrouped") && !char.IsAsciiDigit(name[0]))
            .Distinct(StringComparer.Ordinal);
        var inventory = Path.Combine(Path.GetDirectoryName(path) ?? "/", $".flaskdeploy-lint-{_made++}.hosts");
        machine.Add(inventory, "lint.example\n" + string.Concat(groups.Select(group => $"[{group}]\nlint.example\n")));
        return inventory;
    }
}
