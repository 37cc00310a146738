using System.Text.Json;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Processes;

namespace FlaskDeploy.Agent.Machine.Commands;

/// <summary>
/// The hidden command <c>become FILE</c>: drops to an account for good and executes. .NET cannot fork, so this is a
/// process of its own. How far it got is in FILE.status, which tells a program that failed from one that never began.
/// </summary>
internal static class BecomeMain
{
    /// <summary>Could not become the account at all.</summary>
    public const int NotBecome = 125;

    /// <summary>As of a shell: there, but not to be executed.</summary>
    public const int NotExecutable = 126;

    /// <summary>As of a shell: not there.</summary>
    public const int NotFound = 127;

    private const uint CreationMask = 0x12;
    private const uint LogMode = 0x1B4;

    /// <returns>Only where nothing was executed.</returns>
    public static int Run(string[] args)
    {
        if (args is not [var file])
        {
            Console.Error.WriteLine("become is started by the agent itself");
            return NotBecome;
        }
        var stage = "reading the order";
        try
        {
            var order = BecomeOrder.Read(file);
            using var status = new FileStream(StatusOf(file), FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            status.Write("begun\n"u8);
            stage = $"becoming {order.Account.Name}";
            Privileges.KeepOnlyStandardDescriptors();
            if (!order.KeepsUser)
            {
                Privileges.Drop(order.Account.Uid, order.Account.Gid, order.Account.Groups);
            }
            _ = Libc.SetCreationMask(CreationMask);
            stage = $"changing to the directory {order.Directory}";
            Privileges.ChangeDirectory(order.Directory);
            if (order.Log is { } log)
            {
                stage = $"opening the log {log}";
                var descriptor = Libc.Open(Libc.AtCurrentDirectory, log, Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenAppend, LogMode);
                Privileges.Redirect(descriptor.Number(), 1);
                Privileges.Redirect(descriptor.Number(), 2);
            }
            return Execute(order);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or JsonException)
        {
            Console.Error.WriteLine($"{stage}: {e.Message}");
            return NotBecome;
        }
    }

    public static string StatusOf(string order) => $"{order}.status";

    private static int Execute(BecomeOrder order)
    {
        var program = ChildProcess.Find(order.Arguments[0], order.Environment.GetValueOrDefault("PATH", TaskEnvironment.DefaultPath));
        var error = program is null ? Errno.NoEntry : Privileges.Execute(program, order.Arguments, order.Environment);
        Console.Error.WriteLine(new SystemCallException(error, order.Arguments[0]).Message);
        return error is Errno.NoEntry or Errno.NotDirectory ? NotFound : NotExecutable;
    }
}
