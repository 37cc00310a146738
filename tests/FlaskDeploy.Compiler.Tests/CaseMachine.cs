using System.Collections.Immutable;
using FlaskDeploy.Compiler.Files;

namespace FlaskDeploy.Compiler.Tests;

/// <summary>A directory of test cases, shown as <c>/site</c> so that no path of this machine gets into what is expected.</summary>
internal sealed class CaseMachine(string root) : IOperatorMachine
{
    private readonly OperatorMachine _real = new();

    public string Home => "/home/op";

    public string CurrentDirectory => "/site";

    public string? Environment(string name) => name == "DEPLOY_ENV" ? "staging" : null;

    public Stream OpenRead(string path) => _real.OpenRead(Map(path));

    public ImmutableArray<string> ListDirectory(string path) => _real.ListDirectory(Map(path));

    public OperatorEntry? Look(string path) => _real.Look(Map(path)) is { } entry ? entry with { Mode = entry.Kind == OperatorEntryKind.Directory ? 0x1ED : 0x1A4 } : null;

    private string Map(string path) => path == "/site" || path.StartsWith("/site/", StringComparison.Ordinal) ? root + path["/site".Length..] : "/nothing-is-here" + path;
}
