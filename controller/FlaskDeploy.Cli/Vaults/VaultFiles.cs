using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Compiler.Vaults;

namespace FlaskDeploy.Cli.Vaults;

/// <summary>Whole files in and out of vaults. Everything is worked out first: where one file cannot be done, none is written.</summary>
internal sealed class VaultFiles(VaultKeys keys, Terminal terminal)
{
    private const string Input = "-";

    public int Encrypt(string[] files, string? output) => keys.ForEncrypting(out var problem) is { } password
        ? Convert(files, output, "encrypted", bytes => IsVault(bytes) ? (null, "is a vault already") : (Sealed(bytes, password), null))
        : Fail(problem);

    public int Decrypt(string[] files, string? output) => Convert(files, output, "decrypted", bytes =>
    {
        var opened = Open(bytes);
        return (opened.Plain, opened.Problem);
    });

    public int Rekey(string[] files, VaultPassword fresh) => files.Contains(Input)
        ? Fail("rekey writes files again, so that it needs their names")
        : Convert(files, output: null, "encrypted with the new password", bytes =>
        {
            var opened = Open(bytes);
            return (opened.Plain is null ? null : Sealed(opened.Plain, fresh), opened.Problem);
        });

    public int View(string[] files) => Convert(files, Input, done: null, bytes =>
    {
        var opened = Open(bytes);
        return (opened.Plain, opened.Problem);
    });

    internal static byte[] Sealed(ReadOnlySpan<byte> plain, VaultPassword password) => Encoding.ASCII.GetBytes(AnsibleVault.Encrypt(plain, password, RandomNumberGenerator.GetBytes(32)));

    internal static bool IsVault(ReadOnlySpan<byte> bytes) => AnsibleVault.IsVault(Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 64)]));

    private VaultOpened Open(byte[] bytes) => AnsibleVault.Open(Encoding.Latin1.GetString(bytes), keys.All);

    private int Convert(string[] files, string? output, string? done, Func<byte[], (byte[]? Result, string? Problem)> convert)
    {
        var named = files.Length == 0 ? [Input] : files;
        if (output is not null and not Input && named.Length > 1)
        {
            return Fail("--output takes what comes of one file, and several were named");
        }
        List<(string Target, byte[] Bytes)> results = [];
        foreach (var file in named)
        {
            if (Directory.Exists(file))
            {
                return Fail($"{file} is a directory; nothing was changed");
            }
            var (result, problem) = convert(file == Input ? ReadInput() : File.ReadAllBytes(file));
            if (result is null)
            {
                return Fail($"{(file == Input ? "the input" : file)}: {problem}; nothing was changed");
            }
            results.Add((output ?? file, result));
        }
        foreach (var (target, bytes) in results)
        {
            if (target == Input)
            {
                using var stream = Console.OpenStandardOutput();
                stream.Write(bytes);
            }
            else
            {
                CarefulFile.Replace(target, bytes);
            }
        }
        if (done is not null && output != Input && !named.Contains(Input))
        {
            terminal.Remark($"{string.Join(", ", named)}: {done}");
        }
        return ExitStatus.Fine;
    }

    private static byte[] ReadInput()
    {
        using var stream = Console.OpenStandardInput();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private int Fail(string problem)
    {
        terminal.Error(problem);
        return ExitStatus.Error;
    }
}
