using System.Text;

namespace FlaskDeploy.Cli.Display;

/// <summary>Asks the operator on the terminal; what is typed unseen is not echoed.</summary>
internal static class Asking
{
    /// <summary>Null: there is nobody to ask, neither a terminal nor a line on the input.</summary>
    public static string? Ask(string prompt, bool unseen)
    {
        Console.Error.Write($"{Safe.Line(prompt)}: ");
        if (Console.IsInputRedirected || !unseen)
        {
            var line = Console.In.ReadLine();
            if (Console.IsInputRedirected)
            {
                Console.Error.WriteLine();
            }
            return line;
        }
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }
        Console.Error.WriteLine();
        return typed.ToString();
    }
}
