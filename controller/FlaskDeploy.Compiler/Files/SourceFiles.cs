using System.Collections.Immutable;
using System.Text;
using FlaskDeploy.Compiler.Vaults;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Files;

/// <summary>
/// The texts that a compilation reads, each once. A file has two names: in the bundle it is relative to the playbook's
/// directory, so that the same playbook gives the same bundle from every checkout; to the operator it is shown as the
/// operator would type it.
/// </summary>
internal sealed class SourceFiles
{
    private const long MaxTextSize = 16 * 1024 * 1024;

    private readonly IOperatorMachine _machine;
    private readonly DiagnosticBag _diagnostics;
    private readonly ImmutableArray<VaultPassword> _passwords;
    private readonly Dictionary<string, YamlNode?> _yaml = new(StringComparer.Ordinal);
    private readonly List<(string Path, string Name)> _roots = [];
    private readonly HashSet<string> _secret = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _display = new(StringComparer.Ordinal);

    public SourceFiles(IOperatorMachine machine, string playbookPath, DiagnosticBag diagnostics, ImmutableArray<VaultPassword> vaultPasswords)
    {
        (_machine, _diagnostics, _passwords) = (machine, diagnostics, vaultPasswords);
        PlaybookPath = Absolute(playbookPath);
        PlaybookDirectory = Path.GetDirectoryName(PlaybookPath) ?? "/";
        NameOf(PlaybookPath, playbookPath);
    }

    public string PlaybookPath { get; }

    /// <summary>Every file of YAML that was asked for, absolute.</summary>
    public IEnumerable<string> ReadYamlPaths => _yaml.Keys;

    public string PlaybookDirectory { get; }

    public string Absolute(string path) => Absolute(path, _machine.CurrentDirectory);

