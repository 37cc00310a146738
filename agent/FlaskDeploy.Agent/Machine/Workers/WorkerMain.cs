using System.Collections.Concurrent;
using FlaskDeploy.Agent.Machine.Files;
using FlaskDeploy.Agent.Machine.Launches;
using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Machine.Web;

namespace FlaskDeploy.Agent.Machine.Workers;

/// <summary>
/// The hidden command <c>worker</c>: looks and changes files as the user that it runs as, asked over its standard input.
/// It ends with that input, hence with the agent: a death signal (prctl) would be that of the thread that started it,
/// and threads of a pool come and go.
/// </summary>
internal static class WorkerMain
{
    private const int Refused = 64;

    public static int Run(string[] args)
    {
        if (args.Length > 0 || Libc.EffectiveUser() == 0)
        {
            Console.Error.WriteLine("worker is started by the agent itself, as a user, and never works as root");
            return Refused;
        }
        using var input = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);
        using var output = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        new WorkerLoop(new WorkerChannel(input, output), TimeProvider.System).Run().GetAwaiter().GetResult();
        return 0;
    }
}

/// <summary>Answers each message as it comes; several at a time.</summary>
internal sealed class WorkerLoop
{
    private readonly WorkerChannel _channel;
    private readonly TimeProvider _time;
    private readonly LocalLooks _looks;
    private readonly RemoteBlobs _blobs;
    private readonly ConcurrentDictionary<long, CancellationTokenSource> _running = new();

    public WorkerLoop(WorkerChannel channel, TimeProvider time)
    {
        (_channel, _time, _blobs) = (channel, time, new RemoteBlobs(channel));
        _looks = new LocalLooks(new LaunchLedger(AgentPaths.Default), new Accounts(), blobs: _blobs);
    }

    /// <summary>Until the agent closes. What is being done then is left as it is: files are as before or as after.</summary>
    public async Task Run()
    {
        while (await _channel.Read(CancellationToken.None) is { } message)
        {
            switch (message)
            {
                case AskMessage ask:
                    _ = Answer(ask);
                    break;
                case ExecuteMessage execute:
                    _ = Execute(execute);
                    break;
                case CancelMessage cancel when _running.TryGetValue(cancel.Id, out var source):
                    await source.CancelAsync();
                    break;
                case PartMessage part:
                    _blobs.Arrived(part);
                    break;
                default:
                    break;
            }
        }
    }

    private async Task Answer(AskMessage ask)
    {
        AnswerMessage answer;
        try
        {
            answer = new AnswerMessage(ask.Id, await _looks.Ask(ask.Look, ask.Environment, CancellationToken.None), null);
        }
        catch (LookFailedException e)
        {
            answer = new AnswerMessage(ask.Id, null, e.Problem);
        }
        catch (Exception e)
        {
            // A bug of ours must not leave the agent waiting: it is told, and says whose fault it is.
            answer = new AnswerMessage(ask.Id, null, $"a defect of the agent: {e}");
        }
        await Send(answer);
    }

    private async Task Execute(ExecuteMessage execute)
    {
        using var source = new CancellationTokenSource();
        _running[execute.Id] = source;
        StepOutcome? outcome;
        try
        {
            outcome = execute.Step switch
            {
                WaitUntil wait => await new Waits(_time).Wait(wait, source.Token),
                SendRequest send => await WebAnswers.Send(send, _time, source.Token),
                StopProcesses stop => await new Stopper(null, () => [], _time).Stop(stop),
                var step => await new FileSteps(_blobs, Validate, _time).Execute(step, source.Token),
            };
        }
        catch (OperationCanceledException)
        {
            outcome = null;
        }
        catch (Exception e)
        {
            // As above.
            outcome = StepOutcome.Failed($"a defect of the agent: {e}");
        }
        _running.TryRemove(execute.Id, out _);
        await Send(new OutcomeMessage(execute.Id, outcome));
    }

    private async ValueTask<CommandResult> Validate(string command, CancellationToken cancellation)
    {
        var started = _time.GetUtcNow();
        var at = _time.GetTimestamp();
        var result = await BoundedTool.Run("/bin/sh", ["-c", command], TimeSpan.FromMinutes(1), cancellation);
        return new CommandResult(result.ExitCode, result.Output, result.Problem ?? result.Error, started, _time.GetElapsedTime(at));
    }

    private async Task Send(WorkerMessage message)
    {
        try
        {
            await _channel.Write(message, CancellationToken.None);
        }
        catch (IOException)
        {
            // The agent is gone, and with its end of the pipe this process will be.
        }
    }
}
