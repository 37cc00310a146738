using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Keys;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.Tests.Machine;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Modules;

/// <summary>The fake machine, the operator's files and the variables of a case, set up from its JSON.</summary>
internal sealed class CaseMachine : IOperatorFiles
{
    private readonly Dictionary<Digest, byte[]> _blobs = [];
    private readonly MapValue _variables;
    private readonly ImmutableArray<VarsFile> _vars;

    public CaseMachine(ModuleCase source)
    {
        As = source.Text("as") is { } user ? Machine.Users.Single(account => account.Name == user) : Account.Root;
        Tree = new OperatorTree([.. Entries(source)], source.Text("operator_directory") is { } here ? new CaseDisk(here) : null);
        _vars = [.. source["vars_files"]?.EnumerateObject().Select(file => file.Value.ValueKind == JsonValueKind.String
            ? new VarsFile(file.Name, []) { Problem = file.Value.GetString() }
            : new VarsFile(file.Name, [.. ((MapValue)ModuleCase.ToValue(file.Value)).Entries.Select(entry => KeyValuePair.Create(entry.Key.ToString(), entry.Value))])) ?? []];
        _variables = source["variables"] is { } variables ? (MapValue)ModuleCase.ToValue(variables) : MapValue.Empty;
        if (source["machine"] is { } machine)
        {
            foreach (var property in machine.EnumerateObject())
            {
                SetUp(property.Name, property.Value);
            }
        }
        foreach (var (digest, bytes) in _blobs)
        {
            Machine.Blobs[digest] = bytes;
        }
        View = As.IsRoot ? Machine : Machine.AsUser(As);
        Directory = source.Text("directory") ?? "";
        ShowsDiff = source.Flag("shows_diff", false);
    }

    public FakeMachine Machine { get; } = new();

    public Account As { get; }

    public IMachineView View { get; }

    public OperatorTree Tree { get; }

    /// <summary>The operator's machine is this one: only where things are is asked.</summary>
    private sealed class CaseDisk(string playbook) : IOperatorDisk
    {
        public string Directory => playbook;

        public TreeEntry? Find(string path, TreeEntry? known) => known;

        public ImmutableArray<TreeEntry> Children(string path, Func<string, TreeEntry?> known) => [];

        public string PlaceOf(string path) => path.StartsWith('/') ? path : $"{playbook}/{path}";
    }

    private string Directory { get; }

    private bool ShowsDiff { get; }

    public ValueTask<byte[]?> Read(Digest digest, CancellationToken cancellation) => ValueTask.FromResult(ReadHere(digest));

    public byte[]? ReadHere(Digest digest) => _blobs.GetValueOrDefault(digest);

    public ModuleContext Context(Purpose purpose) => new(View, this, purpose)
    {
        Deployment = "site",
        Directory = Directory,
        Time = Machine.Clock,
        ShowsDiff = ShowsDiff,
        NewName = () => "new",
        Names = new BundleNames(new Bundle { Playbook = "site.yml", Plays = [], VarsFiles = _vars }, Tree),
        Render = (file, options) => Render(file.Text, options),
        Test = conditions => Evaluate(conditions[0].ToString()),
        Variable = Evaluate,
    };

    // The expression engine has tests of its own: here a name is a name, "a == b" compares, and {{ name }} is replaced.
    private Evaluation Render(string text, TemplateOptions options)
    {
        foreach (var (key, value) in _variables.Entries)
        {
            var hole = $"{options.VariableStart} {key} {options.VariableEnd}";
            if (text.Contains(hole, StringComparison.Ordinal) && value.ToString() == "<unknown>")
            {
                return Evaluation.Of(new UnknownValue("made so by the case"));
            }
            text = text.Replace(hole, value.ToString(), StringComparison.Ordinal);
        }
        return text.Contains(options.VariableStart, StringComparison.Ordinal)
            ? Evaluation.Failed(new Diagnostic(DiagnosticCodes.UndefinedVariable, Severity.Error, SourceSpan.None, "a variable is undefined"))
            : Evaluation.Of(Value.Of(text.ReplaceLineEndings(options.NewlineSequence)));
    }

    private Evaluation Evaluate(string expression)
    {
        var sides = expression.Split(" == ");
        if (_variables[sides[0]] is not { } value)
        {
            return Evaluation.Failed(new Diagnostic(DiagnosticCodes.UndefinedVariable, Severity.Error, SourceSpan.None, $"'{sides[0]}' is undefined"));
        }
        return Evaluation.Of(value.ToString() == "<unknown>" ? new UnknownValue("made so by the case") : sides.Length == 1 ? value : Value.Of(value.ToString() == sides[1]));
    }

