using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Facts;

/// <summary>Facts that the host's owner wrote: JSON or INI in <c>*.fact</c> files, and what those print that may be executed.</summary>
internal static class LocalFacts
{
    /// <summary>Where they are by default.</summary>
    public const string Directory = "/etc/ansible/facts.d";

    private const int MostBytes = 1024 * 1024;
    private const string Suffix = ".fact";
    private const int AnybodyRuns = 0x49;

    public static async ValueTask<MapValue> Read(string directory, IMachineView view, CancellationToken cancellation)
    {
        var facts = MapValue.Empty;
        foreach (var entry in (await view.Ask(new DirectoryLook(directory), cancellation)).Entries.Where(entry => entry.Name.EndsWith(Suffix, StringComparison.Ordinal)))
        {
            var path = HostPath.Join(directory, entry.Name);
            facts = facts.With(entry.Name[..^Suffix.Length], await Read(path, entry.Name, view, cancellation));
        }
        return facts;
    }

    /// <summary>JSON, else INI: sections of names with texts. A text that is neither is told as Ansible does, in words.</summary>
    public static Value Parse(string text, string name) =>
        ValueJson.Parse(text) ?? Ini(text) ?? Value.Of($"error loading facts as JSON or ini - please check content: {name}");

    private static async ValueTask<Value> Read(string path, string name, IMachineView view, CancellationToken cancellation)
    {
        try
        {
            var stat = await view.Ask(new StatLook(path, FollowLinks: true), cancellation);
            if (stat.Kind == PathKind.File && (stat.Mode & AnybodyRuns) != 0)
            {
                var told = await view.Ask(new ToolLook([path]) { Paths = [path] }, cancellation);
                return told.ExitCode == 0 ? Parse(told.Output, path) : Value.Of($"Failure executing fact script ({path}), rc: {told.ExitCode}, err: {told.Error.Trim()}");
            }
            return Parse(Encoding.UTF8.GetString((await view.Ask(new ReadLook(path, MostBytes), cancellation)).Bytes ?? []), name);
        }
        catch (LookFailedException e)
        {
            return Value.Of($"error loading fact - {e.Problem}");
        }
    }

    private static MapValue? Ini(string text)
    {
        var sections = MapValue.Empty;
        string? section = null;
        foreach (var line in text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] is not ('#' or ';')))
        {
            if (line[0] == '[' && line[^1] == ']')
            {
                section = line[1..^1];
                sections = sections.With(section, sections[section] ?? MapValue.Empty);
                continue;
            }
            var at = line.AsSpan().IndexOfAny('=', ':');
            if (section is null || at < 1)
            {
                return null;
            }
            sections = sections.With(section, ((MapValue)sections[section]!).With(line[..at].Trim().ToLowerInvariant(), Value.Of(line[(at + 1)..].Trim())));
        }
        return sections;
    }
}
