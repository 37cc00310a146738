using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>What <c>shell</c> and <c>command</c> are asked for.</summary>
public sealed record CommandRequest
{
    /// <summary>The command line, as written. Null where <see cref="Arguments"/> are given instead, or nothing was.</summary>
    public string? Line { get; init; }

    public ImmutableArray<string> Arguments { get; init; } = [];

    public string? Creates { get; init; }

    public string? Removes { get; init; }

    public string? Directory { get; init; }

    public string? Executable { get; init; }

    public string? Input { get; init; }

    public bool InputEndsInNewline { get; init; } = true;

    public bool StripEmptyEnds { get; init; } = true;

    public bool ExpandVariables { get; init; } = true;

    internal static ImmutableArray<string> GuardNames { get; } = ["creates", "removes"];

    /// <summary>Why a second plan of an unguarded command cannot say "in sync".</summary>
    public static string OnlyRuns => "what a command does can only be found out by running it; creates or removes would guard it";

    internal static ImmutableArray<ArgumentSpec> Specs { get; } =
    [
        new("cmd", ArgumentType.Text, "the command line, where it is not written as the module's text"),
        new("creates", ArgumentType.Path, "a path or glob; where it is there already, nothing is run"),
        new("removes", ArgumentType.Path, "a path or glob; where it is not there, nothing is run"),
        new("chdir", ArgumentType.Path, "the directory to run in"),
        new("executable", ArgumentType.Path, "the shell to run it with, /bin/sh otherwise"),
        new("stdin", ArgumentType.Text, "what the command reads from its standard input"),
        CommonArguments.Flag("stdin_add_newline", "end stdin with a newline", true),
        CommonArguments.Flag("strip_empty_ends", "drop newlines at the end of stdout and stderr", true),
        CommonArguments.Ignored("warn", ArgumentType.Boolean, "warn where a module would do", "lint gives that advice"),
    ];

    internal static CommandRequest From(BoundArguments arguments) => new()
    {
        Line = arguments.FreeForm is { } text && !string.IsNullOrWhiteSpace(text) ? text : arguments.Text("cmd"),
        Creates = arguments.Text("creates"),
        Removes = arguments.Text("removes"),
        Directory = arguments.Text("chdir"),
        Executable = arguments.Text("executable"),
        Input = arguments.Text("stdin"),
        InputEndsInNewline = arguments.IsSet("stdin_add_newline"),
        StripEmptyEnds = arguments.IsSet("strip_empty_ends"),
    };
}
