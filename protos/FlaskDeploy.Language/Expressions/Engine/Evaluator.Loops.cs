using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

// Loops and macros.
internal sealed partial class Evaluator
{
    private void RunFor(ForNode loop, Output output)
    {
        ImmutableArray<Value> items;
        try
        {
            var value = Asking(loop.Items, Eval);
            _at = loop.Items.At;
            items = Items(value);
        }
        catch (UnknownStop stop)
        {
            Scoped(() =>
            {
                foreach (var name in NamesIn(loop.Target).Append("loop"))
                {
                    _scope.Set(name, stop.Value);
                }
                GoThrough(loop.Body);
                GoThrough(loop.Else);
            });
            throw;
        }
        RunLoop(loop, items, output, depth: 0);
    }

    private static IEnumerable<string> NamesIn(ExpressionNode target) => target switch
    {
        NameNode name => [name.Name],
        TupleNode tuple => tuple.Items.SelectMany(NamesIn),
        _ => [],
    };

    private void RunLoop(ForNode loop, ImmutableArray<Value> items, Output output, int depth)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw TooDeep();
        }
        var outer = _scope;
        try
        {
            if (loop.Filter is not null)
            {
                items = Filtered(loop, items, outer);
            }
            var isAnyDone = false;
            var state = new LoopValue(items, depth, loop.IsRecursive ? inner => Recurse(loop, inner, outer, depth + 1) : null);
            for (state.Index = 0; state.Index < items.Length; state.Index++)
            {
                Charge(1);
                _scope = new Scope(outer);
                Assign(loop.Target, items[state.Index]);
                if (loop.HasLoop)
                {
                    _scope.Set("loop", state);
                }
                try
                {
                    Run(loop.Body, output);
                    isAnyDone = true;
                }
                catch (LoopJump jump) when (ReferenceEquals(jump, LoopJump.Continue))
                {
                }
                catch (LoopJump)
                {
                    break;
                }
            }
            // Jinja2's meaning of else: no pass through the body came to its end.
            if (!isAnyDone)
            {
                _scope = new Scope(outer);
                Run(loop.Else, output);
            }
        }
        finally
        {
            _scope = outer;
        }
    }

    private ImmutableArray<Value> Filtered(ForNode loop, ImmutableArray<Value> items, Scope outer)
    {
        var kept = ImmutableArray.CreateBuilder<Value>();
        foreach (var item in items)
        {
            Charge(1);
            _scope = new Scope(outer);
            Assign(loop.Target, item);
            if (Truth(Eval(loop.Filter!)))
            {
                kept.Add(item);
            }
        }
        return kept.ToImmutable();
    }

    private Value Recurse(ForNode loop, Value items, Scope outer, int depth)
    {
        var current = _scope;
        _scope = outer;
        try
        {
            var output = new Output(this);
            RunLoop(loop, Items(items), output, depth);
            return Printed(output);
        }
        finally
        {
            _scope = current;
        }
    }

    /// <param name="escapes">Whether it stands where what is printed is escaped; where it is called decides about what it gives.</param>
    internal Value CallMacro(MacroNode macro, Scope closure, bool escapes, Arguments arguments)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw TooDeep();
        }
        Charge(1);
        var (current, outer) = (_scope, _escapes);
        (_scope, _escapes) = (new Scope(closure), escapes);
        _captures++;
        try
        {
            BindParameters(macro, arguments);
            var output = new Output(this);
            Run(macro.Body, output);
            return Value.Of(output.ToText());
        }
        finally
        {
            _captures--;
            (_scope, _escapes) = (current, outer);
        }
    }

    /// <summary>What a part of the template printed, as a value: safe where what is printed is escaped.</summary>
    internal Value Printed(Output output) => AsPrinted(output.ToText());

    internal Value AsPrinted(string text) => _isNative ? Literal(Value.Of(text)) : new TextValue(text) { IsMarkup = _escapes };

    private void BindParameters(MacroNode macro, Arguments arguments)
    {
        var parameters = macro.Parameters.Items;
        var keywords = arguments.Keywords.ToDictionary(pair => pair.Key, pair => pair.Value);
        for (var i = 0; i < parameters.Length; i++)
        {
            var (name, fallback) = parameters[i];
            if (i < arguments.Positional.Length)
            {
                if (keywords.ContainsKey(name))
                {
                    throw Error($"macro '{macro.Name}' got the argument '{name}' twice");
                }
                _scope.Set(name, arguments.Positional[i]);
            }
            else if (keywords.Remove(name, out var value))
            {
                _scope.Set(name, value);
            }
            else
            {
                _scope.Set(name, fallback is null ? UndefinedResult($"parameter '{name}' was not provided") : Eval(fallback));
            }
        }
        keywords.Remove("caller", out var caller);
        if (macro.TakesCaller && parameters.All(parameter => parameter.Name != "caller"))
        {
            _scope.Set("caller", caller ?? UndefinedResult("No caller defined"));
        }
        else if (caller is not null && parameters.All(parameter => parameter.Name != "caller"))
        {
            throw Error($"macro '{macro.Name}' was used in a call block, but does not use 'caller'");
        }
        if (macro.TakesKeywords)
        {
            _scope.Set("kwargs", new MapValue(keywords.Select(pair => KeyValuePair.Create((Value)Value.Of(pair.Key), pair.Value))));
        }
        else if (keywords.Count > 0)
        {
            throw Error($"macro '{macro.Name}' takes no keyword argument '{keywords.Keys.First()}'");
        }
        if (macro.TakesRest)
        {
            _scope.Set("varargs", new TupleValue([.. arguments.Positional.Skip(parameters.Length)]));
        }
        else if (arguments.Positional.Length > parameters.Length)
        {
            throw Error($"macro '{macro.Name}' takes not more than {parameters.Length} argument(s)");
        }
    }
}

