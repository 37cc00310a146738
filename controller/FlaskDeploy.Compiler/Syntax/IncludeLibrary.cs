using System.Collections.Immutable;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>
/// What the host may choose from when it comes to an include: files of tasks, roles and files of variables, each compiled
/// once. A file that is certain to be meant is held to be right; one that only its name's beginning and end allow is
/// carried with what is wrong with it, for the host that chooses it all the same.
/// </summary>
internal sealed class IncludeLibrary(SyntaxContext context)
{
    private const int MostDepth = 30;

    private readonly SortedDictionary<string, Entry> _tasks = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (VarsFile File, ImmutableArray<Diagnostic> Problems)> _vars = new(StringComparer.Ordinal);
    private readonly Dictionary<TaskAction, List<string>> _candidates = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<TaskAction, Diagnostic> _missing = new(ReferenceEqualityComparer.Instance);

    /// <param name="Defaults">That it was compiled under.</param>
    private sealed record Entry(TaskFile File, ImmutableArray<Diagnostic> Problems, string Defaults);

    public ImmutableArray<TaskFile> TaskFiles => [.. _tasks.Values.Select(entry => entry.File)];

    public ImmutableArray<VarsFile> VarsFiles => [.. _vars.Values.Select(entry => entry.File)];

    public TaskFile? Find(string key) => _tasks.GetValueOrDefault(key)?.File;

    public VarsFile? Vars(string name, string directory) =>
        OperatorTree.Candidates(name, directory, OperatorFileKind.Vars).Select(path => _vars.TryGetValue(path, out var found) ? found.File : null).FirstOrDefault(file => file is not null);

    /// <summary>Everything that an include may come to.</summary>
    public IReadOnlyList<string> CandidatesOf(TaskAction include) => _candidates.GetValueOrDefault(include) ?? [];

    /// <summary>That the one file which an include names is not there: for whoever comes to the include. Null: it is there, or which it is depends.</summary>
    public Diagnostic? MissingOf(TaskAction include) => _missing.GetValueOrDefault(include);

    /// <summary>A host is certain to choose it: what is wrong with it is said.</summary>
    public void Require(string key)
    {
        if (_tasks.TryGetValue(key, out var entry))
        {
            context.Diagnostics.AddRange(entry.Problems);
        }
    }

    public void RequireVars(VarsFile file) => context.Diagnostics.AddRange(_vars[file.Path].Problems);

    public void AddTasks(Include include, TaskNode node, string file, TaskPlace place, SourceSpan span, bool isHandler)
    {
        var found = Candidates(include);
        foreach (var name in new DynamicName(context, place.Role).Of(include.Name, node.Loop))
        {
            if (name.IsWhole)
            {
                if (TaskFile.Candidates(name.Start, include.Directory).FirstOrDefault(IsFile) is { } path)
                {
                    AddTaskFile(path, place, span, isHandler, isCertain: true);
                    found.Add(path);
                }
                else
                {
                    var places = TaskFile.Candidates(name.Start, include.Directory);
                    var missing = new Diagnostic(CompilerCodes.MissingFile, Gravity(node, place), span, $"there is no file '{name.Start}'")
                    {
                        Remedy = Suggestion.For(name.Start, places.SelectMany(candidate => OperatorListing.Names(context.Machine, Path.GetDirectoryName(OnMachine(candidate)) ?? "/"))),
                        Detail = $"looked for {string.Join(", ", places)}",
                    };
                    if (include.Name is TemplateValue)
                    {
                        context.Diagnostics.Add(missing);
                    }
                    else
                    {
                        _missing.Add(include, missing);
                    }
                }
                continue;
            }
            foreach (var path in Widen(name, TaskFile.Candidates(name.Start + "\u0001", include.Directory), "tasks", include.Directory).Where(path => OnMachine(path) != file || name.Start.Length + name.End.Length > 0))
            {
                if (AddTaskFile(path, place, span, isHandler, isCertain: false))
                {
                    found.Add(path);
                    context.Widened.Add(span, name.Start, name.End, [path]);
                }
            }
        }
    }

    public void AddRole(Include include, TaskNode node, RoleFiles files, string file, TaskPlace place, SourceSpan span)
    {
        var found = Candidates(include);
        foreach (var name in new DynamicName(context, place.Role).Of(include.Name, node.Loop))
        {
            ImmutableArray<string> roles = name.IsWhole ? [name.Start] : [.. context.Roles.Nearby(file, place.Role).Where(role => role.StartsWith(name.Start, StringComparison.Ordinal) && role.EndsWith(name.End, StringComparison.Ordinal))];
            foreach (var role in roles)
            {
                var before = context.Diagnostics.Count;
                var source = place.Roles.Find(role, span, place.Role);
                if (source is null)
                {
                    var lost = name.IsWhole && Gravity(node, place) == Severity.Error ? [] : context.Diagnostics.TakeSince(before);
                    if (name.IsWhole)
                    {
                        context.Diagnostics.AddRange(lost.Select(diagnostic => diagnostic with { Severity = Severity.Warning }));
                    }
                    continue;
                }
                foreach (var (from, isWhole) in TasksFrom(include, node, source, place))
                {
                    var key = Include.RoleKey(role, from, include.Variant);
                    AddRoleFile(key, source, files with { Tasks = Path.GetFileNameWithoutExtension(from) == from ? from : TrimExtension(from) }, span, place, name.IsWhole && isWhole);
                    found.Add(key);
                }
            }
        }
    }

