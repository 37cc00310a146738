using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;
using Google.Protobuf;

namespace FlaskDeploy.Protocol;

/// <summary>A <see cref="Bundle"/> as the bytes of bundle.proto and back. Equal bundles give equal bytes.</summary>
public static class BundleCodec
{
    /// <exception cref="ArgumentException">A value cannot be sent (<see cref="ValueCodec.Encode(Value)"/>), or blocks are nested deeper than <see cref="DecodeLimits.MaxBlockDepth"/>.</exception>
    public static byte[] Encode(Bundle bundle, SecretReferences? secrets = null)
    {
        var encoder = new Encoder(secrets);
        var message = new V1.Bundle
        {
            Format = (uint)bundle.Format,
            Language = (uint)bundle.Language,
            Requirements = new()
            {
                Modules = { bundle.Requirements.Modules },
                Filters = { bundle.Requirements.Filters },
                Tests = { bundle.Requirements.Tests },
                Lookups = { bundle.Requirements.Lookups },
            },
            Playbook = bundle.Playbook,
            Plays = { bundle.Plays.Select(encoder.Play) },
            Tree = { bundle.Tree.Select(Encoder.Tree) },
            TaskFiles = { bundle.TaskFiles.Select(encoder.TaskFile) },
            VarsFiles = { bundle.VarsFiles.Select(encoder.VarsFile) },
            HasNativeTypes = bundle.HasNativeTypes,
            Answers = { bundle.Answers.Select(answer => new V1.OperatorAnswer { Test = answer.Test, Paths = { answer.Paths }, Holds = answer.Holds }) },
            PassesOverMissingHandlers = bundle.PassesOverMissingHandlers,
        };
        message.Files.AddRange(encoder.FileNames);
        return message.ToByteArray();
    }

    /// <summary>
    /// Reads only the format this version knows; another one is a problem that names it. The language version and the
    /// requirements are for the caller to hold against what it can do.
    /// </summary>
    public static Decoded<Bundle> Decode(ReadOnlyMemory<byte> bytes, SecretTable? secrets = null)
    {
        var message = DecodeContext.Parse(V1.Bundle.Parser, bytes);
        if (!message.IsGood)
        {
            return Decoded<Bundle>.Bad(message.Problem);
        }
        if (message.Value.Format != BundleVersions.Format)
        {
            return Decoded<Bundle>.Bad($"it has format {message.Value.Format}, and this version reads format {BundleVersions.Format}");
        }
        return new Decoder(message.Value, secrets).Bundle();
    }

    private sealed class Encoder(SecretReferences? secrets)
    {
        private FileTable _files = new();

        private EncodeScope Scope => new(_files, secrets);

        public IReadOnlyList<string> FileNames => _files.Files;

        public static V1.TreeEntry Tree(TreeEntry entry) => new()
        {
            Path = entry.Path,
            Digest = entry.Digest is { } digest ? ByteString.CopyFrom(digest.ToBytes()) : ByteString.Empty,
            Size = (ulong)entry.Size,
            Mode = (uint)entry.Mode,
            Secret = entry.IsSecret,
            Link = entry.Link ?? "",
            Dangling = entry.IsDangling,
        };

        public V1.TaskFile TaskFile(TaskFile file) => new()
        {
            Key = file.Key,
            Tasks = { file.Tasks.Select(task => Task(task, DecodeLimits.MaxBlockDepth)) },
            Handlers = { file.Handlers.Select(task => Task(task, DecodeLimits.MaxBlockDepth)) },
            Problem = file.Problem ?? "",
        };

        public V1.VarsFile VarsFile(VarsFile file) => new() { Path = file.Path, Vars = { ValueCodec.EncodeVars(file.Vars, Scope) }, Problem = file.Problem ?? "" };

        public V1.Play Play(Play play) => play.IsSecret && secrets is not null
            ? new() { Hosts = play.Hosts, Sealed = secrets.Of(Open.Play(play)) }
            : Whole(play);