    private IEnumerable<TreeEntry> Entries(ModuleCase source)
    {
        foreach (var entry in source["tree"]?.EnumerateObject().ToList() ?? [])
        {
            if (entry.Value.ValueKind == JsonValueKind.Null)
            {
                yield return new TreeEntry(entry.Name, null, 0, 0x1ED);
                continue;
            }
            if (entry.Value.ValueKind == JsonValueKind.Object && entry.Value.TryGetProperty("dangling", out var nowhere))
            {
                yield return new TreeEntry(entry.Name, null, 0, 0) { Link = nowhere.GetString(), IsDangling = true };
                continue;
            }
            var isText = entry.Value.ValueKind == JsonValueKind.String;
            var bytes = Encoding.UTF8.GetBytes(isText ? entry.Value.GetString()! : entry.Value.GetProperty("content").GetString()!);
            var digest = Digest.Of(bytes);
            if (isText || !entry.Value.TryGetProperty("withheld", out _))
            {
                _blobs[digest] = bytes;
            }
            yield return new TreeEntry(entry.Name, digest, bytes.Length, isText ? 0x1A4 : Mode(entry.Value, 0x1A4)) { Link = !isText && entry.Value.TryGetProperty("link", out var link) ? link.GetString() : null };
        }
    }

    private void SetUp(string kind, JsonElement value)
    {
        switch (kind)
        {
            case "files":
                foreach (var file in value.EnumerateObject())
                {
                    if (file.Value.ValueKind == JsonValueKind.Object && file.Value.TryGetProperty("base64", out var bytes))
                    {
                        Machine.Files.Write(file.Name, bytes.GetBytesFromBase64(), PathAttributes.Unchanged);
                        continue;
                    }
                    var isText = file.Value.ValueKind == JsonValueKind.String;
                    Machine.WithFile(file.Name, isText ? file.Value.GetString()! : file.Value.GetProperty("content").GetString()!,
                        isText ? 0x1A4 : Mode(file.Value, 0x1A4), isText ? null : Owner(file.Value));
                    if (!isText && file.Value.TryGetProperty("flags", out var flags))
                    {
                        Machine.Files.SetAttributes(file.Name, new PathAttributes { Flags = flags.GetString() }, followLinks: true);
                    }
                }
                break;
            case "directories":
                foreach (var directory in value.EnumerateObject())
                {
                    Machine.Files.MakeDirectory(directory.Name, PathAttributes.Unchanged);
                    Machine.Files.SetAttributes(directory.Name, new PathAttributes { Mode = Mode(directory.Value, 0x1ED), Uid = Owner(directory.Value)?.Uid, Gid = Owner(directory.Value)?.Gid }, followLinks: true);
                }
                break;
            case "links":
                foreach (var link in value.EnumerateObject())
                {
                    Machine.Files.Link(link.Name, link.Value.GetString()!, hard: false, force: false);
                }
                break;
            case "hardlinks":
                foreach (var link in value.EnumerateObject())
                {
                    Machine.Files.Link(link.Name, link.Value.GetString()!, hard: true, force: false);
                }
                break;
            case "selinux":
                Machine.SecurityContext = new SecurityContextAnswer(value.GetProperty("present").GetString(), value.GetProperty("default").GetString());
                break;
            case "programs":
                foreach (var program in value.EnumerateArray())
                {
                    Machine.WithFile(program.GetString()!, "#!", 0x1ED);
                }
                break;
            case "installed":
                Machine.Packages.Database.AddRange(value.EnumerateArray().Select(package => FakePackages.Parse(package.GetString()!)));
                break;
            case "installed_in":
                foreach (var root in value.EnumerateObject())
                {
                    Machine.Packages.Of(root.Name).Database.AddRange(root.Value.EnumerateArray().Select(package => FakePackages.Parse(package.GetString()!)));
                }
                break;
            case "repository":
                Machine.Packages.Repository.AddRange(value.EnumerateArray().Select(package => FakePackages.Parse(package.GetString()!)));
                break;
            case "groups":
                foreach (var group in value.EnumerateObject())
                {
                    Machine.Packages.Groups[group.Name] = [.. group.Value.EnumerateArray().Select(name => name.GetString()!)];
                }
                break;
            case "provides":
                foreach (var capability in value.EnumerateObject())
                {
                    Machine.Packages.Provides[capability.Name] = capability.Value.GetString()!;
                }
                break;
            case "processes":
                foreach (var process in value.EnumerateArray())
                {
                    Machine.Processes.Run(process.GetProperty("command").GetString()!, process.TryGetProperty("port", out var port) ? port.GetInt32() : null);
                }
                break;
            case "units":
                foreach (var unit in value.EnumerateObject())
                {
                    var words = unit.Value.GetString()!.Split(' ');
                    Machine.Units.Add(unit.Name, words.Contains("active"), words.Contains("enabled"));
                    if (words.Contains("oneshot"))
                    {
                        Machine.Units.Oneshots.Add(unit.Name);
                    }
                    if (words.Contains("masked"))
                    {
                        Machine.Units.Control(new ControlUnit(UnitAction.Mask, unit.Name));
                    }
                    if (words.Contains("static"))
                    {
                        Machine.Units.BecomesStatic(unit.Name);
                    }
                    if (words.Contains("changed"))
                    {
                        Machine.Units.NeedsReload(unit.Name);
                    }
                }
                break;
            case "python":
                foreach (var environment in value.EnumerateObject())
                {
                    if (environment.Name.Length > 0)
                    {
                        Machine.Python.MakeEnvironment(environment.Name);
                    }
                    foreach (var package in environment.Value.EnumerateObject())
                    {
                        Machine.Python.Installed(environment.Name.Length > 0 ? environment.Name : null)[package.Name] = package.Value.GetString()!;
                    }
                }
                break;
            case "getent":
                foreach (var entry in value.EnumerateObject())
                {
                    Machine.NameServices[entry.Name] = entry.Value.ValueKind == JsonValueKind.Number ? new NameServiceAnswer(entry.Value.GetInt32(), "") : new NameServiceAnswer(0, entry.Value.GetString()!);
                }
                break;
            case "index":
                foreach (var package in value.EnumerateObject())
                {
                    Machine.Python.Index[package.Name] = package.Value.GetString()!;
                }
                break;
            case "web":
                foreach (var page in value.EnumerateObject())
                {
                    Machine.Servers[page.Name] = page.Value.GetString()!;
                }
                break;
            case "keys":
                Machine.Tools.Keys.AddRange(value.EnumerateArray().SelectMany(file => OpenPgpKeys.In(Encoding.UTF8.GetBytes(Recorded.Read(file.GetString()!)))));
                break;
            case "recorded":
                foreach (var file in value.EnumerateObject())
                {
                    Machine.WithFile(file.Name, Recorded.Read(file.Value.GetString()!));
                }
                break;
            case "firewall":
                Machine.Tools.FirewallRuns = value.GetProperty("runs").GetBoolean();
                Machine.Tools.Firewall.UnionWith(value.GetProperty("has").EnumerateArray().Select(line => line.GetString()!));
                break;
            case "tools":
                Machine.Tools.Told.AddRange(value.EnumerateObject().Select(tool => (tool.Name, Told(tool.Value), Told(tool.Value.TryGetProperty("then", out var then) ? then : tool.Value))));
                break;
            case "commands":
                // The first whose text stands in the command line answers.
                var answers = value.EnumerateObject().ToList();
                Machine.OnCommand = (arguments, machine) => answers
                    .Where(answer => string.Join(' ', arguments).Contains(answer.Name, StringComparison.Ordinal))
                    .Select(answer => new CommandResult(
                        answer.Value.TryGetProperty("rc", out var rc) ? rc.GetInt32() : 0,
                        answer.Value.TryGetProperty("stdout", out var output) ? output.GetString()! : "",
                        answer.Value.TryGetProperty("stderr", out var error) ? error.GetString()! : "",
                        machine.Clock.GetUtcNow(),
                        TimeSpan.FromMilliseconds(3)))
                    .FirstOrDefault();
                break;
            default:
                throw new InvalidDataException($"a machine has no '{kind}'");
        }
    }

    private static ToolAnswer Told(JsonElement json) => new(
        json.TryGetProperty("rc", out var rc) ? rc.GetInt32() : 0,
        json.TryGetProperty("recorded", out var file) ? Recorded.Read(file.GetString()!) : json.TryGetProperty("stdout", out var output) ? output.GetString()! : "",
        json.TryGetProperty("stderr", out var error) ? error.GetString()! : "");

    private static int Mode(JsonElement json, int otherwise) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty("mode", out var mode) ? Convert.ToInt32(mode.GetString(), 8) : otherwise;

    private Account? Owner(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty("owner", out var owner) ? Machine.Users.Single(user => user.Name == owner.GetString()) : null;
}