    /// <summary>The files of variables that a task or a play may load.</summary>
    /// <returns>Whether any file can be meant.</returns>
    public bool AddVars(Value written, Loop? loop, string directory, RoleSource? role)
    {
        var any = false;
        foreach (var name in new DynamicName(context, role).Of(written, loop))
        {
            if (name.IsWhole)
            {
                if (OperatorTree.Candidates(name.Start, directory, OperatorFileKind.Vars).FirstOrDefault(IsFile) is { } path)
                {
                    any |= AddVarsFile(path, isCertain: true);
                }
                continue;
            }
            foreach (var path in Widen(name, OperatorTree.Candidates(name.Start + "\u0001", directory, OperatorFileKind.Vars), "vars"))
            {
                if (AddVarsFile(path, isCertain: false))
                {
                    any = true;
                    context.Widened.Add(written is TemplateValue template ? template.Span : default, name.Start, name.End, [path]);
                }
            }
        }
        return any;
    }

    /// <summary>The files of variables below a directory.</summary>
    public void AddVarsBelow(string name, string directory)
    {
        if (OperatorTree.Candidates(name, directory, OperatorFileKind.Vars).FirstOrDefault(path => context.Machine.Look(OnMachine(path))?.Kind == OperatorEntryKind.Directory) is { } start)
        {
            AddBelow(start, 0);
        }
    }

    private static Severity Gravity(TaskNode include, TaskPlace place) =>
        place.IsTolerated || include.IgnoreErrors is not (null or BoolValue { IsTrue: false }) ? Severity.Warning : Severity.Error;

    private void AddBelow(string directory, int depth)
    {
        foreach (var name in depth > MostDepth ? [] : OperatorListing.Names(context.Machine, OnMachine(directory)).Where(name => !name.StartsWith('.')))
        {
            var path = $"{directory}/{name}";
            if (context.Machine.Look(OnMachine(path))?.Kind == OperatorEntryKind.Directory)
            {
                AddBelow(path, depth + 1);
            }
            else
            {
                AddVarsFile(path, isCertain: false);
            }
        }
    }

    private IEnumerable<(string Name, bool IsWhole)> TasksFrom(Include include, TaskNode node, RoleSource role, TaskPlace place)
    {
        if (include.TasksFrom is not { } written)
        {
            return [("main", true)];
        }
        return new DynamicName(context, place.Role).Of(written, node.Loop).SelectMany(name => name.IsWhole
            ? [(name.Start == Resolver.Omit.ToString() ? "main" : name.Start, true)]
            : OperatorListing.Names(context.Machine, Path.Combine(role.Directory, "tasks")).Where(file => IsYaml(file) && file.StartsWith(name.Start, StringComparison.Ordinal) && file.EndsWith(name.End, StringComparison.Ordinal)).Select(file => (file, false)));
    }

    private void AddRoleFile(string key, RoleSource role, RoleFiles files, SourceSpan span, TaskPlace place, bool isCertain)
    {
        if (!_tasks.ContainsKey(key) && place.Depth < MostDepth)
        {
            // Roles may include each other in a circle: whoever comes back finds it begun.
            _tasks[key] = new Entry(new TaskFile(key, []), [], context.ModuleDefaults.Signature);
            var before = context.Diagnostics.Count;
            var gathering = new RoleGathering("h");
            var reader = place.Roles.With(gathering);
            var keywords = new TaskNode { Id = "", Name = Value.Null, Action = new Block([], [], []), Span = span };
            var block = reader.Build(new RoleUse(role, keywords, files), "0", isLate: false);
            var problems = context.Diagnostics.TakeSince(before);
            _tasks[key] = new Entry(new TaskFile(key, [block]) { Handlers = [.. gathering.Handlers, .. gathering.LateHandlers], Problem = ProblemIn(problems) }, problems, context.ModuleDefaults.Signature);
        }
        Settle(key, isCertain);
        CheckDefaults(key, span);
    }

