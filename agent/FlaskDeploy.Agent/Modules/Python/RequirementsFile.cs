using System.Collections.Immutable;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;

namespace FlaskDeploy.Agent.Modules.Python;

/// <summary>Reads a requirements file of the host, and those that it includes.</summary>
internal static class RequirementsFile
{
    private const int MostBytes = 1024 * 1024;
    private const int MostFiles = 50;

    /// <summary>The requirements, or why they cannot be had. Options other than <c>-r</c> and <c>-e</c> are pip's business.</summary>
    internal static async ValueTask<(ImmutableArray<PythonRequirement> Requirements, Impossible? Problem)> Read(string path, ModuleContext context, CancellationToken cancellation)
    {
        var found = ImmutableArray.CreateBuilder<PythonRequirement>();
        var pending = new Queue<string>([path]);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (pending.TryDequeue(out var file))
        {
            if (!seen.Add(file))
            {
                continue;
            }
            if (seen.Count > MostFiles)
            {
                return ([], new Impossible($"{path} includes more than {MostFiles} files"));
            }
            if ((await context.View.Ask(new ReadLook(file, MostBytes), cancellation)).Bytes is not { } bytes)
            {
                return ([], new Impossible($"the requirements file {file} is not there") { Remedy = "requirements is a path on the host: copy it there in an earlier task", MayBeMade = true });
            }
            foreach (var line in Lines(Encoding.UTF8.GetString(bytes)))
            {
                if (Option(line, "-r", "--requirement") is { } included)
                {
                    pending.Enqueue(included.StartsWith('/') ? included : HostPath.Normal($"{HostPath.Parent(file)}/{included}"));
                }
                else if (Option(line, "-e", "--editable") is { } editable)
                {
                    found.Add(PythonRequirement.Parse(editable));
                }
                else if (!line.StartsWith('-'))
                {
                    found.Add(PythonRequirement.Parse(WithoutOptions(line)));
                }
            }
        }
        return (found.ToImmutable(), null);
    }

    private static IEnumerable<string> Lines(string text)
    {
        foreach (var line in text.ReplaceLineEndings("\n").Replace("\\\n", " ", StringComparison.Ordinal).Split('\n'))
        {
            // A comment starts a line or follows a blank; "#egg=" inside an address is none.
            var comment = line.StartsWith('#') ? 0 : line.IndexOf(" #", StringComparison.Ordinal);
            var content = (comment < 0 ? line : line[..comment]).Trim();
            if (content.Length > 0)
            {
                yield return content;
            }
        }
    }

    private static string? Option(string line, string brief, string full)
    {
        foreach (var option in (string[])[full, brief])
        {
            if (line.StartsWith(option, StringComparison.Ordinal) && line.Length > option.Length && (line[option.Length] is ' ' or '=' or '\t' || option == brief && line[1] != '-'))
            {
                return line[option.Length..].TrimStart('=', ' ', '\t');
            }
        }
        return null;
    }

    // "flask==2.0 --hash=sha256:…"
    private static string WithoutOptions(string line) => line.IndexOf(" --", StringComparison.Ordinal) is > 0 and var at ? line[..at].Trim() : line;
}
