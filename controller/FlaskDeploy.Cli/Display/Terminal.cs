namespace FlaskDeploy.Cli.Display;

/// <summary>The colours that Ansible uses, by what they mean.</summary>
internal enum Tone
{
    Plain,
    Ok,
    Changed,
    Skipped,
    Failed,
    Unreachable,
    Unknown,
    Added,
    Removed,
    Faint,
}

/// <summary>Turns tones into ANSI colours, or leaves them out.</summary>
internal sealed class Style(bool colours)
{
    public static Style None { get; } = new(colours: false);

    public bool HasColours => colours;

    public string Paint(Tone tone, string text)
    {
        if (!colours || tone == Tone.Plain || text.Length == 0)
        {
            return text;
        }
        var code = tone switch
        {
            Tone.Ok or Tone.Added => "0;32",
            Tone.Changed => "0;33",
            Tone.Skipped => "0;36",
            Tone.Failed or Tone.Removed => "0;31",
            Tone.Unreachable => "1;31",
            Tone.Unknown => "0;35",
            _ => "0;90",
        };
        return $"\e[{code}m{text}\e[0m";
    }
}

/// <summary>
/// Where the CLI writes: results on the output, remarks and errors on the error stream. A progress line is shown on a
/// terminal only, and taken away before anything else is written.
/// </summary>
internal sealed class Terminal(TextWriter output, TextWriter error, Style style, bool isInteractive)
{
    private bool _hasProgress;

    public Style Style => style;

    public bool IsInteractive => isInteractive;

    /// <summary>As the environment asks for it: NO_COLOR (https://no-color.org), TERM=dumb, and whether the output is a terminal.</summary>
    public static Terminal OfProcess()
    {
        var interactive = !Console.IsOutputRedirected;
        var colours = interactive
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        return new(Console.Out, Console.Error, new Style(colours), interactive);
    }

    public void Write(string line)
    {
        ClearProgress();
        output.WriteLine(line);
    }

    public void Remark(string line)
    {
        ClearProgress();
        error.WriteLine(line);
    }

    /// <summary>What went wrong, and what the operator can do about it.</summary>
    public void Error(string what, string? remedy = null)
    {
        Remark(style.Paint(Tone.Failed, $"flaskdeploy: {Safe.Lines(what)}"));
        if (remedy is not null)
        {
            Remark($"  {Safe.Lines(remedy).Replace("\n", "\n  ", StringComparison.Ordinal)}");
        }
    }

    public void Progress(string line)
    {
        if (isInteractive)
        {
            output.Write($"\r\e[K{line}");
            output.Flush();
            _hasProgress = true;
        }
    }

    public void ClearProgress()
    {
        if (_hasProgress)
        {
            output.Write("\r\e[K");
            _hasProgress = false;
        }
    }
}
