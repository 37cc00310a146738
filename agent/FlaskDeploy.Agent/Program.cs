using FlaskDeploy.Agent;
using FlaskDeploy.Agent.Machine.Commands;
using FlaskDeploy.Agent.Machine.Workers;

// The first word is the command. `worker` and `become` are the agent's own children; people do not call them.
var rest = args.AsSpan(Math.Min(1, args.Length)).ToArray();
return args.FirstOrDefault() switch
{
    "worker" => WorkerMain.Run(rest),
    "become" => BecomeMain.Run(rest),
    "run" => await AgentCommands.Run(rest),
    "enroll" or "enrol" => await AgentCommands.Enrol(rest),
    "converge" => await AgentCommands.Converge(rest),
    "pause" => await AgentCommands.Pause(rest),
    "resume" => await AgentCommands.Resume(rest),
    "status" => await AgentCommands.Status(rest),
    "restart-when-idle" => await AgentCommands.RestartWhenIdle(rest),
    "apply-local" => await AgentCommands.ApplyLocal(rest),
    "version" or "--version" => AgentCommands.Version(),
    null or "help" or "--help" or "-h" => AgentCommands.Help(),
    var unknown => AgentCommands.Unknown(unknown),
};
