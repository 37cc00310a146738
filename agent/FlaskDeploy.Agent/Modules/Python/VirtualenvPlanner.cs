using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Commands;
using FlaskDeploy.Agent.Modules.Files;

namespace FlaskDeploy.Agent.Modules.Python;

/// <summary>How a virtual environment is made: what <c>pip</c> and <c>virtualenv</c> share.</summary>
internal static class VirtualenvPlanner
{
    internal static readonly TimeSpan Timeout = TimeSpan.FromMinutes(10);

    /// <summary>As Ansible decides: an environment is there when its <c>bin/activate</c> is.</summary>
    internal static async ValueTask<bool> Exists(string root, ModuleContext context, CancellationToken cancellation) =>
        (await context.View.Ask(new StatLook($"{root}/bin/activate", FollowLinks: true), cancellation)).Exists;

    /// <summary>The step that makes it, or why it cannot be made.</summary>
    internal static async ValueTask<(RunTool? Step, Impossible? Problem)> Make(
        string root, string command, string? python, bool sitePackages, ModuleContext context, CancellationToken cancellation)
    {
        if (!ShellWords.TrySplit(command, out var words, out var problem) || words.IsEmpty)
        {
            return (null, new Impossible($"{problem ?? "there is no command"}: '{command}'"));
        }
        var program = await HostPath.ExpandText(words[0], context.View, cancellation);
        if ((await context.View.Ask(new ProgramLook([program]), cancellation)).Paths is not [var found, ..])
        {
            return (null, new Impossible($"{program}, which makes virtual environments, is not installed")
            {
                Remedy = "install it in an earlier task (package python3-virtualenv), or virtualenv_command: python3 -m venv",
                MayBeMade = true,
            });
        }
        var isVenv = words.Contains("venv") || words.Contains("pyvenv");
        if (isVenv && python is not null)
        {
            return (null, new Impossible($"'{command}' takes no interpreter") { Remedy = $"virtualenv_command: {python} -m venv" });
        }
        ImmutableArray<string> arguments =
        [
            found,
            .. words[1..],
            .. sitePackages ? ["--system-site-packages"] : ImmutableArray<string>.Empty,
            .. python is null ? ImmutableArray<string>.Empty : [$"--python={await HostPath.ExpandText(python, context.View, cancellation)}"],
            root,
        ];
        return (new RunTool(arguments, Timeout) { Changes = [root] }, null);
    }
}
