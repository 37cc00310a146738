using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Tests;

/// <summary>An agent from before refuses what it would misunderstand, because the bundle says which language it is in.</summary>
public class LanguageVersionTests
{
    private static readonly Dictionary<string, Func<Bundle>> Users = new()
    {
        ["native types"] = () => Compiled("", machine => machine.With("ansible.cfg", "[defaults]\njinja2_native = True\n")),
        ["plays and tasks that are sealed"] = () => Compiled("  - debug: msg=x\n") is var bundle ? bundle with { Plays = [bundle.Plays[0] with { Tasks = [bundle.Plays[0].Tasks[0] with { IsSecret = true }] }] } : bundle,
        ["plays that the host chooses"] = () => Compiled("  - group_by: key=made\n- hosts: made\n  tasks: []\n"),
        ["modules that the host chooses"] = () => Compiled("  - block:\n    - debug: msg=x\n    rescue:\n    - action: '{{ ansible_pkg_mgr }} name=x'\n"),
        ["loops that break off"] = () => Compiled("  - debug: msg={{ item }}\n    loop: [1, 2]\n    loop_control: {break_when: item == 1}\n"),
        ["tasks that run out of time"] = () => Compiled("  - shell: sleep 9\n    timeout: 1\n"),
        ["arguments out of variables"] = () => Compiled("  - debug: '{{ ansible_local }}'\n"),
    };

    public static TheoryData<string> Features => [.. BundleVersions.Features.Select(feature => feature.Name)];

    [Theory]
    [MemberData(nameof(Features))]
    public void A_bundle_that_uses_a_feature_states_the_version_that_came_with_it(string name)
    {
        var feature = BundleVersions.Features.Single(feature => feature.Name == name);
        var bundle = Users[name]();

        Assert.True(feature.IsUsedBy(bundle));
        Assert.Equal(feature.Since, BundleVersions.LanguageOf(bundle));
        Assert.InRange(feature.Since, BundleVersions.LeastLanguage + 1, BundleVersions.Language);
    }

    [Fact]
    public void The_compiler_states_it_and_asks_for_nothing_newer_than_it_needs()
    {
        Assert.Equal(BundleVersions.LeastLanguage, Compiled("  - debug: msg=x\n").Language);
        Assert.Equal(4, Compiled("  - action: '{{ ansible_pkg_mgr }} name=x'\n").Language);
        Assert.Equal(3, Compiled("  - group_by: key=made\n- hosts: made\n  tasks: []\n").Language);
    }

    [Fact]
    public void What_an_include_brings_counts_too() =>
        Assert.Equal(4, Compiled("  - include_tasks: '{{ ansible_os_family }}.yml'\n", machine => machine.With("a.yml", "- action: '{{ ansible_pkg_mgr }} name=x'\n")).Language);

    [Fact]
    public void This_version_is_the_newest_that_a_feature_needs() => Assert.Equal(BundleVersions.Language, BundleVersions.Features.Max(feature => feature.Since));

    private static Bundle Compiled(string tasks, Func<FakeOperatorMachine, FakeOperatorMachine>? with = null) =>
        (with ?? (machine => machine))(new FakeOperatorMachine()).Compile("- hosts: all\n  tasks:\n" + (tasks.Length == 0 ? "  - debug: msg=x\n" : tasks)).Good().Bundle;
}
