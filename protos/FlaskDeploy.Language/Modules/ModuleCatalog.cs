using System.Collections.Frozen;
using System.Collections.Immutable;
using FlaskDeploy.Language.Modules.Arguments;

namespace FlaskDeploy.Language.Modules;

/// <summary>Every module that the language has. A new module is one line here and one in the agent's registry; a test holds them together.</summary>
public static class ModuleCatalog
{
    /// <summary>In the order of the reference.</summary>
    public static ImmutableArray<ModuleSpec> All { get; } =
    [
        FileArguments.Spec,
        CopyArguments.Spec,
        TemplateArguments.Spec,
        YumArguments.Spec,
        DnfArguments.Spec,
        PackageArguments.Spec,
        PipArguments.Spec,
        VirtualenvArguments.Spec,
        ShellArguments.Spec,
        CommandArguments.Spec,
        ServiceArguments.Spec,
        SystemdArguments.Spec,
        SupervisorctlArguments.Spec,
        WaitForArguments.Spec,
        LaunchArguments.Spec,
        StopArguments.Spec,
        PingArguments.Spec,
        DebugArguments.Spec,
        StatArguments.Spec,
        LineInFileArguments.Spec,
        BlockInFileArguments.Spec,
        ReplaceArguments.Spec,
        IniFileArguments.Spec,
        SlurpArguments.Spec,
        FetchArguments.Spec,
        FindArguments.Spec,
        TempFileArguments.Spec,
        AssembleArguments.Spec,
        FailArguments.Spec,
        PauseArguments.Spec,
        GetentArguments.Spec,
        SetFactArguments.Spec,
        AssertArguments.Spec,
        AsyncStatusArguments.Spec,
        IncludeVarsArguments.Spec,
        GroupByArguments.Spec,
        AddHostArguments.Spec,
        ValidateArgumentSpecArguments.Spec,
        MetaArguments.Spec,
        GroupArguments.Spec,
        UserArguments.Spec,
        CronArguments.Spec,
        HostnameArguments.Spec,
        GetUrlArguments.Spec,
        UriArguments.Spec,
        ScriptArguments.Spec,
        RawArguments.Spec,
        WaitForConnectionArguments.Spec,
        GitArguments.Spec,
        KnownHostsArguments.Spec,
        AuthorizedKeyArguments.Spec,
        UnarchiveArguments.Spec,
        SetupArguments.Spec,
        ServiceFactsArguments.Spec,
        PackageFactsArguments.Spec,
        YumRepositoryArguments.Spec,
        RpmKeyArguments.Spec,
        MountArguments.Spec,
        SysctlArguments.Spec,
        TimezoneArguments.Spec,
        AlternativesArguments.Spec,
        SebooleanArguments.Spec,
        SeportArguments.Spec,
        SelinuxArguments.Spec,
        FirewalldArguments.Spec,
    ];

    private static readonly FrozenDictionary<string, ModuleSpec> ByName =
        All.SelectMany(spec => spec.Aliases.Append(spec.Name).Select(name => KeyValuePair.Create(name, spec))).ToFrozenDictionary(StringComparer.Ordinal);

    public static IEnumerable<string> Names => ByName.Keys;

    /// <summary>By short name, alias, or with a collection's prefix: <c>ansible.builtin.copy</c>, <c>community.general.sysctl</c>.</summary>
    public static ModuleSpec? Find(string name)
    {
        if (ByName.TryGetValue(name, out var spec))
        {
            return spec;
        }
        var parts = name.Split('.');
        return parts.Length == 3 && IsKnownCollection(parts[0], parts[1]) ? ByName.GetValueOrDefault(parts[2]) : null;
    }

    private static bool IsKnownCollection(string space, string collection) =>
        (space, collection) is ("ansible", "builtin") or ("ansible", "legacy") or ("ansible", "posix") or ("community", "general");
}
