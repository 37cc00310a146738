using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;
using FlaskDeploy.Protocol;

namespace FlaskDeploy.Agent.Runs;

/// <summary>
/// The texts that are secret in what the host was assigned, taken out of everything that is told by what they are: a
/// command line that holds a password is told without it. Where a text is too short to be a secret it stays.
/// </summary>
internal sealed partial class Secrets
{
    private const int Shortest = 4;
    private const int ShortestLine = 8;
    private const int LargestFile = 256 * 1024;

    // Of this process: nobody else can make a mark.
    private static readonly byte[] Marks = RandomNumberGenerator.GetBytes(32);

    private readonly ImmutableArray<string> _texts;

    private Secrets(IEnumerable<string> texts) =>
        // The longest first, so that one that holds another is taken out whole.
        _texts = [.. texts.SelectMany(text => text.Split('\n').Append(text)).Select(text => text.Trim()).Where(text => text.Length >= Shortest).Distinct(StringComparer.Ordinal).OrderByDescending(text => text.Length)];

    public static Secrets None { get; } = new([]);

    /// <param name="blobs">With the content of files that lay in a vault.</param>
    public static Secrets Of(Assigned assigned, BlobStore? blobs = null)
    {
        var found = new List<string>();
        foreach (var entry in assigned.Bundle.Tree.Where(entry => entry is { IsSecret: true, Size: <= LargestFile }))
        {
            if (blobs?.Read(entry.Digest!.Value) is { } content)
            {
                // Lines of a file are often words that stand anywhere: the short ones are left in what is told.
                found.AddRange(Encoding.UTF8.GetString(content).Split('\n').Where(line => line.Trim().Length >= ShortestLine && !Template.HasMarkup(line)));
            }
        }
        foreach (var (_, value) in assigned.Release.ExtraVars.Concat(assigned.Part.Vars).Concat(assigned.Release.Groups.SelectMany(group => group.Vars))
            .Concat(assigned.Bundle.VarsFiles.SelectMany(file => file.Vars)).Concat(assigned.Bundle.Plays.SelectMany(play => play.Vars.Concat(play.RoleVars).Concat(play.RoleDefaults))))
        {
            Collect(value, found);
        }
        foreach (var answer in assigned.Part.Answers)
        {
            Collect(answer.Result, found);
            Collect(answer.Terms, found);
            Collect(answer.Options, found);
        }
        foreach (var node in assigned.Bundle.Plays.SelectMany(play => play.Tasks.Concat(play.Handlers)).Concat(assigned.Bundle.TaskFiles.SelectMany(file => file.Tasks.Concat(file.Handlers))))
        {
            Collect(node, found);
        }
        return found.Count == 0 ? None : new Secrets(found);
    }

    public string Redact(string text) => _texts.IsEmpty ? text : _texts.Aggregate(text, (rest, secret) => rest.Replace(secret, ValueCodec.Redacted, StringComparison.Ordinal));

    /// <summary>Digests in a text as marks by which two are told apart: what is secret could be guessed against a digest. Where nothing is secret they stay.</summary>
    public string WithoutDigests(string text) => _texts.IsEmpty ? text
        : Hex().Replace(text, match => Convert.ToHexStringLower(HMACSHA256.HashData(Marks, Encoding.ASCII.GetBytes(match.Value)))[..12]);

    [GeneratedRegex("[0-9a-f]{12,64}", RegexOptions.CultureInvariant)]
    private static partial Regex Hex();

    public Value Redact(Value value) => _texts.IsEmpty ? value : value switch
    {
        TextValue text => Value.Of(Redact(text.Text)),
        ListValue list => Redact(list),
        MapValue map => new MapValue(map.Entries.Select(entry => KeyValuePair.Create(entry.Key, Redact(entry.Value)))),
        _ => value,
    };

    // A command line is told word by word: a secret of several words is in none of them, and in all of them together.
    private ListValue Redact(ListValue list)
    {
        var items = list.Items.Select(Redact).ToImmutableArray();
        var whole = string.Join(' ', items.OfType<TextValue>().Select(text => text.Text));
        return Redact(whole) is var told && told != whole ? new ListValue([Value.Of(told)]) : new ListValue(items);
    }

    private static void Collect(TaskNode node, List<string> into)
    {
        if (node is { IsSecret: true, Name: TextValue name, Action: not Block { Tasks.IsEmpty: false } } && name.Text != (node.Action as ModuleCall)?.Module)
        {
            into.Add(name.Text);
        }
        if (node is { IsSecret: true, Action: ModuleCall { FreeForm: TextValue line } })
        {
            into.Add(line.Text);
        }
        foreach (var (_, value) in node.Vars.Concat(node.Role?.Vars ?? []).Concat(node.Role?.Defaults ?? []).Concat(node.Role?.Params ?? []))
        {
            Collect(value, into);
        }
        foreach (var value in node.Environment)
        {
            Collect(value, into);
        }
        switch (node.Action)
        {
            case ModuleCall call:
                Collect(call.Arguments, into);
                break;
            case Block block:
                foreach (var inner in block.Tasks.Concat(block.Rescue).Concat(block.Always))
                {
                    Collect(inner, into);
                }
                break;
        }
    }

    private static void Collect(Value value, List<string> into)
    {
        switch (value)
        {
            case SecretValue secret when secret.Reveal() is not TemplateValue:
                into.Add(secret.Reveal().ToString());
                break;
            case ListValue list:
                foreach (var item in list.Items)
                {
                    Collect(item, into);
                }
                break;
            case MapValue map:
                foreach (var (_, item) in map.Entries)
                {
                    Collect(item, into);
                }
                break;
        }
    }
}
