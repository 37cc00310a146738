using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Files;

/// <summary>What an edit makes of a text. It is a pure function of the text: it is asked what it would make of its own work.</summary>
/// <param name="Message">As Ansible's <c>msg</c>; mostly empty where nothing changed.</param>
/// <param name="Because">Why the text is as it should be, or what is done to it.</param>
internal sealed record Edited(string Text, string Message, string Because)
{
    public MapValue Result { get; init; } = MapValue.Empty;
}

/// <summary>Plans the edit of a part of a file: what <c>lineinfile</c>, <c>blockinfile</c> and <c>replace</c> share.</summary>
internal sealed record FileEdit(EditedFile File, ModuleContext Context)
{
    /// <summary>Larger files are no text that is edited by line; each edit holds several copies of it.</summary>
    private const int MostBytes = 16 * 1024 * 1024;

    /// <summary>Of all matching of one pattern in one plan.</summary>
    private static readonly TimeSpan MostMatching = TimeSpan.FromSeconds(1);

    /// <summary>Where nothing is and nothing is to be made: what Ansible calls it.</summary>
    public required string Missing { get; init; }

    /// <summary>What helps where the file is missing.</summary>
    public string MakeIt { get; init; } = "create=yes makes it";

    /// <summary>Whether a file that is not there is as good as one without the part.</summary>
    public bool MayBeMissing { get; init; }

    /// <summary>The <c>msg</c> of a file that may be missing and is.</summary>
    public Func<string, string> SaysMissing { get; init; } = static _ => "file not present";

    /// <summary>The <c>msg</c> of a file that is made; null: that of the edit.</summary>
    public string? SaysMade { get; init; }

    /// <summary>The registered <c>diff</c> is of content and attributes, and always there; else of content, and there where it was asked for.</summary>
    public bool HasDiffOfAttributes { get; init; } = true;

    /// <summary>Of what is registered, what is there without a backup as well.</summary>
    public MapValue Always { get; init; } = MapValue.Empty;

    internal async ValueTask<Plan> Plan(Func<EditedText, Edited> edit, CancellationToken cancellation)
    {
        var (wanted, problem) = await WantedAttributes.Resolve(File.Mode, File.Owner, File.Group, Context.View, cancellation, File.Extended);
        if ((problem ?? CopyModule.WrongValidate(File.Validate)) is { } wrong)
        {
            return wrong;
        }
        var path = await HostPath.Expand(File.Path, Context, cancellation);
        var present = await Context.View.Ask(new StatLook(path, FollowLinks: true), cancellation);
        switch (present.Kind)
        {
            case PathKind.Directory:
                return new Impossible($"Path {path} is a directory !") { Result = MapValue.From(("rc", Value.Of(256))) };
            case PathKind.Absent when MayBeMissing:
                return new InSync($"{path} is not there") { Result = MapValue.From(("msg", Value.Of(SaysMissing(path)))) };
            case PathKind.Absent when !File.Create:
                return new Impossible($"{Missing} {path} does not exist !") { Remedy = MakeIt, MayBeMade = true, Result = MapValue.From(("rc", Value.Of(257))) };
            case PathKind.Absent or PathKind.File:
                break;
            default:
                return new Impossible($"{path} is no regular file");
        }
        if (present.Size > MostBytes)
        {
            return new Impossible($"{path} has {present.Size} bytes, and files of more than {MostBytes} are not edited");
        }
        var before = present.Exists ? EditedText.Of((await Context.View.Ask(new ReadLook(path, MostBytes), cancellation)).Bytes ?? []) : EditedText.Empty;
        try
        {
            return await Plan(path, present, before, edit, wanted!, cancellation);
        }
        catch (PatternException e)
        {
            return new Impossible(e.Message);
        }
    }

    /// <exception cref="PatternException">It is none.</exception>
    internal static PythonPattern Pattern(string written, RegexOptions options = RegexOptions.None) =>
        PythonPattern.TryCreate(written, options, MostMatching, out var problem) ?? throw new PatternException(problem!);

    /// <summary>The file, and the part that is decided about.</summary>
    /// <param name="aspect">What is demanded of it; <paramref name="value"/> is hidden where it is secret.</param>
    internal async ValueTask<Claim> Claim(string? aspect, string value, bool isThere, CancellationToken cancellation)
    {
        var path = await HostPath.Expand(File.Path, Context, cancellation);
        var (owner, group) = await Modules.Claim.Owners(File.Owner, File.Group, Context.View, cancellation);
        var whole = isThere ? Modules.Claim.Path(path, "file", null, File.Mode, owner, group) : Modules.Claim.Of(ClaimKind.Path, path);
        return aspect is null ? whole : whole with { Demands = whole.Demands.Add(aspect, value) };
    }

    /// <summary>A text as a claim names it: itself, of a secret its digest.</summary>
    internal string Shown(string text) =>
        File.IsSecret ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12] : text.TrimEnd('\n');

    private async ValueTask<Plan> Plan(string path, PathAnswer present, EditedText before, Func<EditedText, Edited> edit, WantedAttributes wanted, CancellationToken cancellation)
    {
        var edited = edit(before);
        // What changes its own work is done once by each push, as Ansible does it once by each run.
        var leavesMore = edited.Text != before.Text && edit(before.With(edited.Text)).Text != edited.Text;
        if (leavesMore && Context.Purpose == Purpose.Maintain)
        {
            edited = new Edited(before.Text, "", "it would change its own work again, so that only a push does it");
        }
        var delivery = new FileDelivery(wanted, Context) { Follow = true, Backup = File.Backup, Validate = File.Validate, IsSecret = File.IsSecret };
        var (parents, above) = await delivery.Parent(path, File.Create, PathAttributes.Unchanged, cancellation);
        if (above is not null)
        {
            return above;
        }
        var content = before.With(edited.Text).Bytes();
        var plan = await delivery.PlanFile(path, FileContent.Of(content), cancellation);
        var result = Always.Merge(edited.Result);
        if (HasDiffOfAttributes || Context.ShowsDiff && edited.Text != before.Text)
        {
            var shows = Context.ShowsDiff && !File.IsSecret;
            var diff = new RegisteredDiff(path, shows ? before.Text : "", shows ? edited.Text : "");
            result = result.With("diff", HasDiffOfAttributes ? diff.WithAttributes(present, wanted.Differing(present)) : diff.Content());
        }
        return plan switch
        {
            InSync => new InSync($"{path}: {edited.Because}") { Result = result.With("msg", Value.Of(edited.Message)) },
            Change change => change with
            {
                Steps = [.. parents, .. change.Steps],
                LeavesMore = leavesMore,
                Because = edited.Message.Length > 0 || !present.Exists ? $"{path}: {edited.Because}" : change.Because,
                Result = result.With("msg", Value.Of(present.Exists ? Message(edited.Message, change.Steps.Any(step => step is SetAttributes or WriteFile { Attributes.IsUnchanged: false }))
                    : Message(SaysMade ?? edited.Message, !wanted.Differing(Made()).IsUnchanged))),
            },
            _ => plan,
        };
    }

    // As a file is that nobody has dressed yet.
    private PathAnswer Made() => new(PathKind.File) { Mode = WantedAttributes.NewMode(isDirectory: false), Uid = Context.As.Uid, Gid = Context.As.Gid };

    private static string Message(string edited, bool dresses)
    {
        const string attributes = "ownership, perms or SE linux context changed";
        return !dresses ? edited : edited.Length > 0 ? $"{edited} and {attributes}" : attributes;
    }
}