internal sealed class MacroValue(MacroNode macro, Scope closure, bool escapes, Evaluator owner) : CallableValue
{
    public override string TypeName => "Macro";

    // Its body belongs to the template that it stands in, whoever calls it.
    internal override Value Call(Evaluator evaluator, Arguments arguments)
    {
        try
        {
            return evaluator.AsPrinted(((TextValue)owner.CallMacro(macro, closure, escapes, arguments)).Text);
        }
        finally
        {
            evaluator.TakeTaint(owner.Unit);
        }
    }

    internal override Value? Attribute(string name, Evaluator evaluator) => name switch
    {
        "name" => Of(macro.Name),
        "arguments" => new TupleValue([.. macro.Parameters.Items.Select(parameter => Of(parameter.Name))]),
        "catch_kwargs" => Of(macro.TakesKeywords),
        "catch_varargs" => Of(macro.TakesRest),
        "caller" => Of(macro.TakesCaller),
        _ => null,
    };

    public override string ToString() => $"<Macro {PythonText.Quote(macro.Name)}>";
}

/// <summary>The <c>loop</c> of a <c>for</c>.</summary>
internal sealed class LoopValue(ImmutableArray<Value> items, int depth, Func<Value, Value>? recurse) : CallableValue
{
    private ImmutableArray<Value>? _lastChanged;

    internal int Index { get; set; }

    public override string TypeName => "LoopContext";

    public override string ToString() => $"<LoopContext {Index + 1}/{items.Length}>";

    internal override Value Call(Evaluator evaluator, Arguments arguments) =>
        recurse is null ? throw evaluator.Error("the loop must have the 'recursive' marker to be called")
        : arguments.Positional.Length != 1 ? throw evaluator.Error("loop() wants the items of the inner loop")
        : recurse(arguments.Positional[0]);

    internal override Value? Attribute(string name, Evaluator evaluator) => name switch
    {
        "index" => Of(Index + 1),
        "index0" => Of(Index),
        "revindex" => Of(items.Length - Index),
        "revindex0" => Of(items.Length - Index - 1),
        "first" => Of(Index == 0),
        "last" => Of(Index == items.Length - 1),
        "length" => Of(items.Length),
        "depth" => Of(depth + 1),
        "depth0" => Of(depth),
        "previtem" => Index == 0 ? evaluator.UndefinedResult("there is no previous item") : items[Index - 1],
        "nextitem" => Index == items.Length - 1 ? evaluator.UndefinedResult("there is no next item") : items[Index + 1],
        "cycle" => new NativeFunction(arguments => arguments.Positional.Length == 0
            ? throw evaluator.Error("no items for cycling given")
            : arguments.Positional[Index % arguments.Positional.Length]),
        "changed" => new NativeFunction(arguments =>
        {
            var isSame = _lastChanged is { } last && last.SequenceEqual(arguments.Positional);
            _lastChanged = arguments.Positional;
            return Of(!isSame);
        }),
        _ => null,
    };
}
