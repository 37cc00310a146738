using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Tests of paths. As Ansible, they ask the operator's machine and never the host; relative paths start at the playbook.</summary>
internal static class FileTests
{
    internal static Function[] All { get; } =
    [
        .. Of("directory", "directory", "is_dir"),
        .. Of("exists", "exists"),
        .. Of("file", "file", "is_file"),
        .. Of("link", "link", "is_link"),
        .. Of("link_exists", "link_exists"),
        .. Named("same_file", "path!", "same_file", "is_same_file"),
    ];

    internal static bool Contains(string name) => Array.Exists(All, test => test.Name == name);

    private static IEnumerable<Function> Of(string test, params string[] names) => Named(test, "", names);

    private static IEnumerable<Function> Named(string test, string parameters, params string[] names) =>
        names.Select(name => new Function(name, parameters, call => Value.Of(Ask(call, test))));

    private static bool Ask(Call call, string test)
    {
        string[] paths = [PathFilters.PathOf(call), .. call.Takes(0) ? [call.Text(0)] : (string[])[]];
        // The question is kept with its answer, where everybody may read it.
        if (call.Evaluator.IsTainted)
        {
            throw call.Error("a secret is no path to ask about");
        }
        return call.Evaluator.Context.Lookups?.Holds(test, paths) ?? throw call.Evaluator.Stop(
            DiagnosticCodes.EvaluationFailed,
            $"{test}: whether it holds of {PythonText.Quote(paths[0])} is for the operator's machine to say, and nobody asked while the playbook was compiled",
            "use the stat module for the host; for the operator's machine, make the path of what is known before the run");
    }
}
