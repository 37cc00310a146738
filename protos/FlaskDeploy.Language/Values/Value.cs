using System.Collections.Immutable;
using System.Numerics;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Language.Values;

/// <summary>
/// A value of the playbook language, with Python's meaning. The set is closed. Equality is Python's: <c>1 == 1.0 == true</c>,
/// lists and maps by content; <see cref="UnknownValue"/> and <see cref="TemplateValue"/> are equal only to themselves.
/// </summary>
/// <remarks>
/// A string is data. What is to be rendered is a <see cref="TemplateValue"/>, and only the compiler makes those, from what
/// the operator wrote. So nothing that came from a host is ever templated again: there is no operation that leads there.
/// </remarks>
public abstract class Value : IEquatable<Value>
{
    private protected Value()
    {
    }

    public static NullValue Null => NullValue.Instance;

    public static BoolValue True => BoolValue.TrueInstance;

    public static BoolValue False => BoolValue.FalseInstance;

    public static Value Of(bool value) => value ? True : False;

    public static Value Of(long value) => new IntegerValue(value);

    public static Value Of(double value) => new RealValue(value);

    public static Value Of(string value) => new TextValue(value);

    public static Value Of(IEnumerable<Value> items) => new ListValue([.. items]);

    public static Value Of(IEnumerable<string> items) => new ListValue([.. items.Select(Of)]);

    /// <summary>Python's truth. Of an <see cref="UnknownValue"/> nothing is known: ask <see cref="IsUnknown"/> first.</summary>
    public abstract bool IsTruthy { get; }

    /// <summary>Whether this is, or anywhere inside holds, something that a look without side effects cannot know.</summary>
    public virtual bool IsUnknown => false;

    /// <summary>Whether this is, or anywhere inside holds, a <see cref="TemplateValue"/>.</summary>
    internal virtual bool HasTemplates => false;

    /// <summary>Whether this is, or anywhere inside holds, a <see cref="SecretValue"/>.</summary>
    public virtual bool HasSecrets => false;

    /// <summary>Python's name of the type: <c>str</c>, <c>int</c>, <c>dict</c>.</summary>
    public abstract string TypeName { get; }

    /// <summary>As Python's <c>str()</c> prints it: <c>True</c>, <c>None</c>, <c>['a', 1]</c>.</summary>
    public abstract override string ToString();

    /// <summary>As Python's <c>repr()</c> prints it: strings in quotes.</summary>
    public virtual string ToRepr() => ToString();

    public abstract bool Equals(Value? other);

    public sealed override bool Equals(object? obj) => Equals(obj as Value);

    public abstract override int GetHashCode();

    /// <summary>The value behind a <see cref="SecretValue"/>; itself otherwise.</summary>
    public virtual Value Reveal() => this;
}

public sealed class NullValue : Value
{
    internal static readonly NullValue Instance = new();

    private NullValue()
    {
    }

    public override bool IsTruthy => false;

    public override string TypeName => "NoneType";

    public override string ToString() => "None";

    public override bool Equals(Value? other) => other?.Reveal() is NullValue;

    public override int GetHashCode() => 0;
}

public sealed class BoolValue : Value
{
    internal static readonly BoolValue TrueInstance = new(true);
    internal static readonly BoolValue FalseInstance = new(false);

    private BoolValue(bool value) => IsTrue = value;

    public bool IsTrue { get; }

    public override bool IsTruthy => IsTrue;

    public override string TypeName => "bool";

    public override string ToString() => IsTrue ? "True" : "False";

    public override bool Equals(Value? other) => Numbers.AreEqual(this, other);

    public override int GetHashCode() => Numbers.Hash(this);
}

public sealed class IntegerValue(BigInteger number) : Value
{
    public BigInteger Number { get; } = number;

    public override bool IsTruthy => !Number.IsZero;

    public override string TypeName => "int";

    public override string ToString() => Number.ToString();

    public override bool Equals(Value? other) => Numbers.AreEqual(this, other);

    public override int GetHashCode() => Numbers.Hash(this);
}

public sealed class RealValue(double number) : Value
{
    public double Number { get; } = number;

    public override bool IsTruthy => Number != 0;

    public override string TypeName => "float";

    public override string ToString() => Numbers.Print(Number);

    public override bool Equals(Value? other) => Numbers.AreEqual(this, other);

    public override int GetHashCode() => Numbers.Hash(this);
}

public sealed class TextValue(string text) : Value
{
    public string Text { get; } = text;

    /// <summary>Whether it is marked as safe HTML: then what is joined to it is escaped.</summary>
    internal bool IsMarkup { get; init; }

    /// <summary>Meant as a text, whatever it looks like: native types leave it one.</summary>
    internal bool StaysText { get; init; }

