using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Tests.Runs;
using FlaskDeploy.Agent.Wire;
using FlaskDeploy.Protocol;
using FlaskDeploy.V1;

namespace FlaskDeploy.Agent.Tests.Session;

public sealed class AssignmentVerifierTests : IDisposable
{
    private static readonly Language.Bundles.Bundle Bundle = Book.Bundle(Book.Play(Book.Shell("a")));

    private readonly TestHost _host = new();
    private readonly SigningKey _stranger = SigningKey.Create();

    public void Dispose()
    {
        _host.Dispose();
        _stranger.Dispose();
    }

    [Fact]
    public void Takes_what_a_pinned_operator_signed_for_this_host()
    {
        var (assignment, refusal) = Verify(_host.Envelope(Bundle, 7, _host.Order(3, 7)), new DeploymentRecord(TestHost.Deployment) { Sequence = 7 });

        Assert.Null(refusal);
        Assert.Equal((7L, 3L), (assignment!.Release.Sequence, assignment.Order!.Number));
        Assert.Null(_host.Verifier.VerifyStored(assignment.Stored).Refusal);
    }

    [Fact]
    public void Content_is_compared_without_its_sequence_and_with_its_variables()
    {
        Assert.Equal(_host.Assign(Bundle, 1).ContentDigest, _host.Assign(Bundle, 2).ContentDigest);
        Assert.NotEqual(_host.Assign(Bundle, 1).ContentDigest, _host.Assign(Bundle, 1, extra: ("PORT", "5001")).ContentDigest);
    }

    [Fact]
    public void Refuses_what_another_key_signed()
    {
        var good = _host.Envelope(Bundle, 1, _host.Order(1));
        Refuses(With(good, release: Sealed(EnvelopeType.Release, good.Release, _stranger)), "the release is not to be believed", "push with a key that this host trusts");
        Refuses(With(good, part: Sealed(EnvelopeType.HostPart, good.HostPart, _stranger)), "the host part is not to be believed", "push with a key that this host trusts");
        Refuses(With(good, order: Sealed(EnvelopeType.Order, good.Order, _stranger)), "the order is not to be believed", "push with a key that this host trusts");
    }

    [Fact]
    public void Refuses_one_type_in_the_place_of_another()
    {
        var good = _host.Envelope(Bundle);

        Refuses(With(good, release: good.HostPart), "the release is not to be believed", "push with a key");
        Refuses(With(good, part: Sealed(EnvelopeType.Release, good.HostPart, _host.Key)), "the host part is not to be believed", "push with a key");
        Refuses(With(good, order: good.Release), "the order is not to be believed", "push with a key");
    }

    [Fact]
    public void Refuses_what_was_altered_or_left_out()
    {
        var altered = _host.Envelope(Bundle);
        var bytes = altered.Release.Payload.ToByteArray();
        bytes[^1] ^= 1;
        altered.Release.Payload = Google.Protobuf.ByteString.CopyFrom(bytes);

        Refuses(altered, "it was altered", "push with a key");
        Refuses(new Assignment(), "the release is not to be believed", "push with a key");
    }

    [Fact]
    public void Refuses_a_host_part_of_another_host()
    {
        var verifier = new AssignmentVerifier("web2", [_host.Key.Public], ModuleRegistry.Create());

        var refusal = verifier.Verify(_host.Envelope(Bundle), null).Refusal!;

        Assert.Equal(("the host part is for 'web1', this host is 'web2'", "push again"), (refusal.Reason, refusal.Remedy));
    }

    [Fact]
    public void Refuses_parts_of_two_revisions()
    {
        var (one, two) = (_host.Envelope(Bundle, 1), _host.Envelope(Bundle, 2));
        var other = _host.Envelope(Book.Bundle(Book.Play(Book.Shell("b"))), 1);

        Refuses(With(one, part: two.HostPart), "release and host part are not of one revision", "push again");
        Refuses(With(one, part: other.HostPart), "release and host part are not of one revision", "push again");
        Refuses(With(_host.Envelope(Bundle, deployment: "a"), part: _host.Envelope(Bundle, deployment: "b").HostPart), "release and host part are not of one revision", "push again");
    }

