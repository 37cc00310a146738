using System.Collections.Immutable;
using System.Diagnostics;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Commands;
using FlaskDeploy.Agent.Machine.Web;
using FlaskDeploy.Agent.Modules.Archives;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Tests.Machine;

/// <summary>
/// A machine in memory: set it up, plan against it, carry the steps out, look again. It passes the same suite as the real
/// one. Permissions are not modelled: whoever asks, sees.
/// </summary>
internal sealed class FakeMachine : IMachineView, IStepExecutor
{
    private readonly Dictionary<Look, string> _failing = [];

    /// <summary>What was begun and is waited for by nobody.</summary>
    public Dictionary<string, JobState> Jobs { get; } = [];

    public FakeMachine()
    {
        Files = new FakeFileSystem(Clock);
        Packages = new FakePackages();
        Processes = new FakeProcesses(this);
        Units = new FakeUnits(Processes, Files);
        Python = new FakePython(this);
        Accounts = new FakeAccounts(this);
        Tools = new FakeTools(this);
        Environment = TaskEnvironment.For(As);
        Users.Add(Account.Root);
        Users.Add(Web);
        foreach (var directory in (string[])["/bin", "/dev", "/etc", "/etc/alternatives", "/home", "/root", "/run", "/srv", "/tmp", "/usr/bin", "/usr/local/bin", "/var/lib", "/var/log"])
        {
            Files.MakeDirectory(directory, PathAttributes.Unchanged);
        }
        Files.MakeDirectory(Web.Home, new PathAttributes { Mode = 0x1C0, Uid = Web.Uid, Gid = Web.Gid });
    }

    /// <summary>An unprivileged user that every fake machine has.</summary>
    public static Account Web { get; } = new("web", 1000, 1000, "/home/web", "/bin/sh") { Groups = [1000] };

    public FakeClock Clock { get; } = new();

    public FakeFileSystem Files { get; }

    public FakePackages Packages { get; }

    public FakeProcesses Processes { get; }

    public FakeUnits Units { get; }

    public FakePython Python { get; }

    public FakeAccounts Accounts { get; }

    public FakeTools Tools { get; }

    public List<Account> Users { get; } = [];

    public Dictionary<string, uint> Groups { get; } = new() { ["root"] = 0, ["web"] = 1000 };

    /// <summary>Blobs of the bundle, by digest.</summary>
    public Dictionary<Digest, byte[]> Blobs { get; } = [];

    public Dictionary<string, string> Facts { get; } = new()
    {
        ["os_family"] = "RedHat",
        ["distribution"] = "CentOS",
        ["distribution_major_version"] = "7",
        ["hostname"] = "fake",
        ["fqdn"] = "fake.example.org",
    };

    /// <summary>What getent(1) says to "database" and "database key".</summary>
    public Dictionary<string, NameServiceAnswer> NameServices { get; } = [];

    /// <summary>What HTTP servers have, by address.</summary>
    public Dictionary<string, string> Servers { get; } = [];

    public SecurityContextAnswer SecurityContext { get; set; } = new(null, null);

    public Account As { get; private init; } = Account.Root;

    public TaskEnvironment Environment { get; private init; }

    /// <summary>What was carried out, in order.</summary>
    public List<Step> Executed { get; } = [];

    /// <summary>What was asked, in order.</summary>
    public List<Look> Asked { get; } = [];

    /// <summary>How commands and tools go; null falls through to the built-in answer (exit 0, no output; pip and virtualenv as on a real host).</summary>
    public Func<IReadOnlyList<string>, FakeMachine, CommandResult?>? OnCommand { get; set; }

    /// <summary>The step that comes next fails with this.</summary>
    public string? FailNext { get; set; }

    /// <summary>The same machine, looked at as another user.</summary>
    public IMachineView AsUser(Account account) => new OtherUser(this, account);

    /// <summary>Asking for it throws, as a deadline or a missing tool would.</summary>
    public void Fail(Look look, string problem = "made to fail by the test") => _failing.Add(look, problem);

    public FakeMachine WithFile(string path, string content, int mode = 0x1A4, Account? owner = null)
    {
        Files.MakeDirectory(FakeFileSystem.Parent(path), PathAttributes.Unchanged);
        Files.Write(path, System.Text.Encoding.UTF8.GetBytes(content), new PathAttributes { Mode = mode, Uid = owner?.Uid ?? 0, Gid = owner?.Gid ?? 0 });
        return this;
    }

    public ValueTask<TAnswer> Ask<TAnswer>(Look<TAnswer> look, CancellationToken cancellation)
        where TAnswer : Answer => AskAs(look, Environment);

