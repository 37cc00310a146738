using System.Collections.Immutable;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>ini_file</c>: an option of a section; all other lines, comments among them, stay as they are.</summary>
internal sealed class IniFileModule : Module<IniFileArguments>
{
    protected override async ValueTask<Plan> Plan(IniFileArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        Wrong(arguments) is { } wrong
            ? new Impossible(wrong)
            : await Edit(arguments, context).Plan(text => new Lines(text, arguments).Edit(), cancellation);

    public override Language.Values.MapValue Result(Plan plan, IReadOnlyList<Machine.StepOutcome> outcomes) => CopyModule.WithBackup(plan.Result, outcomes);

    protected override async ValueTask<ImmutableArray<Claim>> Claims(IniFileArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var edit = Edit(arguments, context);
        var value = arguments.IsAbsent ? "absent" : edit.Shown(string.Join('\n', arguments.Values));
        return [await edit.Claim($"option {arguments.Option} of [{arguments.Section}]", value, isThere: !arguments.IsAbsent, cancellation)];
    }

    private static FileEdit Edit(IniFileArguments arguments, ModuleContext context) => new(arguments.File, context)
    {
        Missing = "Destination",
        MayBeMissing = arguments.IsAbsent,
    };

    private static string? Wrong(IniFileArguments arguments) => arguments switch
    {
        { Option: not null, IsAbsent: false, Values.IsEmpty: true, AllowsNoValue: false } => "parameter 'value(s)' must be defined if state is 'present' and parameter 'allow_no_value' is False",
        { Option: { } option } when option.AsSpan().IndexOfAny("=\n\r") >= 0 => $"'{option}' cannot be an option",
        { Section: { } section } when section.AsSpan().IndexOfAny("]\n\r") >= 0 => $"'{section}' cannot be a section",
        { Option: null, Section: null or "" } => "one of section and option is needed",
        _ => null,
    };

    /// <summary>One file, and the part of it that is the section: from its heading (or the top) to the next heading.</summary>
    private sealed class Lines
    {
        private readonly IniFileArguments _arguments;
        private readonly EditedText _file;
        private readonly List<string> _lines;
        private readonly string? _option;
        private readonly int _first;
        private int _end;

        internal Lines(EditedText file, IniFileArguments arguments)
        {
            (_arguments, _file) = (arguments, file);
            _option = arguments.Option is { } option ? file.Written(option) : null;
            _lines = [.. file.Text.Split('\n')];
            if (_lines[^1].Length == 0)
            {
                _lines.RemoveAt(_lines.Count - 1);
            }
            var heading = arguments.Section is { Length: > 0 } section ? _lines.FindIndex(line => line.StartsWith($"[{file.Written(section)}]", StringComparison.Ordinal)) : -1;
            HasSection = heading >= 0 || arguments.Section is null or "";
            _first = heading + 1;
            _end = HasSection && _lines.FindIndex(_first, line => line.StartsWith('[')) is var next and >= 0 ? next : _lines.Count;
        }

        private bool HasSection { get; }

        internal Edited Edit()
        {
            var (message, because) = _arguments.IsAbsent ? Absent() : Present();
            return message.Length == 0
                ? new Edited(_file.Text, "", because)
                : new Edited(_lines.Count == 0 ? "" : string.Join('\n', _lines) + "\n", message, because);
        }

        private string Name => _option is null ? $"[{_arguments.Section}]" : $"{_arguments.Option} of [{_arguments.Section}]";

        private (string Message, string Because) Present()
        {
            if (!HasSection)
            {
                _lines.Add($"[{_file.Written(_arguments.Section!)}]");
                _lines.AddRange(Wanted());
                return (_option is null ? "only section added" : "section and option added", $"there is no [{_arguments.Section}]");
            }
            if (_option is null)
            {
                return ("", $"there is a {Name}");
            }
            var missing = Wanted().ToList();
            var found = Matching(inactiveToo: _arguments.ModifiesInactive);
            // Lines that say it already come first; then those that say something else are made to say it.
            var others = found.Where(at => !(IsActive(at) && Take(missing, _lines[at]))).ToList();
            var changed = 0;
            foreach (var at in others.Where(at => _arguments.Exclusive || !IsActive(at)).OrderBy(at => !IsActive(at)).Take(missing.Count).ToList())
            {
                _lines[at] = missing[0];
                missing.RemoveAt(0);
                others.Remove(at);
                changed++;
            }
            var gone = _arguments.Exclusive ? others.Where(IsActive).OrderDescending().ToList() : [];
            gone.ForEach(Remove);
            if (missing.Count > 0)
            {
                var last = _lines.FindLastIndex(Math.Max(_end - 1, 0), _end - _first, line => line.Trim() is { Length: > 0 } text && text[0] is not ('#' or ';'));
                _lines.InsertRange(Math.Max(last, _first - 1) + 1, missing);
                return ("option added", $"{Name} is missing");
            }
            return changed + gone.Count > 0 ? ("option changed", $"{Name} is another") : ("", $"{Name} is as it should be");
        }

        private (string Message, string Because) Absent()
        {
            if (!HasSection)
            {
                return ("", $"there is no [{_arguments.Section}]");
            }
            if (_option is null)
            {
                _lines.RemoveRange(_first - 1, _end - _first + 1);
                return ("section removed", $"there is a {Name}");
            }
            var gone = Matching(inactiveToo: false).Where(at => _arguments.Exclusive || Bare(_lines[at]).Value is { } value && _arguments.Values.Contains(value)).OrderDescending().ToList();
            gone.ForEach(Remove);
            return gone.Count > 0 ? ("option changed", $"{Name} is there") : ("", $"{Name} is not there");
        }

        private void Remove(int at)
        {
            _lines.RemoveAt(at);
            _end--;
        }

        private IEnumerable<string> Wanted() => _option is null ? [] :
            _arguments.Values.IsEmpty ? [_option] :
            _arguments.Values.Select(value => $"{_option}{(_arguments.NoExtraSpaces ? "=" : " = ")}{_file.Written(value)}");

        private bool Take(List<string> missing, string line)
        {
            var at = missing.FindIndex(wanted => Says(line, wanted));
            if (at >= 0)
            {
                missing.RemoveAt(at);
            }
            return at >= 0;
        }

        private bool Says(string line, string wanted) => line == wanted || (_arguments.IgnoresSpaces && Bare(line) == Bare(wanted));

        private static (string Option, string? Value) Bare(string line) =>
            line.IndexOf('=', StringComparison.Ordinal) is var at and >= 0 ? (line[..at].Trim(), line[(at + 1)..].Trim()) : (line.Trim(), null);

        private List<int> Matching(bool inactiveToo) => [.. Enumerable.Range(_first, _end - _first).Where(at => Bare(Active(_lines[at], inactiveToo)).Option == _option)];

        private bool IsActive(int at) => Bare(_lines[at]).Option == _option;

        private static string Active(string line, bool inactiveToo) => inactiveToo && line.TrimStart() is ['#' or ';', .. var rest] ? rest : line;
    }
}
