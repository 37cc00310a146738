using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Runs;

public sealed class RunInventoryTests
{
    [Fact]
    public void Of_the_other_hosts_those_are_resolved_that_are_asked_for_and_each_once()
    {
        var inventory = Inventory(1000);
        var own = 0;
        string Ask(string template) => Resolver.Resolve(Book.Template(template), new EvaluationContext(new HostVars(inventory, () => own++))).Value!.ToString();

        Assert.Equal("port 7 of h7", Ask("{{ hostvars['h7'].text }}"));
        Assert.Equal("1001 True False", Ask("{{ hostvars | length }} {{ 'h8' in hostvars }} {{ 'h2000' in hostvars }}"));
        Assert.Equal(1, inventory.ResolvedHosts);
        Assert.Equal("7 9", Ask("{{ hostvars.h7.port }} {{ ['h9'] | map('extract', hostvars, 'port') | first }}"));
        Assert.Equal((2, 0), (inventory.ResolvedHosts, own));
        Assert.Equal("mine", Ask("{{ hostvars.web1.text }}"));
        Assert.Equal((2, 1), (inventory.ResolvedHosts, own));

        inventory.Learn("h7", "port", Value.Of(70));
        Assert.Equal("port 70 of h7", Ask("{{ hostvars['h7'].text }}"));
        Assert.Equal(3, inventory.ResolvedHosts);
    }

    private static RunInventory Inventory(int hosts) => new(new Assigned
    {
        Deployment = "site",
        Sequence = 1,
        Host = "web1",
        Bundle = Book.Bundle(Book.Play()),
        Release = new ReleaseContent
        {
            Bundle = null,
            Origin = "/srv/site.yml",
            Hosts = [.. Enumerable.Range(0, hosts).Select(number => new Peer($"h{number}", [KeyValuePair.Create("port", (Value)Value.Of(number)), KeyValuePair.Create("text", Book.Text("port {{ port }} of {{ inventory_hostname }}"))], [], IsHere: false))],
        },
        Part = new HostPartContent { InventoryName = "web1" },
        Content = Digest.Of([1]),
    });

    private sealed class HostVars(RunInventory inventory, Action asked) : IVariables
    {
        public IEnumerable<string> Names => ["hostvars"];

        public Value? Find(string name) => name == "hostvars" ? inventory.HostVars(Own) : null;

        private MapValue Own()
        {
            asked();
            return MapValue.From(("text", Value.Of("mine")));
        }
    }
}
