using System.Text;

namespace FlaskDeploy.Agent.Runs;

/// <summary>Names for units and scopes: what systemd allows, with the deployment first so that its processes can be found again.</summary>
internal static class ScopeName
{
    public static string For(string deployment, string task) => $"{Safe(deployment)}-{Safe(task)}";

    public static string Safe(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            // '-' divides the deployment from the task, so it is not to be inside either.
            result.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or '.' ? c : '_');
        }
        return result.ToString();
    }
}