    /// <summary>Normalised; <c>~</c> is the operator's home.</summary>
    public string Absolute(string path, string directory)
    {
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal))
        {
            path = _machine.Home + path[1..];
        }
        path = path.Replace("\0", "", StringComparison.Ordinal);
        var full = Path.GetFullPath(path, directory);
        return full.Length > 1 ? full.TrimEnd('/') : full;
    }

    /// <summary>From here on what lies below a directory is called by that name, wherever the playbook lies: <c>~/.ansible/roles/x</c>.</summary>
    public void AddRoot(string absolutePath, string name)
    {
        if (_roots.TrueForAll(root => root.Path != absolutePath))
        {
            _roots.Add((absolutePath, name));
        }
    }

    /// <summary>What spans in the bundle call the file.</summary>
    /// <param name="shown">As the operator named it, if it was the operator.</param>
    public string NameOf(string absolutePath, string? shown = null)
    {
        var name = _roots.Find(root => absolutePath == root.Path || absolutePath.StartsWith(root.Path + "/", StringComparison.Ordinal)) is { Path: not null } root
            ? root.Name + absolutePath[root.Path.Length..]
            : Path.GetRelativePath(PlaybookDirectory, absolutePath);
        if (shown is not null)
        {
            _display[name] = shown;
        }
        else if (!_display.ContainsKey(name))
        {
            var here = _machine.CurrentDirectory.TrimEnd('/') + "/";
            _display[name] = absolutePath.StartsWith(here, StringComparison.Ordinal) ? absolutePath[here.Length..] : absolutePath;
        }
        return name;
    }

    /// <summary>The diagnostic with the file named as the operator would.</summary>
    public Diagnostic ForOperator(Diagnostic diagnostic) =>
        _display.TryGetValue(diagnostic.Span.File, out var shown) ? diagnostic with { Span = diagnostic.Span with { File = shown } } : diagnostic;

    /// <summary>Null: it cannot be read (said) or has nothing in it.</summary>
    /// <param name="asker">Who names the file; points at the operator's command line when it is none.</param>
    public YamlNode? ReadYaml(string absolutePath, SourceSpan asker, string? shown = null)
    {
        if (_yaml.TryGetValue(absolutePath, out var known))
        {
            return known;
        }
        var name = NameOf(absolutePath, shown);
        var text = ReadText(absolutePath, asker, shown);
        if (text is not null && AnsibleVault.IsVault(text))
        {
            text = Open(text, new SourceSpan(name, 1, 1));
            _secret.Add(name);
            HasClosedVault |= text is null;
        }
        var root = text is not null ? YamlReader.Read(name, text, _diagnostics) : null;
        _yaml.Add(absolutePath, root);
        return root;
    }

    /// <summary>Whether a file came out of a vault: every value of a variable in it is secret, and so are its plays and tasks whole.</summary>
    public bool IsSecret(string name) => _secret.Contains(name);

    /// <summary>Something secret was read.</summary>
    public bool HasSecrets { get; private set; }

    /// <summary>A file whose variables are not known: nothing is said of names that are missing.</summary>
    public bool HasClosedVault { get; private set; }

    public void NoteSecret() => HasSecrets = true;

    /// <summary>The text that a vault holds. Null: said why not.</summary>
    public string? Open(string vault, SourceSpan span)
    {
        var (plain, problem) = AnsibleVault.Decrypt(vault, _passwords);
        if (plain is null)
        {
            _diagnostics.Error(CompilerCodes.Encrypted, span, $"the vault cannot be opened: {problem}", VaultRemedy);
            return null;
        }
        HasSecrets = true;
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(plain);
        }
        catch (DecoderFallbackException)
        {
            _diagnostics.Error(CompilerCodes.Encrypted, span, "what the vault holds is not UTF-8");
            return null;
        }
    }

    /// <summary>The bytes that the vault in a file holds, or why they are not to be had.</summary>
    public (byte[]? Plain, string? Problem) OpenFile(string absolutePath)
    {
        if (ReadBytes(absolutePath, out var unreadable) is not { } vault)
        {
            return (null, unreadable);
        }
        var (plain, problem) = AnsibleVault.Decrypt(Encoding.UTF8.GetString(vault), _passwords);
        HasClosedVault |= plain is null;
        HasSecrets |= plain is not null;
        return (plain, problem);
    }

    /// <summary>What to do about a vault that is closed; null: passwords were given, and are others.</summary>
    public string? VaultRemedy => _passwords.IsEmpty ? "give --ask-vault-pass, --vault-password-file FILE or --vault-id ID@FILE" : null;

    /// <summary>Null: it is no text, which is said.</summary>
    public string? TextOf(byte[] opened, string name)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(opened);
        }
        catch (DecoderFallbackException)
        {
            _diagnostics.Error(CompilerCodes.UnreadableFile, new SourceSpan(name, 0, 0), "what the vault holds is not UTF-8");
            return null;
        }
    }

    public string? ReadText(string absolutePath, SourceSpan asker, string? shown = null)
    {
        var name = NameOf(absolutePath, shown);
        var span = asker.IsNone ? new SourceSpan(name, 0, 0) : asker;
        if (ReadBytes(absolutePath, out var problem) is not { } bytes)
        {
            _diagnostics.Error(CompilerCodes.UnreadableFile, span, asker.IsNone ? $"it cannot be read: {problem}" : $"{_display[name]} cannot be read: {problem}");
            return null;
        }
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            _diagnostics.Add(NotUtf8.In(name, bytes));
            return null;
        }
    }

    private byte[]? ReadBytes(string path, out string problem)
    {
        try
        {
            if (_machine.Look(path) is not { } entry)
            {
                problem = "there is no such file";
                return null;
            }
            if (entry.Kind != OperatorEntryKind.File)
            {
                problem = entry.Kind == OperatorEntryKind.Directory ? "it is a directory" : "it is no plain file";
                return null;
            }
            if (entry.Size > MaxTextSize)
            {
                problem = $"it has more than {MaxTextSize / 1024 / 1024} MiB";
                return null;
            }
            using var stream = _machine.OpenRead(path);
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            problem = "";
            return memory.ToArray();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problem = failure.Message;
            return null;
        }
    }
}
