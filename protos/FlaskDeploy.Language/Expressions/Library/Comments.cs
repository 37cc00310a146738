using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Ansible's <c>comment</c> filter.</summary>
internal static class Comments
{
    private static readonly Dictionary<string, (string Decoration, string Beginning, string End)> Styles = new()
    {
        ["plain"] = ("# ", "", ""),
        ["erlang"] = ("% ", "", ""),
        ["c"] = ("// ", "", ""),
        ["cblock"] = (" * ", "/*", " */"),
        ["xml"] = (" - ", "<!--", "-->"),
    };

    internal static Value Run(Call call)
    {
        var style = call.Text(0, "plain");
        if (!Styles.TryGetValue(style, out var known))
        {
            throw call.Error($"there is no style '{style}'; styles are {string.Join(", ", Styles.Keys)}");
        }
        var newline = call.Text(1, "\n");
        var decoration = call.Text(4, known.Decoration);
        var prefix = call.Text(2, PythonChar.TrimEnd(decoration));
        var postfix = call.Text(5, PythonChar.TrimEnd(decoration));
        var beginning = call.Text(7, known.Beginning);
        var end = call.Text(8, known.End);
        var head = beginning.Length > 0 ? beginning + newline : "";
        prefix = prefix == newline ? "" : prefix;
        var before = prefix.Length == 0 && call.Text(2, "x") != newline ? "" : string.Concat(Enumerable.Repeat(prefix + newline, Math.Clamp(call.Int(3, 1), 0, 1000)));
        var body = decoration + call.SubjectText.Replace(newline, newline + decoration, StringComparison.Ordinal);
        body = body.Replace(decoration + newline, PythonChar.TrimEnd(decoration) + newline, StringComparison.Ordinal);
        var after = string.Concat(Enumerable.Repeat(newline + postfix, Math.Clamp(call.Int(6, 1), 0, 1000)));
        var tail = end.Length > 0 ? newline + end : "";
        return Value.Of(head + before + body + after + tail);
    }
}
