using System.Text;
using System.Text.RegularExpressions;

namespace FlaskDeploy.Agent.Machine.Looks.Facts;

/// <summary>
/// What a CPython 3 would say of itself, read from its files: its name has the major and minor version, and the constant
/// with all of it stands in the executable or its library. Starting it to ask costs as much as a whole look.
/// </summary>
internal static partial class PythonBinary
{
    private const int MostVersion = 16;
    private const int Piece = 256 * 1024;
    private static readonly string[] LibraryDirectories = ["/usr/lib64", "/usr/lib", "/usr/lib/x86_64-linux-gnu", "/lib64"];

    /// <summary>Kind, whether it has an SSLContext, and the five parts of <c>sys.version_info</c>; null: it has to be asked.</summary>
    public static string[]? Read(string executable)
    {
        try
        {
            var real = File.ResolveLinkTarget(executable, returnFinalTarget: true)?.FullName ?? executable;
            if (NamedVersion().Match(real) is not { Success: true } named)
            {
                return null;
            }
            var version = named.Groups["version"].Value;
            var modules = LibraryDirectories.Select(directory => $"{directory}/python{version}/lib-dynload").FirstOrDefault(Directory.Exists);
            if (modules is null)
            {
                return null;
            }
            string[] files = [real, .. LibraryDirectories.Where(Directory.Exists).SelectMany(directory => Directory.EnumerateFiles(directory, $"libpython{version}*.so.1.0"))];
            return files.Select(file => Constant(file, version)).OfType<Match>().FirstOrDefault() is { } found
                ? ["cpython", Directory.EnumerateFiles(modules, "_ssl*.so").Any().ToString(), .. version.Split('.'), found.Groups["micro"].Value, Level(found.Groups["level"].Value), found.Groups["serial"].Value is { Length: > 0 } serial ? serial : "0"]
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // Two that differ would leave open which is meant. Read piece by piece: a file that is replaced meanwhile is no fault here.
    private static Match? Constant(string file, string version)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var buffer = new byte[Piece];
        var found = new Dictionary<string, Match>(StringComparer.Ordinal);
        for (int kept = 0, read; (read = stream.Read(buffer.AsSpan(kept))) > 0;)
        {
            var filled = buffer.AsSpan(0, kept + read);
            foreach (var match in In(filled, version))
            {
                found[match.Value] = match;
            }
            // What a piece ends in may go on in the next one.
            kept = Math.Min(filled.Length, MostVersion);
            filled[^kept..].CopyTo(buffer);
        }
        return found.Count == 1 ? found.Values.First() : null;
    }

    /// <summary>Each text of C by itself that is a whole version and begins like this one.</summary>
    internal static List<Match> In(ReadOnlySpan<byte> bytes, string version)
    {
        var beginning = Encoding.ASCII.GetBytes($"\0{version}.");
        var found = new List<Match>();
        while (bytes.IndexOf(beginning) is >= 0 and var at)
        {
            bytes = bytes[(at + 1)..];
            var end = bytes[..Math.Min(bytes.Length, MostVersion)].IndexOf((byte)0);
            if (end > 0 && WholeVersion().Match(Encoding.ASCII.GetString(bytes[..end])) is { Success: true } whole)
            {
                found.Add(whole);
            }
        }
        return found;
    }

    private static string Level(string written) => written switch
    {
        "a" => "alpha",
        "b" => "beta",
        "rc" => "candidate",
        _ => "final",
    };

    [GeneratedRegex(@"python(?<version>3\.[0-9]+)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex NamedVersion();

    [GeneratedRegex(@"^3\.[0-9]+\.(?<micro>[0-9]+)((?<level>a|b|rc)(?<serial>[0-9]+))?\+?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex WholeVersion();
}
