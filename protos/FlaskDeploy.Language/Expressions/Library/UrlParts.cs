using System.Globalization;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>A URL taken apart as Python's urllib.parse.urlsplit does it: by its text alone, whatever it is.</summary>
internal sealed record UrlParts(string Scheme, string Authority, string Path, string Query, string Fragment)
{
    /// <summary>Null: brackets that do not fit, which urllib calls an invalid IPv6 URL.</summary>
    internal static UrlParts? Read(string url)
    {
        url = url.TrimStart([.. Enumerable.Range(0, 33).Select(code => (char)code)]).Replace("\t", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal);
        var scheme = "";
        if (url.IndexOf(':') is var colon and > 0 && char.IsAsciiLetter(url[0]) && url[..colon].All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.'))
        {
            (scheme, url) = (url[..colon].ToLowerInvariant(), url[(colon + 1)..]);
        }
        var authority = "";
        if (url.StartsWith("//", StringComparison.Ordinal))
        {
            var end = url.AsSpan(2).IndexOfAny('/', '?', '#') is var at and >= 0 ? at + 2 : url.Length;
            (authority, url) = (url[2..end], url[end..]);
            if (authority.Contains('[') != authority.Contains(']'))
            {
                return null;
            }
        }
        (url, var fragment) = Cut(url, '#');
        (url, var query) = Cut(url, '?');
        return new UrlParts(scheme, authority, url, query, fragment);
    }

    private string? Account => Authority.LastIndexOf('@') is var sign and >= 0 ? Authority[..sign] : null;

    private string Host => Authority[(Authority.LastIndexOf('@') + 1)..];

    internal Value UserName => Account is { } account ? Value.Of(account.Split(':')[0]) : Value.Null;

    internal Value Password => Account?.IndexOf(':') is { } at and >= 0 ? Value.Of(Account[(at + 1)..]) : Value.Null;

    internal Value HostName
    {
        get
        {
            var open = Host.IndexOf('[');
            var name = open >= 0 ? Host[(open + 1)..].Split(']')[0] : Host.Split(':')[0];
            return name.Length > 0 ? Value.Of(name.ToLowerInvariant()) : Value.Null;
        }
    }

    /// <summary>Null: it is no number of a port.</summary>
    internal Value? Port
    {
        get
        {
            var open = Host.IndexOf('[');
            var after = open >= 0 ? Host[(open + 1)..].Split(']', 2)[^1] : Host;
            var text = after.IndexOf(':') is var at and >= 0 ? after[(at + 1)..] : "";
            return text.Length == 0 ? Value.Null
                : text.All(char.IsAsciiDigit) && int.TryParse(text, CultureInfo.InvariantCulture, out var port) && port <= 65535 ? Value.Of(port) : null;
        }
    }

    private static (string Before, string After) Cut(string text, char at) => text.IndexOf(at) is var i and >= 0 ? (text[..i], text[(i + 1)..]) : (text, "");
}
