using System.Text;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.Tests.Machine;

namespace FlaskDeploy.Agent.Tests.Drift;

/// <summary>One thing that somebody, a tool or a fault does to a host.</summary>
internal static class Mutation
{
    private static readonly (string Name, Action<MutatedHost, Random, string> Do)[] All =
    [
        ("other content of the same size, times restored", (_, random, path) => Restoring(path, () => InPlace(path, SameSize(path, random)))),
        ("other content of the same size", (_, random, path) => InPlace(path, SameSize(path, random))),
        ("appended to", (_, _, path) => File.AppendAllText(path, "x")),
        ("emptied", (_, _, path) => InPlace(path, [])),
        ("replaced by the same content", (_, _, path) => Replace(path, File.ReadAllBytes(path))),
        ("replaced by other content, times restored", (_, random, path) => Restoring(path, () => Replace(path, SameSize(path, random)))),
        ("another mode", (_, random, path) => Libc.ChangeMode(path, (uint)random.Next(0x200))),
        ("shut to others", (_, _, path) => Libc.ChangeMode(path, 0x1C0)),
        ("another owner", (_, random, path) => MutatedHost.Own(path, (uint)random.Next(3) * 32767)),
        ("an extended attribute", (_, _, path) => Libc.SetLinkAttribute(path, "user.law", [1], 1, 0)),
        ("another name for it", (host, random, path) => MutatedHost.HardLink(path, host.At($"other{random.Next()}"))),
        ("removed", (_, _, path) => Remove(path)),
        ("a link to a copy", (_, _, path) => LinkToCopy(path)),
        ("a link to another name of the same file", (host, random, path) => LinkToSame(host, random, path)),
        ("touched", (_, _, path) => File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch)),
        ("a directory in its place", (_, _, path) => { Remove(path); Directory.CreateDirectory(path); }),
        ("made", (_, _, path) => File.WriteAllText(path, "new")),
        ("moved away and back", (_, _, path) => { Move(path, path + ".away"); Move(path + ".away", path); }),
        ("moved away", (_, _, path) => Move(path, path + ".away")),
        ("another version, times restored", (host, _, _) => Version(host.Paths.First(path => path.EndsWith("METADATA", StringComparison.Ordinal)))),
        ("another version of what is linked, times restored", (host, _, _) => Version(host.At("source/tool.egg-info/PKG-INFO"))),
        ("an egg-link to another source of the same length", (host, _, _) => Relink(host)),
        ("nobody listens", (host, _, _) => host.StopListening()),
    ];

    /// <returns>What was done; null: it could not be done to that path.</returns>
    public static string? Try(MutatedHost host, Random random)
    {
        var (name, act) = All[random.Next(All.Length)];
        var path = host.Paths[random.Next(host.Paths.Count)];
        try
        {
            act(host, random, path);
            return $"{path}: {name}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            // No such file any more, or a directory where a file is needed.
            return null;
        }
    }

    private static byte[] SameSize(string path, Random random)
    {
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length == 0)
        {
            throw new InvalidOperationException("There is no other content of no length.");
        }
        bytes[random.Next(bytes.Length)] ^= 1;
        return bytes;
    }

    private static void InPlace(string path, byte[] bytes)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
        file.SetLength(bytes.Length);
        file.Write(bytes);
    }

    private static void Replace(string path, byte[] bytes)
    {
        var status = Libc.Status(path, followLinks: true)!.Value;
        File.WriteAllBytes(path + ".new", bytes);
        Libc.ChangeMode(path + ".new", (uint)status.Mode);
        if (RealMachine.IsRoot)
        {
            MutatedHost.Own(path + ".new", status.Uid);
        }
        File.Move(path + ".new", path, overwrite: true);
    }

    // To the nanosecond, as cp -p and touch -r do.
    private static unsafe void Restoring(string path, Action act)
    {
        var before = Libc.Status(path, followLinks: true) ?? throw new FileNotFoundException(path);
        act();
        var times = stackalloc long[] { before.AccessedSeconds, before.AccessedNanoseconds, before.ModifiedSeconds, before.ModifiedNanoseconds };
        _ = Libc.SetTimes(Libc.AtCurrentDirectory, path, times, 0);
    }

    private static void LinkToCopy(string path)
    {
        File.Copy(path, path + ".copy");
        File.Delete(path);
        File.CreateSymbolicLink(path, path + ".copy");
    }

    private static void LinkToSame(MutatedHost host, Random random, string path)
    {
        var other = host.At($"same{random.Next()}");
        MutatedHost.HardLink(new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path, other);
        File.Delete(path);
        File.CreateSymbolicLink(path, other);
    }

    private static void Remove(string path)
    {
        if (new FileInfo(path).LinkTarget is null && Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }

    private static void Move(string from, string to)
    {
        if (new FileInfo(from).LinkTarget is null && Directory.Exists(from))
        {
            Directory.Move(from, to);
        }
        else
        {
            File.Move(from, to);
        }
    }

    private static void Version(string metadata)
    {
        var text = File.ReadAllText(metadata);
        var other = text.Replace("Version: 1.0", "Version: 0.9", StringComparison.Ordinal).Replace("Version: 2.0", "Version: 1.9", StringComparison.Ordinal);
        Restoring(metadata, () => InPlace(metadata, Encoding.UTF8.GetBytes(other)));
    }

    private static void Relink(MutatedHost host)
    {
        var link = host.Paths.First(path => path.EndsWith(".egg-link", StringComparison.Ordinal));
        var other = host.At("sourcf/tool.egg-info/PKG-INFO");
        Directory.CreateDirectory(Path.GetDirectoryName(other)!);
        File.WriteAllText(other, "Metadata-Version: 1.1\nName: tool\nVersion: 2.1\n\n");
        Restoring(link, () => InPlace(link, Encoding.UTF8.GetBytes($"{host.At("sourcf")}\n.\n")));
    }
}
