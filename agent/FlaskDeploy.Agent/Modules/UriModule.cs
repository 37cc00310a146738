using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Web;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Agent.Modules.Web;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary>
/// <c>uri</c>: one request. GET and HEAD are a look: the answer's status says whether the site is as it should be, and is
/// all that a reconvergence compares. Whatever else is sent may change something, and is sent once by each push.
/// </summary>
internal sealed class UriModule : Module<UriArguments>
{
    private const int DeepestJson = 64;
    private const int MostSent = 64 * 1024 * 1024;

    protected override async ValueTask<Plan> Plan(UriArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.Refused is { } refused)
        {
            return TaskProxy.Refusal(refused);
        }
        if (TaskProxy.Address(arguments.Url) is not { } address)
        {
            return new Impossible($"'{arguments.Url}' is no address of http or https");
        }
        if (arguments.Method.Length == 0 || !arguments.Method.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
        {
            return new Impossible($"'{arguments.Method}' is no method of HTTP");
        }
        if (arguments.Creates is { } creates && await Exists(creates, context, cancellation))
        {
            return new InSync($"skipped, since {creates} exists") { Result = MapValue.From(("msg", Value.Of($"skipped, since '{creates}' exists"))) };
        }
        if (arguments.Removes is { } removes && !await Exists(removes, context, cancellation))
        {
            return new InSync($"skipped, since {removes} does not exist") { Result = MapValue.From(("msg", Value.Of($"skipped, since '{removes}' does not exist"))) };
        }
        if (arguments is { Destination: not null, IsQuestion: false })
        {
            return new Impossible($"what {arguments.Method} brings is not written to dest: a look could not tell what it is") { Remedy = "register the answer, and copy its content" };
        }
        var (body, type, problem) = await BodyOf(arguments, context, cancellation);
        if (problem is not null)
        {
            return problem;
        }
        var request = await Request(arguments, address, body, type, context, cancellation);
        var result = MapValue.From(("url", Value.Of(arguments.Url)));
        var send = new SendRequest(request, arguments.Statuses) { ReturnsContent = arguments.ReturnContent };
        if (!arguments.IsQuestion)
        {
            return context.Purpose == Purpose.Push
                ? new Change($"a push sends {arguments.Method} to {arguments.Url}", [send]) { OnlyWaits = true, Result = result }
                : new InSync($"{arguments.Method} is only sent by a push") { Result = result };
        }
        var answer = await context.View.Ask(new WebLook(request), cancellation);
        if (arguments.Destination is not null)
        {
            return arguments.Statuses.Contains(answer.Status)
                ? await Delivered(arguments, address, answer, context, cancellation)
                : new Impossible(answer.Complaint(arguments.Statuses)) { MayBeMade = true, Result = Told(answer, arguments.ReturnContent, failed: true) };
        }
        return arguments.Statuses.Contains(answer.Status)
            ? new InSync($"{arguments.Url} answers {answer.Status}") { Result = Told(answer, arguments.ReturnContent, failed: false) }
            : new Change(answer.Complaint(arguments.Statuses), [send]) { OnlyWaits = true, Result = Told(answer, arguments.ReturnContent, failed: true) };
    }

    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes) =>
        plan is Change { Steps: [SendRequest send] } && outcomes is [{ Web: { } answer } outcome]
            ? Told(answer, send.ReturnsContent, outcome.Status != StepStatus.Done)
            : plan.Result;

    private static async ValueTask<bool> Exists(string path, ModuleContext context, CancellationToken cancellation) =>
        (await context.View.Ask(new StatLook(await HostPath.Expand(path, context, cancellation), FollowLinks: true), cancellation)).Exists;

    protected override async ValueTask<ImmutableArray<Claim>> Claims(UriArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.Destination is null || TaskProxy.Address(arguments.Url) is not { } address)
        {
            return [];
        }
        var (owner, group) = await Claim.Owners(arguments.Owner, arguments.Group, context.View, cancellation);
        return [Claim.Path(await FileDelivery.Destination(arguments.Destination, GetUrlModule.NameOf(address), context, cancellation), "file", null, arguments.Mode, owner, group)];
    }

    private static async ValueTask<Plan> Delivered(UriArguments arguments, Uri address, WebAnswer answer, ModuleContext context, CancellationToken cancellation)
    {
        var (wanted, problem) = await WantedAttributes.Resolve(arguments.Mode, arguments.Owner, arguments.Group, context.View, cancellation, arguments.Extended);
        if (problem is not null)
        {
            return problem;
        }
        var path = await FileDelivery.Destination(arguments.Destination!, GetUrlModule.NameOf(address), context, cancellation);
        var delivery = new FileDelivery(wanted!, context) { Follow = true };
        var (_, missing) = await delivery.Parent(path, make: false, PathAttributes.Unchanged, cancellation);
        if (missing is not null)
        {
            return missing;
        }
        var plan = await delivery.PlanFile(path, FileContent.Of(answer.Body), cancellation);
        return plan is InSync or Change ? plan with { Result = plan.Result.Merge(Told(answer, arguments.ReturnContent, failed: false)).With("path", Value.Of(path)) } : plan;
    }

    private static async ValueTask<(byte[]? Body, string? Type, Impossible? Problem)> BodyOf(UriArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.Source is { } source)
        {
            return arguments.IsOnHost ? await OfHost(source, context, cancellation) : await OfOperator(source, context, cancellation);
        }
        if (arguments is { BodyFormat: "form-multipart", Body: { } form })
        {
            return Multipart.Of(form) is var (content, kind, wrong) && wrong is null ? (content, kind, null) : (null, null, new Impossible(wrong!));
        }
        if (arguments is { BodyFormat: "form-urlencoded", Body: { } fields and not TextValue } && Form(fields) is null)
        {
            return (null, null, new Impossible("body is neither a mapping nor a list of pairs, which body_format=form-urlencoded makes a form of"));
        }
        var (body, type) = (arguments.Body, arguments.BodyFormat) switch
        {
            (null, _) => ((string?)null, (string?)null),
            ({ } value, "json") => (value is TextValue text ? text.Text : ValueJson.Print(value), "application/json"),
            ({ } value, "form-urlencoded") => (value is TextValue text ? text.Text : Form(value), "application/x-www-form-urlencoded"),
            ({ } value, _) => (value is TextValue text ? text.Text : ValueJson.Print(value), null),
        };
        return (body is null ? null : Encoding.UTF8.GetBytes(body), type, null);
    }

    private static async ValueTask<(byte[]?, string?, Impossible?)> OfHost(string source, ModuleContext context, CancellationToken cancellation)
    {
        var path = await HostPath.Expand(source, context, cancellation);
        return (await context.View.Ask(new ReadLook(path, MostSent), cancellation)).Bytes is { } bytes ? (bytes, null, null)
            : (null, null, new Impossible($"Unable to open source file {path}") { Remedy = "make it in an earlier task, or leave out remote_src where it is on the operator's side", MayBeMade = true });
    }

    private static async ValueTask<(byte[]?, string?, Impossible?)> OfOperator(string source, ModuleContext context, CancellationToken cancellation) =>
        OperatorSource.Find(context, source, OperatorFileKind.File) is not { Digest: { } digest } ? (null, null, OperatorSource.Missing(context, source, OperatorFileKind.File))
        : await context.Files.Read(digest, cancellation) is { } bytes ? (bytes, null, null)
        : (null, null, new Impossible($"the content of {source} is not on this host") { Remedy = "push again: its content has not arrived" });

    private static async ValueTask<WebRequest> Request(UriArguments arguments, Uri address, byte[]? body, string? type, ModuleContext context, CancellationToken cancellation)
    {
        // What nobody named is a form to Python's library, and so to servers that know Ansible.
        type ??= body is null ? null : "application/x-www-form-urlencoded";
        var says = arguments.Headers.Any(header => string.Equals(header.Key, "Content-Type", StringComparison.OrdinalIgnoreCase));
        return new WebRequest(arguments.Url)
        {
            Method = arguments.Method,
            Body = body,
            Headers = [KeyValuePair.Create("User-Agent", arguments.UserAgent), .. type is not null && !says ? [KeyValuePair.Create("Content-Type", type)] : ImmutableArray<KeyValuePair<string, string>>.Empty, .. arguments.Headers],
            Timeout = arguments.Timeout,
            ValidateCertificates = arguments.ValidateCertificates,
            Proxy = arguments.UseProxy ? TaskProxy.For(address, context.View.Environment) : null,
            User = arguments.User,
            Password = arguments.Password,
            ForceBasicAuth = arguments.ForceBasicAuth,
            FollowsRedirects = arguments.FollowsRedirects,
            FirstOnly = arguments.FirstOnly,
            ClientCertificate = await HostPath.ExpandGiven(arguments.ClientCertificate, context, cancellation),
            ClientKey = await HostPath.ExpandGiven(arguments.ClientKey, context, cancellation),
            Authorities = await HostPath.ExpandGiven(arguments.Authorities, context, cancellation),
            UnixSocket = await HostPath.ExpandGiven(arguments.UnixSocket, context, cancellation),
        };
    }

    // A list stands for several values of one name, as urlencode with doseq has it. Null: neither a mapping nor a list of pairs.
    private static string? Form(Value body)
    {
        var pairs = body switch
        {
            MapValue map => map.Entries.Select(entry => (entry.Key, entry.Value)),
            ListValue list when list.Items.All(item => item.Reveal() is ListValue { Items.Length: 2 }) => list.Items.Select(item => ((ListValue)item.Reveal()).Items).Select(pair => (Key: pair[0], Value: pair[1])),
            _ => null,
        };
        return pairs is null ? null : string.Join('&', pairs.SelectMany(pair => pair.Value.Reveal() is ListValue values ? values.Items.Select(item => (pair.Key, Value: item)) : [pair]).Select(pair => $"{Escape(pair.Key)}={Escape(pair.Value)}"));
    }

    private static string Escape(Value value) => Uri.EscapeDataString(value.Reveal().ToString()).Replace("%20", "+", StringComparison.Ordinal);

    private static MapValue Told(WebAnswer answer, bool withContent, bool failed)
    {
        var result = MapValue.From(answer.Headers.Select(header => (header.Key.ToLowerInvariant().Replace('-', '_'), (Value)Value.Of(header.Value)))).Merge(MapValue.From(
            ("status", Value.Of(answer.Status)),
            ("url", Value.Of(answer.Url)),
            ("redirected", Value.Of(answer.WasRedirected)),
            ("elapsed", Value.Of((long)answer.Elapsed.TotalSeconds)),
            ("msg", Value.Of(answer.Status == WebAnswer.None ? answer.Reason : answer.Status is >= 200 and < 300 ? $"OK ({answer.Header("Content-Length") ?? "unknown"} bytes)" : $"HTTP Error {answer.Status}: {answer.Reason}"))));
        if (answer.Header("Location") is { } location && Uri.TryCreate(answer.Url, UriKind.Absolute, out var at) && Uri.TryCreate(at, location, out var whole))
        {
            result = result.With("location", Value.Of(whole.OriginalString));
        }
        if (answer.Status != WebAnswer.None && !failed)
        {
            result = result.With("cookies", MapValue.From(answer.Cookies.Select(cookie => (cookie.Key, (Value)Value.Of(cookie.Value)))))
                .With("cookies_string", Value.Of(string.Join("; ", answer.Cookies.Select(cookie => $"{cookie.Key}={cookie.Value}"))));
        }
        var text = WebAnswers.Text(answer);
        if (withContent || failed)
        {
            result = result.With("content", Value.Of(text));
        }
        return answer.Header("Content-Type") is { } type && type.Split(';')[0].Trim().EndsWith("json", StringComparison.OrdinalIgnoreCase) && ValueJson.Parse(text) is { } json
            ? result.With("json", json)
            : result;
    }
}