        // What is taken out whole holds its secrets as they are.
        private Encoder Open => new(null) { _files = _files };

        private V1.Play Whole(Play play) => new()
        {
            Secret = play.IsSecret,
            Name = Value(play.Name),
            Hosts = play.Hosts,
            User = play.User ?? "",
            Become = Become(play.Become),
            Vars = { ValueCodec.EncodeVars(play.Vars, Scope) },
            Tasks = { play.Tasks.Select(task => Task(task, DecodeLimits.MaxBlockDepth)) },
            Handlers = { play.Handlers.Select(task => Task(task, DecodeLimits.MaxBlockDepth)) },
            Environment = { play.Environment.Select(Value) },
            GatherFacts = play.GatherFacts,
            Span = _files.Encode(play.Span),
            ForceHandlers = play.ForceHandlers,
            Tags = { play.Tags },
            RoleDefaults = { ValueCodec.EncodeVars(play.RoleDefaults, Scope) },
            RoleVars = { ValueCodec.EncodeVars(play.RoleVars, Scope) },
            VarsFiles = { play.VarsFiles.Select(choice => new V1.VarsChoice { Names = { choice.Names.Select(Value) }, Directory = choice.Directory }) },
            ChosenOnHost = play.IsChosenOnHost,
        };

        private V1.TaskNode Task(TaskNode task, int depth)
        {
            if (task.IsSecret && secrets is not null)
            {
                return new() { Id = task.Id, Sealed = secrets.Of(Open.Task(task, depth)) };
            }
            if (depth < 0)
            {
                throw new ArgumentException($"Blocks are nested deeper than {DecodeLimits.MaxBlockDepth}.", nameof(task));
            }
            var message = new V1.TaskNode
            {
                Id = task.Id,
                Secret = task.IsSecret,
                Name = Value(task.Name),
                Span = _files.Encode(task.Span),
                When = { task.When.Select(Value) },
                Loop = task.Loop is null ? null : Loop(task.Loop),
                Register = task.Register ?? "",
                IgnoreErrors = Optional(task.IgnoreErrors),
                Become = Become(task.Become),
                Vars = { ValueCodec.EncodeVars(task.Vars, Scope) },
                Environment = { task.Environment.Select(Value) },
                ChangedWhen = { task.ChangedWhen.Select(Value) },
                FailedWhen = { task.FailedWhen.Select(Value) },
                Until = { task.Until.Select(Value) },
                Retries = Optional(task.Retries),
                Delay = Optional(task.Delay),
                Notify = { task.Notify },
                Listen = { task.Listen },
                Tags = { task.Tags },
                CheckMode = Optional(task.CheckMode),
                NoLog = Optional(task.NoLog),
                Diff = Optional(task.Diff),
                AsyncSeconds = Optional(task.AsyncSeconds),
                PollSeconds = Optional(task.PollSeconds),
                Role = task.Role is null ? null : Role(task.Role),
                DelegateTo = Optional(task.DelegateTo),
                DelegateFacts = Optional(task.DelegateFacts),
                Timeout = Optional(task.Timeout),
            };
            switch (task.Action)
            {
                case ModuleCall call:
                    message.Call = new()
                    {
                        Module = call.Module,
                        Arguments = { call.Arguments.Entries.Select(entry => new V1.MapEntry { Key = Value(entry.Key), Value = Value(entry.Value) }) },
                        FreeForm = Optional(call.FreeForm),
                        Directory = call.Directory,
                        Choice = call.Choice is { } choice ? new() { Name = Value(choice.Name), Places = { choice.Places.Select(place => _files.Encode(place) ?? new V1.Span()) } } : null,
                        Given = { call.Given.Select(Value) },
                    };
                    break;
                case Block block:
                    message.Block = new()
                    {
                        Tasks = { block.Tasks.Select(inner => Task(inner, depth - 1)) },
                        Rescue = { block.Rescue.Select(inner => Task(inner, depth - 1)) },
                        Always = { block.Always.Select(inner => Task(inner, depth - 1)) },
                        Given = { ValueCodec.EncodeVars(block.Given, Scope) },
                    };
                    break;
                case Include include:
                    message.Include = new()
                    {
                        Kind = include.Kind == IncludeKind.Role ? V1.Include.Types.Kind.Role : V1.Include.Types.Kind.Tasks,
                        Name = Value(include.Name),
                        Directory = include.Directory,
                        TasksFrom = Optional(include.TasksFrom),
                        Variant = include.Variant,
                        IsPublic = include.IsPublic,
                        Given = { ValueCodec.EncodeVars(include.Given, Scope) },
                        Apply = include.Apply is null ? null : Task(include.Apply, depth - 1),
                    };
                    break;
            }
            return message;
        }

