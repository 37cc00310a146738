using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Runs;

/// <summary>How names that tasks write are found among everything that a bundle carries: files, files of tasks, files of variables.</summary>
internal sealed class BundleNames(Bundle bundle, OperatorTree tree)
{
    private readonly Dictionary<string, VarsFile> _vars = bundle.VarsFiles.GroupBy(file => file.Path).ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
    private readonly HashSet<string> _tasks = bundle.TaskFiles.Select(file => file.Key).ToHashSet(StringComparer.Ordinal);

    /// <summary>The file of variables that a name means; null: the bundle does not carry it.</summary>
    public VarsFile? Vars(string name, string directory) =>
        OperatorTree.Candidates(name, directory, OperatorFileKind.Vars).Select(path => _vars.GetValueOrDefault(path)).FirstOrDefault(file => file is not null);

    /// <summary>All files of variables below a directory, by path, with how many directories deep they lie: 1 is in it.</summary>
    public IEnumerable<(VarsFile File, int Depth)> VarsBelow(string name, string directory) =>
        OperatorTree.Candidates(name, directory, OperatorFileKind.Vars)
            .Select(path => _vars.Values.Where(file => file.Path.StartsWith(path + "/", StringComparison.Ordinal)).OrderBy(file => file.Path, StringComparer.Ordinal)
                .Select(file => (file, file.Path[path.Length..].Count(c => c == '/'))).ToList())
            .FirstOrDefault(files => files.Count > 0) ?? [];

    /// <summary>Where <c>with_first_found</c> of a task finds a name; null: nowhere.</summary>
    public string? Find(string name, string directory, string module) => module switch
    {
        "include_vars" => Vars(name, directory)?.Path,
        "include_tasks" => TaskFile.Candidates(name, directory).FirstOrDefault(_tasks.Contains),
        _ => tree.Find(name, directory, module == "template" ? OperatorFileKind.Template : OperatorFileKind.File)?.Path,
    };

    /// <summary>Whether a path is one of a file that was compiled instead of carried as it is.</summary>
    public bool IsCompiled(string path) => _vars.ContainsKey(path) || _tasks.Contains(path);
}