    public ValueTask<IReadOnlyList<string?>> Movements(IReadOnlyList<Look> looks, CancellationToken cancellation) =>
        ValueTask.FromResult<IReadOnlyList<string?>>([.. looks.Select(look => _failing.ContainsKey(look) ? null : Movement(look, Environment))]);

    public ValueTask<StepOutcome> Execute(Step step, StepContext context, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Executed.Add(step);
        if (FailNext is { } problem)
        {
            FailNext = null;
            return ValueTask.FromResult(StepOutcome.Failed(problem));
        }
        try
        {
            return ValueTask.FromResult(Carry(step, context));
        }
        catch (IOException e)
        {
            return ValueTask.FromResult(StepOutcome.Failed(e.Message));
        }
    }

    private ValueTask<TAnswer> AskAs<TAnswer>(Look<TAnswer> look, TaskEnvironment environment)
        where TAnswer : Answer
    {
        Asked.Add(look);
        if (_failing.TryGetValue(look, out var problem))
        {
            throw new LookFailedException(look, problem);
        }
        try
        {
            return ValueTask.FromResult((TAnswer)See(look, environment));
        }
        catch (IOException e)
        {
            throw new LookFailedException(look, e.Message, e);
        }
    }

    // As the real machine has it: stats of files, settled after two seconds; what is only in memory is asked.
    private string? Movement(Look look, TaskEnvironment environment) => look switch
    {
        StatLook or GlobLook or ProgramLook or SecurityContextLook => See(look, environment).Fingerprint(),
        ContentLook content => Settled(Files.Stat(content.Path, true)),
        HashLook hash => Settled(Files.Stat(hash.Path, true)),
        ReadLook read => Settled(Files.Stat(read.Path, true)),
        DirectoryLook directory => Files.List(directory.Path).Fingerprint(),
        PackagesLook packages => string.Join(' ', Packages.Of(packages.Root).Database),
        PythonPackagesLook python => Python.Packages(python.Python).Fingerprint(),
        _ => null,
    };

    private string? Settled(PathAnswer answer) =>
        !answer.Exists || answer.Changed < (Clock.GetUtcNow() - DateTimeOffset.UnixEpoch - TimeSpan.FromSeconds(2)).Ticks * 100 ? answer.Movement : null;

    private Answer See(Look look, TaskEnvironment environment) => look switch
    {
        StatLook stat => Files.Stat(stat.Path, stat.FollowLinks) with { HasTimes = stat.WithTimes, Flags = stat.WithFlags ? Files.FlagsOf(stat.Path) : null },
        ContentLook content => Files.Read(content.Path) is { } bytes ? new ContentAnswer(Digest.Of(bytes), bytes.Length) : new ContentAnswer(null, 0),
        HashLook hash => new HashAnswer(Files.Read(hash.Path) is { } hashed ? Convert.ToHexStringLower(System.Security.Cryptography.CryptographicOperations.HashData(Checksums.Name(hash.Algorithm), hashed)) : null),
        ReadLook read => Read(read),
        DirectoryLook directory => Files.List(directory.Path),
        GlobLook glob => new PathsAnswer(Files.Glob(glob.Pattern)),
        PackagesLook packages => Packages.Of(packages.Root).Installed(packages.Names),
        AvailablePackagesLook available => Packages.Available(available.Names),
        PythonPackagesLook python => Python.Packages(python.Python),
        ListenersLook listeners => Processes.Listeners(listeners.Port),
        ConnectLook connect => Processes.Connect(connect.Port),
        ProcessLook process => Processes.Process(process.Pid),
        UnitLook unit => Units.Look(unit.Name),
        AccountLook account => new AccountAnswer(Users.Find(user => user.Name == account.User || user.Uid.ToString() == account.User) ?? Accounts.Find(account.User)),
        GroupLook group => Groups.FirstOrDefault(pair => pair.Key == group.Group || pair.Value.ToString() == group.Group) is { Key: { } name } pair
            ? new GroupAnswer(name, pair.Value)
            : Accounts.FindGroup(group.Group),
        NameServiceLook names => NameServices.GetValueOrDefault($"{names.Database} {names.Key}".TrimEnd()) ?? new NameServiceAnswer(names.Key is null ? 1 : 2, ""),
        ProgramLook program => new PathsAnswer([.. Files.Programs(program.Names, environment.Path)]),
        SystemLook => new SystemAnswer(Facts.ToImmutableSortedDictionary()),
        LaunchLook launch => Processes.Launch(launch.Name),
        WebLook web => Answer(web.Request),
        FetchedArchiveLook archive => Fetched(archive),
        HealthLook health => Processes.Health(health),
        SecurityContextLook => SecurityContext,
        TransactionLook transaction => Packages.Of(transaction.Transaction.Root).Ask(transaction.Transaction),
        ListedPackagesLook listed => Packages.Of(listed.Root).List(listed),
        PackageFileLook file => Files.Text(file.Path) is { } text ? new PackagesAnswer([FakePackages.Parse(text.Trim(), file.Path)], []) : new PackagesAnswer([], [file.Path]),
        MountLook mount => Tools.Mounts(mount.Path),
        RpmKeysLook => new RpmKeysAnswer([.. Tools.Keys]),
        FirewallLook firewall => Tools.Ask(firewall),
        ToolLook tool => Tools.Ask(tool),
        _ => throw new UnreachableException(look.GetType().Name),
    };

