using System.Globalization;
using System.Text.Json.Nodes;
using FlaskDeploy.Agent.Machine.Native;

namespace FlaskDeploy.Agent.Machine.Looks.Facts;

/// <summary>The system's own interpreter: nothing here needs it, playbooks call it. Where its files do not say what it is it is started, once, and again only when its file is another.</summary>
internal sealed class SystemPython
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

    private (string Identity, string[] Words)? _known;

    internal async ValueTask Add(FactBook facts, CancellationToken cancellation)
    {
        if (Places.FirstOrDefault(File.Exists) is not { } executable || Libc.Status(executable, followLinks: true) is not { } status)
        {
            return;
        }
        var identity = $"{executable} {status.ToAnswer(null).Fingerprint()}";
        if (_known is not { } known || known.Identity != identity)
        {
            known = (identity, PythonBinary.Read(executable) ?? await Ask(executable, cancellation));
            _known = known;
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

    /// <summary>What it says of itself; nothing where it says nothing.</summary>
    internal static async ValueTask<string[]> Ask(string executable, CancellationToken cancellation)
    {
        // Isolated: neither the environment nor the directory where it is started has a say in what it loads.
        string[] isolated = executable == Places[^1] ? ["-E", "-s"] : ["-I"];
        var told = await BoundedTool.Run(executable, [.. isolated, "-c", Question], Deadline, cancellation);
        return told.Succeeded ? told.Output.Trim().Split(' ') : [];
    }
}