        private V1.RoleScope Role(RoleScope role) => new()
        {
            Name = role.Name,
            Path = role.Path,
            Defaults = { ValueCodec.EncodeVars(role.Defaults, Scope) },
            Vars = { ValueCodec.EncodeVars(role.Vars, Scope) },
            Params = { ValueCodec.EncodeVars(role.Params, Scope) },
            Once = role.Once ?? "",
        };

        private V1.Loop Loop(Loop loop) => new()
        {
            Kind = loop.Kind,
            Items = Value(loop.Items),
            LoopVar = loop.LoopVar,
            IndexVar = loop.IndexVar ?? "",
            Label = Optional(loop.Label),
            Pause = Optional(loop.Pause),
            IsExtended = loop.IsExtended,
            LeavesOutAllItems = loop.LeavesOutAllItems,
            BreakWhen = { loop.BreakWhen.Select(Value) },
        };

        private V1.Become? Become(Become become) =>
            become is { Enabled: null, User: null } ? null : new() { Enabled = Optional(become.Enabled), User = Optional(become.User) };

        private V1.Value Value(Value value) => ValueCodec.Encode(value, Scope);

        private V1.Value? Optional(Value? value) => ValueCodec.EncodeOptional(value, Scope);
    }

    private sealed class Decoder(V1.Bundle message, SecretTable? secrets)
    {
        private readonly DecodeContext _context = new(message.Files, secrets);

        public Decoded<Bundle> Bundle() => _context.Finish(new Bundle
        {
            Format = (int)message.Format,
            Language = _context.Small(message.Language, "the language version"),
            Playbook = message.Playbook,
            Requirements = new()
            {
                Modules = [.. message.Requirements?.Modules ?? []],
                Filters = [.. message.Requirements?.Filters ?? []],
                Tests = [.. message.Requirements?.Tests ?? []],
                Lookups = [.. message.Requirements?.Lookups ?? []],
            },
            Plays = Repeated.Select(message.Plays, Play),
            Tree = Repeated.Select(message.Tree, Tree),
            HasNativeTypes = message.HasNativeTypes,
            Answers = [.. message.Answers.Select(answer => new OperatorAnswer(answer.Test, [.. answer.Paths], answer.Holds))],
            TaskFiles = Repeated.Select(message.TaskFiles, TaskFile),
            PassesOverMissingHandlers = message.PassesOverMissingHandlers,
            VarsFiles = Repeated.Select(message.VarsFiles, file => new VarsFile(file.Path, ValueCodec.DecodeVars(file.Vars, _context)) { Problem = Optional(file.Problem) }),
        });

        private TaskFile TaskFile(V1.TaskFile file) => new(file.Key, Repeated.Select(file.Tasks, task => Task(task, DecodeLimits.MaxBlockDepth)))
        {
            Handlers = Repeated.Select(file.Handlers, task => Task(task, DecodeLimits.MaxBlockDepth)),
            Problem = Optional(file.Problem),
        };