    private ReadAnswer Read(ReadLook look)
    {
        var bytes = Files.Read(look.Path);
        return bytes?.Length > look.Limit
            ? throw new IOException($"{look.Path} has {bytes.Length} bytes, more than the {look.Limit} that are read")
            : new ReadAnswer(bytes);
    }

    private StepOutcome Carry(Step step, StepContext context)
    {
        switch (step)
        {
            case SendRequest send:
                return WebAnswers.Judge(send, Answer(send.Request));
            case Download download:
                return Fetch(download, context);
            case WriteFile write:
                return Write(write, context);
            case MakeDirectory make:
                Files.MakeDirectory(make.Path, make.Attributes, context.As);
                return StepOutcome.Done;
            case MakeLink link:
                Files.Link(link.Path, link.Target, link.Hard, link.Force, context.As);
                return StepOutcome.Done;
            case SetAttributes attributes:
                Files.SetAttributes(attributes.Path, attributes.Attributes, attributes.FollowLinks);
                SecurityContext = attributes.Attributes.Context is { } label ? SecurityContext with { Present = label } : SecurityContext;
                return StepOutcome.Done;
            case Touch touch:
                Files.Touch(touch.Path, touch.Attributes, touch.Modified, touch.Accessed, context.As);
                return StepOutcome.Done;
            case Remove remove:
                Files.Remove(remove.Path);
                return StepOutcome.Done;
            case ForgetJob job:
                Jobs.Remove(job.Id);
                return StepOutcome.Done;
            case RunCommand { Job: { } begun }:
                Jobs[begun.Id] = new JobState(begun.Id, null);
                return StepOutcome.Done;
            case RunCommand command:
                var result = Run(command.Arguments, command.Directory, context);
                return (result.Succeeded ? StepOutcome.Done : StepOutcome.Failed($"{command.Shown} ended with {result.ExitCode}")) with { Command = result };
            case RunTool tool:
                return Tool(tool, context);
            case PackageTransaction transaction:
                return Packages.Of(transaction.Root).Transact(transaction);
            case ControlUnit control:
                return Units.Control(control);
            case LaunchProcess launch:
                return Processes.Start(launch);
            case StopProcesses stop:
                return Processes.Stop(stop);
            case WaitUntil wait:
                return FakeWaits.Wait(wait, this);
            default:
                throw new UnreachableException(step.GetType().Name);
        }
    }

    // A status before the text is the answer's; what begins as JSON says that it is.
    private WebAnswer Answer(WebRequest request)
    {
        if (!Servers.TryGetValue(request.Method == "GET" ? request.Url : $"{request.Method} {request.Url}", out var text))
        {
            return new WebAnswer(WebAnswer.None) { Reason = "Connection refused", Url = request.Url };
        }
        var (status, body) = text.Length > 3 && text[3] == ' ' && int.TryParse(text[..3], out var number) ? (number, text[4..]) : (200, text);
        return new WebAnswer(status)
        {
            Reason = status == 200 ? "OK" : "Not So",
            Url = request.Url,
            Headers = [KeyValuePair.Create("Content-Type", body.StartsWith('{') ? "application/json; charset=utf-8" : "text/plain"), KeyValuePair.Create("Content-Length", $"{body.Length}")],
            Body = System.Text.Encoding.UTF8.GetBytes(request.Body is { } sent ? body.Replace("<sent>", System.Text.Encoding.UTF8.GetString(sent), StringComparison.Ordinal) : body),
        };
    }

