using FlaskDeploy.Agent.Modules.Ssh;

namespace FlaskDeploy.Agent.Tests.Modules;

public class SshTests
{
    [Theory]
    [MemberData(nameof(Recorded.Versions), "ssh-keygen", "hashed", MemberType = typeof(Recorded))]
    public void Knows_hosts_that_ssh_keygen_hashed(string recorded)
    {
        var lines = Recorded.Read(recorded).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => KnownHost.Parse(line)!).ToList();

        Assert.Equal([true, false], lines.Select(line => line.IsOf("example.org")));
        Assert.Equal([false, true], lines.Select(line => line.IsOf("192.0.2.7")));
        Assert.All(lines, line => Assert.True(line.IsHashed && !line.IsOf("other")));
    }

    [Theory]
    [InlineData("*.example.org,!b.example.org", "a.example.org", true)]
    [InlineData("*.example.org,!b.example.org", "b.example.org", false)]
    [InlineData("[a]:2222", "[a]:2222", true)]
    [InlineData("[a]:2222", "a", false)]
    [InlineData("|1|not base64|x", "a", false)]
    [InlineData("|1|", "a", false)]
    [InlineData(",", "a", false)]
    public void Finds_a_host_by_name_and_by_pattern(string hosts, string host, bool isOf) => Assert.Equal(isOf, new KnownHost(null, hosts, "ssh-rsa", "AAAA").IsOf(host));

    [Theory]
    [InlineData("")]
    [InlineData("# a comment")]
    [InlineData("ssh-rsa")]
    [InlineData("\"unclosed ssh-rsa AAAA")]
    [InlineData("no-pty")]
    [InlineData("@")]
    public void What_is_no_key_is_none(string line)
    {
        Assert.Null(AuthorizedKey.Parse(line));
        Assert.Null(KnownHost.Parse(line is "\"unclosed ssh-rsa AAAA" ? "a b" : line));
    }

    [Fact]
    public void A_certificate_is_a_key_and_blanks_in_quotes_are_an_option_s_own()
    {
        Assert.Equal("AAAA", AuthorizedKey.Parse("ssh-ed25519-cert-v01@openssh.com AAAA ann")!.Key);
        Assert.Equal(new AuthorizedKey("no-pty,command=\"/bin/a b,c \\\" d\"", "ssh-rsa", "AAAA", "ann b"), AuthorizedKey.Parse(" no-pty,command=\"/bin/a b,c \\\" d\" ssh-rsa AAAA ann b"));
    }
}
