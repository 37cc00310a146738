using FlaskDeploy.Controller.Rollouts;

namespace FlaskDeploy.Controller.Tests.Rollouts;

public sealed class HostNamesTests
{
    private static readonly KnownHost[] Hosts =
    [
        new("web1", ["10.0.0.1", "web1.example", "fd00::1"]),
        new("web2.example", ["10.0.0.2", "10.9.9.9"]),
        new("db.north.example", ["10.0.0.3", "10.9.9.9"]),
        new("db.south.example", ["10.0.0.4"]),
    ];

    [Theory]
    [InlineData("web1", "web1")]
    [InlineData("WEB1", "web1")]
    [InlineData("10.0.0.2", "web2.example")]
    [InlineData("fd00:0::0:1", "web1")]
    [InlineData("web1.example", "web1")]
    [InlineData("web2", "web2.example")]
    [InlineData("web1.other", "web1")]
    [InlineData("web2.other", null)]
    [InlineData("10.9.9.9", null)]
    [InlineData("db", null)]
    [InlineData("db.south.example", "db.south.example")]
    [InlineData("10.0.0", null)]
    [InlineData("nobody", null)]
    public void An_inventory_name_means_one_host_or_none(string named, string? host) => Assert.Equal(host, HostNames.Resolve(named, Hosts));

    [Theory]
    [InlineData("127.0.0.1", null)]
    [InlineData("::1", null)]
    [InlineData("fe80::1", null)]
    [InlineData("localhost", null)]
    [InlineData("localhost.localdomain", null)]
    [InlineData("", null)]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [InlineData("FD00:0::1", "fd00::1")]
    [InlineData("web1.example", "web1.example")]
    public void An_address_that_every_machine_has_is_not_kept(string address, string? kept) => Assert.Equal(kept, HostNames.Kept(address));
}

public sealed class HostProgressTests
{
    private static readonly ProgressInput[] Inputs =
    [
        new ProgressInput.Offered(), new ProgressInput.Accepted(), new ProgressInput.Refused("no"), new ProgressInput.Finished(""),
        new ProgressInput.Superseded(9), new ProgressInput.Disconnected(),
    ];

    [Fact]
    public void An_end_stays_what_it_is()
    {
        foreach (var end in new[] { ProgressState.Finished, ProgressState.Refused, ProgressState.Superseded })
        {
            Assert.All(Inputs, input => Assert.Equal(new HostProgress(end, "x"), new HostProgress(end, "x").Next(input)));
        }
    }

    [Theory]
    [InlineData("Waiting", "Offered Accepted Refused Finished Superseded Waiting")]
    [InlineData("Offered", "Offered Accepted Refused Finished Superseded Waiting")]
    [InlineData("Accepted", "Accepted Accepted Refused Finished Superseded Waiting")]
    public void Every_input_has_its_next_state(string from, string expected) =>
        Assert.Equal(expected, string.Join(' ', Inputs.Select(input => new HostProgress(Enum.Parse<ProgressState>(from), "").Next(input).State)));
}

public sealed class AssignmentsTests
{
    private static readonly Dictionary<string, (long Accepted, long Order)> Nothing = [];

    [Fact]
    public void A_waiting_order_goes_with_its_revision_even_when_the_host_has_that() =>
        Assert.Equal(new AssignmentKey("site", 7, 12), Assert.Single(Due(Desire(7, 12), (7, 11))).Key);

    [Fact]
    public void A_newer_revision_goes_without_an_order() => Assert.Equal(new AssignmentKey("site", 7, 0), Assert.Single(Due(Desire(7, 0), (6, 0))).Key);

    [Fact]
    public void Nothing_goes_to_a_host_that_has_it_all()
    {
        Assert.Empty(Due(Desire(7, 0), (7, 12)));
        Assert.Empty(Due(Desire(7, 0), (9, 12)));
    }

    [Fact]
    public void What_the_host_carried_out_is_not_handed_over_again() => Assert.Empty(Due(Desire(7, 12), (7, 12)));

    [Fact]
    public void What_this_session_handed_over_is_not_handed_over_again()
    {
        Assert.Empty(Assignments.Due([Desire(7, 12)], Nothing, new HashSet<AssignmentKey> { new("site", 7, 12) }));
        Assert.Empty(Assignments.Due([Desire(7, 0)], Nothing, new HashSet<AssignmentKey> { new("site", 7, 12) }));
    }

    [Fact]
    public void An_order_for_an_older_revision_than_the_newest_has_lost_its_sense() =>
        Assert.Equal(new AssignmentKey("site", 7, 0), Assert.Single(Assignments.Due([Desire(7, 12, orderSequence: 6)], Nothing, new HashSet<AssignmentKey>())).Key);

    private static HostDesire Desire(long sequence, long order, long? orderSequence = null) =>
        new("site", sequence, [], [], order == 0 ? null : new PendingOrder(order, orderSequence ?? sequence, []));

    private static IEnumerable<DueAssignment> Due(HostDesire desire, (long Accepted, long Order) host) =>
        Assignments.Due([desire], new Dictionary<string, (long, long)> { ["site"] = host }, new HashSet<AssignmentKey>());
}
