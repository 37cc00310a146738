using System.CommandLine;
using FlaskDeploy.Cli.Commands;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Pushing;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Cli.Tests;

public sealed class OptionTests
{
    [Theory]
    [InlineData("-i hosts.conf -u webserver --ask-sudo-password")]
    [InlineData("-i a -i b,c --inventory d --inventory-file e")]
    [InlineData("-e PORT=5001 --extra-vars @vars.yml --extra-vars=X=1 -eY=2")]
    [InlineData("-l web --limit all")]
    [InlineData("-t a,b --tags c --skip-tags d")]
    [InlineData("--start-at-task run")]
    [InlineData("-C -D --check --diff")]
    [InlineData("-b --become --become-user app --become-method sudo -K --ask-become-pass")]
    [InlineData("-s --sudo -U app --sudo-user app --ask-sudo-pass")]
    [InlineData("-S -R app --su --su-user app --ask-su-pass")]
    [InlineData("-f 10 --forks 5")]
    [InlineData("-k --ask-pass --private-key id --key-file id -c ssh --connection ssh -T 30 --timeout 30")]
    [InlineData("--ssh-common-args x --ssh-extra-args x --sftp-extra-args x --scp-extra-args x")]
    [InlineData("--become-password-file f --connection-password-file f --flush-cache --force-handlers")]
    [InlineData("--list-hosts --list-tasks --list-tags --syntax-check")]
    [InlineData("-v -vv -vvvv --verbose")]
    [InlineData("--name x --replace --rerun --policy report --interval 5m --deadline 1h --no-follow --detailed-exitcode -o json --key k")]
    [InlineData("--controller c:7443 --identity dir --socket /run/x.sock")]
    public void Accepts_every_option_of_ansible_playbook_and_ours(string options) => Assert.Empty(Errors($"push flask.yml {options}"));

    [Fact]
    public void Reads_the_founding_command()
    {
        var options = Read("push flask.yml -i hosts.conf -u webserver --ask-sudo-password -e PORT=5001 -vvv");
        Assert.Equal(("flask.yml", "webserver", 3), (options.Playbook, options.User, options.Verbosity));
        Assert.Equal(["hosts.conf"], options.Inventories);
        Assert.Equal(["PORT=5001"], options.ExtraVars);
        Assert.StartsWith("--ask-sudo-password: no password is needed", Assert.Single(options.Remarks), StringComparison.Ordinal);
        Assert.Equal(OrderMode.Converge, options.Mode);
    }

    [Fact]
    public void Says_once_for_all_password_options_that_none_is_needed()
    {
        var remark = Assert.Single(Read("push x.yml -K --ask-sudo-pass --ask-su-pass").Remarks);
        Assert.StartsWith("-K, --ask-sudo-pass, --ask-su-pass: ", remark, StringComparison.Ordinal);
    }

    [Fact]
    public void Takes_files_of_variables_as_they_are_named() =>
        Assert.Equal(["@vars.yml", "A=b=c", "{\"x\": 1}"], Parse(["push", "x.yml", "-e", "@vars.yml", "--extra-vars=A=b=c", "-e", "{\"x\": 1}"]).ExtraVars);

    [Fact]
    public void Splits_tags_at_commas() => Assert.Equal(["a", "b", "c"], Read("push x.yml -t a,b --tags c").Tags);

    [Fact]
    public void Lets_the_last_of_a_repeated_option_count() => Assert.Equal("b", Read("push x.yml -u a --user b").User);

    [Theory]
    [InlineData("", OrderMode.Converge)]
    [InlineData("--rerun", OrderMode.Apply)]
    [InlineData("-C", OrderMode.Check)]
    [InlineData("-C --rerun", OrderMode.Check)]
    public void Chooses_the_mode_of_the_order(string options, OrderMode mode) => Assert.Equal(mode, Read($"push x.yml {options}").Mode);

    [Fact]
    public void Takes_several_playbooks_in_their_order() => Assert.Equal("x.yml y.yml z.yml", Read("push x.yml y.yml -u web z.yml").Playbooks);

    [Theory]
    [InlineData("push x.yml --step", "--step is refused")]
    [InlineData("push x.yml -M modules", "--module-path is refused")]
    [InlineData("push x.yml --policy maybe", "is none of correct, report, off")]
    [InlineData("push x.yml --interval soon", "no length of time")]
    [InlineData("push x.yml -o yaml", "is none of text, json")]
    [InlineData("push", "missing")]
    [InlineData("pause flask", "--reason")]
    [InlineData("push x.yml --window Sun", "--window 'Sun': column 1: days without hours; write HH:MM-HH:MM behind them")]
    [InlineData("push x.yml --inventroy y", "did you mean '--inventory'?")]
    [InlineData("apply x.yml --replace", "Unrecognized")]
    public void Refuses_with_a_reason(string line, string reason) => Assert.Contains(Errors(line), error => error.Contains(reason, StringComparison.Ordinal));

    [Theory]
    [InlineData("status -o json")]
    [InlineData("status flask")]
    [InlineData("hosts -o json")]
    [InlineData("hosts remove web1")]
    [InlineData("runs web1 --deployment flask --changed -o json")]
    [InlineData("show run-1 -v")]
    [InlineData("logs web1 --follow -o json")]
    [InlineData("retire flask --no-follow")]
    [InlineData("pause flask --for 2h --reason disk -l web1,web2 -o json")]
    [InlineData("resume flask --no-follow")]
    [InlineData("runs --corrections")]
    [InlineData("token create --uses 3 --lifetime 24h --note rack7")]
    [InlineData("operator issue alice --days 30 --out dir")]
    [InlineData("version")]
    [InlineData("apply site.yml -e A=1 -C --diff -t x")]
    public void Knows_its_other_commands(string line) => Assert.Empty(Errors(line));

    [Fact]
    public void Joins_windows_that_are_given_one_by_one() =>
        Assert.Equal("Mon-Fri 22:00-04:00, Sun 02:00-06:00", Parse(["push", "x.yml", "--window", "Mon-Fri 22:00-04:00", "--window", "Sun 02:00-06:00"]).Windows.Text);

    [Theory]
    [InlineData("90", 90)]
    [InlineData("90s", 90)]
    [InlineData("15m", 900)]
    [InlineData("24h", 86400)]
    [InlineData("7d", 604800)]
    public void Reads_lengths_of_time(string text, int seconds)
    {
        Assert.True(Spans.TryParse(text, out var span));
        Assert.Equal(TimeSpan.FromSeconds(seconds), span);
    }

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("-5")]
    [InlineData("5w")]
    [InlineData("99999999999999999999")]
    [InlineData("9999999999999d")]
    public void Refuses_what_is_no_length_of_time(string text) => Assert.False(Spans.TryParse(text, out _));

    private static List<string> Errors(string line) =>
        [.. CommandLine.Create(Quiet(), TimeProvider.System).Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), CommandLine.Parsing).Errors.Select(error => error.Message)];

    private static PushOptions Read(string line) => Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static PushOptions Parse(string[] arguments)
    {
        var playbook = new PlaybookOptions(forPush: true);
        var command = new Command("push");
        playbook.AddTo(command);
        var parsed = new RootCommand { command }.Parse(arguments, CommandLine.Parsing);
        Assert.Empty(parsed.Errors);
        return playbook.Read(parsed);
    }

    private static Terminal Quiet() => new(TextWriter.Null, TextWriter.Null, Style.None, isInteractive: false);
}
