using System.Collections.Immutable;
using FlaskDeploy.Compiler.Files;
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

    public CompilationResult Compile(CompilationRequest request)
    {
        _ = _modules;
        var origin = Path.GetFullPath(request.PlaybookPath, machine.CurrentDirectory);
        var compilation = new Compilation
        {
            Bundle = new Bundle { Playbook = Path.GetFileName(origin), Plays = [] },
            Release = new ReleaseContent { Bundle = null, Origin = origin },
            Hosts = [],
            Blobs = [],
            DefaultDeploymentName = DefaultDeploymentName(origin),
        };
        return new CompilationResult(compilation, ImmutableArray<Diagnostic>.Empty);
    }
}