    private FetchedArchiveAnswer Fetched(FetchedArchiveLook look)
    {
        var answer = Answer(look.Request);
        if (answer.Status != 200)
        {
            return new FetchedArchiveAnswer(0, answer.Status == WebAnswer.None ? answer.Reason : $"the server answered {answer.Status} {answer.Reason}");
        }
        var told = new List<ToolAnswer>();
        foreach (var tool in answer.Body.Length == 0 || ZipEntries.IsZip(answer.Body) ? [] : look.Tools)
        {
            told.Add(Tools.Ask(tool));
            if (told[^1].ExitCode != 0)
            {
                break;
            }
        }
        return new FetchedArchiveAnswer(answer.Body.Length) { Zip = ZipEntries.IsZip(answer.Body) ? answer.Body : null, Told = [.. told] };
    }

    private StepOutcome Fetch(Download download, StepContext context)
    {
        if (!Servers.TryGetValue(download.Request.Url, out var text))
        {
            return StepOutcome.Failed($"{download.Request.Url}: the server answered 404 Not Found");
        }
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        var checksum = download.Checksum is { } asked && download.ChecksumList is { } list ? asked with { Hex = Checksums.In(Servers[list.Url], download.Request.Url, asked.Algorithm)! } : download.Checksum;
        if (checksum is not null && Convert.ToHexStringLower(System.Security.Cryptography.CryptographicOperations.HashData(Checksums.Name(checksum.Algorithm), bytes)) is var had && had != checksum.Hex)
        {
            return StepOutcome.Failed($"{download.Request.Url}: what came has the {checksum.Algorithm} {had}, and {checksum.Hex} is asked for");
        }
        if (Files.Read(download.Path) is { } there && there.AsSpan().SequenceEqual(bytes))
        {
            return StepOutcome.Done with { LeftAsItWas = true };
        }
        return Write(new WriteFile(download.Path, FileContent.Of(bytes), download.Attributes) { Backup = download.Backup }, context);
    }

    private StepOutcome Write(WriteFile write, StepContext context)
    {
        var bytes = write.Content.Inline
            ?? (write.Content.Path is { } source ? Files.Read(source) : Blobs.GetValueOrDefault(write.Content.Digest));
        if (bytes is null)
        {
            return StepOutcome.Failed($"the content {write.Content.Digest} of {write.Path} is not there");
        }
        if (Digest.Of(bytes) != write.Content.Digest)
        {
            return StepOutcome.Failed($"{write.Content.Path} changed since it was looked at");
        }
        if (write.Validate is { } validate && OnCommand?.Invoke(validate.Split(' '), this) is { Succeeded: false } refused)
        {
            return StepOutcome.Failed($"{validate} refused the new content: {refused.Error}") with { Command = refused };
        }
        var details = StepOutcome.Done.Details;
        if (write.Backup && Files.Read(write.Path) is { } before)
        {
            var backup = $"{write.Path}.1.{Clock.GetUtcNow():yyyy-MM-dd@HH:mm:ss~}";
            Files.Write(backup, before, PathAttributes.Unchanged);
            details = details.Add("backup_file", backup);
        }
        Files.Write(write.Path, bytes, write.Attributes, write.FollowLinks, context.As);
        return StepOutcome.Done with { Details = details };
    }

    private StepOutcome Tool(RunTool tool, StepContext context)
    {
        var result = Run(tool.Arguments, tool.Directory, context, tool.Input);
        return result.Succeeded
            ? new StepOutcome(StepStatus.Done) { Command = result, LeftAsItWas = tool.ChangedWords is { } words && !result.Output.Contains(words, StringComparison.Ordinal) }
            : StepOutcome.Failed($"{string.Join(' ', tool.Arguments)} ended with {result.ExitCode}: {result.Error}") with { Command = result };
    }

    private CommandResult Run(IReadOnlyList<string> arguments, string? directory, StepContext context, byte[]? input = null) =>
        OnCommand?.Invoke(arguments, this)
        ?? Accounts.Run(arguments, input)
        ?? Tools.Run([.. arguments], input)
        ?? Python.Run(arguments, directory ?? context.As.Home)
        ?? new CommandResult(0, "", "", Clock.GetUtcNow(), TimeSpan.FromMilliseconds(3));

    private sealed class OtherUser(FakeMachine machine, Account account) : IMachineView
    {
        public Account As => account;

        public TaskEnvironment Environment { get; } = TaskEnvironment.For(account);

        public ValueTask<TAnswer> Ask<TAnswer>(Look<TAnswer> look, CancellationToken cancellation)
            where TAnswer : Answer => machine.AskAs(look, Environment);

        public ValueTask<IReadOnlyList<string?>> Movements(IReadOnlyList<Look> looks, CancellationToken cancellation) => machine.Movements(looks, cancellation);
    }
}

/// <summary>A clock that moves when it is told to.</summary>
internal sealed class FakeClock : TimeProvider
{
    private DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan by) => _now += by;
}
