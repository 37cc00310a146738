using FlaskDeploy.Controller.Configuration;

namespace FlaskDeploy.Controller.Tests.Configuration;

public sealed class ConfigurationTests
{
    [Fact]
    public void Reads_every_key()
    {
        var (options, errors) = ConfigurationFile.Parse(
            """
            # a comment
            listen = [::]:8443
            address = "controller.example, 10.0.0.1"   # both
            state = /srv/state
            socket = /srv/socket
            socket_uid = 1000
            heartbeat = 5
            max_sessions = 20
            """,
            "c.conf");

        Assert.Empty(errors);
        Assert.Equal("[::]:8443", options.Listen.ToString());
        Assert.Equal(["controller.example", "10.0.0.1"], options.Addresses);
        Assert.Equal(("/srv/state", "/srv/socket", 1000u, TimeSpan.FromSeconds(5), 20), (options.State, options.Socket, options.SocketUser, options.Heartbeat, options.MaxSessions));
    }

    [Fact]
    public void An_empty_file_means_the_defaults() => Assert.Equal((new ControllerOptions(), 0), (ConfigurationFile.Parse("\n# nothing\n", "c.conf").Options, ConfigurationFile.Parse("", "c").Errors.Length));

    [Fact]
    public void Tells_all_mistakes_at_once_with_their_lines()
    {
        var (_, errors) = ConfigurationFile.Parse("listn = 1.2.3.4:1\nheartbeat = soon\nstate = here\nlisten = 7443\nlisten = 0.0.0.0:1\nnonsense\naddress = a b\nsocket =\nstate = \"/open\nheartbeat = 0", "c.conf");

        Assert.Equal(
            [
                "c.conf:1: there is no key 'listn'; did you mean 'listen'?",
                "c.conf:2: heartbeat: 'soon' is not a number of seconds from 1 to 3600",
                "c.conf:3: state: 'here' must start with /",
                "c.conf:4: listen: '7443' is not an address with a port, such as 0.0.0.0:7443 or [::]:7443",
                "c.conf:5: 'listen' stands in line 4 already; keep one of them",
                "c.conf:6: 'nonsense' is not of the form key = value",
                "c.conf:7: address: 'a b' is neither a host name nor an IP address; separate several by commas, without ports",
                "c.conf:8: the value is missing; leave the line out for the default",
                "c.conf:9: a quote is open or out of place",
                "c.conf:10: 'heartbeat' stands in line 2 already; keep one of them",
            ],
            errors);
    }

    [Theory]
    [InlineData("serve --config /x", "Serve { Config = /x }")]
    [InlineData("serve --config=/x", "Serve { Config = /x }")]
    [InlineData("serve", "Serve { Config =  }")]
    [InlineData("--version", "Version { }")]
    [InlineData("serve --help", "Help { }")]
    [InlineData("serve --confg /x", "Wrong { Problem = there is no option '--confg'; did you mean '--config'? }")]
    [InlineData("sreve", "Wrong { Problem = there is no command 'sreve'; did you mean 'serve'? }")]
    [InlineData("serve --config", "Wrong { Problem = --config needs the path of a file }")]
    [InlineData("serve serve", "Wrong { Problem = serve is written twice }")]
    [InlineData("", "Wrong { Problem = say what to do: flaskdeploy-controller serve (--help shows more) }")]
    public void Understands_a_command_line_or_says_what_to_write(string line, string expected) =>
        Assert.Equal(expected, CommandLine.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToString());

    [Fact]
    public void Serves_under_the_name_and_every_address_of_the_machine_by_default()
    {
        var addresses = new ControllerOptions().ServedAddresses();

        Assert.Equal(System.Net.Dns.GetHostName(), addresses[0]);
        Assert.Contains("127.0.0.1", addresses);
        Assert.Equal(addresses.Length, addresses.Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }
}
