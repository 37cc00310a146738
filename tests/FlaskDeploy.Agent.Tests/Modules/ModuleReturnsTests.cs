using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Modules;

/// <summary>What is written down of results, held against what every case of every module returns.</summary>
public class ModuleReturnsTests
{
    // Arguments of the playbook's own are returned under names of its own.
    private static readonly string[] NamedByThePlaybook = ["debug"];

    // A job is one of a run: AsyncTests have it.
    private static readonly string[] ReturnedInRuns = ["async_status"];

    [Fact]
    public async Task Nothing_is_returned_that_is_not_written_down() =>
        Assert.Empty((await Returned())
            .Where(returned => !NamedByThePlaybook.Contains(returned.Module) && !ModuleReturns.Of(returned.Module).Concat(ModuleReturns.Common).Any(spec => spec.Name == returned.Name && spec.Fits(returned.Value)))
            .Select(returned => $"{returned.Module} returns {returned.Name}: {returned.Value.ToRepr()} ({returned.Value.TypeName})").Distinct());

    [Fact]
    public async Task Nothing_is_written_down_that_no_case_returns()
    {
        var returned = (await Returned()).Select(returned => (returned.Module, returned.Name)).ToHashSet();

        Assert.Empty(ModuleCatalog.All.Where(module => !ReturnedInRuns.Contains(module.Name)).SelectMany(module => ModuleReturns.Of(module.Name).Select(spec => (module.Name, spec.Name))).Where(written => !returned.Contains(written)));
    }

    [Fact]
    public void Every_module_is_written_down() =>
        Assert.Empty(ModuleCatalog.All.Select(module => module.Name).Where(name => !ModuleReturns.Covers(name)));

    private static async Task<List<(string Module, string Name, Value Value)>> Returned()
    {
        var all = new List<(string, string, Value)>();
        foreach (var @case in ModuleCase.All())
        {
            foreach (var result in await ModuleCaseTests.Results(@case))
            {
                all.AddRange(result.Entries.Select(entry => (@case.Module, entry.Key.ToString(), entry.Value)));
            }
        }
        return all;
    }
}
