using System.Text;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>What a template has printed. One piece alone keeps its type; more are text.</summary>
internal sealed class Output(Evaluator evaluator, bool keepsType = false)
{
    /// <summary>With native types none is printed with its name, as Python prints it.</summary>
    internal bool IsNative { get; init; }

    internal bool IsEmpty => _only is null && _text is null;

    private Value? _only;
    private StringBuilder? _text;

    internal void Add(Value value)
    {
        if (keepsType && _only is null && _text is null)
        {
            _only = value;
            return;
        }
        if (_text is null)
        {
            _text = new StringBuilder(_only is null ? "" : Printed(_only));
            _only = null;
        }
        _text.Append(Printed(value));
        evaluator.LimitText(_text.Length);
    }

    private string Printed(Value value) => IsNative ? evaluator.Text(value) : evaluator.PrintedText(value);

    internal Value ToNative() => _only ?? Value.Of(_text?.ToString() ?? "");

    internal string ToText() => _only is null ? _text?.ToString() ?? "" : evaluator.PrintedText(_only);
}