        private TreeEntry Tree(V1.TreeEntry message)
        {
            var entry = new TreeEntry(
                message.Path,
                message.Digest.IsEmpty ? null : _context.Digest(message.Digest),
                _context.Signed(message.Size, "the size of a file"),
                (int)(message.Mode & 0xFFF))
            {
                IsSecret = message.Secret,
                Link = Optional(message.Link),
                IsDangling = message.Dangling,
            };
            return entry is { IsSecret: true, Digest: { } digest } && secrets?.Find(digest) is { } blob ? entry with { Digest = blob.Content, Size = blob.Size, Sealed = blob.Sealed } : entry;
        }

        // What is sealed to other hosts is empty here.
        private T? Opened<T>(ByteString reference, MessageParser<T> parser)
            where T : class, IMessage<T> =>
            secrets?.FindMessage(reference.Span) is { } bytes && DecodeContext.Parse(parser, bytes) is { IsGood: true, Value: var opened } ? opened : null;

        private Play Play(V1.Play play) => play.Sealed.IsEmpty ? Whole(play)
            : Opened(play.Sealed, V1.Play.Parser) is { Sealed.IsEmpty: true } opened ? Whole(opened)
            : new() { Name = Language.Values.Value.Null, Hosts = play.Hosts, IsSecret = true };

        private Play Whole(V1.Play play) => new()
        {
            IsSecret = play.Secret,
            Name = Value(play.Name),
            Hosts = play.Hosts,
            User = Optional(play.User),
            Become = Become(play.Become),
            Vars = ValueCodec.DecodeVars(play.Vars, _context),
            Tasks = Repeated.Select(play.Tasks, task => Task(task, DecodeLimits.MaxBlockDepth)),
            Handlers = Repeated.Select(play.Handlers, task => Task(task, DecodeLimits.MaxBlockDepth)),
            Environment = Repeated.Select(play.Environment, Value),
            GatherFacts = play.GatherFacts,
            Span = _context.Span(play.Span),
            ForceHandlers = play.ForceHandlers,
            Tags = [.. play.Tags],
            RoleDefaults = ValueCodec.DecodeVars(play.RoleDefaults, _context),
            RoleVars = ValueCodec.DecodeVars(play.RoleVars, _context),
            VarsFiles = Repeated.Select(play.VarsFiles, choice => new VarsChoice(Repeated.Select(choice.Names, Value), choice.Directory)),
            IsChosenOnHost = play.ChosenOnHost,
        };

        private TaskNode Task(V1.TaskNode task, int depth) => task.Sealed.IsEmpty ? Whole(task, depth)
            : Opened(task.Sealed, V1.TaskNode.Parser) is { Sealed.IsEmpty: true } opened ? Whole(opened, depth)
            : new() { Id = task.Id, Name = Language.Values.Value.Null, Action = new Block([], [], []), IsSecret = true };

        private TaskNode Whole(V1.TaskNode task, int depth) => new()
        {
            IsSecret = task.Secret,
            Id = task.Id,
            Name = Value(task.Name),
            Action = Action(task, depth),
            Span = _context.Span(task.Span),
            When = Repeated.Select(task.When, Value),
            Loop = task.Loop is null ? null : Loop(task.Loop),
            Register = Optional(task.Register),
            IgnoreErrors = Optional(task.IgnoreErrors),
            Become = Become(task.Become),
            Vars = ValueCodec.DecodeVars(task.Vars, _context),
            Environment = Repeated.Select(task.Environment, Value),
            ChangedWhen = Repeated.Select(task.ChangedWhen, Value),
            FailedWhen = Repeated.Select(task.FailedWhen, Value),
            Until = Repeated.Select(task.Until, Value),
            Retries = Optional(task.Retries),
            Delay = Optional(task.Delay),
            Notify = [.. task.Notify],
            Listen = [.. task.Listen],
            Tags = [.. task.Tags],
            CheckMode = Optional(task.CheckMode),
            NoLog = Optional(task.NoLog),
            Diff = Optional(task.Diff),
            AsyncSeconds = Optional(task.AsyncSeconds),
            PollSeconds = Optional(task.PollSeconds),
            Role = task.Role is null ? null : Role(task.Role),
            DelegateTo = Optional(task.DelegateTo),
            DelegateFacts = Optional(task.DelegateFacts),
            Timeout = Optional(task.Timeout),
        };

