namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/script_module.html</summary>
public sealed record ScriptArguments(CommandRequest Request) : IModuleArguments<ScriptArguments>
{
    public static ModuleSpec Spec { get; } = new("script", ModuleNature.Command, "a script of the operator's side, run on the host")
    {
        TakesFreeForm = true,
        Arguments =
        [
            new("cmd", ArgumentType.Text, "the script's path on the operator's side and its arguments, where they are not written as the module's text"),
            new("creates", ArgumentType.Path, "a path or glob; where it is there already, nothing is run"),
            new("removes", ArgumentType.Path, "a path or glob; where it is not there, nothing is run"),
            new("chdir", ArgumentType.Path, "the directory to run in, absolute"),
            new("executable", ArgumentType.Text, "the program that runs the script; without it the script's first line says"),
            CommonArguments.Decrypt,
        ],
        Guards = CommandRequest.GuardNames,
        OnlyRunsBecause = CommandRequest.OnlyRuns,
    };

    public static ScriptArguments From(BoundArguments arguments) => new(new CommandRequest
    {
        Line = arguments.FreeForm is { } text && !string.IsNullOrWhiteSpace(text) ? text : arguments.Text("cmd"),
        Creates = arguments.Text("creates"),
        Removes = arguments.Text("removes"),
        Directory = arguments.Text("chdir"),
        Executable = arguments.Text("executable"),
    });
}
