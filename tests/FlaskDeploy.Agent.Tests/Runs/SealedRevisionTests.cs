using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Tests.Machine;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;
using FlaskDeploy.Protocol;

namespace FlaskDeploy.Agent.Tests.Runs;

public sealed class SealedRevisionTests : IDisposable
{
    private const string Secret = "open sesame";
    private readonly TestHost _host = new();
    private readonly SealingKey _sealing = SealingKey.Create();
    private readonly SealingKey _another = SealingKey.Create();

    public SealedRevisionTests()
    {
        _host.Machine.OnCommand = (arguments, machine) => new CommandResult(0, $"said {arguments[^1]}\n", "", machine.Clock.GetUtcNow(), TimeSpan.FromSeconds(1));
        _host.HostVars = [KeyValuePair.Create("password", (Value)new SecretValue(Value.Of(Secret)))];
        _host.Sealing = _sealing;
        _host.Restart();
    }

    public void Dispose()
    {
        _host.Dispose();
        _sealing.Dispose();
        _another.Dispose();
    }

    [Fact]
    public async Task Tasks_use_what_was_sealed_and_the_state_keeps_none_of_it_open()
    {
        var bundle = Using();
        var assignment = _host.Assign(bundle);
        Assert.DoesNotContain(Secret, Encoding.UTF8.GetString(assignment.Stored), StringComparison.Ordinal);
        _host.Store.SaveAssignment(TestHost.Deployment, assignment.Stored);

        Assert.Equal(RunEnd.Changed, (await _host.Push(bundle)).End);

        Assert.Equal([$"keep {Secret}", $"again said keep {Secret}"], _host.Commands);
        Assert.NotNull(_host.Baseline);
        Assert.All(Directory.EnumerateFiles(_host.StateDirectory, "*", SearchOption.AllDirectories), file => Assert.DoesNotContain("sesame", Encoding.Latin1.GetString(File.ReadAllBytes(file)), StringComparison.Ordinal));
        Assert.All(_host.Told, told => Assert.DoesNotContain("sesame", told.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_closed_is_there_after_a_restart()
    {
        await _host.Push(Using());
        var taken = _host.Baseline!.Taken;
        _host.Restart();
        Assert.Equal(taken, _host.Baseline!.Taken);
        Assert.Equal(RunEnd.Unchanged, (await _host.Reconverge(Using())).End);
    }

    [Fact]
    public async Task A_host_whose_key_is_another_refuses_and_says_what_to_do()
    {
        var bundle = Using();
        var assignment = _host.Assign(bundle);
        _host.Sealing = _another;
        _host.Restart();

        var outcome = await _host.Run(assignment, new RunRequest(RunRequest.NewId(), OrderMode.Converge, "push") { Order = 1 });

        Assert.Equal((RunEnd.Failed, "its secrets were sealed to another key than this host has now"), (outcome.End, outcome.Because));
        Assert.Empty(_host.Commands);
        Assert.True(_host.Record.IsHeld);
        Assert.Contains("enrol it again", _host.Loader.Load(assignment).Refusal!.Remedy, StringComparison.Ordinal);
        // The old state is another key's: there is none, and the next push goes over everything.
        Assert.Null(_host.Baseline);
        Assert.Equal(RunEnd.Changed, (await _host.Push(bundle, 2)).End);
    }

    [Fact]
    public void A_host_without_a_key_opens_nothing()
    {
        var loader = new AssignedLoader(_host.Verifier, _host.Blobs);
        var (assigned, refusal) = loader.Load(_host.Assign(Using()));
        Assert.Null(assigned);
        Assert.Equal("its secrets were sealed to a key that this host no longer has", refusal!.Reason);
    }

    [Fact]
    public void Closed_with_another_key_or_altered_nothing_opens()
    {
        var (seal, other) = (StateSeal.Fleeting(), StateSeal.Fleeting());
        var closed = seal.Close("plain"u8);
        Assert.Equal("plain"u8.ToArray(), seal.Open(closed));
        Assert.NotEqual(closed, seal.Close("plain"u8));
        Assert.Null(other.Open(closed));
        for (var at = 0; at < closed.Length; at++)
        {
            byte[] altered = [.. closed];
            altered[at] ^= 1;
            Assert.NotEqual("plain"u8.ToArray(), seal.Open(altered));
        }
        Assert.Null(seal.Open(closed.AsSpan(0, 20)));
        // Of an older agent.
        Assert.Equal("{}"u8.ToArray(), seal.Open("{}"u8));
    }

    [Fact]
    public async Task Files_that_lay_in_vaults_are_used_and_are_nowhere_but_where_tasks_write_them()
    {
        _host.SecretFiles["key.pem"] = "-----BEGIN sesame-----\nshort\n";
        _host.SecretFiles["conf.j2"] = "sesame = {{ password }}\n{% include 'part.j2' %}\n";
        _host.SecretFiles["part.j2"] = "sesame part";
        _host.Files["open.j2"] = "{% include 'part.j2' %}";
        var bundle = Book.Bundle(Book.Play(
            Book.Task("copy", ("src", "key.pem"), ("dest", "/etc/key.pem")).Registered("copied"),
            Book.Task("template", ("src", "conf.j2"), ("dest", "/etc/conf")),
            Book.Task("template", ("src", "open.j2"), ("dest", "/etc/open")),
            Book.Task("copy", ("content", "{{ lookup('file', 'part.j2') }} {{ lookup('unvault', 'part.j2') }}"), ("dest", "/etc/looked")),
            Book.Task("debug", ("msg", "{{ lookup('template', 'part.j2') }} {{ copied.checksum }}")),
            Book.Shell("cat -----BEGIN sesame-----")));

        Assert.Equal(RunEnd.Changed, (await _host.Push(bundle)).End);
        await _host.Reconverge(bundle);
        _host.Machine.WithFile("/etc/key.pem", "drifted");
        Assert.Equal(RunEnd.Changed, (await _host.Reconverge(bundle)).End);
        Assert.Equal("/etc/key.pem", _host.Drifts.Single().What.Split(':')[0]);

        Assert.Equal("-----BEGIN sesame-----\nshort\n", _host.Machine.Files.Text("/etc/key.pem"));
        Assert.Equal($"sesame = {Secret}\nsesame part\n", _host.Machine.Files.Text("/etc/conf"));
        Assert.Equal("sesame part sesame part", _host.Machine.Files.Text("/etc/looked"));
        // Neither the content, nor anything that it could be guessed against.
        var content = Encoding.UTF8.GetBytes("-----BEGIN sesame-----\nshort\n");
        string[] traces = ["sesame", Digest.Of(content).ToString()[..12], Convert.ToHexStringLower(System.Security.Cryptography.SHA1.HashData(content))];
        Assert.All(_host.Told, told => Assert.All(traces, trace => Assert.DoesNotContain(trace, told.ToString(), StringComparison.Ordinal)));
        Assert.All(Directory.EnumerateFiles(_host.StateDirectory, "*", SearchOption.AllDirectories), file => Assert.DoesNotContain("sesame", Encoding.Latin1.GetString(File.ReadAllBytes(file)), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tasks_that_were_written_in_a_vault_run_and_tell_nothing_of_themselves()
    {
        var task = Book.Shell("echo abracadabra").Named("say abracadabra") with { IsSecret = true, NoLog = Value.True, When = Book.When("'abracadabra' != ''") };
        var bundle = Book.Bundle(Book.Play(task, Book.Shell("open"))).Carrying(Book.Tasks("a.yml", task));
        Assert.DoesNotContain("abracadabra", Encoding.UTF8.GetString(_host.Assign(bundle).Stored), StringComparison.Ordinal);
        Assert.All(Directory.EnumerateFiles(_host.StateDirectory, "*", SearchOption.AllDirectories), file => Assert.DoesNotContain("abracadabra", Encoding.Latin1.GetString(File.ReadAllBytes(file)), StringComparison.Ordinal));

        await _host.Push(bundle);

        Assert.Equal(["echo abracadabra", "open"], _host.Commands);
        Assert.All(_host.Told, told => Assert.DoesNotContain("abracadabra", told.ToString(), StringComparison.Ordinal));
        Assert.All(Directory.EnumerateFiles(_host.StateDirectory, "*", SearchOption.AllDirectories), file => Assert.DoesNotContain("abracadabra", Encoding.Latin1.GetString(File.ReadAllBytes(file)), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_sealed_content_is_read_by_who_knows_its_key_and_whole_only()
    {
        var (cipher, blob) = new SecretSealer(_host.Key, "site").Close("content"u8);
        _host.Blobs.Add(blob.Sealed.Cipher, cipher);
        Assert.Null(_host.Blobs.Read(blob.Content));

        _host.Blobs.Know(blob.Content, blob.Sealed);

        Assert.Equal("content"u8.ToArray(), _host.Blobs.Read(blob.Content));
        using var stream = await new FlaskDeploy.Agent.Machine.Files.StoredBlobs(_host.Blobs).Open(blob.Content, TestContext.Current.CancellationToken);
        Assert.Equal("content", new StreamReader(stream!).ReadToEnd());
        for (var at = 0; at < cipher.Length; at++)
        {
            byte[] altered = [.. cipher];
            altered[at] ^= 1;
            Assert.Null(SealedContents.Open(altered, blob.Sealed.Key.Span));
        }
        Assert.Null(SealedContents.Open(cipher, new byte[32]));
        Assert.Null(SealedContents.Open([], []));
    }

    private static Bundle Using() => Book.Bundle(Book.Play(Book.Shell("keep {{ password }}").Registered("out"), Book.Shell("again {{ out.stdout }}")));
}
