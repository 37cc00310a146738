using System.Globalization;
using System.Text;

namespace FlaskDeploy.Agent.Machine.Processes;

/// <summary>The names of our units. One slice holds them all: <c>systemctl status flaskdeploy.slice</c> shows what tasks left running.</summary>
internal static class UnitNames
{
    public const string Slice = "flaskdeploy.slice";
    private const string Prefix = "flaskdeploy-";
    private const string LaunchPrefix = "flaskdeploy-launch-";

    /// <summary>For one command: the scope of its step, made unique.</summary>
    public static string Scope(string scope, string unique) => $"{Prefix}{scope}-{unique}.scope";

    /// <summary>Whether a unit is the scope of a command of this deployment (in its safe form).</summary>
    public static bool IsScopeOf(string unit, string deployment) =>
        unit.EndsWith(".scope", StringComparison.Ordinal) && unit.StartsWith($"{Prefix}{deployment}-", StringComparison.Ordinal);

    /// <summary>Whether a unit is the scope that was made unique by this.</summary>
    public static bool IsScopeNamed(string unit, string unique) =>
        unit.StartsWith(Prefix, StringComparison.Ordinal) && unit.EndsWith($"-{unique}.scope", StringComparison.Ordinal);

    public static string Launch(string name) => $"{LaunchPrefix}{Escape(name)}.service";

    public static string Transaction(string digest) => $"{Prefix}packages-{digest}.service";

    /// <summary>What systemd allows in a name stays; the rest becomes hexadecimal, so that two names never meet.</summary>
    public static string Escape(string name)
    {
        var escaped = new StringBuilder(name.Length);
        foreach (var b in Encoding.UTF8.GetBytes(name))
        {
            var c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || c is '-' || (c is '.' && escaped.Length > 0))
            {
                escaped.Append(c);
            }
            else
            {
                escaped.Append(CultureInfo.InvariantCulture, $"_{b:x2}");
            }
        }
        return escaped.ToString();
    }
}
