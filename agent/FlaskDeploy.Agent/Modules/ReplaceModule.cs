using System.Collections.Immutable;
using System.Text.RegularExpressions;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>replace</c>: every match in the file, or in the part of it that lies after and before something.</summary>
internal sealed class ReplaceModule : Module<ReplaceArguments>
{
    protected override ValueTask<Plan> Plan(ReplaceArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        Edit(arguments, context).Plan(text => Replaced(text, arguments), cancellation);

    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes) => CopyModule.WithBackup(plan.Result, outcomes);

    protected override async ValueTask<ImmutableArray<Claim>> Claims(ReplaceArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var edit = Edit(arguments, context);
        var where = Section(arguments) is { } section ? $"match {arguments.Regexp} within {section}" : $"match {arguments.Regexp}";
        return [await edit.Claim(where, edit.Shown(arguments.Replacement), isThere: true, cancellation)];
    }

    private static FileEdit Edit(ReplaceArguments arguments, ModuleContext context) => new(arguments.File, context)
    {
        Missing = "Path",
        MakeIt = "make it in an earlier task",
        HasDiffOfAttributes = false,
        Always = MapValue.From(("rc", Value.Of(0))),
    };

    private static Edited Replaced(EditedText file, ReplaceArguments arguments)
    {
        var (start, end) = (0, file.Text.Length);
        if (Section(arguments) is { } written)
        {
            var section = FileEdit.Pattern(file.Written(written), RegexOptions.Singleline);
            if (section.Search(file.Text) is not { } match)
            {
                var message = $"Pattern for before/after params did not match the given file: {written}";
                return new Edited(file.Text, message, message);
            }
            var group = section.Named(match, "subsection")!;
            (start, end) = (group.Index, group.Index + group.Length);
        }
        var pattern = FileEdit.Pattern(file.Written(arguments.Regexp), RegexOptions.Multiline);
        var part = file.Text[start..end];
        var (text, count) = pattern.Substitute(file.Written(arguments.Replacement), part);
        return text == part
            ? new Edited(file.Text, "", count == 0 ? $"nothing matches {arguments.Regexp}" : $"{Matches(count)} as replaced already")
            : new Edited($"{file.Text.AsSpan(0, start)}{text}{file.Text.AsSpan(end)}", $"{count} replacements made", $"{Matches(count)} to be replaced");
    }

    private static string Matches(int count) => count == 1 ? "1 match is" : $"{count} matches are";

    // Both given, what is between them; a match of "before" alone is the last one, because the part before it is greedy.
    private static string? Section(ReplaceArguments arguments) => (arguments.After, arguments.Before) switch
    {
        ({ Length: > 0 } after, { Length: > 0 } before) => $"{after}(?P<subsection>.*?){before}",
        ({ Length: > 0 } after, _) => $"{after}(?P<subsection>.*)",
        (_, { Length: > 0 } before) => $"(?P<subsection>.*){before}",
        _ => null,
    };
}
