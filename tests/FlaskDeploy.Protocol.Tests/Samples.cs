using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Reflection;
using System.Text;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Protocol.Tests;

/// <summary>Arbitrary values and bundles from a seed: the same seed gives the same ones.</summary>
internal sealed class Samples(int seed, bool spans = true)
{
    private static readonly string[] Texts = ["", "x", "hello.py", "~/hello", "{{ PORT }}", "ünïcode ☃ 𝄞", "a\nb\0c", "\u001b[31m", "  ", "8080"];

    // A test wants the same numbers every time.
    private readonly Random _random = new(seed);

    public Value Value(int depth = 4) => _random.Next(depth > 0 ? 11 : 7) switch
    {
        0 => Language.Values.Value.Null,
        1 => Language.Values.Value.Of(_random.Next(2) == 0),
        2 => Language.Values.Value.Of(_random.NextInt64(long.MinValue, long.MaxValue)),
        3 => new IntegerValue(BigInteger.Pow(_random.Next(2, 1000), _random.Next(7, 40)) * (_random.Next(2) == 0 ? 1 : -1)),
        4 => Language.Values.Value.Of((_random.NextDouble() - 0.5) * Math.Pow(10, _random.Next(-300, 300))),
        5 => Language.Values.Value.Of(Text()),
        6 => new TemplateValue(Text(), Span()),
        7 => new SecretValue(Value(depth - 1)),
        8 => new ListValue([.. Many(() => Value(depth - 1))]),
        _ => new MapValue(Many(() => KeyValuePair.Create(Language.Values.Value.Of(Text()), Value(depth - 1)))),
    };

    public Bundle Bundle() => new()
    {
        Language = _random.Next(1, 9),
        Playbook = Text(),
        PassesOverMissingHandlers = _random.Next(2) == 0,
        Plays = [.. Many(Play)],
        Tree = [.. Many(() => new TreeEntry(Text(), _random.Next(3) == 0 ? null : Digest(), _random.NextInt64(0, long.MaxValue), _random.Next(0x1000)))],
        Requirements = new() { Modules = Words(), Filters = Words(), Tests = Words(), Lookups = Words() },
        HasNativeTypes = _random.Next(2) == 0,
        Answers = [.. Many(() => new OperatorAnswer(Text(), Words(), _random.Next(2) == 0))],
    };

    public ReleaseContent Release() => new()
    {
        Bundle = Digest(),
        Groups = [.. Many(() => new Group(Text(), Vars(), Words(), Words(), _random.Next(-9, 9)) { IsMadeByTasks = _random.Next(2) == 0 })],
        ExtraVars = Vars(),
        Selector = Text(),
        Policy = (Policy)_random.Next(3),
        Origin = Text(),
        Interval = _random.Next(2) == 0 ? null : TimeSpan.FromSeconds(_random.Next(1, 86400)),
    };

    public HostPartContent HostPart() => new()
    {
        InventoryName = Text(),
        Vars = Vars(),
        Groups = Words(),
        Plays = [.. Many(() => _random.Next())],
        Digests = [.. Many(Digest)],
        User = Maybe(() => "webserver"),
        IsElsewhere = _random.Next(2) == 0,
        Peers = [.. Many(() => new Peer(Text(), Vars(), Words(), _random.Next(2) == 0))],
        Answers = [.. Many(() => new LookupAnswer(Text(), Value(1), Value(1), Value(1), Maybe(() => "returned 1")))],
    };

    public byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    public int Next(int below) => _random.Next(below);

    public Digest Digest() => Language.Bundles.Digest.FromBytes(Bytes(Language.Bundles.Digest.Length));

    private Play Play() => new()
    {
        Name = Value(1),
        Hosts = Text(),
        User = Maybe(() => "webserver"),
        Become = Become(),
        Vars = Vars(),
        Environment = Values(),
        Tasks = [.. Many(() => Task(3))],
        Handlers = [.. Many(() => Task(0))],
        GatherFacts = _random.Next(2) == 0,
        ForceHandlers = _random.Next(2) == 0,
        Tags = Words(),
        IsChosenOnHost = _random.Next(2) == 0,
        Span = Span(),
    };