    [Fact]
    public void Refuses_an_order_for_another_revision_or_for_other_hosts()
    {
        Refuses(_host.Envelope(Bundle, 1, _host.Order(1, sequence: 2)), "the order is not for this revision on this host", "push again");
        Refuses(_host.Envelope(Bundle, 1, _host.Order(1, deployment: "other")), "the order is not for this revision on this host", "push again");
        Refuses(_host.Envelope(Bundle, 1, _host.Order(1) with { Hosts = ["web2", "web3"] }), "the order is not for this revision on this host", "push again");
        Assert.NotNull(Verify(_host.Envelope(Bundle, 1, _host.Order(1) with { Hosts = ["web1"] })).Assignment);
    }

    [Fact]
    public void Refuses_to_go_back()
    {
        var refusal = Verify(_host.Envelope(Bundle, 6), new DeploymentRecord(TestHost.Deployment) { Sequence = 7 }).Refusal!;

        Assert.Equal("r6 is older than r7, which this host has accepted; sequences never go back", refusal.Reason);
    }

    [Fact]
    public void Refuses_a_name_that_would_be_a_path() =>
        Refuses(_host.Envelope(Bundle, deployment: "../../etc"), "'../../etc' is no name of a deployment", "push again");

    [Fact]
    public void Refuses_what_needs_a_newer_agent()
    {
        Assert.Contains($"this agent knows {FlaskDeploy.Language.Bundles.BundleVersions.Format} and {FlaskDeploy.Language.Bundles.BundleVersions.Language}", _host.Verifier.CheckRequirements(Bundle with { Format = 2 })!.Reason, StringComparison.Ordinal);
        Assert.Contains("with language version 9", _host.Verifier.CheckRequirements(Bundle with { Language = 9 })!.Remedy, StringComparison.Ordinal);
        var refusal = _host.Verifier.CheckRequirements(Bundle with { Requirements = new() { Modules = ["copy", "levitate"], Filters = ["upper", "sing"], Tests = ["defined", "pretty"], Lookups = ["pipe", "stars"] } })!;
        Assert.EndsWith("has no module levitate, no filter sing, no test pretty, no lookup stars", refusal.Reason, StringComparison.Ordinal);
        Assert.Equal("upgrade flaskdeploy-agent on this host", refusal.Remedy);
        Assert.Null(_host.Verifier.CheckRequirements(Bundle));
    }

    [Fact]
    public async Task What_the_agent_cannot_run_is_refused_before_its_first_task_told_with_a_remedy_and_held()
    {
        var outcome = await _host.Push(Bundle with { Requirements = new() { Modules = ["levitate"] } });

        Assert.Contains("no module levitate", outcome.Because, StringComparison.Ordinal);
        Assert.Equal("upgrade flaskdeploy-agent on this host", Assert.Single(_host.Told, entry => entry.RunRefused is not null).RunRefused.Remedy);
        Assert.True(_host.Record.IsHeld);
        Assert.Empty(_host.Steps);
    }

    [Fact]
    public void No_stored_byte_is_believed_more_than_a_sent_one()
    {
        var good = _host.Assign(Bundle);
        for (var at = 0; at < good.Stored.Length; at += 7)
        {
            var spoilt = good.Stored.ToArray();
            spoilt[at] ^= 0x10;
            // What is not signed (a field that nobody knows) may change without a meaning; never what is asked for.
            var (taken, _) = _host.Verifier.VerifyStored(spoilt);
            Assert.True(taken is null || taken.ContentDigest == good.ContentDigest);
        }
        Assert.NotNull(_host.Verifier.VerifyStored([1, 2, 3]).Refusal);
    }

    private (VerifiedAssignment? Assignment, Refusal? Refusal) Verify(Assignment assignment, DeploymentRecord? known = null) => _host.Verifier.Verify(assignment, known);

    private void Refuses(Assignment assignment, string reason, string remedy)
    {
        var (taken, refusal) = Verify(assignment);
        Assert.Null(taken);
        Assert.Contains(reason, refusal!.Reason, StringComparison.Ordinal);
        Assert.StartsWith(remedy, refusal.Remedy, StringComparison.Ordinal);
    }

    private static Assignment With(Assignment good, Envelope? release = null, Envelope? part = null, Envelope? order = null) =>
        new() { Release = release ?? good.Release, HostPart = part ?? good.HostPart, Order = order ?? good.Order };

    private static Envelope Sealed(EnvelopeType type, Envelope envelope, SigningKey key) => Envelopes.Seal(type, envelope.Payload.Memory, key);
}
