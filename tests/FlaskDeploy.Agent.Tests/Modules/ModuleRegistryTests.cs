using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Language.Modules;

namespace FlaskDeploy.Agent.Tests.Modules;

public class ModuleRegistryTests
{
    [Fact]
    public void Every_module_of_the_catalog_is_in_the_registry_and_the_other_way_round() =>
        Assert.Equal(
            ModuleCatalog.All.Select(spec => spec.Name).Order(StringComparer.Ordinal),
            ModuleRegistry.Create().All.Select(module => module.Spec.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_module_has_cases() =>
        Assert.Equal([], ModuleCatalog.All.Select(spec => spec.Name).Except(ModuleCase.All().Select(@case => @case.Module)));

    [Fact]
    public void No_name_or_alias_means_two_modules()
    {
        var names = ModuleCatalog.All.SelectMany(spec => spec.Aliases.Append(spec.Name)).ToList();
        Assert.Equal(names.Distinct(), names);
    }

    [Fact]
    public void No_argument_of_a_module_is_named_twice()
    {
        var doubled = ModuleCatalog.All.SelectMany(spec => spec.Arguments.SelectMany(argument => argument.Aliases.Append(argument.Name)).CountBy(name => name).Where(pair => pair.Value > 1).Select(pair => $"{spec.Name}: {pair.Key}"));
        Assert.Equal([], doubled);
    }

    [Fact]
    public void What_a_spec_refers_to_are_its_arguments()
    {
        var dangling = ModuleCatalog.All.SelectMany(spec => spec.MutuallyExclusive.Concat(spec.RequiredOneOf).Concat(spec.RequiredTogether).Append(spec.Guards).SelectMany(group => group)
            .Where(name => spec.Find(name)?.Name != name).Select(name => $"{spec.Name}: {name}"));
        Assert.Equal([], dangling);
    }

    [Theory]
    [InlineData("copy")]
    [InlineData("ansible.builtin.copy")]
    [InlineData("ansible.legacy.copy")]
    [InlineData("systemd_service")]
    public void Finds_a_module_by_the_names_that_playbooks_use(string name) => Assert.NotNull(ModuleCatalog.Find(name));
}
