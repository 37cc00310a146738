using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using FlaskDeploy.Cli.Pushing;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Cli.Commands;

/// <summary>
/// The options of ansible-playbook, 1.9 to 2.19, and ours beside them. Each is taken, told to mean nothing here, or refused;
/// none is dropped in silence. Source: ansible-playbook's command line in Ansible's documentation.
/// </summary>
internal sealed class PlaybookOptions
{
    private const string NoPassword = "no password is needed: the agent on each host runs as root and becomes whom the play names by itself";

    private readonly bool _forPush;
    private readonly Argument<string[]> _playbook = new("playbook") { Description = "the playbook's file; of several all plays, in their order", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string[]> _inventory = OptionKit.Texts("an inventory file, or host1,host2", "--inventory", "-i", "--inventory-file");
    private readonly Option<string?> _user = OptionKit.Text("who tasks run as where the play names nobody", "--user", "-u");
    private readonly Option<string[]> _extraVars = OptionKit.Texts("k=v, JSON, YAML or @file; again for more", "--extra-vars", "-e");
    private readonly Option<string?> _limit = OptionKit.Text("only these hosts of the inventory", "--limit", "-l");
    private readonly Option<string[]> _tags = OptionKit.Texts("only tasks with these tags, this once", "--tags", "-t");
    private readonly Option<string[]> _skipTags = OptionKit.Texts("no tasks with these tags, this once", "--skip-tags");
    private readonly Option<string?> _startAtTask = OptionKit.Text("begin with the task of this name, this once", "--start-at-task");
    private readonly Option<bool> _check = OptionKit.Flag("change nothing, tell what would change", "--check", "-C");
    private readonly Option<bool> _diff = OptionKit.Flag("show what changes in files", "--diff", "-D");
    private readonly Option<bool> _become = OptionKit.Flag("become another user in every play", "--become", "-b", "--sudo", "-s", "--su", "-S");
    private readonly Option<string?> _becomeUser = OptionKit.Text("whom to become (root)", "--become-user", "--sudo-user", "-U", "--su-user", "-R");
    private readonly Option<bool> _forceHandlers = OptionKit.Flag("run notified handlers also after a failure", "--force-handlers");
    private readonly Option<bool> _listHosts = OptionKit.Flag("list the hosts and do nothing", "--list-hosts");
    private readonly Option<bool> _listTasks = OptionKit.Flag("list the tasks and do nothing", "--list-tasks");
    private readonly Option<bool> _listTags = OptionKit.Flag("list the tags and do nothing", "--list-tags");
    private readonly Option<bool> _syntaxCheck = OptionKit.Flag("compile and do nothing", "--syntax-check");
    private readonly Option<bool> _verbose = OptionKit.Flag("tell more; -vvvv most", "--verbose", "-v");
    private readonly Option<TimeSpan?> _timeout = OptionKit.Duration("how long to wait for hosts that are not connected (10s)", "--timeout", "-T");
    private readonly Option<string?> _name = OptionKit.Text("the deployment's name (the playbook's, without .yml)", "--name");
    private readonly Option<bool> _replace = OptionKit.Flag("take over a deployment that was pushed from another path", "--replace");
    private readonly Option<bool> _rerun = OptionKit.Flag("run every task again, as Ansible would", "--rerun");
    private readonly Option<string?> _policy = OptionKit.OneOf("what the agents do about drift from now on: correct, report or off", "--policy", ["correct", "report", "off"]);
    private readonly Option<TimeSpan?> _interval = OptionKit.Duration("how often the agents look for drift", "--interval");
    private readonly Option<string[]> _window = OptionKit.Texts("when the agents may correct drift by themselves from now on: 'Mon-Fri 22:00-04:00', by the host's clock; again for more", "--window");
    private readonly Option<TimeSpan?> _deadline = OptionKit.Duration("how long to follow in all (until every host is done)", "--deadline");
    private readonly Option<string?> _key = OptionKit.Text("the operator's signing key", "--key");
    private readonly Option<string[]> _acceptKey = OptionKit.Texts("HOST=FINGERPRINT: that host's sealing key, as flaskdeploy-agent status shows it there; kept from then on", "--accept-key");
    private readonly Option<bool> _noFollow = OptionKit.Flag("do not wait for the hosts", "--no-follow");
    private readonly Option<bool> _detailedExitCode = OptionKit.Flag("with --check: exit 5 when something would change", "--detailed-exitcode");
    private readonly Option<string[]> _rolesPath = OptionKit.Texts("where roles are looked for after roles/ beside the playbook", "--roles-path");
    private readonly Option<bool> _askVaultPassword = OptionKit.Flag("ask for the password of vaults", "--ask-vault-pass", "--ask-vault-password", "-J");
    private readonly Option<string[]> _vaultPasswordFile = OptionKit.Texts("a file with the password of vaults, or a program that prints it", "--vault-password-file", "--vault-pass-file");
    private readonly Option<string[]> _vaultId = OptionKit.Texts("ID@FILE or ID@prompt: the password of vaults with that id", "--vault-id");
    private readonly Option<string?> _output = OptionKit.Output();

    private readonly ImmutableArray<(Option Option, string Reason)> _meaningless;
    private readonly ImmutableArray<(Option Option, string Reason)> _refused;

    public PlaybookOptions(bool forPush)
    {
        _forPush = forPush;
        const string NoConnection = "agents are connected already; no host is logged in to";
        _meaningless =
        [
            (OptionKit.Flag("accepted: never asks", "--ask-become-pass", "-K"), NoPassword),
            (OptionKit.Flag("accepted: never asks", "--ask-sudo-pass", "--ask-sudo-password"), NoPassword),
            (OptionKit.Flag("accepted: never asks", "--ask-su-pass"), NoPassword),
            (OptionKit.Text("accepted: not needed", "--become-password-file", "--become-pass-file"), NoPassword),
            (OptionKit.Text("accepted: the agent becomes users by itself", "--become-method"), "the agent is root and becomes users by itself, by no other program"),
            (OptionKit.Flag("accepted: never asks", "--ask-pass", "-k"), NoConnection),
            (OptionKit.Text("accepted: not needed", "--connection-password-file", "--conn-pass-file"), NoConnection),
            (OptionKit.Text("accepted: not needed", "--private-key", "--key-file"), NoConnection),
            (OptionKit.Text("accepted: not needed", "--connection", "-c"), NoConnection),
            (OptionKit.Text("accepted: not needed", "--ssh-common-args"), NoConnection),
            (OptionKit.Text("accepted: not needed", "--ssh-extra-args"), NoConnection),
            (OptionKit.Text("accepted: not needed", "--sftp-extra-args"), NoConnection),
            (OptionKit.Text("accepted: not needed", "--scp-extra-args"), NoConnection),
            (OptionKit.Text("accepted: every host runs by itself", "--forks", "-f"), "every host runs by itself, all at once"),
            (OptionKit.Flag("accepted: no facts are cached", "--flush-cache"), "each run gathers facts anew"),
        ];
        _refused =
        [
            (OptionKit.Flag("refused", "--step"), "tasks run on the hosts without a person beside them; --start-at-task and -C look at single steps"),
            (OptionKit.Text("refused", "--module-path", "-M"), "modules are part of the agent"),
        ];
    }

    public void AddTo(Command command)
    {
        command.Arguments.Add(_playbook);
        List<Option> options =
        [
            _inventory, _user, _extraVars, _limit, _tags, _skipTags, _startAtTask, _check, _diff, _become, _becomeUser, _forceHandlers,
            _listHosts, _listTasks, _listTags, _syntaxCheck, _verbose, _detailedExitCode, _output,
            _rolesPath, _askVaultPassword, _vaultPasswordFile, _vaultId,
        ];
        if (_forPush)
        {
            options.AddRange([_timeout, _name, _replace, _rerun, _policy, _interval, _window, _deadline, _key, _acceptKey, _noFollow]);
        }
        else
        {
            options.Add(_timeout);
        }
        options.ForEach(command.Options.Add);
        _acceptKey.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => token.Value.Split('=') is not [{ Length: > 0 }, { Length: 64 } hex] || !hex.All(char.IsAsciiHexDigit)) is { } wrong)
            {
                result.AddError($"--accept-key '{wrong.Value}' is not HOST=FINGERPRINT with 64 hexadecimal digits, as 'flaskdeploy-agent status' shows them");
            }
        });
        _window.Validators.Add(result =>
        {
            if (MaintenanceWindows.Parse(WindowsOf(result.Tokens.Select(token => token.Value))).Problem is { } problem)
            {
                result.AddError($"--window '{WindowsOf(result.Tokens.Select(token => token.Value))}': {problem}");
            }
        });
        foreach (var (option, _) in _meaningless.Concat(_refused))
        {
            option.Hidden = true;
            command.Options.Add(option);
        }
        command.Validators.Add(result =>
        {
            var words = result.GetResult(_playbook)?.Tokens.Select(token => token.Value).ToList() ?? [];
            foreach (var unknown in words.Where(word => word.StartsWith('-')))
            {
                var nearest = Suggestion.For(unknown.Split('=')[0], command.Options.SelectMany(option => option.Aliases.Append(option.Name)));
                result.AddError($"Unrecognized option '{unknown}'{(nearest is null ? "" : $"; {nearest}")}");
            }
            foreach (var (option, reason) in _refused.Where(refused => result.GetResult(refused.Option) is { Implicit: false }))
            {
                result.AddError($"{option.Name} is refused: {reason}");
            }
        });
    }

    /// <summary>Of a parse without errors.</summary>
    public PushOptions Read(ParseResult parsed) => new()
    {
        Playbook = parsed.GetValue(_playbook)![0],
        MorePlaybooks = [.. parsed.GetValue(_playbook)!.Skip(1)],
        Inventories = [.. parsed.GetValue(_inventory) ?? []],
        ExtraVars = [.. parsed.GetValue(_extraVars) ?? []],
        User = parsed.GetValue(_user),
        BecomeAll = parsed.GetValue(_become),
        BecomeUser = parsed.GetValue(_becomeUser),
        Limit = parsed.GetValue(_limit),
        Tags = Split(parsed.GetValue(_tags)),
        SkipTags = Split(parsed.GetValue(_skipTags)),
        StartAtTask = parsed.GetValue(_startAtTask),
        Check = parsed.GetValue(_check),
        Diff = parsed.GetValue(_diff),
        Rerun = _forPush && parsed.GetValue(_rerun),
        ForceHandlers = parsed.GetValue(_forceHandlers),
        Verbosity = Math.Min(4, parsed.GetResult(_verbose)?.IdentifierTokenCount ?? 0),
        Listing = (parsed.GetValue(_listHosts) ? Listing.Hosts : Listing.None)
            | (parsed.GetValue(_listTasks) ? Listing.Tasks : Listing.None)
            | (parsed.GetValue(_listTags) ? Listing.Tags : Listing.None)
            | (parsed.GetValue(_syntaxCheck) ? Listing.Syntax : Listing.None),
        Name = _forPush ? parsed.GetValue(_name) : null,
        Replace = _forPush && parsed.GetValue(_replace),
        Policy = (_forPush ? parsed.GetValue(_policy) : null) switch { "report" => Policy.Report, "off" => Policy.Off, _ => Policy.Correct },
        Interval = _forPush ? parsed.GetValue(_interval) : null,
        Windows = _forPush ? MaintenanceWindows.Parse(WindowsOf(parsed.GetValue(_window) ?? [])).Windows! : MaintenanceWindows.Always,
        Timeout = parsed.GetValue(_timeout) ?? TimeSpan.FromSeconds(10),
        Deadline = _forPush ? parsed.GetValue(_deadline) : null,
        Json = parsed.GetValue(_output) == "json",
        NoFollow = _forPush && parsed.GetValue(_noFollow),
        DetailedExitCode = parsed.GetValue(_detailedExitCode),
        Key = _forPush ? parsed.GetValue(_key) : null,
        AcceptKeys = _forPush ? [.. parsed.GetValue(_acceptKey) ?? []] : [],
        RolesPath = [.. parsed.GetValue(_rolesPath) ?? []],
        AskVaultPassword = parsed.GetValue(_askVaultPassword),
        VaultPasswordFiles = [.. parsed.GetValue(_vaultPasswordFile) ?? []],
        VaultIds = [.. parsed.GetValue(_vaultId) ?? []],
        Remarks = [.. Remarks(parsed)],
    };

    // One line for each reason, with the options as they were written.
    private IEnumerable<string> Remarks(ParseResult parsed) => _meaningless
        .Select(pair => (parsed.GetResult(pair.Option), pair.Reason))
        .Where(pair => pair.Item1 is { Implicit: false })
        .GroupBy(pair => pair.Reason, pair => pair.Item1!.IdentifierToken?.Value ?? "")
        .Select(group => string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", group)}: {group.Key}"));

    private static string WindowsOf(IEnumerable<string> values) => string.Join(", ", values);

    // -t a,b -t c: the commas are Ansible's.
    private static ImmutableArray<string> Split(string[]? values) =>
        [.. (values ?? []).SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
}
