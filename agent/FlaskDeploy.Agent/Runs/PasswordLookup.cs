using System.Globalization;
using System.Security.Cryptography;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>
/// <c>lookup('password', 'FILE length=20 chars=ascii_letters,digits')</c>: what the operator's file holds, or a new password
/// that is kept in it, for its owner alone. /dev/null keeps nothing.
/// </summary>
internal static class PasswordLookup
{
    private const int MostLength = 4096;

    /// <returns>The password, or why there is none.</returns>
    internal static (string? Password, string Problem) Of(string term, IReadOnlyDictionary<string, Value> options, string directory)
    {
        var words = term.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToList();
        var own = words.Where(word => word.IndexOf('=', StringComparison.Ordinal) > 0 && word.Split('=')[0] is "length" or "chars" or "encrypt" or "seed" or "ident").ToList();
        var given = own.Select(word => word.Split('=', 2)).GroupBy(pair => pair[0], StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Last()[1], StringComparer.Ordinal);
        string? Option(string name) => given.GetValueOrDefault(name) ?? (options.TryGetValue(name, out var value) && value.Reveal() is not NullValue ? value.Reveal().ToString() : null);
        if (Option("encrypt") is not null || Option("seed") is not null)
        {
            return (null, "encrypt and seed are not supported; the filter password_hash makes hashes");
        }
        if (!int.TryParse(Option("length") ?? "20", NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length is < 1 or > MostLength)
        {
            return (null, $"length={Option("length")} is no number from 1 to {MostLength}");
        }
        var characters = Characters(Option("chars") ?? (options.TryGetValue("chars", out var list) && list.Reveal() is ListValue kinds ? string.Join(',', kinds.Items) : "ascii_letters,digits,.:-_"));
        try
        {
            return KeptOrNew(Path.GetFullPath(string.Join(' ', words.Except(own)), directory), length, characters);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, e.Message);
        }
    }

    private static (string? Password, string Problem) KeptOrNew(string path, int length, string characters)
    {
        if (path != "/dev/null" && File.Exists(path))
        {
            var kept = File.ReadAllText(path).TrimEnd('\n');
            return (kept.IndexOf(" salt=", StringComparison.Ordinal) is var salt and >= 0 ? kept[..salt] : kept, "");
        }
        var password = RandomNumberGenerator.GetString(characters, length);
        if (path != "/dev/null")
        {
            DurableFile.MakeDirectory(Path.GetDirectoryName(path)!);
            DurableFile.Write(path, System.Text.Encoding.UTF8.GetBytes(password + "\n"));
        }
        return (password, "");
    }

    // Names of Python's module string, or the characters themselves; ",," is the comma.
    private static string Characters(string written)
    {
        const string lower = "abcdefghijklmnopqrstuvwxyz";
        const string upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        const string punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
        var comma = written.Contains(",,", StringComparison.Ordinal) ? "," : "";
        var all = written.Replace(",,", ",", StringComparison.Ordinal).Split(',', StringSplitOptions.RemoveEmptyEntries).Select(kind => kind.Trim() switch
        {
            "ascii_letters" => lower + upper,
            "ascii_lowercase" => lower,
            "ascii_uppercase" => upper,
            "digits" => "0123456789",
            "hexdigits" => "0123456789abcdefABCDEF",
            "octdigits" => "01234567",
            "punctuation" => punctuation,
            var itself => itself,
        });
        return new string([.. (string.Concat(all) + comma).Distinct()]);
    }
}