    public override bool IsTruthy => Text.Length > 0;

    public override string TypeName => "str";

    public override string ToString() => Text;

    public override string ToRepr() => IsMarkup ? $"Markup({PythonText.Quote(Text)})" : PythonText.Quote(Text);

    public override bool Equals(Value? other) => other?.Reveal() is TextValue text && text.Text == Text;

    public override int GetHashCode() => string.GetHashCode(Text, StringComparison.Ordinal);
}

public sealed class ListValue(ImmutableArray<Value> items) : Value
{
    private bool? _hasTemplates;

    public static ListValue Empty { get; } = new([]);

    public ImmutableArray<Value> Items { get; private set; } = items;

    internal override bool HasTemplates => _hasTemplates ??= Items.Any(item => item.HasTemplates);

    public override bool HasSecrets => Items.Any(item => item.HasSecrets);

    /// <summary><c>append</c> and its like, on lists that an evaluation made itself; nothing else ever sees one change.</summary>
    internal void Replace(ImmutableArray<Value> items) => (Items, _hasTemplates) = (items, null);

    public override bool IsTruthy => Items.Length > 0;

    public override bool IsUnknown => Items.Any(item => item.IsUnknown);

    public override string TypeName => "list";

    public override string ToString() => $"[{string.Join(", ", Items.Select(item => item.ToRepr()))}]";

    public override bool Equals(Value? other) => other?.Reveal() is ListValue list && (ReferenceEquals(list, this) || list.Items.SequenceEqual(Items));

    public override int GetHashCode() => Items.Aggregate(17, HashCode.Combine);
}

/// <summary>A dict. Entries keep the order of writing; a key that is written twice keeps its place and takes the last value.</summary>
public sealed class MapValue : Value
{
    private Dictionary<Value, int> _index = [];
    private ImmutableArray<KeyValuePair<Value, Value>> _entries = [];
    private bool? _hasTemplates;

    // Until all values are made.
    private readonly ImmutableArray<string> _keys = [];
    private Func<string, Value>? _make;
    private Value?[]? _made;
    private readonly bool _isMadeWithoutTemplates;

    public MapValue(IEnumerable<KeyValuePair<Value, Value>> entries) => Replace(entries);

    private MapValue(ImmutableArray<KeyValuePair<Value, Value>> entries, Dictionary<Value, int> index) => (_entries, _index) = (entries, index);

    private MapValue(IReadOnlyList<string> keys, Func<string, Value> make, bool isWithoutTemplates)
    {
        _isMadeWithoutTemplates = isWithoutTemplates;
        _keys = [.. keys.Distinct(StringComparer.Ordinal)];
        _index = _keys.Index().ToDictionary(key => (Value)Of(key.Item), key => key.Index);
        _make = make;
    }

    /// <summary>A map whose values are made one by one, each when it is first asked for. One thread at a time.</summary>
    public static MapValue Later(IReadOnlyList<string> keys, Func<string, Value> make) => new(keys, make, isWithoutTemplates: false);

    /// <summary>The same with each value rendered, when it is asked for; null: all values are made.</summary>
    internal MapValue? RenderedLater(Func<Value, Value> render) => _make is null ? null : new(_keys, key => render(this[key]!), isWithoutTemplates: true);

    /// <summary>The same entries, in a thing of its own.</summary>
    internal MapValue Twin() => new(Entries, _index);

