using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Tests;

internal static class CompilerTestExtensions
{
    public static CompilationResult Compile(this FakeOperatorMachine machine, string playbook, string inventory = "web1,", params string[] options)
    {
        machine.With("site.yml", playbook);
        var lines = new List<string> { "site.yml", "-i " + inventory };
        return new PlaybookCompiler(machine).Compile(GoldenTests.ReadCommand(lines.Concat(options)));
    }

    public static CompilationResult Compile(string playbook, params string[] options) => new FakeOperatorMachine().Compile(playbook, "web1,", options);

    /// <summary>The compilation, or all that stands in its way.</summary>
    public static Compilation Good(this CompilationResult result)
    {
        Assert.True(result.Compilation is not null, string.Join('\n', result.Diagnostics));
        return result.Compilation;
    }

    /// <summary>The only error.</summary>
    public static Diagnostic Wrong(this CompilationResult result) => Assert.Single(result.Diagnostics, diagnostic => diagnostic.Severity == Severity.Error);

    public static ModuleCall Call(this Compilation compilation, int task = 0, int play = 0) => Assert.IsType<ModuleCall>(compilation.Bundle.Plays[play].Tasks[task].Action);
}
