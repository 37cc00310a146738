using System.Collections.Immutable;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;
using FileMode = FlaskDeploy.Language.Modules.FileMode;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>template</c>: a file of the operator's side, rendered here with the task's variables.</summary>
internal sealed class TemplateModule : Module<TemplateArguments>
{
    protected override async ValueTask<Plan> Plan(TemplateArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var (wanted, problem) = await WantedAttributes.Resolve(arguments.Mode, arguments.Owner, arguments.Group, context.View, cancellation, arguments.Extended);
        if (wanted is null)
        {
            return problem!;
        }
        if (OperatorSource.Find(context, arguments.Source, OperatorFileKind.Template) is not { } source)
        {
            return OperatorSource.Missing(context, arguments.Source, OperatorFileKind.Template);
        }
        if (source.Digest is not { } digest)
        {
            return new Impossible($"the template {arguments.Source} is a directory");
        }
        if (await context.Files.Read(digest, cancellation) is not { } bytes)
        {
            return new Impossible($"the template {source.Path} is not to be had on this host") { Remedy = "push again: its content has not arrived" };
        }
        var rendered = context.Render(new TemplateFile(source.Path, Encoding.UTF8.GetString(bytes)), arguments.Options);
        if (rendered.Error is { } hidden && source.IsSecret)
        {
            return new Impossible($"{source.Path}: {hidden.Code} at line {hidden.Span.Line}; the template lies in a vault, so that no more of it is told") { Remedy = "flaskdeploy apply --check, on the spot, of a copy that lies in none tells all" };
        }
        if (rendered.Error is { } error)
        {
            return new Impossible(error.Span.IsNone ? $"{source.Path}: {error}" : error.ToString());
        }
        if (rendered.Value is { IsUnknown: true } unknown)
        {
            return new Unplannable($"{source.Path} uses what is not known yet: {unknown}");
        }
        var text = rendered.Value!.Reveal().ToString();
        var path = await FileDelivery.Destination(arguments.Destination, HostPath.Name(source.Path), context, cancellation);
        // The bits of the template, where those are to be kept.
        wanted = arguments.Mode?.Symbolic == FileMode.Preserve ? wanted with { Mode = new FileMode(source.Mode & 0xFFF, null) } : wanted;
        var delivery = new FileDelivery(wanted, context)
        {
            Force = arguments.Force,
            Follow = arguments.Follow,
            Backup = arguments.Backup,
            Validate = arguments.Validate,
            IsSecret = source.IsSecret || rendered.Value is SecretValue,
        };
        if (CopyModule.WrongValidate(arguments.Validate) is { } wrong)
        {
            return wrong;
        }
        var (steps, above) = await delivery.Parent(path, make: false, PathAttributes.Unchanged, cancellation);
        if (above is not null)
        {
            return above;
        }
        if (!TextEncodings.TryEncode(text, arguments.OutputEncoding, out var encoded, out var unencoded))
        {
            return new Impossible($"{source.Path} cannot be written as {arguments.OutputEncoding}: {unencoded}");
        }
        var plan = await delivery.PlanFile(path, FileContent.Of(encoded), cancellation);
        plan = plan is Change change ? change with { Steps = [.. steps, .. change.Steps] } : plan;
        return plan with { Result = plan.Result.With("src", Value.Of(source.Path)) };
    }

    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes) => CopyModule.WithBackup(plan.Result, outcomes);

    protected override async ValueTask<ImmutableArray<Claim>> Claims(TemplateArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (OperatorSource.Find(context, arguments.Source, OperatorFileKind.Template) is not { Digest: { } digest } source)
        {
            return [];
        }
        var path = await FileDelivery.Destination(arguments.Destination, HostPath.Name(source.Path), context, cancellation);
        if (!arguments.Force)
        {
            return [Claim.Path(path, "file")];
        }
        var (owner, group) = await Claim.Owners(arguments.Owner, arguments.Group, context.View, cancellation);
        var rendered = await context.Files.Read(digest, cancellation) is { } bytes ? context.Render(new TemplateFile(source.Path, Encoding.UTF8.GetString(bytes)), arguments.Options).Value : null;
        var content = rendered is null or { IsUnknown: true } ? null : TextEncodings.TryEncode(rendered.Reveal().ToString(), arguments.OutputEncoding, out var encoded, out _) ? Digest.Of(encoded).ToString() : null;
        return [Claim.Path(path, "file", content, arguments.Mode?.Symbolic == FileMode.Preserve ? new FileMode(source.Mode & 0xFFF, null) : arguments.Mode, owner, group)];
    }
}
