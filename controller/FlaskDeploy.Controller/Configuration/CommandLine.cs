using System.Collections.Immutable;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Controller.Configuration;

/// <summary>What was asked for on the command line: a closed set.</summary>
internal abstract record CommandLine
{
    public const string Usage = """
        flaskdeploy-controller serves desired state to the agents of a fleet.

        Usage:
          flaskdeploy-controller serve [--config FILE]   serve until SIGTERM
          flaskdeploy-controller --version
          flaskdeploy-controller --help

        Options:
          --config FILE   default /etc/flaskdeploy/controller.conf (its absence is fine: the defaults hold);
                          lines of key = value with the keys
                            listen        0.0.0.0:7443
                            address       names and addresses that agents use, separated by commas
                            state         /var/lib/flaskdeploy/controller
                            socket        /run/flaskdeploy/controller.sock
                            heartbeat     15 (seconds)
                            max_sessions  10000
        """;

    private static readonly ImmutableArray<string> Words = ["serve", "--config", "--version", "--help"];

    private CommandLine()
    {
    }

    public static CommandLine Parse(ReadOnlySpan<string> arguments)
    {
        string? config = null;
        var serve = false;
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--help" or "-h" or "help":
                    return new Help();
                case "--version":
                    return new Version();
                case "serve" when !serve:
                    serve = true;
                    break;
                case "--config" when config is null:
                    if (i + 1 == arguments.Length)
                    {
                        return new Wrong("--config needs the path of a file");
                    }
                    config = arguments[++i];
                    break;
                case var option when option.StartsWith("--config=", StringComparison.Ordinal) && config is null:
                    config = option["--config=".Length..];
                    break;
                case var other:
                    var what = other.StartsWith('-') ? "option" : "command";
                    return new Wrong(Words.Contains(other) ? $"{other} is written twice" : $"there is no {what} '{other}'; {Suggestion.For(other, Words) ?? "--help shows what there is"}");
            }
        }
        return serve ? new Serve(config) : new Wrong("say what to do: flaskdeploy-controller serve (--help shows more)");
    }

    /// <param name="Config">Null: the default file, which may be absent; a named file may not.</param>
    internal sealed record Serve(string? Config) : CommandLine;

    internal sealed record Version : CommandLine;

    internal sealed record Help : CommandLine;

    internal sealed record Wrong(string Problem) : CommandLine;
}
