using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>blockinfile</c>: lines between two marks. Where one mark or both are missing, the block is new and goes where it was told to.</summary>
internal sealed class BlockInFileModule : Module<BlockInFileArguments>
{
    protected override ValueTask<Plan> Plan(BlockInFileArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        arguments.Begin == arguments.End
            ? new(new Impossible($"the marks before and after the block are one and the same: {arguments.Begin}") { Remedy = "marker needs {mark} in it, and marker_begin and marker_end must differ" })
            : Edit(arguments, context).Plan(text => With(text, arguments), cancellation);

    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes) => CopyModule.WithBackup(plan.Result, outcomes);

    protected override async ValueTask<ImmutableArray<Claim>> Claims(BlockInFileArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var edit = Edit(arguments, context);
        var isThere = Wanted(arguments) is not null;
        return [await edit.Claim($"block {arguments.Begin}", isThere ? edit.Shown(arguments.Block) : "absent", isThere, cancellation)];
    }

    private static FileEdit Edit(BlockInFileArguments arguments, ModuleContext context) => new(arguments.File, context)
    {
        Missing = "Path",
        MayBeMissing = arguments.IsAbsent && arguments.File.Create,
        SaysMissing = path => $"File {path} not present",
        SaysMade = "File created",
    };

    // Null: there is to be none.
    private static string? Wanted(BlockInFileArguments arguments) => arguments.IsAbsent || arguments.Block.Length == 0 ? null : arguments.Block;

    private static Edited With(EditedText file, BlockInFileArguments arguments)
    {
        var lines = Lines(file.Text);
        var begin = file.Written(arguments.Begin) + "\n";
        var end = file.Written(arguments.End) + "\n";
        List<string> block = [];
        if (Wanted(arguments) is { } wanted)
        {
            var written = file.Written(wanted);
            block = [begin, .. Lines(written.EndsWith('\n') ? written : written + "\n"), end];
        }
        var (first, last) = (lines.LastIndexOf(begin), lines.LastIndexOf(end));
        int at;
        if (first < 0 || last < 0)
        {
            at = Place(file, lines, arguments);
        }
        else
        {
            at = Math.Min(first, last);
            lines.RemoveRange(at, Math.Abs(last - first) + 1);
        }
        if (at > 0 && !lines[at - 1].EndsWith('\n'))
        {
            lines[at - 1] += "\n";
        }
        if (arguments is { PrependNewline: true, IsAbsent: false } && at > 0 && lines[at - 1] != "\n")
        {
            lines.Insert(at++, "\n");
        }
        lines.InsertRange(at, block);
        var after = at + block.Count;
        if (arguments is { AppendNewline: true, IsAbsent: false } && after < lines.Count && lines[after] != "\n")
        {
            lines.Insert(after, "\n");
        }
        var text = string.Concat(lines);
        return text == file.Text ? new Edited(text, "", block.Count > 0 ? "the block is as it should be" : "there is no block")
            : block.Count == 0 ? new Edited(text, "Block removed", "the block is to be removed")
            : new Edited(text, "Block inserted", first < 0 || last < 0 ? "the block is missing" : "the block is another");
    }

    private static int Place(EditedText file, List<string> lines, BlockInFileArguments arguments)
    {
        if (arguments.InsertBefore == "BOF")
        {
            return 0;
        }
        var written = arguments.InsertAfter == "EOF" ? null : arguments.InsertAfter ?? arguments.InsertBefore;
        if (written is null)
        {
            return lines.Count;
        }
        var pattern = FileEdit.Pattern(file.Written(written));
        int found;
        if (HasMultilineFlag(written))
        {
            // Such a one is held against the file whole.
            var match = pattern.Search(file.Text);
            found = match is null ? -1 : file.Text.AsSpan(0, arguments.InsertAfter is null ? match.Index : match.Index + match.Length).Count('\n');
        }
        else
        {
            found = lines.FindLastIndex(line => pattern.Search(line) is not null);
        }
        return found < 0 ? lines.Count : Math.Min(arguments.InsertAfter is null ? found : found + 1, lines.Count);
    }

    private static bool HasMultilineFlag(string pattern) =>
        pattern.StartsWith("(?", StringComparison.Ordinal) && pattern[2..].TakeWhile(char.IsAsciiLetter).ToArray() is var flags && flags.Contains('m')
        && pattern.Length > flags.Length + 2 && pattern[flags.Length + 2] == ')';

    // As Python's splitlines does with bytes.
    private static List<string> Lines(string text)
    {
        var lines = new List<string>();
        for (var start = 0; start < text.Length;)
        {
            var at = text.AsSpan(start).IndexOfAny('\r', '\n');
            var end = at < 0 ? text.Length : start + at + (text[start + at] == '\r' && start + at + 1 < text.Length && text[start + at + 1] == '\n' ? 2 : 1);
            lines.Add(text[start..end]);
            start = end;
        }
        return lines;
    }
}
