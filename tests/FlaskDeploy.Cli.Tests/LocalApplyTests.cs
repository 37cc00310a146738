using System.Net.Sockets;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Local;
using FlaskDeploy.Cli.Pushing;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Cli.Wire;
using FlaskDeploy.Compiler;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;
using FlaskDeploy.Protocol;
using Google.Protobuf;
using Grpc.Core;

namespace FlaskDeploy.Cli.Tests;

public sealed class LocalApplyTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("flaskdeploy-apply-test");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Reads_the_agents_events_to_the_end_of_the_run()
    {
        using var stream = new MemoryStream();
        new V1.Event { RunStarted = new() { Tasks = 1 } }.WriteDelimitedTo(stream);
        // Of a kind that only a newer agent tells.
        new V1.Event { Number = 9 }.WriteDelimitedTo(stream);
        new V1.Event { TaskFinished = new() { Task = "0/0", Name = "copy", Status = V1.TaskStatus.TaskChanged } }.WriteDelimitedTo(stream);
        new V1.Event { RunFinished = new() { Result = V1.RunResult.RunChanged, Counts = new() { Ok = 1, Changed = 1 } } }.WriteDelimitedTo(stream);
        var (state, shown) = Read(stream.ToArray());
        Assert.Equal(4, shown);
        Assert.Equal(HostOutcome.Changed, state.Hosts["localhost"].Outcome);
    }

    [Fact]
    public void Takes_a_stream_that_breaks_off_or_is_something_else_for_no_result()
    {
        using var stream = new MemoryStream();
        new V1.Event { RunFinished = new() { Result = V1.RunResult.RunChanged, Because = "all is well" } }.WriteDelimitedTo(stream);
        var whole = stream.ToArray();
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Equal(HostOutcome.Unreachable, Read(whole[..length]).State.Hosts["localhost"].Outcome);
        }
        Assert.Equal(HostOutcome.Unreachable, Read("Segmentation fault\n"u8.ToArray()).State.Hosts["localhost"].Outcome);
        Assert.Equal(HostOutcome.Unreachable, Read([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).State.Hosts["localhost"].Outcome);
    }

    [Fact]
    public async Task An_agent_that_was_killed_is_said_to_have_been()
    {
        var agent = Path.Combine(_directory.FullName, "agent");
        await File.WriteAllTextAsync(agent, "#!/bin/sh\nkill -9 $$\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(agent, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var written = new StringWriter();
        var compiled = Compile(Digest.Of([]), "");
        var terminal = new Terminal(TextWriter.Null, written, Style.None, isInteractive: false);

        Assert.Equal(ExitStatus.Error, await new LocalApply(agent, terminal).RunAsync(compiled with { Compilation = compiled.Compilation with { Blobs = [] } }, new PushOptions { Playbook = "x" }, CancellationToken.None));
        Assert.Contains("was ended by signal 9 and told no result", written.ToString(), StringComparison.Ordinal);
        Assert.Contains("apply it again", written.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Is_for_this_machine_alone_whatever_its_names()
    {
        var written = new StringWriter();
        var compiled = Compile(Digest.Of([]), "");
        CompiledHost Named(string name, bool isHere) => new(name, name, new HostPartContent { InventoryName = name, Plays = [0] }) { IsHere = isHere };
        compiled = compiled with { Compilation = compiled.Compilation with { Hosts = [Named("a", true), Named("b", false)], Blobs = [] } };
        var terminal = new Terminal(TextWriter.Null, written, Style.None, isInteractive: false);

        Assert.Equal(ExitStatus.Error, await new LocalApply("/bin/true", terminal).RunAsync(compiled, new PushOptions { Playbook = "x" }, CancellationToken.None));
        Assert.Contains("the playbook means 2 hosts of the inventory; b is elsewhere", written.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leaves_for_the_agent_what_it_reads()
    {
        var file = Path.Combine(_directory.FullName, "hello.py");
        await File.WriteAllTextAsync(file, "print('hello')");
        var digest = Digest.Of(await File.ReadAllBytesAsync(file));
        var compiled = Compile(digest, file);
        var target = _directory.CreateSubdirectory("out").FullName;
        await LocalApply.WriteAsync(target, compiled, compiled.Compilation.Hosts[0], CancellationToken.None);

        var releaseBytes = await File.ReadAllBytesAsync(Path.Combine(target, "release.bin"));
        var release = StatementCodec.DecodeRelease(releaseBytes).Value!;
        var part = StatementCodec.DecodeHostPart(await File.ReadAllBytesAsync(Path.Combine(target, "host-part.bin"))).Value!;
        var bundle = await File.ReadAllBytesAsync(Path.Combine(target, "bundle.bin"));
        Assert.Equal(Digest.Of(releaseBytes), part.Release);
        Assert.Equal(Digest.Of(bundle), ReleaseCodec.Decode(release.Content).Value!.Bundle);
        Assert.Contains(Digest.Of(bundle), ReleaseCodec.DecodeHostPart(part.Content).Value!.Digests);
        Assert.True(BundleCodec.Decode(bundle).IsGood);
        Assert.Equal("print('hello')", await File.ReadAllTextAsync(Path.Combine(target, "blobs", digest.ToString())));
    }

    [Fact]
    public async Task Refuses_a_file_that_changed_since_it_was_compiled()
    {
        var file = Path.Combine(_directory.FullName, "hello.py");
        await File.WriteAllTextAsync(file, "print('hello')");
        var compiled = Compile(Digest.Of([1, 2, 3]), file);
        await Assert.ThrowsAsync<ContentMovedException>(() => LocalApply.WriteAsync(_directory.FullName, compiled, compiled.Compilation.Hosts[0], CancellationToken.None));
    }

    [Fact]
    public void Hands_the_options_on_that_the_agent_knows() => Assert.Equal(
        ["apply-local", "/x", "--check", "--diff", "--tags", "a,b", "--playbook-dir", "/sites", "--start-at-task", "run it"],
        AgentProgram.Arguments("/x", new PushOptions { Playbook = "/sites/x", Check = true, Diff = true, Tags = ["a", "b"], StartAtTask = "run it" }));

    [Fact]
    public void Lists_plays_tasks_and_tags_as_ansible_does()
    {
        var task = new TaskNode { Id = "0/0", Name = Value.Of("copy the site"), Action = new ModuleCall("copy", MapValue.Empty, null, ""), Tags = ["web"] };
        var block = new TaskNode { Id = "0/1", Name = Value.Of("b"), Action = new Block([task with { Id = "0/1/b0", Name = Value.Of("inner") }], [], []), Tags = ["outer"] };
        var compilation = Compile(Digest.Of([]), "").Compilation;
        compilation = compilation with { Bundle = compilation.Bundle with { Plays = [new Play { Name = Value.Of("site"), Hosts = "web", Tasks = [task, block] }] } };
        Assert.Equal(
            ["", "playbook: flask.yml", "", "  play #1 (web): site\tTAGS: []", "    pattern: ['web']", "    hosts (1):", "      localhost", "    tasks:", "      copy the site\tTAGS: [web]", "      inner\tTAGS: [outer, web]", "      TASK TAGS: [outer, web]"],
            Listings.Print(compilation, new PushOptions { Playbook = "flask.yml", Listing = Listing.Hosts | Listing.Tasks | Listing.Tags }));
        Assert.Equal(["", "playbook: flask.yml"], Listings.Print(compilation, new PushOptions { Playbook = "flask.yml", Listing = Listing.Syntax }));
    }

    [Theory]
    [InlineData(SocketError.AccessDenied, "no permission", "sudo")]
    [InlineData(SocketError.AddressNotAvailable, "does not exist", "is it running?")]
    [InlineData(SocketError.ConnectionRefused, "nobody listens", "is it running?")]
    public void Explains_why_the_socket_does_not_answer(SocketError error, string what, string remedy)
    {
        var failure = new RpcException(new Status(StatusCode.Unavailable, "x", new HttpRequestException("x", new SocketException((int)error))));
        var problem = RpcProblems.Explain(failure, new("/run/x.sock", null, null));
        Assert.Contains(what, problem.What, StringComparison.Ordinal);
        Assert.Contains(remedy, problem.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Tells_that_a_controller_is_too_old() =>
        Assert.Contains("too old", RpcProblems.Explain(new RpcException(new Status(StatusCode.Unimplemented, "")), new("/run/x.sock", null, null)).What, StringComparison.Ordinal);

    private static (RolloutState State, int Shown) Read(byte[] bytes)
    {
        var shown = 0;
        var events = new LocalEvents("localhost", RolloutState.Of(["localhost"]));
        events.Read(new MemoryStream(bytes), _ => shown++);
        return (events.State, shown);
    }

    private static Compiled Compile(Digest digest, string file)
    {
        var bundle = new Bundle { Playbook = "flask.yml", Plays = [new Play { Name = Value.Of("site"), Hosts = "all" }] };
        return new Compiled(
            new Compilation
            {
                Bundle = bundle,
                Release = new ReleaseContent { Bundle = null, Origin = "/srv/flask.yml" },
                Hosts = [new CompiledHost("localhost", "localhost", new HostPartContent { InventoryName = "localhost", Plays = [0], Digests = [digest] })],
                Blobs = [new BlobSource(digest, file, 14)],
                DefaultDeploymentName = "flask",
            },
            BundleCodec.Encode(bundle));
    }
}
