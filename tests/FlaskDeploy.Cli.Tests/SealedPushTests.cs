using System.Text;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Pushing;
using FlaskDeploy.Cli.Wire;
using FlaskDeploy.Compiler;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;
using FlaskDeploy.Protocol;
using Google.Protobuf;
using static FlaskDeploy.Cli.Tests.FakeController;

namespace FlaskDeploy.Cli.Tests;

public sealed class SealedPushTests : IDisposable
{
    private const string Token = "of the token";
    private readonly SigningKey _key = SigningKey.Create();
    private readonly SealingKey _web1 = SealingKey.Create();
    private readonly SealingKey _web2 = SealingKey.Create();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("flaskdeploy-sealed");
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _key.Dispose();
        _web1.Dispose();
        _web2.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task The_controller_gets_no_secret_and_the_host_opens_it()
    {
        var controller = Fleet();
        Assert.Equal(0, await PushAsync(Ending(controller), Compile()));

        Assert.All(controller.Blobs.Values, blob => Holds(blob, found: false));
        Holds(controller.Pushes[0].ToByteArray(), found: false);
        var part = PartOf(controller, "web1");
        var table = _web1.Open(part.Secrets!, "web1", "flask");
        Assert.True(table.IsGood, table.Problem);
        var play = BundleCodec.Decode(controller.Blobs.Values.Single(), table.Value).Value!.Plays[0];
        Assert.Equal("of every host", play.Vars[0].Value.Reveal().ToString());
        Assert.IsType<SecretValue>(play.Vars[0].Value);
    }

    [Fact]
    public async Task Each_host_gets_what_its_plays_groups_and_variables_use()
    {
        var controller = Fleet();
        await PushAsync(Ending(controller), Compile());
        var (first, second) = (Opened(controller, "web1", _web1), Opened(controller, "web2", _web2));

        Assert.Equal("of every host", Var(controller, first, 0));
        Assert.Equal("of every host", Var(controller, second, 0));
        // The second play and the group `db` are web2's alone.
        Assert.Equal("", Var(controller, first, 1));
        Assert.Equal("of the second play", Var(controller, second, 1));
        Assert.IsType<UndefinedValue>(Group(controller, first));
        Assert.Equal("of the group", Group(controller, second).Reveal().ToString());
        Assert.Equal("own of web1", ReleaseCodec.DecodeHostPart(StatementCodec.DecodeHostPart(controller.Parts["web1"].Payload.Memory).Value!.Content, first).Value!.Vars[0].Value.Reveal().ToString());
    }

    [Fact]
    public async Task Pushed_again_it_is_no_revision_and_another_secret_is()
    {
        var controller = Fleet();
        await PushAsync(Ending(controller), Compile());
        await PushAsync(Ending(controller), Compile());
        Assert.Equal((1, null), (controller.Head, controller.Pushes[1].Release));
        await PushAsync(Ending(controller), Compile(secret: "of every host, but new"));
        Assert.Equal(2, controller.Head);
        Assert.Equal("of every host, but new", Var(controller, Opened(controller, "web1", _web1), 0));
    }

    [Fact]
    public async Task A_host_that_was_enrolled_again_gets_its_secrets_under_its_new_key()
    {
        var controller = Fleet();
        await PushAsync(Ending(controller), Compile());
        using var anew = SealingKey.Create();
        Enrol(controller, "web1", anew, _key);
        Assert.Equal(0, await PushAsync(Ending(controller), Compile()));
        Assert.Equal(2, controller.Head);
        Assert.True(anew.Open(PartOf(controller, "web1").Secrets!, "web1", "flask").IsGood);
    }

