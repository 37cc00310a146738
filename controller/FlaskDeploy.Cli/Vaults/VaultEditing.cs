using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Compiler.Vaults;

namespace FlaskDeploy.Cli.Vaults;

/// <summary>Vaults in an editor. What is edited lies open in a directory of the operator's own, in memory where the machine has such a place, and is overwritten afterwards.</summary>
internal sealed class VaultEditing(VaultKeys keys, Terminal terminal)
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public int Create(string file)
    {
        if (File.Exists(file) || Directory.Exists(file))
        {
            return Fail($"{file} exists already; 'vault edit' changes it");
        }
        if (keys.ForEncrypting(out var problem) is not { } password)
        {
            return Fail(problem);
        }
        if (Edited([], file) is not { } plain)
        {
            return ExitStatus.Error;
        }
        CarefulFile.Replace(file, VaultFiles.Sealed(plain, password));
        return ExitStatus.Fine;
    }

    /// <summary>Written again only where something was changed, with the password that opened it, or the one that was named.</summary>
    public int Edit(string[] files)
    {
        foreach (var file in files)
        {
            var opened = AnsibleVault.Open(Encoding.Latin1.GetString(File.ReadAllBytes(file)), keys.All);
            if (opened.Plain is null)
            {
                return Fail($"{file}: {opened.Problem}; it was not changed");
            }
            var password = opened.By! with { Id = opened.Id };
            if (keys.EncryptId is not null)
            {
                if (keys.ForEncrypting(out var problem) is not { } named)
                {
                    return Fail(problem);
                }
                password = named;
            }
            if (Edited(opened.Plain, file) is not { } plain)
            {
                return ExitStatus.Error;
            }
            if (!plain.AsSpan().SequenceEqual(opened.Plain) || keys.EncryptId is not null)
            {
                CarefulFile.Replace(file, VaultFiles.Sealed(plain, password));
            }
        }
        return ExitStatus.Fine;
    }

    private byte[]? Edited(byte[] plain, string name)
    {
        var directory = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"flaskdeploy-{RandomNumberGenerator.GetHexString(16, lowercase: true)}");
        Directory.CreateDirectory(directory, Own);
        // The editor knows by its ending what it edits.
        var path = Path.Combine(directory, Path.GetFileName(name));
        try
        {
            using (var stream = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            {
                stream.Write(plain);
            }
            // The interrupt that the terminal sends is the editor's.
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
            var editor = Environment.GetEnvironmentVariable("EDITOR") is { Length: > 0 } named ? named : "vi";
            using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"exec {editor} \"$1\"", "sh", path]) { UseShellExecute = false })!;
#pragma warning disable RS0030 // There is no pipe to wait for: the editor has the terminal.
            process.WaitForExit();
#pragma warning restore RS0030
            if (process.ExitCode == 0)
            {
                return File.ReadAllBytes(path);
            }
            terminal.Error($"the editor '{editor}' ended with status {process.ExitCode}; {name} was not changed");
            return null;
        }
        finally
        {
            // Copies that the editor made beside it too.
            foreach (var file in Directory.EnumerateFiles(directory))
            {
                File.WriteAllBytes(file, new byte[new FileInfo(file).Length]);
            }
            Directory.Delete(directory, recursive: true);
        }
    }

    private int Fail(string problem)
    {
        terminal.Error(problem);
        return ExitStatus.Error;
    }
}
