using System.Collections.Concurrent;
using System.ComponentModel;
using System.IO.Pipes;
using System.Security.Cryptography;
using FlaskDeploy.Agent.Machine.Commands;
using FlaskDeploy.Agent.Machine.Files;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Processes;
using Microsoft.Win32.SafeHandles;

namespace FlaskDeploy.Agent.Machine.Workers;

/// <summary>The agent's end of one worker process. When the process dies, everything that was asked of it fails; it is not started again.</summary>
internal sealed class Worker : IAsyncDisposable
{
    private const int PartSize = 256 * 1024;
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(5);

    private readonly ChildProcess _process;
    private readonly WorkerChannel _channel;
    private readonly IBlobSource _blobs;
    private readonly string _order;
    private readonly ConcurrentDictionary<long, TaskCompletionSource<WorkerMessage?>> _pending = new();
    private readonly Task _reading;
    private long _lastId;
    private volatile bool _closed;

    private Worker(ChildProcess process, WorkerChannel channel, IBlobSource blobs, string order)
    {
        (_process, _channel, _blobs, _order) = (process, channel, blobs, order);
        _reading = ReadAll();
    }

    public int Pid => _process.Pid;

    public bool IsAlive => !_closed;

    public bool IsBusy => !_pending.IsEmpty;

    /// <exception cref="IOException">It could not be started.</exception>
    public static Worker Start(Account account, AgentPaths paths, AgentProgram program, IBlobSource blobs)
    {
        DurableFile.MakeDirectory(paths.RunDirectory);
        var order = Path.Combine(paths.RunDirectory, $"worker-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}.json");
        new BecomeOrder(account, program.Command("worker"))
        {
            Environment = TaskEnvironment.For(account).Variables,
            Directory = Directory.Exists(account.Home) ? account.Home : "/",
            KeepsUser = account.Uid == Libc.EffectiveUser(),
        }.Write(order);
        using var input = ProcessPipe.Open();
        using var output = ProcessPipe.Open();
        using var error = new SafeFileHandle(2, ownsHandle: false);
        var arguments = program.Command("become", order);
        try
        {
            var process = ChildProcess.Start(new ChildStart(ChildProcess.Find(arguments[0], TaskEnvironment.DefaultPath) ?? arguments[0], arguments)
            {
                Environment = [KeyValuePair.Create("PATH", TaskEnvironment.DefaultPath)],
                Directory = "/",
                Input = input.Read,
                Output = output.Write,
                Error = error,
                NewSession = true,
            });
            return new Worker(process, new WorkerChannel(Adopt(output.Read, PipeDirection.In), Adopt(input.Write, PipeDirection.Out)), blobs, order);
        }
        catch (Win32Exception e)
        {
            File.Delete(order);
            throw new IOException($"the worker of {account.Name} cannot be started: {e.Message}", e);
        }
    }

    /// <returns>Null: the worker died before it answered.</returns>
    public async ValueTask<WorkerMessage?> Request(Func<long, WorkerMessage> message, CancellationToken cancellation)
    {
        var id = Interlocked.Increment(ref _lastId);
        var waiting = _pending[id] = new TaskCompletionSource<WorkerMessage?>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            if (_closed)
            {
                return null;
            }
            await _channel.Write(message(id), cancellation);
            return await waiting.Task.WaitAsync(cancellation);
        }
        catch (IOException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!waiting.Task.IsCompleted)
        {
            await Cancel(id, waiting.Task);
            throw;
        }
        finally
        {
            _pending.TryRemove(id, out _);
        }
    }

    public void Kill() => _process.Signal(Libc.Kill);

    /// <summary>It leaves by itself when its input ends; if not, it is killed.</summary>
    public async ValueTask DisposeAsync()
    {
        _closed = true;
        await _channel.DisposeAsync();
        try
        {
            await _process.Exited.WaitAsync(EndsWithin);
        }
        catch (TimeoutException)
        {
            Kill();
        }
        await _reading;
        Forget();
    }

    // What is cancelled is given the time to put things right; a worker that does not manage that is ended.
    private async ValueTask Cancel(long id, Task ended)
    {
        try
        {
            await _channel.Write(new CancelMessage(id), CancellationToken.None);
            await ended.WaitAsync(EndsWithin);
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            Kill();
        }
    }

    private async Task ReadAll()
    {
        try
        {
            while (await _channel.Read(CancellationToken.None) is { } message)
            {
                if (message is WantPartMessage want)
                {
                    _ = SendPart(want);
                }
                else if (_pending.TryGetValue(message.Id, out var waiting))
                {
                    waiting.TrySetResult(message);
                }
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or ObjectDisposedException or OperationCanceledException)
        {
            // It died in the middle of a word, or speaks nonsense: either way nothing more is to be had from it.
            Kill();
        }
        _closed = true;
        Forget();
        foreach (var waiting in _pending.Values)
        {
            waiting.TrySetResult(null);
        }
    }

    private async Task SendPart(WantPartMessage want)
    {
        byte[]? bytes = null;
        try
        {
            await using var blob = await _blobs.Open(want.Blob, CancellationToken.None);
            if (blob is not null)
            {
                blob.Position = want.Offset;
                var buffer = new byte[PartSize];
                bytes = buffer[..await blob.ReadAtLeastAsync(buffer, PartSize, throwOnEndOfStream: false)];
            }
            await _channel.Write(new PartMessage(want.Id, bytes), CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            Kill();
        }
    }

    private void Forget()
    {
        File.Delete(_order);
        File.Delete(BecomeMain.StatusOf(_order));
    }

    private static AnonymousPipeClientStream Adopt(SafePipeHandle end, PipeDirection direction)
    {
        var own = new SafePipeHandle(end.DangerousGetHandle(), ownsHandle: true);
        end.SetHandleAsInvalid();
        return new AnonymousPipeClientStream(direction, own);
    }
}
