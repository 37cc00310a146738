using System.Collections.Frozen;

namespace FlaskDeploy.Agent.Modules;

/// <summary>Every module that this agent can run.</summary>
internal sealed class ModuleRegistry
{
    private readonly FrozenDictionary<string, IModule> _byName;

    private ModuleRegistry(IEnumerable<IModule> modules) => _byName = modules.ToFrozenDictionary(module => module.Spec.Name, StringComparer.Ordinal);

    public IEnumerable<IModule> All => _byName.Values;

    /// <summary>By the canonical name that the compiler wrote.</summary>
    public IModule? Find(string name) => _byName.GetValueOrDefault(name);

    public static ModuleRegistry Create() => new(
    [
        new FileModule(),
        new CopyModule(),
        new TemplateModule(),
        new YumModule(),
        new DnfModule(),
        new PackageModule(),
        new PipModule(),
        new VirtualenvModule(),
        new ShellModule(),
        new CommandModule(),
        new ServiceModule(),
        new SystemdModule(),
        new SupervisorctlModule(),
        new WaitForModule(),
        new LaunchModule(),
        new StopModule(),
        new PingModule(),
        new DebugModule(),
        new StatModule(),
        new LineInFileModule(),
        new BlockInFileModule(),
        new ReplaceModule(),
        new IniFileModule(),
        new SlurpModule(),
        new FetchModule(),
        new FindModule(),
        new TempFileModule(),
        new AssembleModule(),
        new FailModule(),
        new PauseModule(),
        new GetentModule(),
        new SetFactModule(),
        new AssertModule(),
        new IncludeVarsModule(),
        new AsyncStatusModule(),
        new GroupByModule(),
        new AddHostModule(),
        new ValidateArgumentSpecModule(),
        new MetaModule(),
        new GroupModule(),
        new UserModule(),
        new CronModule(),
        new HostnameModule(),
        new GetUrlModule(),
        new UriModule(),
        new ScriptModule(),
        new RawModule(),
        new WaitForConnectionModule(),
        new GitModule(),
        new KnownHostsModule(),
        new AuthorizedKeyModule(),
        new UnarchiveModule(),
        new SetupModule(),
        new ServiceFactsModule(),
        new PackageFactsModule(),
        new YumRepositoryModule(),
        new RpmKeyModule(),
        new MountModule(),
        new SysctlModule(),
        new TimezoneModule(),
        new AlternativesModule(),
        new SebooleanModule(),
        new SeportModule(),
        new SelinuxModule(),
        new FirewalldModule(),
    ]);
}
