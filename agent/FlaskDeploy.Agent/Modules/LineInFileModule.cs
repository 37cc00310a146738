using System.Collections.Immutable;
using System.Text.RegularExpressions;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary>
/// <c>lineinfile</c>: a line is there, replaces the one that matches, or is gone. Lines end in a newline only; what a regular
/// expression sees of a line has it at its end, as Ansible's has.
/// </summary>
internal sealed class LineInFileModule : Module<LineInFileArguments>
{
    protected override async ValueTask<Plan> Plan(LineInFileArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (Wrong(arguments) is { } wrong)
        {
            return new Impossible(wrong);
        }
        return await Edit(arguments, context).Plan(text => arguments.IsAbsent ? Without(text, arguments) : With(text, arguments), cancellation);
    }

    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes) =>
        CopyModule.WithBackup(MapValue.Empty, outcomes)["backup_file"] is { } backup ? plan.Result.With("backup", backup) : plan.Result;

    protected override async ValueTask<ImmutableArray<Claim>> Claims(LineInFileArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (Wrong(arguments) is not null)
        {
            return [];
        }
        var edit = Edit(arguments, context);
        var which = arguments.Regexp ?? arguments.SearchString ?? edit.Shown(arguments.Line!);
        var value = arguments.IsAbsent ? "absent" : edit.Shown(arguments.Line!);
        return [await edit.Claim($"line {which}", value, isThere: !arguments.IsAbsent, cancellation)];
    }

    private static FileEdit Edit(LineInFileArguments arguments, ModuleContext context) => new(arguments.File, context)
    {
        Missing = "Destination",
        MayBeMissing = arguments.IsAbsent,
        Always = Warning(arguments) is { } warning ? MapValue.From(("backup", Value.Of("")), ("warnings", Value.Of([warning]))) : MapValue.From(("backup", Value.Of(""))),
    };

    private static string? Warning(LineInFileArguments arguments)
    {
        const string matchesAll = "is an empty string, which will match every line in the file. This may have unintended consequences, such as replacing the last line in the file rather than appending.";
        return arguments switch
        {
            { Regexp: "" } => $"The regular expression {matchesAll} If this is desired, use '^' to match every line in the file and avoid this warning.",
            { SearchString: "" } => $"The search string {matchesAll}",
            _ => null,
        };
    }

    private static string? Wrong(LineInFileArguments arguments) => arguments switch
    {
        { IsAbsent: false, BackReferences: true, Regexp: null } => "regexp is required with backrefs=true",
        { IsAbsent: false, Line: null } => "line is required with state=present",
        { IsAbsent: true, Line: null, Regexp: null, SearchString: null } => "one of line, search_string, or regexp is required with state=absent",
        _ => null,
    };

    private static Edited Without(EditedText file, LineInFileArguments arguments)
    {
        var lines = Lines(file.Text);
        var matcher = Matcher(file, arguments);
        var line = arguments.Line is { } written ? file.Written(written) : null;
        var removed = lines.RemoveAll(current => matcher is null ? Bare(current) == line : matcher(current) is not null);
        return (removed == 0 ? new Edited(file.Text, "", "no line is to be removed") : new Edited(string.Concat(lines), $"{removed} line(s) removed", $"{removed} line(s) to be removed"))
            with { Result = MapValue.From(("found", Value.Of(removed))) };
    }

    private static Edited With(EditedText file, LineInFileArguments arguments)
    {
        var lines = Lines(file.Text);
        var line = file.Written(arguments.Line!);
        var found = Find(lines, file, line, arguments);
        if (found.At >= 0)
        {
            var replacement = arguments.BackReferences && found.Match is { } match ? found.Pattern!.Expand(line, match) : line;
            replacement = replacement.EndsWith('\n') ? replacement : replacement + "\n";
            if (lines[found.At] == replacement)
            {
                return new Edited(file.Text, "", $"line {found.At + 1} is as it should be");
            }
            lines[found.At] = replacement;
            return new Edited(string.Concat(lines), "line replaced", $"line {found.At + 1} is another");
        }
        if (arguments.BackReferences)
        {
            return new Edited(file.Text, "", "no line matches, and with backrefs none is added");
        }
        var at = arguments.InsertBefore == "BOF" || arguments.InsertAfter == "BOF" ? 0 : found.Insert;
        if (at < 0)
        {
            return Appended(lines, line);
        }
        // It is there already, and was not seen because a search for the first match ended above it.
        if (arguments.InsertAfter is not (null or "BOF") && Math.Min(at, lines.Count - 1) is var neighbour && Bare(lines[neighbour]) == line)
        {
            return new Edited(file.Text, "", $"line {neighbour + 1} is as it should be");
        }
        if (at == lines.Count)
        {
            return Appended(lines, line);
        }
        lines.Insert(at, line + "\n");
        return new Edited(string.Concat(lines), "line added", "the line is missing");
    }

    private static Edited Appended(List<string> lines, string line)
    {
        if (lines.Count > 0 && lines[^1][^1] is not ('\n' or '\r'))
        {
            lines[^1] += "\n";
        }
        lines.Add(line + "\n");
        return new Edited(string.Concat(lines), "line added", "the line is missing");
    }

    // Which line it is, by the pattern or because it is there already; else, where it is to go.
    private static Found Find(List<string> lines, EditedText file, string line, LineInFileArguments arguments)
    {
        var anchor = Anchor(file, arguments);
        if (Matcher(file, arguments) is { } matcher)
        {
            var at = arguments.FirstMatch ? lines.FindIndex(current => matcher(current) is not null) : lines.FindLastIndex(current => matcher(current) is not null);
            if (at >= 0)
            {
                var hit = matcher(lines[at])!;
                return new Found(at, -1, hit.Match, hit.Pattern);
            }
        }
        var (exact, insert) = (-1, -1);
        for (var i = 0; i < lines.Count; i++)
        {
            if (Bare(lines[i]) == line)
            {
                exact = i;
            }
            else if (anchor?.Search(lines[i]) is not null)
            {
                insert = arguments.InsertAfter is not null ? i + 1 : i;
                if (arguments.FirstMatch)
                {
                    break;
                }
            }
        }
        return new Found(exact, insert, null, null);
    }

    private static Func<string, Hit?>? Matcher(EditedText file, LineInFileArguments arguments)
    {
        if (arguments.Regexp is { } written)
        {
            var pattern = FileEdit.Pattern(file.Written(written));
            return line => pattern.Search(line) is { } match ? new Hit(match, pattern) : null;
        }
        var text = arguments.SearchString is { } searched ? file.Written(searched) : null;
        return text is null ? null : line => line.Contains(text, StringComparison.Ordinal) ? new Hit(null, null) : null;
    }

    private static PythonPattern? Anchor(EditedText file, LineInFileArguments arguments) => (arguments.InsertAfter, arguments.InsertBefore) switch
    {
        ("EOF" or "BOF" or "", _) or (_, "BOF" or "") => null,
        ({ } after, _) => FileEdit.Pattern(file.Written(after)),
        (_, { } before) => FileEdit.Pattern(file.Written(before)),
        _ => null,
    };

    private static string Bare(string line) => line.TrimEnd('\r', '\n');

    private static List<string> Lines(string text)
    {
        var lines = new List<string>();
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start) is var newline and >= 0 ? newline + 1 : text.Length;
            lines.Add(text[start..end]);
            start = end;
        }
        return lines;
    }

    private sealed record Hit(Match? Match, PythonPattern? Pattern);

    /// <param name="At">The line that is to be this one; -1: none is.</param>
    /// <param name="Insert">Where a new line goes; -1: to the end.</param>
    private sealed record Found(int At, int Insert, Match? Match, PythonPattern? Pattern);
}
