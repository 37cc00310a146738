using FlaskDeploy.Compiler.Linting.Model;

namespace FlaskDeploy.Compiler.Linting.Rules;

/// <summary>The shape of rules about one word of a command.</summary>
internal static class WordRule
{
    /// <param name="program">Whose command it is.</param>
    /// <param name="find">The word that is wrong; the default: none is.</param>
    public static Action<LintTask, LintFinder> Of(string program, Func<ShellCommand, ShellWord> find, Func<ShellWord, string> says, string remedy) => (task, found) =>
    {
        foreach (var part in task.Command?.Line.Commands.Where(part => part.Program == program) ?? [])
        {
            if (find(part) is { Text: not null } word)
            {
                found.At(task.Command!.SpanAt(word.Offset), says(word), remedy);
            }
        }
    };
}
