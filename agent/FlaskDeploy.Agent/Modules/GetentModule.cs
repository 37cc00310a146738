using System.Buffers;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>getent</c>: entries of a database as the fact <c>getent_DATABASE</c>, by their first field; of one that is there twice, a list of both.</summary>
internal sealed class GetentModule : Module<GetentArguments>
{
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_");

    protected override async ValueTask<Plan> Plan(GetentArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.Database.Length == 0 || arguments.Database.AsSpan().ContainsAnyExcept(NameCharacters))
        {
            return new Impossible($"'{arguments.Database}' is no name of a database");
        }
        var answer = await context.View.Ask(new NameServiceLook(arguments.Database, arguments.Key, arguments.Service), cancellation);
        return answer.ExitCode switch
        {
            0 => Found(arguments, answer.Output),
            1 => new Impossible("Missing arguments, or database unknown."),
            2 when !arguments.FailsWithoutKey && arguments.Key is { } key => new InSync($"{arguments.Database} has no {key}")
            {
                Result = Facts(arguments, MapValue.From((key, Value.Null))).With("msg", Value.Of(NoKey)),
            },
            2 => new Impossible(NoKey) { MayBeMade = true },
            3 => new Impossible("Enumeration not supported on this database.") { Remedy = "give a key" },
            var code => new Impossible($"Unexpected failure! getent ended with {code}"),
        };
    }

    private const string NoKey = "One or more supplied key could not be found in the database.";

    private static InSync Found(GetentArguments arguments, string output)
    {
        var separator = arguments.Split ?? (arguments.Database is "passwd" or "shadow" or "group" or "gshadow" ? ":" : null);
        var entries = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => separator is null ? line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) : line.Split(separator))
            .Where(fields => fields.Length > 0)
            .GroupBy(fields => fields[0], StringComparer.Ordinal)
            .Select(same => (same.Key, same.Count() == 1 ? Fields(same.First()) : Value.Of(same.Select(Fields))))
            .ToList();
        return new InSync($"{arguments.Database} tells {entries.Count} {(entries.Count == 1 ? "entry" : "entries")}") { Result = Facts(arguments, MapValue.From(entries)) };
    }

    private static Value Fields(string[] entry) => Value.Of(entry.Skip(1).Select(Value.Of));

    private static MapValue Facts(GetentArguments arguments, MapValue entries) =>
        MapValue.From(("ansible_facts", MapValue.From(($"getent_{arguments.Database}", entries))));
}
