using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;

namespace FlaskDeploy.Agent.Tests.Machine;

/// <summary>An rpm database and the repositories beside it. The order of <see cref="Repository"/> is age: of one name, the last is the newest.</summary>
internal sealed class FakePackages
{
    public List<Package> Database { get; } = [];

    public List<Package> Repository { get; } = [];

    /// <summary>Capability (a path, another name) to the package that provides it.</summary>
    public Dictionary<string, string> Provides { get; } = [];

    public List<PackageTransaction> Transactions { get; } = [];

    public static Package Named(string name, string version, string release = "1.el7") => new(name, name, 0, version, release, "x86_64");

    public PackagesAnswer Installed(ImmutableArray<string> names) => Find(Database, names);

    public PackagesAnswer Available(ImmutableArray<string> names)
    {
        var all = Find(Repository, names);
        return all with { Packages = [.. all.Packages.GroupBy(package => package.AskedAs).Select(group => group.Last())] };
    }

    public StepOutcome Transact(PackageTransaction transaction)
    {
        Transactions.Add(transaction);
        foreach (var asked in transaction.Packages)
        {
            var name = Provides.GetValueOrDefault(asked, asked);
            var old = Database.FindIndex(package => package.Name == name);
            var newest = Repository.FindLast(package => package.Name == name);
            switch (transaction.Action)
            {
                case PackageAction.Remove when old >= 0:
                    Database.RemoveAt(old);
                    break;
                case PackageAction.Install or PackageAction.Update when old < 0 && newest is null:
                    return StepOutcome.Failed($"No match for argument: {asked}");
                case PackageAction.Install when old < 0:
                    Database.Add(newest!);
                    break;
                case PackageAction.Update when newest is not null:
                    Database.RemoveAll(package => package.Name == name);
                    Database.Add(newest);
                    break;
                default:
                    break;
            }
        }
        return StepOutcome.Done;
    }

    private PackagesAnswer Find(List<Package> among, ImmutableArray<string> names)
    {
        var found = names.SelectMany(asked => among
            .Where(package => package.Name == Provides.GetValueOrDefault(asked, asked))
            .Select(package => package with { AskedAs = asked })).ToImmutableArray();
        return new PackagesAnswer(found, [.. names.Where(asked => !found.Any(package => package.AskedAs == asked))]);
    }
}
