using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>assemble</c>: the files of a directory, one after the other in the order of their names, as one file.</summary>
internal sealed class AssembleModule : Module<AssembleArguments>
{
    /// <summary>Of all fragments together.</summary>
    private const int MostBytes = 16 * 1024 * 1024;

    protected override async ValueTask<Plan> Plan(AssembleArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var (wanted, problem) = await WantedAttributes.Resolve(arguments.Mode, arguments.Owner, arguments.Group, context.View, cancellation, arguments.Extended);
        if ((problem ?? CopyModule.WrongValidate(arguments.Validate)) is { } wrong)
        {
            return wrong;
        }
        var (content, wrongSource) = await Assemble(arguments, context, cancellation);
        if (content is null)
        {
            return wrongSource!;
        }
        var path = await HostPath.Expand(arguments.Destination, context, cancellation);
        var isSecret = OperatorSource.Find(context, arguments.Source, OperatorFileKind.File) is { } source && context.Files.Tree.Children(source.Path).Any(entry => entry.IsSecret);
        var delivery = new FileDelivery(wanted!, context) { Backup = arguments.Backup, Validate = arguments.Validate, IsSecret = isSecret };
        var (_, above) = await delivery.Parent(path, make: false, PathAttributes.Unchanged, cancellation);
        if (above is not null)
        {
            return above;
        }
        var plan = await delivery.PlanFile(path, FileContent.Of(content), cancellation);
        return plan with
        {
            // MD5 is what playbooks compare it with; nothing here trusts it.
            Result = plan.Result.With("src", Value.Of(arguments.Source)).With("md5sum", Value.Of(Convert.ToHexStringLower(MD5.HashData(content)))).With("msg", Value.Of("OK")),
        };
    }

    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes) => CopyModule.WithBackup(plan.Result, outcomes);

    protected override async ValueTask<ImmutableArray<Claim>> Claims(AssembleArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var path = await HostPath.Expand(arguments.Destination, context, cancellation);
        var (owner, group) = await Claim.Owners(arguments.Owner, arguments.Group, context.View, cancellation);
        // Of the host's own fragments it cannot be said what they come to: they may be others tomorrow.
        var content = arguments.RemoteSource ? null : (await Assemble(arguments, context, cancellation)).Content;
        return [Claim.Path(path, "file", content is null ? null : Digest.Of(content).ToString(), arguments.Mode, owner, group)];
    }

    private static async ValueTask<(byte[]? Content, Plan? Problem)> Assemble(AssembleArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        PythonPattern? pattern = null;
        if (arguments.Regexp is { } written && (pattern = PythonPattern.TryCreate(written, default, TimeSpan.FromSeconds(1), out var wrong)) is null)
        {
            return (null, new Impossible($"Invalid Regexp ({wrong}) in \"{written}\""));
        }
        try
        {
            return arguments.RemoteSource ? await OfHost(arguments, pattern, context, cancellation) : await OfOperator(arguments, pattern, context, cancellation);
        }
        catch (PatternException e)
        {
            return (null, new Impossible(e.Message));
        }
    }

    private static async ValueTask<(byte[]?, Plan?)> OfHost(AssembleArguments arguments, PythonPattern? pattern, ModuleContext context, CancellationToken cancellation)
    {
        var source = await HostPath.Expand(arguments.Source, context, cancellation);
        var directory = await context.View.Ask(new DirectoryLook(source), cancellation);
        if (!directory.Exists)
        {
            var present = await context.View.Ask(new StatLook(source, FollowLinks: true), cancellation);
            return (null, present.Exists
                ? new Impossible($"Source ({source}) is not a directory")
                : new Impossible($"Source ({source}) does not exist") { MayBeMade = true });
        }
        var joined = new Joined(arguments.Delimiter);
        foreach (var entry in directory.Entries.Where(entry => IsFragment(entry.Name, arguments, pattern)))
        {
            var path = HostPath.Join(source, entry.Name);
            if (entry.Kind == PathKind.Link && (await context.View.Ask(new StatLook(path, FollowLinks: true), cancellation)).Kind != PathKind.File || entry.Kind is not (PathKind.File or PathKind.Link))
            {
                continue;
            }
            joined.Add((await context.View.Ask(new ReadLook(path, MostBytes), cancellation)).Bytes ?? []);
            if (joined.Length > MostBytes)
            {
                return (null, TooMuch(source));
            }
        }
        return (joined.Bytes(), null);
    }

    private static async ValueTask<(byte[]?, Plan?)> OfOperator(AssembleArguments arguments, PythonPattern? pattern, ModuleContext context, CancellationToken cancellation)
    {
        if (OperatorSource.Find(context, arguments.Source, OperatorFileKind.File) is not { } source)
        {
            return (null, OperatorSource.Missing(context, arguments.Source, OperatorFileKind.File));
        }
        if (source.Digest is not null)
        {
            return (null, new Impossible($"Source ({arguments.Source}) is not a directory"));
        }
        var joined = new Joined(arguments.Delimiter);
        foreach (var entry in context.Files.Tree.Children(source.Path).OrderBy(entry => entry.Path, StringComparer.Ordinal).Where(entry => IsFragment(HostPath.Name(entry.Path), arguments, pattern)))
        {
            if (entry.Digest is not { } digest)
            {
                continue;
            }
            if (entry.Size + joined.Length > MostBytes)
            {
                return (null, TooMuch(arguments.Source));
            }
            if (await context.Files.Read(digest, cancellation) is not { } bytes)
            {
                return (null, new Impossible($"the fragment {entry.Path} is not to be had on this host") { Remedy = "push again: its content has not arrived" });
            }
            joined.Add(bytes);
        }
        return (joined.Bytes(), null);
    }

    private static bool IsFragment(string name, AssembleArguments arguments, PythonPattern? pattern) =>
        !(arguments.IgnoreHidden && name.StartsWith('.')) && (pattern is null || pattern.Search(name) is not null);

    private static Impossible TooMuch(string source) => new($"the fragments of {source} have more than {MostBytes} bytes together");

    /// <summary>A newline after a fragment without one, and the delimiter, with one, between two.</summary>
    private sealed class Joined(string? delimiter)
    {
        private readonly MemoryStream _bytes = new();
        private readonly byte[] _delimiter = delimiter is { Length: > 0 } ? Unescape(delimiter) : [];
        private bool _isFirst = true;
        private bool _endsInNewline = true;

        internal long Length => _bytes.Length;

        internal void Add(byte[] fragment)
        {
            if (!_endsInNewline)
            {
                _bytes.WriteByte((byte)'\n');
            }
            if (!_isFirst && _delimiter.Length > 0)
            {
                _bytes.Write(_delimiter);
                if (_delimiter[^1] != '\n')
                {
                    _bytes.WriteByte((byte)'\n');
                }
            }
            _bytes.Write(fragment);
            _isFirst = false;
            _endsInNewline = fragment is [.., (byte)'\n'];
        }

        internal byte[] Bytes() => _bytes.ToArray();

        // As Python's escape_decode; an escape that it does not know stays as it is.
        private static byte[] Unescape(string text)
        {
            var result = new StringBuilder();
            var bytes = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
            for (var i = 0; i < bytes.Length; i++)
            {
                if (bytes[i] != '\\' || i + 1 == bytes.Length)
                {
                    result.Append(bytes[i]);
                }
                else if (bytes[++i] == 'x' && i + 2 < bytes.Length && byte.TryParse(bytes.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
                {
                    result.Append((char)code);
                    i += 2;
                }
                else
                {
                    result.Append(bytes[i] switch
                    {
                        'n' => "\n",
                        't' => "\t",
                        'r' => "\r",
                        '\\' or '\'' or '"' => bytes[i].ToString(),
                        _ => $"\\{bytes[i]}",
                    });
                }
            }
            return Encoding.Latin1.GetBytes(result.ToString());
        }
    }
}
