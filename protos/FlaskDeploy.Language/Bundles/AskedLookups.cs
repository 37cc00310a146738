using System.Collections.Immutable;
using System.Globalization;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Bundles;

/// <summary>The lookups that ask the operator's machine itself: <c>env</c>, <c>lines</c>, <c>password</c>, <c>pipe</c>, <c>url</c>.</summary>
public static class AskedLookups
{
    private static readonly ImmutableArray<string> OptionsOfUrl =
        ["validate_certs", "split_lines", "use_proxy", "username", "password", "headers", "force", "timeout", "http_agent", "force_basic_auth", "follow_redirects", "use_netrc"];

    public static ImmutableArray<string> Names { get; } = ["env", "lines", "password", "pipe", "url"];

    /// <summary>A list, which is secret for passwords; or what went wrong.</summary>
    /// <param name="terms">Without templates and secrets in them, as the options.</param>
    public static Evaluation Ask(string name, IReadOnlyList<Value> terms, IReadOnlyDictionary<string, Value> options, EvaluationContext context, IOperatorQuestions machine)
    {
        var results = ImmutableArray.CreateBuilder<Value>(terms.Count);
        foreach (var term in terms.Select(term => term.ToString()))
        {
            var problem = name switch
            {
                "env" => Add(results, machine.Environment(term) is { } set ? Value.Of(set) : options.GetValueOrDefault("default") ?? Value.Of("")),
                "pipe" => Add(results, machine.Shell(term), text => [Value.Of(text.TrimEnd())]),
                "lines" => Add(results, machine.Shell(term), Lines),
                "password" => Add(results, PasswordFile.Ask(term, options, context, machine), text => [Value.Of(text)]),
                "url" => AddPage(results, term, options, machine),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
            if (problem is not null)
            {
                // In Ansible's words, where it has any.
                var summary = name is "pipe" or "lines" ? $"lookup_plugin.{name}({term}) {problem}" : $"lookup '{name}': {problem}";
                return Evaluation.Failed(new Diagnostic(DiagnosticCodes.LookupFailed, Severity.Error, context.Span, summary));
            }
        }
        var list = new ListValue(results.ToImmutable());
        return Evaluation.Of(name == "password" ? new SecretValue(list) : list);
    }

    private static string? Add(ImmutableArray<Value>.Builder results, Value value)
    {
        results.Add(value);
        return null;
    }

    private static string? Add(ImmutableArray<Value>.Builder results, OperatorReply reply, Func<string, IEnumerable<Value>> read)
    {
        if (reply.Problem is null)
        {
            results.AddRange(read(reply.Text ?? ""));
        }
        return reply.Problem;
    }

    private static IEnumerable<Value> Lines(string text)
    {
        var lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        return lines.Length == 0 ? [] : (lines.EndsWith('\n') ? lines[..^1] : lines).Split('\n').Select(Value.Of);
    }

    private static string? AddPage(ImmutableArray<Value>.Builder results, string address, IReadOnlyDictionary<string, Value> options, IOperatorQuestions machine)
    {
        if (options.Keys.FirstOrDefault(name => !OptionsOfUrl.Contains(name)) is { } strange)
        {
            return $"it takes no {strange}{(Suggestion.For(strange, OptionsOfUrl) is { } meant ? $" ({meant})" : $"; it takes {string.Join(", ", OptionsOfUrl)}")}";
        }
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            return $"'{address}' is no address that starts with http:// or https://";
        }
        if (!double.TryParse(options.GetValueOrDefault("timeout")?.ToString() ?? "10", NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) || seconds is not (> 0 and <= 86_400))
        {
            return $"timeout={options["timeout"]} is no number of seconds";
        }
        if (options.GetValueOrDefault("use_netrc") is { } netrc && (YamlScalars.AsBoolean(netrc.ToString()) ?? netrc.IsTruthy))
        {
            return "it reads no .netrc; give username and password";
        }
        bool Flag(string name, bool otherwise) => options.TryGetValue(name, out var said) ? YamlScalars.AsBoolean(said.ToString()) ?? said.IsTruthy : otherwise;
        string? Text(string name) => options.GetValueOrDefault(name) is { } said and not NullValue ? said.ToString() : null;
        var headers = (options.GetValueOrDefault("headers") as MapValue ?? MapValue.Empty).Entries.Select(entry => KeyValuePair.Create(entry.Key.ToString(), entry.Value.ToString()));
        var reply = machine.Get(new OperatorRequest(url, TimeSpan.FromSeconds(seconds))
        {
            Headers = [.. headers, KeyValuePair.Create("User-Agent", Text("http_agent") ?? "ansible-httpget"), .. Flag("force", false) ? [KeyValuePair.Create("Cache-Control", "no-cache")] : (ReadOnlySpan<KeyValuePair<string, string>>)[]],
            User = Text("username"),
            Password = Text("password"),
            SendsPasswordAtOnce = Flag("force_basic_auth", false),
            ValidatesCertificates = Flag("validate_certs", true),
            UsesProxy = Flag("use_proxy", true),
            FollowsRedirects = Text("follow_redirects") is not ("none" or "no" or "False"),
        });
        return Add(results, reply, text => Flag("split_lines", true) ? Lines(text) : [Value.Of(text)]) is { } problem ? $"{address}: {problem}" : null;
    }
}