    [Fact]
    public async Task A_key_that_the_controller_put_in_the_place_of_the_hosts_gets_nothing()
    {
        using var controllers = SealingKey.Create();
        var controller = Fleet();
        controller.Known["web1"].SealingKey = ByteString.CopyFrom(controllers.Public.Span);
        Assert.Equal(1, await PushAsync(controller, Compile()));
        Assert.Empty(controller.Pushes);
        Assert.Empty(controller.Blobs);
        Assert.Contains("nobody vouches for the sealing key", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains($"--accept-key web1={controllers.Fingerprint}", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_the_operator_saw_on_the_host_is_accepted_once_and_kept()
    {
        using var another = SigningKey.Create();
        var controller = Fleet();
        Enrol(controller, "web1", _web1, another);
        Assert.Equal(1, await PushAsync(controller, Compile()));
        Assert.Equal(1, await PushAsync(controller, Compile(), $"web1={_web2.Fingerprint}"));
        Assert.Contains("somebody stands between", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await PushAsync(Ending(controller), Compile(), $"web1={_web1.Fingerprint}"));
        Assert.Equal(0, await PushAsync(Ending(controller), Compile()));

        Enrol(controller, "web1", _web2, another);
        Assert.Equal(1, await PushAsync(controller, Compile()));
        Assert.Contains("has another sealing key than the one that was accepted", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_secrets_no_key_is_asked_for()
    {
        var controller = new FakeController().WithHosts("web1", "web2");
        Assert.Equal(0, await PushAsync(Ending(controller), Compile() with { Compilation = Open() }));
        Assert.Null(PartOf(controller, "web1").Secrets);
        Assert.Equal(1, await PushAsync(controller, Compile()));
        Assert.Contains("web1 has no sealing key", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_and_tasks_out_of_vaults_reach_their_hosts_alone()
    {
        var controller = Fleet();
        Assert.Equal(0, await PushAsync(Ending(controller), CompileFiles()));
        Assert.Equal(0, await PushAsync(Ending(controller), CompileFiles()));

        Assert.Equal((1, null), (controller.Head, controller.Pushes[1].Release));
        Assert.All(controller.Blobs.Values.Append(controller.Pushes[0].ToByteArray()), bytes =>
        {
            Assert.True(bytes.AsSpan().IndexOf("abracadabra"u8) < 0);
            Assert.True(bytes.AsSpan().IndexOf(Digest.Of("abracadabra"u8).ToBytes()) < 0);
        });
        var (first, second) = (BundleOf(controller, Opened(controller, "web1", _web1)), BundleOf(controller, Opened(controller, "web2", _web2)));
        Assert.Equal((Digest.Of("abracadabra"u8), 11L), (first.Tree[0].Digest!.Value, first.Tree[0].Size));
        var cipher = first.Tree[0].Sealed!;
        Assert.Equal("abracadabra"u8.ToArray(), SealedContents.Open(controller.Blobs[cipher.Cipher.ToString()], cipher.Key.Span));
        Assert.Equal(0, controller.Blobs[cipher.Cipher.ToString()].Length % 256 - 16);
        Assert.Contains(cipher.Cipher, PartOf(controller, "web1").Digests);
        // The second host may not read the file, and has its own play, which lay in a vault.
        Assert.Null(second.Tree[0].Sealed);
        Assert.Equal((0, "abracadabra"), (first.Plays[1].Tasks.Length, ((ModuleCall)second.Plays[1].Tasks[0].Action).FreeForm!.ToString()));
    }

    private static Bundle BundleOf(FakeController controller, SecretTable table) =>
        BundleCodec.Decode(controller.Blobs[ReleaseCodec.Decode(StatementCodec.DecodeRelease(controller.Release!.Payload.Memory).Value!.Content).Value!.Bundle!.Value.ToString()], table).Value!;

    private static Compiled CompileFiles()
    {
        var content = "abracadabra"u8.ToArray();
        var digest = Digest.Of(content);
        var task = new TaskNode { Id = "0/0", Name = Value.Of("abracadabra"), Action = new ModuleCall("shell", MapValue.Empty, Value.Of("abracadabra"), ""), IsSecret = true };
        var bundle = new Bundle
        {
            Playbook = "flask.yml",
            Plays = [new Play { Name = Value.Of("one"), Hosts = "web1", Tasks = [task] }, new Play { Name = Value.Of("abracadabra"), Hosts = "web2", Tasks = [task with { Id = "1/0" }], IsSecret = true }],
            Tree = [new TreeEntry("key.pem", digest, content.Length, 0x180) { IsSecret = true }],
        };
        var compilation = Compile().Compilation with
        {
            Bundle = bundle,
            Release = new ReleaseContent { Bundle = null, Origin = "/srv/flask.yml" },
            Blobs = [new BlobSource(digest, "/srv/key.pem", content.Length) { Opened = content }],
            Hosts =
            [
                new CompiledHost("web1", "web1", new HostPartContent { InventoryName = "web1", Plays = [0], Digests = [digest] }),
                new CompiledHost("web2", "web2", new HostPartContent { InventoryName = "web2", Plays = [1] }),
            ],
        };
        return new Compiled(compilation, BundleCodec.Encode(bundle));
    }

    private FakeController Fleet()
    {
        var controller = new FakeController().WithHosts("web1", "web2");
        Enrol(controller, "web1", _web1, _key);
        Enrol(controller, "web2", _web2, _key);
        return controller;
    }

    private static FakeController Ending(FakeController controller) =>
        controller.Tells(Update("1", "web1", Finished(V1.RunResult.RunChanged)), Update("2", "web2", Finished(V1.RunResult.RunChanged)), End);

    private static void Enrol(FakeController controller, string host, SealingKey sealing, SigningKey by)
    {
        controller.Known[host].SealingKey = ByteString.CopyFrom(sealing.Public.Span);
        controller.Known[host].Voucher = ByteString.CopyFrom(SealingVoucher.Make(SealingVoucher.KeyFor(by, Token), Token, host, sealing.Public.Span));
    }

    private static void Holds(byte[] bytes, bool found)
    {
        foreach (var text in new[] { "of every host", "of the second play", "of the group", "own of web" })
        {
            Assert.Equal(found, bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);
        }
    }

    private static HostPartContent PartOf(FakeController controller, string host) =>
        ReleaseCodec.DecodeHostPart(StatementCodec.DecodeHostPart(controller.Parts[host].Payload.Memory).Value!.Content).Value!;

    private static SecretTable Opened(FakeController controller, string host, SealingKey key) => key.Open(PartOf(controller, host).Secrets!, host, "flask").Value!;

    private static string Var(FakeController controller, SecretTable table, int play)
    {
        var digest = ReleaseCodec.Decode(StatementCodec.DecodeRelease(controller.Release!.Payload.Memory).Value!.Content).Value!.Bundle!.Value;
        return BundleCodec.Decode(controller.Blobs[digest.ToString()], table).Value!.Plays[play].Vars[0].Value.Reveal().ToString();
    }

    private static Value Group(FakeController controller, SecretTable table) =>
        ReleaseCodec.Decode(StatementCodec.DecodeRelease(controller.Release!.Payload.Memory).Value!.Content, table).Value!.Groups[1].Vars[0].Value;

    private Task<int> PushAsync(FakeController controller, Compiled compiled, params string[] accepted)
    {
        var terminal = new Terminal(new StringWriter(), _error, Style.None, isInteractive: false);
        var gateway = new OperatorsGateway(new V1.Operators.OperatorsClient(controller));
        var keys = new HostKeys(_key, Path.Combine(_directory.FullName, "operator.key.hosts"));
        return new PushFlow(gateway, new RolloutSender(gateway, _key, terminal, TimeProvider.System), _key, keys, terminal)
            .RunAsync(compiled, new PushOptions { Playbook = "flask.yml", AcceptKeys = [.. accepted] }, CancellationToken.None);
    }

    private static Compilation Open() => Compile().Compilation with
    {
        Bundle = new Bundle { Playbook = "flask.yml", Plays = [new Play { Name = Value.Of("site"), Hosts = "all" }] },
        Release = new ReleaseContent { Bundle = null, Origin = "/srv/flask.yml" },
        Hosts = [.. new[] { "web1", "web2" }.Select(host => new CompiledHost(host, host, new HostPartContent { InventoryName = host, Plays = [0] }))],
        HasSecrets = false,
    };

    private static Compiled Compile(string secret = "of every host")
    {
        var bundle = new Bundle
        {
            Playbook = "flask.yml",
            Plays = [Play("all", secret), Play("db", "of the second play")],
        };
        return new Compiled(
            new Compilation
            {
                Bundle = bundle,
                Release = new ReleaseContent { Bundle = null, Origin = "/srv/flask.yml", Groups = [new("all", [], ["db"], ["web1", "web2"], 0), new("db", Secret("of the group"), [], ["web2"], 0)] },
                Hosts =
                [
                    new CompiledHost("web1", "web1", new HostPartContent { InventoryName = "web1", Plays = [0], Groups = ["all"], Vars = Secret("own of web1") }),
                    new CompiledHost("web2", "web2", new HostPartContent { InventoryName = "web2", Plays = [0, 1], Groups = ["all", "db"], Vars = Secret("own of web2") }),
                ],
                Blobs = [],
                DefaultDeploymentName = "flask",
                HasSecrets = true,
            },
            BundleCodec.Encode(bundle));
    }

    private static Play Play(string hosts, string secret) => new() { Name = Value.Of("site"), Hosts = hosts, Vars = Secret(secret) };

    private static System.Collections.Immutable.ImmutableArray<KeyValuePair<string, Value>> Secret(string text) => [KeyValuePair.Create("secret", (Value)new SecretValue(Value.Of(text)))];
}