    /// <summary><c>update</c> and its like, on maps that an evaluation made itself; nothing else ever sees one change.</summary>
    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_index))]
    internal void Replace(IEnumerable<KeyValuePair<Value, Value>> entries)
    {
        var index = new Dictionary<Value, int>();
        var list = ImmutableArray.CreateBuilder<KeyValuePair<Value, Value>>();
        foreach (var entry in entries)
        {
            if (index.TryGetValue(entry.Key, out var at))
            {
                list[at] = KeyValuePair.Create(list[at].Key, entry.Value);
            }
            else
            {
                index.Add(entry.Key, list.Count);
                list.Add(entry);
            }
        }
        (_entries, _index, _hasTemplates, _make) = (list.ToImmutable(), index, null, null);
    }

    internal override bool HasTemplates => _make is not null ? !_isMadeWithoutTemplates : _hasTemplates ??= Entries.Any(entry => entry.Value.HasTemplates || entry.Key.HasTemplates);

    public override bool HasSecrets => Entries.Any(entry => entry.Value.HasSecrets || entry.Key.HasSecrets);

    public static MapValue Empty { get; } = new([]);

    public ImmutableArray<KeyValuePair<Value, Value>> Entries
    {
        get
        {
            if (_make is not null)
            {
                _entries = [.. _keys.Select((key, at) => KeyValuePair.Create((Value)Of(key), Made(at)))];
                (_make, _made) = (null, null);
            }
            return _entries;
        }
    }

    public int Count => _index.Count;

    public bool Has(Value key) => _index.ContainsKey(key);

    public override bool IsTruthy => _index.Count > 0;

    public override bool IsUnknown => Entries.Any(entry => entry.Value.IsUnknown || entry.Key.IsUnknown);

    public override string TypeName => "dict";

    public Value? this[string key] => TryGet(key, out var value) ? value : null;

    public static MapValue From(params IEnumerable<(string Key, Value Value)> entries) =>
        new(entries.Select(entry => KeyValuePair.Create(Of(entry.Key), entry.Value)));

    public bool TryGet(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Value? value) => TryGet(Of(key), out value);

    public bool TryGet(Value key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Value? value)
    {
        value = !_index.TryGetValue(key, out var at) ? null : _make is null ? _entries[at].Value : Made(at);
        return value is not null;
    }

    private Value Made(int at) => (_made ??= new Value?[_keys.Length])[at] ??= _make!(_keys[at]);

    /// <summary>A map with one more entry, or another value for the key.</summary>
    public MapValue With(string key, Value value) => new(Entries.Append(KeyValuePair.Create(Of(key), value)));

    /// <summary>A map without that entry; the same where there is none.</summary>
    public MapValue Without(string key) => this[key] is null ? this : new(Entries.Where(entry => !entry.Key.Equals(Of(key))));

    /// <summary>Both, the other's value where both have the key.</summary>
    public MapValue Merge(MapValue other) => new(Entries.Concat(other.Entries));

    public override string ToString() => $"{{{string.Join(", ", Entries.Select(entry => $"{entry.Key.ToRepr()}: {entry.Value.ToRepr()}"))}}}";

    public override bool Equals(Value? other) =>
        other?.Reveal() is MapValue map && map.Entries.Length == Entries.Length
        && (ReferenceEquals(map, this) || Entries.All(entry => map.TryGet(entry.Key, out var value) && value.Equals(entry.Value)));

    public override int GetHashCode() => _index.Count;
}

/// <summary>Jinja2 source, rendered where it is used. Never the result of an evaluation.</summary>
public sealed class TemplateValue(string source, SourceSpan span) : Value
{
    public string Source { get; } = source;

    public SourceSpan Span { get; } = span;

    internal override bool HasTemplates => true;

    public override bool IsTruthy => Source.Length > 0;

    public override string TypeName => "template";

    public override string ToString() => Source;

    public override string ToRepr() => PythonText.Quote(Source);

    public override bool Equals(Value? other) => other is TemplateValue template && template.Source == Source;

    public override int GetHashCode() => string.GetHashCode(Source, StringComparison.Ordinal);
}

/// <summary>
/// What a check cannot know without doing something: what a command would print, what a later fact will be. It spreads:
/// whatever is computed from it is unknown too. Neither drift nor ok.
/// </summary>
public sealed class UnknownValue(string because) : Value
{
    public string Because { get; } = because;

    public override bool IsTruthy => false;

    public override bool IsUnknown => true;

    public override string TypeName => "unknown";

    public override string ToString() => $"(unknown: {Because})";

    public override bool Equals(Value? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}

/// <summary>Where a name has no value. Using it is an error that names it; <c>default()</c> and <c>is defined</c> may look at it.</summary>
public sealed class UndefinedValue(string what) : Value
{
    /// <summary>As in Ansible's message: <c>'PORT' is undefined</c>, <c>'dict object' has no attribute 'x'</c>.</summary>
    public string What { get; } = what;

    /// <summary>The error that using it is, where the place is known.</summary>
    internal Diagnostic? Origin { get; init; }

    /// <summary>What an inline <c>if</c> without <c>else</c> gives: printed, iterated and tested it is nothing, not an error.</summary>
    internal bool IsLenient { get; init; }

    public override bool IsTruthy => false;

    public override string TypeName => "AnsibleUndefined";

    public override string ToString() => "";

    public override bool Equals(Value? other) => other is UndefinedValue;

    public override int GetHashCode() => 1;
}

/// <summary>A value that is to be used and never shown. What is computed from it is secret too.</summary>
public sealed class SecretValue(Value inner) : Value
{
    public override bool IsTruthy => Reveal().IsTruthy;

    public override bool IsUnknown => Reveal().IsUnknown;

    internal override bool HasTemplates => inner.HasTemplates;

    public override bool HasSecrets => true;

    public override string TypeName => Reveal().TypeName;

    public override Value Reveal() => inner.Reveal();

    public override string ToString() => "********";

    public override bool Equals(Value? other) => Reveal().Equals(other?.Reveal());

    public override int GetHashCode() => Reveal().GetHashCode();
}
