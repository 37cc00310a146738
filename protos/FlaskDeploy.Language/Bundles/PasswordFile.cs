using System.Collections.Immutable;
using System.Globalization;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Bundles;

/// <summary>
/// <c>lookup('password', 'FILE length=20 chars=ascii_letters,digits')</c>: what the operator's file holds, or a new password
/// that is kept in it. /dev/null keeps nothing. As a hash where one is wanted, whose salt stands behind the password.
/// </summary>
internal static class PasswordFile
{
    private const int MostLength = 4096;
    private const string Nowhere = "/dev/null";
    private const string SaltMark = " salt=";
    private const string IdentMark = " ident=";

    // Its many rounds are there to be slow.
    private static readonly EvaluationBudget Patience = new() { Time = TimeSpan.FromMinutes(1) };

    private static readonly ImmutableArray<string> Usual = ["ascii_letters", "digits", ".,:-_"];
    private static readonly ImmutableArray<string> Known = ["length", "encrypt", "chars", "ident", "seed"];

    private sealed record Kept(string Password, string? Salt, string? Ident)
    {
        public static Kept Parse(string text)
        {
            var at = text.LastIndexOf(SaltMark, StringComparison.Ordinal);
            if (at < 0)
            {
                return new(text, null, null);
            }
            var rest = text[(at + SaltMark.Length)..];
            var ident = rest.LastIndexOf(IdentMark, StringComparison.Ordinal);
            return ident < 0 ? new(text[..at], rest, null) : new(text[..at], rest[..ident], rest[(ident + IdentMark.Length)..]);
        }

        public override string ToString() => Password + (Salt is null ? "" : SaltMark + Salt) + (Salt is null || Ident is null ? "" : IdentMark + Ident);
    }

    /// <returns>The password or its hash.</returns>
    public static OperatorReply Ask(string term, IReadOnlyDictionary<string, Value> options, EvaluationContext context, IOperatorQuestions machine)
    {
        var (path, given, problem) = Read(term);
        if (problem is not null)
        {
            return OperatorReply.Failed(problem);
        }
        // What is left empty is not said, as in Ansible.
        string? Option(string name) => (given.GetValueOrDefault(name) ?? (options.GetValueOrDefault(name) is { } said and not NullValue ? said.ToString() : null)) is { Length: > 0 } text ? text : null;
        if (!int.TryParse(Option("length") ?? "20", NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length is < 1 or > MostLength)
        {
            return OperatorReply.Failed($"length={Option("length")} is no number from 1 to {MostLength}");
        }
        var characters = Characters(!given.ContainsKey("chars") && options.GetValueOrDefault("chars") is ListValue list ? list.Items.Select(item => item.ToString()) : Option("chars") is { } written ? Separated(written) : Usual);
        if (characters.Length == 0)
        {
            return OperatorReply.Failed("chars names no character");
        }
        var known = path == Nowhere ? OperatorReply.Of(null) : machine.Read(path);
        if (known.Problem is not null)
        {
            return known;
        }
        var file = known.Text is { } content ? Kept.Parse(content.TrimEnd()) : new(Randomness.Text(length, characters, Option("seed")), null, null);
        var hashed = Option("encrypt") is { } scheme ? Hashed(file, scheme, Option("ident")) : file;
        if (hashed.Ident is { } stored && Option("ident") is { } wanted && stored != wanted)
        {
            return OperatorReply.Failed($"the ident {wanted} does not match the stored one, {stored}");
        }
        if (path != Nowhere && (known.Text is null || hashed != file))
        {
            // Of two that ask at once, the first one's password is both's.
            var after = machine.Keep(path, hashed + "\n", replaces: known.Text is not null);
            if (after.Problem is not null)
            {
                return after;
            }
            hashed = Kept.Parse(after.Text!.TrimEnd());
        }
        return Option("encrypt") is { } method ? Hash(hashed, method, context) : OperatorReply.Of(hashed.Password);
    }

    private static (string Path, Dictionary<string, string> Given, string? Problem) Read(string term)
    {
        var words = term.Split(' ');
        var own = words.SkipWhile(word => word.IndexOf('=', StringComparison.Ordinal) <= 0).ToList();
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var word in own.Where(word => word.Length > 0))
        {
            var parts = word.Split('=', 2);
            if (parts.Length < 2)
            {
                return ("", given, $"'{word}' stands behind {own[0]}, and the file's name comes first");
            }
            if (!Known.Contains(parts[0]))
            {
                return ("", given, $"it takes no {parts[0]}; it takes {string.Join(", ", Known)}");
            }
            given[parts[0]] = parts[1];
        }
        var path = string.Join(' ', words.Take(words.Length - own.Count)).TrimEnd();
        return (path, given, path.Length == 0 ? "it wants the name of a file" : null);
    }

    private static Kept Hashed(Kept file, string scheme, string? ident)
    {
        var size = scheme switch { "bcrypt" => 22, "sha256_crypt" or "sha512_crypt" => 16, _ => 8 };
        const string letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./";
        return file with { Salt = file.Salt ?? Randomness.Text(size, letters, seed: null), Ident = file.Ident ?? ident ?? (scheme == "bcrypt" ? "2b" : null) };
    }

    // By the filter, so that both are one.
    private static OperatorReply Hash(Kept kept, string scheme, EvaluationContext context)
    {
        var values = new Dictionary<string, Value>(StringComparer.Ordinal)
        {
            ["password"] = Value.Of(kept.Password),
            ["scheme"] = Value.Of(scheme),
            ["salt"] = Value.Of(kept.Salt!),
            ["ident"] = kept.Ident is { } ident ? Value.Of(ident) : Value.Null,
        };
        var hash = Resolver.Resolve(new TemplateValue("{{ password | password_hash(scheme, salt, ident=ident) }}", context.Span), context with { Variables = new Constants(values), Budget = Patience });
        return hash.Value is { } made ? OperatorReply.Of(made.Reveal().ToString()) : OperatorReply.Failed(hash.Error!.Summary);
    }

    // ",," is the comma.
    private static IEnumerable<string> Separated(string written) =>
        written.Replace(",,", ",", StringComparison.Ordinal).Split(',', StringSplitOptions.RemoveEmptyEntries).Prepend(written.Contains(",,", StringComparison.Ordinal) ? "," : "");

    // Names of Python's module string, or the characters themselves.
    private static string Characters(IEnumerable<string> kinds)
    {
        const string lower = "abcdefghijklmnopqrstuvwxyz";
        const string upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        const string digits = "0123456789";
        const string punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
        const string blanks = " \t\n\r\v\f";
        return string.Concat(kinds.Select(kind => kind switch
        {
            "ascii_letters" => lower + upper,
            "ascii_lowercase" => lower,
            "ascii_uppercase" => upper,
            "digits" => digits,
            "hexdigits" => digits + "abcdefABCDEF",
            "octdigits" => "01234567",
            "printable" => digits + lower + upper + punctuation + blanks,
            "punctuation" => punctuation,
            "whitespace" => blanks,
            _ => kind,
        })).Replace("\"", "", StringComparison.Ordinal).Replace("'", "", StringComparison.Ordinal);
    }

    private sealed class Constants(Dictionary<string, Value> values) : IVariables
    {
        public IEnumerable<string> Names => values.Keys;

        public Value? Find(string name) => values.GetValueOrDefault(name);
    }
}