    private bool AddTaskFile(string path, TaskPlace place, SourceSpan span, bool isHandler, bool isCertain)
    {
        if (!_tasks.ContainsKey(path))
        {
            _tasks[path] = new Entry(new TaskFile(path, []), [], context.ModuleDefaults.Signature);
            var before = context.Diagnostics.Count;
            var root = context.Files.ReadYaml(OnMachine(path), SourceSpan.None);
            if (!isCertain && root is not (YamlSequence or null or YamlScalar { IsNull: true }) || root is YamlSequence { Items: [YamlMapping first, ..] } && first.Entries.Any(entry => entry.Name is "hosts" or "import_playbook"))
            {
                // A file of something else that lies there as well.
                context.Diagnostics.TakeSince(before);
                _tasks.Remove(path);
                return false;
            }
            ImmutableArray<TaskNode> tasks = [];
            var gathering = new RoleGathering("h");
            if (root is YamlSequence sequence)
            {
                tasks = new TaskReader(context, OnMachine(path), place with { Depth = place.Depth + 1, Roles = place.Roles.With(gathering), Gathering = gathering }).ReadList(sequence, "", isHandler);
            }
            else if (root is not (null or YamlScalar { IsNull: true }))
            {
                context.Diagnostics.Error(CompilerCodes.BadInclude, root.Span, $"a file of tasks is a list, and this is {root.Kind}");
            }
            var problems = context.Diagnostics.TakeSince(before);
            _tasks[path] = new Entry(new TaskFile(path, tasks) { Handlers = [.. gathering.Handlers, .. gathering.LateHandlers], Problem = ProblemIn(problems) }, problems, context.ModuleDefaults.Signature);
        }
        Settle(path, isCertain);
        CheckDefaults(path, span);
        return true;
    }

    private bool AddVarsFile(string path, bool isCertain)
    {
        if (!_vars.TryGetValue(path, out var known))
        {
            var before = context.Diagnostics.Count;
            var root = context.Files.ReadYaml(OnMachine(path), SourceSpan.None);
            var vars = root is YamlMapping mapping ? context.Values.ReadVariables(mapping) : [];
            if (root is not (YamlMapping or null or YamlScalar { IsNull: true }))
            {
                context.Diagnostics.Error(CompilerCodes.NotAMapping, root.Span, $"a file of variables is a mapping, and this is {root.Kind}", "write 'name: value' on each line");
            }
            var problems = context.Diagnostics.TakeSince(before);
            if (!isCertain && root is YamlSequence)
            {
                return false;
            }
            known = (new VarsFile(path, vars) { Problem = ProblemIn(problems) }, problems);
            _vars.Add(path, known);
        }
        if (isCertain)
        {
            context.Diagnostics.AddRange(known.Problems);
        }
        return true;
    }

    // A file is compiled once, with the arguments that its calls have by default.
    private void CheckDefaults(string key, SourceSpan span)
    {
        if (_tasks.TryGetValue(key, out var entry) && entry.Defaults != context.ModuleDefaults.Signature)
        {
            context.NotSupportedYet($"{key} under different module_defaults", span, "import it, or let the same module_defaults stand around each include of it");
        }
    }

    private void Settle(string key, bool isCertain)
    {
        if (isCertain)
        {
            Require(key);
        }
    }

    private List<string> Candidates(TaskAction include)
    {
        if (!_candidates.TryGetValue(include, out var found))
        {
            _candidates[include] = found = [];
        }
        return found;
    }

    // Files whose names begin and end as it is known, in a directory for such files and below it. Where nothing of a file's name is known, files of tasks may lie beside the file that includes them too, and others nowhere else: variables of other hosts are nobody's business.
    private IEnumerable<string> Widen(DynamicName.Part name, ImmutableArray<string> candidates, string own, string? beside = null)
    {
        foreach (var candidate in candidates)
        {
            var cut = candidate.LastIndexOf('/');
            var (directory, start) = (cut < 0 ? "" : candidate[..cut], candidate[(cut + 1)..^1]);
            var isOwn = directory.Split('/').Contains(own);
            if (start.Length == 0 && !isOwn && directory != beside && !(own == "tasks" && name.Start.Contains('/', StringComparison.Ordinal)))
            {
                continue;
            }
            foreach (var file in Below(directory, isOwn ? MostDepth : 0).Where(file => IsYaml(file) && file.StartsWith(start, StringComparison.Ordinal) && file.EndsWith(name.End, StringComparison.Ordinal)))
            {
                yield return directory.Length == 0 ? file : $"{directory}/{file}";
            }
        }
    }

    // Relative names, without what no file of tasks or variables is ever called.
    private IEnumerable<string> Below(string directory, int depth)
    {
        foreach (var name in OperatorListing.Names(context.Machine, OnMachine(directory)).Where(name => !name.StartsWith('.') && name is not ("group_vars" or "host_vars")))
        {
            yield return name;
            var below = directory.Length == 0 ? name : $"{directory}/{name}";
            if (depth > 0 && context.Machine.Look(OnMachine(below))?.Kind == OperatorEntryKind.Directory)
            {
                foreach (var inner in Below(below, depth - 1))
                {
                    yield return $"{name}/{inner}";
                }
            }
        }
    }

    private static string? ProblemIn(ImmutableArray<Diagnostic> problems) =>
        problems.FirstOrDefault(problem => problem.Severity == Severity.Error) is { } error ? $"{error.Span}: {error.Summary}" : null;

    private static bool IsYaml(string name) => Path.GetExtension(name) is ".yml" or ".yaml" or ".json";

    private static string TrimExtension(string name) => IsYaml(name) ? name[..^Path.GetExtension(name).Length] : name;

    private bool IsFile(string path) => context.Machine.Look(OnMachine(path))?.Kind == OperatorEntryKind.File;

    private string OnMachine(string path) => context.Files.Absolute(path, context.Files.PlaybookDirectory);
}
