using System.CommandLine;
using System.CommandLine.Parsing;
using FlaskDeploy.Cli.Display;

namespace FlaskDeploy.Cli.Commands;

/// <summary>The whole command line.</summary>
internal static class CommandLine
{
    /// <summary>'@file' is a value of -e, not a file of arguments.</summary>
    public static ParserConfiguration Parsing { get; } = new() { ResponseFileTokenReplacer = null };

    public static InvocationConfiguration Invocation { get; } = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(5) };

    public static RootCommand Create(Terminal terminal, TimeProvider time) => new("Serves desired state, written as Ansible playbooks, to the agents of a fleet")
    {
        PushCommand.Create(terminal, time),
        ApplyCommand.Create(terminal),
        StatusCommand.Create(terminal, time),
        HostsCommand.Create(terminal, time),
        RunsCommand.Create(terminal, time),
        ShowCommand.Create(terminal, time),
        ExplainCommand.Create(terminal, time),
        LogsCommand.Create(terminal),
        RetireCommand.Create(terminal, time),
        PauseCommand.CreatePause(terminal, time),
        PauseCommand.CreateResume(terminal, time),
        TokenCommand.Create(terminal),
        OperatorCommand.Create(terminal),
        VaultCommand.Create(terminal),
        LintCommand.Create(terminal),
        DocCommand.Create(terminal),
        VersionCommand.Create(terminal),
    };

    /// <summary>The commands that were named, without the program's own name.</summary>
    public static IEnumerable<string> PathOf(ParseResult parsed)
    {
        List<string> path = [];
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult { Command: not RootCommand } command; at = at.Parent)
        {
            path.Insert(0, command.Command.Name);
        }
        return path;
    }
}
