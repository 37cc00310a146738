using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Pushing;
using FlaskDeploy.Cli.Wire;
using FlaskDeploy.Compiler;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;
using FlaskDeploy.Protocol;
using Grpc.Core;
using static FlaskDeploy.Cli.Tests.FakeController;

namespace FlaskDeploy.Cli.Tests;

public sealed class PushFlowTests : IDisposable
{
    private readonly SigningKey _key = SigningKey.Create();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("flaskdeploy-push");
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _key.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Signs_a_first_revision_and_sends_its_blobs_once()
    {
        var controller = new FakeController().WithHosts("web1", "web2").Tells(
            Update("1", "web1", Finished(V1.RunResult.RunChanged, 1)), Update("2", "web2", Finished(V1.RunResult.RunChanged, 1)), End);
        Assert.Equal(0, await PushAsync(controller, Compile("web1", "web2")));

        var push = Assert.Single(controller.Pushes);
        var release = Open(push.Release, EnvelopeType.Release, StatementCodec.DecodeRelease);
        Assert.Equal(("flask", 1), (release.Deployment, release.Sequence));
        Assert.Equal(["web1", "web2"], push.HostParts.Select(part => Open(part, EnvelopeType.HostPart, StatementCodec.DecodeHostPart).Host));
        Assert.All(push.HostParts, part => Assert.Equal(Digest.Of(push.Release.Payload.Span), Open(part, EnvelopeType.HostPart, StatementCodec.DecodeHostPart).Release));
        var order = Open(push.Order, EnvelopeType.Order, StatementCodec.DecodeOrder);
        Assert.Equal((1, 1, OrderMode.Converge), (order.Number, order.Sequence, order.Mode));
        Assert.Equal(["web1", "web2"], order.Hosts);
        Assert.Equal(2, controller.Blobs.Count);
        Assert.All(push.Blobs, blob => Assert.Contains(Convert.ToHexStringLower(blob.Span), controller.Blobs.Keys));
        Assert.Contains("web2                       : ok=1    changed=1", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Makes_no_revision_of_content_that_is_there()
    {
        var controller = await PushedAsync("web1");
        Assert.Equal(0, await PushAsync(controller.Tells(Update("1", "web1", Finished(V1.RunResult.RunUnchanged)), End), Compile("web1")));
        var again = controller.Pushes[1];
        Assert.Null(again.Release);
        Assert.Empty(again.HostParts);
        var order = Open(again.Order, EnvelopeType.Order, StatementCodec.DecodeOrder);
        Assert.Equal((2, 1, OrderMode.Converge), (order.Number, order.Sequence, order.Mode));
    }

    [Fact]
    public async Task Makes_the_next_revision_of_content_that_changed()
    {
        var controller = await PushedAsync("web1");
        await PushAsync(controller.Tells(End), Compile(["web1"], port: 5001));
        Assert.Equal(2, controller.Head);
        Assert.Equal(2, Open(controller.Pushes[1].Order, EnvelopeType.Order, StatementCodec.DecodeOrder).Sequence);
    }

    [Fact]
    public async Task Makes_a_revision_for_a_host_that_is_new_to_it()
    {
        var controller = (await PushedAsync("web1")).WithHosts("web2");
        await PushAsync(controller.Tells(End), Compile("web1", "web2"));
        Assert.Equal(2, controller.Head);
        Assert.Equal(2, controller.Pushes[1].HostParts.Count);
    }

    [Fact]
    public async Task Leaves_other_hosts_their_revision_under_a_limit()
    {
        var controller = await PushedAsync("web1", "web2");
        await PushAsync(controller.Tells(End), Compile(["web1"], port: 5001));
        Assert.Equal(["web1"], Open(controller.Pushes[1].Order, EnvelopeType.Order, StatementCodec.DecodeOrder).Hosts);
        // The full push that follows has new content for web2 only by its revision, and says so to both.
        await PushAsync(controller.Tells(End), Compile(["web1", "web2"], port: 5001));
        Assert.Equal(3, controller.Head);
    }

    [Fact]
    public async Task Signs_a_check_so_that_it_can_become_no_revision()
    {
        var controller = await PushedAsync("web1");
        Assert.Equal(5, await PushAsync(
            controller.Tells(Update("1", "web1", Finished(V1.RunResult.RunChanged, 1)), End), Compile(["web1"], port: 5001), options => options with { Check = true, DetailedExitCode = true }));
        Assert.Equal(1, controller.Head);
        var order = Open(controller.Pushes[1].Order, EnvelopeType.Order, StatementCodec.DecodeOrder);
        Assert.Equal((OrderMode.Check, PushPlan.CheckOnly), (order.Mode, order.Sequence));
        Assert.Equal(PushPlan.CheckOnly, Open(controller.Pushes[1].Release, EnvelopeType.Release, StatementCodec.DecodeRelease).Sequence);
    }

    [Fact]
    public async Task Checks_the_revision_that_is_there_where_nothing_changed()
    {
        var controller = await PushedAsync("web1");
        await PushAsync(controller.Tells(End), Compile("web1"), options => options with { Check = true });
        Assert.Null(controller.Pushes[1].Release);
        Assert.Equal(1, Open(controller.Pushes[1].Order, EnvelopeType.Order, StatementCodec.DecodeOrder).Sequence);
    }

    [Fact]
    public async Task Puts_tags_and_a_first_task_into_the_order_only()
    {
        var controller = await PushedAsync("web1");
        await PushAsync(controller.Tells(End), Compile("web1"), options => options with { Tags = ["a"], SkipTags = ["b"], StartAtTask = "c", Rerun = true, Diff = true });
        Assert.Null(controller.Pushes[1].Release);
        var order = Open(controller.Pushes[1].Order, EnvelopeType.Order, StatementCodec.DecodeOrder);
        Assert.Equal(("a", "b", "c", true, OrderMode.Apply), (order.Tags[0], order.SkipTags[0], order.StartAtTask, order.Diff, order.Mode));
    }

    [Fact]
    public void Knows_whether_a_first_task_can_be_meant()
    {
        var task = new TaskNode { Id = "0/0", Name = Value.Of("run it"), Action = new ModuleCall("debug", MapValue.Empty, null, "") };
        var bundle = new Bundle { Playbook = "flask.yml", Plays = [new Play { Name = Value.Of("site"), Hosts = "all", Tasks = [task] }] };
        Assert.True(Listings.MayStartAt(bundle, "run it"));
        Assert.True(Listings.MayStartAt(bundle, "0/0"));
        Assert.False(Listings.MayStartAt(bundle, "run"));
    }

    [Fact]
    public async Task Refuses_a_playbook_from_another_path_without_a_word_for_it()
    {
        var controller = await PushedAsync("web1");
        var other = Compile("web1");
        other = other with { Compilation = other.Compilation with { Release = other.Compilation.Release with { Origin = "/elsewhere/flask.yml" } } };
        Assert.Equal(1, await PushAsync(controller, other));
        Assert.Single(controller.Pushes);
        Assert.Contains("was pushed from /srv/flask.yml", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("--replace", _error.ToString(), StringComparison.Ordinal);
        await PushAsync(controller.Tells(End), other, options => options with { Replace = true });
        Assert.Equal(2, controller.Pushes.Count);
    }

    [Fact]
    public async Task Looks_and_signs_again_when_another_push_came_first()
    {
        var controller = new FakeController().WithHosts("web1").Tells(End);
        controller.Failures.Enqueue(("Push", new RpcException(new Status(StatusCode.Aborted, "first"))));
        controller.Failures.Enqueue(("Push", new RpcException(new Status(StatusCode.Aborted, "first"))));
        await PushAsync(controller, Compile("web1"));
        Assert.Single(controller.Pushes);
        Assert.Contains("looking again", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gives_up_after_five_pushes_that_came_too_late()
    {
        var controller = new FakeController().WithHosts("web1");
        for (var i = 0; i < PushFlow.Attempts; i++)
        {
            controller.Failures.Enqueue(("Push", new RpcException(new Status(StatusCode.Aborted, "another push came first"))));
        }
        var failure = await Assert.ThrowsAsync<RpcException>(() => PushAsync(controller, Compile("web1")));
        Assert.Equal("another push came first", RpcProblems.Explain(failure, new(ControllerAddress.DefaultSocket, null, null)).What);
        Assert.Empty(controller.Failures);
    }

    [Fact]
    public async Task Shows_hosts_that_nobody_enrolled_as_unreachable_and_serves_the_others()
    {
        var controller = new FakeController().WithHosts("web1").Tells(Update("1", "web1", Finished(V1.RunResult.RunChanged, 1)), End);
        Assert.Equal(4, await PushAsync(controller, Compile("web1", "web9")));
        Assert.Equal(["web1"], Open(controller.Pushes[0].Order, EnvelopeType.Order, StatementCodec.DecodeOrder).Hosts);
        Assert.Contains("fatal: [web9]: UNREACHABLE! => no agent has enrolled as web9", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("web9                       : ok=0    changed=0    unreachable=1", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pushes_nothing_where_no_host_is_known_and_tells_how_to_enrol_one()
    {
        var controller = new FakeController();
        Assert.Equal(4, await PushAsync(controller, Compile("web9")));
        Assert.Empty(controller.Pushes);
        Assert.Contains("flaskdeploy-agent enroll --controller controller.example:7443", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Finds_a_host_by_its_address_before_its_name()
    {
        var compiled = Compile("web1");
        compiled = compiled with { Compilation = compiled.Compilation with { Hosts = [compiled.Compilation.Hosts[0] with { Address = "10.0.0.1" }] } };
        var controller = new FakeController().WithHosts("web1", "10.0.0.1").Tells(End);
        await PushAsync(controller, compiled);
        Assert.Equal(["10.0.0.1"], Open(controller.Pushes[0].Order, EnvelopeType.Order, StatementCodec.DecodeOrder).Hosts);
    }

    [Fact]
    public async Task Goes_on_behind_a_cut_line_where_it_was()
    {
        var controller = new FakeController().WithHosts("web1");
        controller.Follows.Enqueue(async writer =>
        {
            await writer.WriteAsync(Progress("7", "web1", V1.HostProgress.Types.State.Accepted));
            writer.Complete(new RpcException(new Status(StatusCode.Unavailable, "cut")));
        });
        controller.Tells(Update("8", "web1", Finished(V1.RunResult.RunChanged, 1)), End);
        Assert.Equal(0, await PushAsync(controller, Compile("web1")));
        Assert.Equal(["", "7"], controller.FollowedAfter);
    }

    [Fact]
    public async Task Stops_waiting_for_a_host_that_stays_away()
    {
        var controller = new FakeController().WithHosts("web1");
        controller.Follows.Enqueue(writer => writer.WriteAsync(Progress("1", "web1", V1.HostProgress.Types.State.Waiting)).AsTask());
        Assert.Equal(4, await PushAsync(controller, Compile("web1"), options => options with { Timeout = TimeSpan.FromMilliseconds(50) }));
        Assert.Contains("it will take the revision when it is back", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_to_send_a_file_that_is_no_longer_what_was_compiled()
    {
        var compiled = Compile("web1");
        await File.WriteAllTextAsync(Path.Combine(_directory.FullName, "hello.py"), "changed!");
        var failure = await Assert.ThrowsAsync<ContentMovedException>(() => PushAsync(new FakeController().WithHosts("web1"), compiled));
        Assert.Contains("changed while it was being pushed", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prints_json_and_nothing_else_on_the_output()
    {
        var controller = new FakeController().WithHosts("web1").Tells(Update("1", "web1", Finished(V1.RunResult.RunChanged, 1)), End);
        await PushAsync(controller, Compile("web1"), options => options with { Json = true });
        using var json = System.Text.Json.JsonDocument.Parse(_output.ToString());
        Assert.Equal("changed", json.RootElement.GetProperty("hosts")[0].GetProperty("outcome").GetString());
        Assert.True(json.RootElement.GetProperty("new_revision").GetBoolean());
    }

    [Fact]
    public async Task Retires_a_deployment_on_every_host_that_has_it()
    {
        var controller = await PushedAsync("web1", "web2");
        foreach (var host in controller.Known.Values)
        {
            host.Deployments.Add(new V1.HostDeployment { Deployment = "flask", Assigned = 1 });
        }
        controller.Tells(Update("1", "web1", Finished(V1.RunResult.RunChanged)), Update("2", "web2", Finished(V1.RunResult.RunChanged)), End);
        var gateway = new OperatorsGateway(new V1.Operators.OperatorsClient(controller));
        var terminal = new Terminal(_output, _error, Style.None, isInteractive: false);
        var exit = await new RetireFlow(gateway, new RolloutSender(gateway, _key, terminal, TimeProvider.System), terminal).RunAsync("flask", new PushOptions { Playbook = "" }, CancellationToken.None);
        Assert.Equal(0, exit);
        var content = ReleaseCodec.Decode(Open(controller.Pushes[1].Release, EnvelopeType.Release, StatementCodec.DecodeRelease).Content).Value!;
        Assert.True(content.Retired);
        Assert.Equal("/srv/flask.yml", content.Origin);
        Assert.Equal(["web1", "web2"], controller.Pushes[1].HostParts.Select(part => Open(part, EnvelopeType.HostPart, StatementCodec.DecodeHostPart).Host));
    }

    [Fact]
    public async Task Pauses_with_a_signed_order_over_the_revision_that_is_there_and_no_release()
    {
        var controller = await WithDeploymentAsync("web1", "web2");
        var exit = await PauseAsync(controller, "flask", new() { Deployment = "", Sequence = 0, Number = 0, Mode = OrderMode.Pause, Reason = "disk", By = "jane@desk", PauseFor = TimeSpan.FromHours(2) }, "web1");
        Assert.Equal(0, exit);
        var push = controller.Pushes[1];
        Assert.Null(push.Release);
        var order = Open(push.Order, EnvelopeType.Order, StatementCodec.DecodeOrder);
        Assert.Equal(("flask", 1, 2, OrderMode.Pause, "disk", "jane@desk", TimeSpan.FromHours(2)), (order.Deployment, order.Sequence, order.Number, order.Mode, order.Reason, order.By, order.PauseFor));
        Assert.Equal(["web1"], order.Hosts);
    }

    [Fact]
    public async Task Pauses_nothing_where_a_deployment_or_a_host_is_not_known()
    {
        var controller = await WithDeploymentAsync("web1");
        var wish = new OrderStatement { Deployment = "", Sequence = 0, Number = 0, Mode = OrderMode.Pause };
        Assert.Equal(1, await PauseAsync(controller, "flsk", wish));
        Assert.Contains("there is no deployment called 'flsk'", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, await PauseAsync(controller, "flask", wish, "web9"));
        Assert.Contains("no host that has 'flask' is called 'web9'", _error.ToString(), StringComparison.Ordinal);
        Assert.Single(controller.Pushes);
    }

    private async Task<FakeController> WithDeploymentAsync(params string[] hosts)
    {
        var controller = await PushedAsync(hosts);
        foreach (var host in controller.Known.Values)
        {
            host.Deployments.Add(new V1.HostDeployment { Deployment = "flask", Assigned = 1 });
        }
        return controller.Tells(Update("1", "web1", Finished(V1.RunResult.RunUnchanged)), End);
    }

    private Task<int> PauseAsync(FakeController controller, string deployment, OrderStatement wish, params string[] limit)
    {
        var gateway = new OperatorsGateway(new V1.Operators.OperatorsClient(controller));
        var terminal = new Terminal(_output, _error, Style.None, isInteractive: false);
        return new PauseFlow(gateway, new RolloutSender(gateway, _key, terminal, TimeProvider.System), terminal).RunAsync(deployment, wish, limit, new PushOptions { Playbook = "" }, CancellationToken.None);
    }

    private async Task<FakeController> PushedAsync(params string[] hosts)
    {
        var controller = new FakeController().WithHosts(hosts).Tells(End);
        await PushAsync(controller, Compile(hosts));
        Assert.Equal(1, controller.Head);
        return controller;
    }

    private Task<int> PushAsync(FakeController controller, Compiled compiled, Func<PushOptions, PushOptions>? change = null)
    {
        var gateway = new OperatorsGateway(new V1.Operators.OperatorsClient(controller));
        var terminal = new Terminal(_output, _error, Style.None, isInteractive: false);
        var options = new PushOptions { Playbook = "flask.yml" };
        return new PushFlow(gateway, new RolloutSender(gateway, _key, terminal, TimeProvider.System), _key, new HostKeys(_key, Path.Combine(_directory.FullName, "hosts")), terminal).RunAsync(compiled, change?.Invoke(options) ?? options, CancellationToken.None);
    }

    private Compiled Compile(params string[] hosts) => Compile(hosts, port: 5000);

    private Compiled Compile(string[] hosts, int port)
    {
        var file = Path.Combine(_directory.FullName, "hello.py");
        File.WriteAllText(file, "print('hello')");
        var digest = Digest.Of(File.ReadAllBytes(file));
        var bundle = new Bundle
        {
            Playbook = "flask.yml",
            Plays = [new Play { Name = Value.Of("site"), Hosts = "all", Vars = [KeyValuePair.Create("PORT", Value.Of(port))] }],
            Tree = [new TreeEntry("hello.py", digest, 14, 0x1A4)],
        };
        return new Compiled(
            new Compilation
            {
                Bundle = bundle,
                Release = new ReleaseContent { Bundle = null, Origin = "/srv/flask.yml" },
                Hosts = [.. hosts.Select(host => new CompiledHost(host, host, new HostPartContent { InventoryName = host, Plays = [0], Digests = [digest] }))],
                Blobs = [new BlobSource(digest, file, 14)],
                DefaultDeploymentName = "flask",
            },
            BundleCodec.Encode(bundle));
    }

    private T Open<T>(V1.Envelope envelope, EnvelopeType type, Func<ReadOnlyMemory<byte>, Decoded<T>> decode)
        where T : class
    {
        var opened = Envelopes.Open(envelope, type, [_key.Public]);
        Assert.True(opened.IsGood, opened.Problem);
        return decode(opened.Payload).Value!;
    }
}