        private RoleScope Role(V1.RoleScope role) => new(role.Name, role.Path)
        {
            Defaults = ValueCodec.DecodeVars(role.Defaults, _context),
            Vars = ValueCodec.DecodeVars(role.Vars, _context),
            Params = ValueCodec.DecodeVars(role.Params, _context),
            Once = Optional(role.Once),
        };

        private TaskAction Action(V1.TaskNode task, int depth)
        {
            if (depth < 0)
            {
                _context.Fail($"blocks are nested deeper than {DecodeLimits.MaxBlockDepth}");
                return new Block([], [], []);
            }
            switch (task.ActionCase)
            {
                case V1.TaskNode.ActionOneofCase.Call:
                    var call = task.Call;
                    var arguments = call.Arguments.Select(entry => KeyValuePair.Create(Value(entry.Key), Value(entry.Value)));
                    return new ModuleCall(call.Module, new MapValue(arguments), Optional(call.FreeForm), call.Directory)
                    {
                        Choice = call.Choice is null ? null : Choice(call.Choice),
                        Given = Repeated.Select(call.Given, Value),
                    };
                case V1.TaskNode.ActionOneofCase.Block:
                    return new Block(
                        Repeated.Select(task.Block.Tasks, inner => Task(inner, depth - 1)),
                        Repeated.Select(task.Block.Rescue, inner => Task(inner, depth - 1)),
                        Repeated.Select(task.Block.Always, inner => Task(inner, depth - 1)))
                    {
                        Given = ValueCodec.DecodeVars(task.Block.Given, _context),
                    };
                case V1.TaskNode.ActionOneofCase.Include:
                    var include = task.Include;
                    return new Include(include.Kind == V1.Include.Types.Kind.Role ? IncludeKind.Role : IncludeKind.Tasks, Value(include.Name), include.Directory)
                    {
                        TasksFrom = Optional(include.TasksFrom),
                        Variant = include.Variant,
                        IsPublic = include.IsPublic,
                        Given = ValueCodec.DecodeVars(include.Given, _context),
                        Apply = include.Apply is null ? null : Task(include.Apply, depth - 1),
                    };
                default:
                    _context.Fail($"task {task.Id} has no action that this version knows");
                    return new Block([], [], []);
            }
        }

        private ModuleChoice? Choice(V1.ModuleChoice choice)
        {
            if (Value(choice.Name) is not TemplateValue name)
            {
                _context.Fail("the name of a module that the host is to choose is no template");
                return null;
            }
            return new ModuleChoice(name, Repeated.Select(choice.Places, _context.Span));
        }

        private Loop Loop(V1.Loop loop) => new(loop.Kind, Value(loop.Items))
        {
            LoopVar = loop.LoopVar.Length == 0 ? "item" : loop.LoopVar,
            IndexVar = Optional(loop.IndexVar),
            Label = Optional(loop.Label),
            Pause = Optional(loop.Pause),
            IsExtended = loop.IsExtended,
            LeavesOutAllItems = loop.LeavesOutAllItems,
            BreakWhen = Repeated.Select(loop.BreakWhen, Value),
        };

        private Become Become(V1.Become? become) =>
            become is null ? Language.Bundles.Become.Inherit : new(Optional(become.Enabled), Optional(become.User));

        private Value Value(V1.Value? value) => ValueCodec.Decode(value, _context);

        private Value? Optional(V1.Value? value) => ValueCodec.DecodeOptional(value, _context);

        private static string? Optional(string text) => text.Length == 0 ? null : text;
    }
}