    private TaskNode Task(int depth) => new()
    {
        Id = $"0/{_random.Next(100)}",
        Name = Value(1),
        Action = depth > 0 && _random.Next(4) == 0
            ? new Block([.. Many(() => Task(depth - 1))], [.. Many(() => Task(depth - 1))], [.. Many(() => Task(depth - 1))]) { Given = Vars() }
            : new ModuleCall("copy", new MapValue(Vars().Select(entry => KeyValuePair.Create(Language.Values.Value.Of(entry.Key), entry.Value))), MaybeValue(), Text())
            {
                Choice = Maybe(() => new ModuleChoice(new TemplateValue(Text(), Span()), [.. Many(Span)])),
                Given = Values(),
            },
        Span = Span(),
        When = Values(),
        Loop = Maybe(() => new Loop("items", Value()) { LoopVar = "it", IndexVar = Maybe(() => "i"), Label = MaybeValue(), Pause = MaybeValue(), IsExtended = true, LeavesOutAllItems = true, BreakWhen = Values() }),
        Register = Maybe(() => "pid"),
        IgnoreErrors = MaybeValue(),
        Become = Become(),
        Vars = Vars(),
        Environment = Values(),
        ChangedWhen = Values(),
        FailedWhen = Values(),
        Until = Values(),
        Retries = MaybeValue(),
        Delay = MaybeValue(),
        Notify = Words(),
        Listen = Words(),
        Tags = Words(),
        CheckMode = MaybeValue(),
        NoLog = MaybeValue(),
        Diff = MaybeValue(),
        AsyncSeconds = MaybeValue(),
        PollSeconds = MaybeValue(),
        DelegateTo = MaybeValue(),
        DelegateFacts = MaybeValue(),
        Timeout = MaybeValue(),
    };

    private Become Become() => new(MaybeValue(), MaybeValue());

    private SourceSpan Span() => !spans || _random.Next(5) == 0 ? SourceSpan.None : new($"file{_random.Next(3)}.yml", _random.Next(1, 1000), _random.Next(1, 120));

    private string Text() => Texts[_random.Next(Texts.Length)];

    private ImmutableArray<string> Words() => [.. Many(Text)];

    private ImmutableArray<Value> Values() => [.. Many(() => Value(2))];

    private ImmutableArray<KeyValuePair<string, Value>> Vars() => [.. Many(() => KeyValuePair.Create(Text(), Value(2)))];

    private Value? MaybeValue() => Maybe(() => Value(2));

    private T? Maybe<T>(Func<T> make)
        where T : class => _random.Next(2) == 0 ? null : make();

    private IEnumerable<T> Many<T>(Func<T> make)
    {
        List<T> made = [];
        for (var left = _random.Next(4); left > 0; left--)
        {
            made.Add(make());
        }
        return made;
    }
}

/// <summary>Prints everything that a record holds, so that two of them can be compared and the difference read.</summary>
internal static class Printer
{
    public static string Print(object? thing)
    {
        var text = new StringBuilder();
        Print(thing, text);
        return text.ToString();
    }

    private static void Print(object? thing, StringBuilder text)
    {
        switch (thing)
        {
            case null: text.Append("null"); break;
            case SecretValue secret: text.Append("secret("); Print(secret.Reveal(), text); text.Append(')'); break;
            case TemplateValue template: text.Append($"template({template.Source} at {template.Span})"); break;
            case ListValue list: Print(list.Items, text); break;
            case MapValue map: Print(map.Entries, text); break;
            case Value value: text.Append($"{value.TypeName}({value.ToRepr()})"); break;
            case string or Digest or SourceSpan or TimeSpan or Enum or IConvertible: text.Append(CultureInfo.InvariantCulture, $"'{thing}'"); break;
            case IEnumerable items:
                text.Append('[');
                foreach (var item in items)
                {
                    Print(item, text);
                    text.Append(", ");
                }
                text.Append(']');
                break;
            default:
                text.Append(thing.GetType().Name).Append('{');
                foreach (var property in thing.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
                {
                    text.Append(property.Name).Append(": ");
                    Print(property.GetValue(thing), text);
                    text.Append("; ");
                }
                text.Append('}');
                break;
        }
    }
}
