namespace CliWrap;

/// <summary>Stand-in for the package CliWrap: the members that FlaskDeploy uses, with the signatures of the original.</summary>
public static class Cli
{
    /// <param name="targetFilePath">A path, or a name that is looked for on this program's PATH.</param>
    public static Command Wrap(string targetFilePath) => new(targetFilePath);
}
