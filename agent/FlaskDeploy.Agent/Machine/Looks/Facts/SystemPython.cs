using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.State;

namespace FlaskDeploy.Agent.Machine.Looks.Facts;

/// <summary>
/// The system's own interpreter: nothing here needs it, playbooks call it. It is started once, and again only when its file
/// is another; what it told is kept, so that no start of the agent and no <c>apply</c> waits for it either.
/// </summary>
/// <param name="memory">The file where it is kept; null: nowhere.</param>
internal sealed class SystemPython(string? memory)
{
    private const string Question = """
        import sys
        try:
            from ssl import SSLContext
        except ImportError:
            SSLContext = None
        print(' '.join([sys.implementation.name if hasattr(sys, 'implementation') else 'cpython', str(SSLContext is not None)] + [str(part) for part in sys.version_info]))
        """;

    private static readonly string[] Places = ["/usr/bin/python3", "/usr/libexec/platform-python", "/usr/bin/python"];
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private (string Identity, string[] Words)? _known = memory is null ? null : Read(memory);

    internal async ValueTask Add(FactBook facts, CancellationToken cancellation)
    {
        if (Places.FirstOrDefault(File.Exists) is not { } executable || Libc.Status(executable, followLinks: true) is not { } status)
        {
            return;
        }
        var identity = $"{executable} {status.ToAnswer(null).Movement}";
        if (_known is not { } known || known.Identity != identity)
        {
            // Isolated: neither the environment nor the directory where it is started has a say in what it loads.
            string[] isolated = executable == Places[^1] ? ["-E", "-s"] : ["-I"];
            var told = await BoundedTool.Run(executable, [.. isolated, "-c", Question], Deadline, cancellation);
            known = (identity, told.Succeeded ? told.Output.Trim().Split(' ') : []);
            _known = known;
            Keep(known);
        }
        if (known.Words is not [var kind, var hasContext, var major, var minor, var micro, var level, var serial])
        {
            return;
        }
        static JsonNode Number(string text) => JsonValue.Create(int.Parse(text, CultureInfo.InvariantCulture));
        facts.Add("python", new JsonObject
        {
            ["executable"] = executable,
            ["type"] = kind,
            ["has_sslcontext"] = hasContext == "True",
            ["version"] = new JsonObject { ["major"] = Number(major), ["minor"] = Number(minor), ["micro"] = Number(micro), ["releaselevel"] = level, ["serial"] = Number(serial) },
            ["version_info"] = new JsonArray(Number(major), Number(minor), Number(micro), level, Number(serial)),
        });
        facts["python_version"] = $"{major}.{minor}.{micro}";
    }

    private static (string, string[])? Read(string memory) =>
        DurableFile.TryRead(memory) is { } bytes && Encoding.UTF8.GetString(bytes).Split('\n') is [var identity, var words] ? (identity, words.Split(' ')) : null;

    // Where it cannot be kept it is asked again by the next start.
    private void Keep((string Identity, string[] Words) known)
    {
        if (memory is null || known.Words.Length == 0)
        {
            return;
        }
        try
        {
            DurableFile.MakeDirectory(Path.GetDirectoryName(memory)!);
            DurableFile.Write(memory, Encoding.UTF8.GetBytes($"{known.Identity}\n{string.Join(' ', known.Words)}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
