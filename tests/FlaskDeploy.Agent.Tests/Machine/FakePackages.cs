using System.Collections.Immutable;
using System.IO.Enumeration;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Packages;

namespace FlaskDeploy.Agent.Tests.Machine;

/// <summary>An rpm database and the repositories beside it. The order of <see cref="Repository"/> is age: of one name, the last is the newest.</summary>
internal sealed class FakePackages
{
    public List<Package> Database { get; } = [];

    public List<Package> Repository { get; } = [];

    /// <summary>Capability (a path, another name) to the package that provides it.</summary>
    public Dictionary<string, string> Provides { get; } = [];

    public List<PackageTransaction> Transactions { get; } = [];

    /// <summary>Other roots, each with a database of its own and this one's repositories.</summary>
    public Dictionary<string, FakePackages> Roots { get; } = [];

    public FakePackages Of(string? root)
    {
        if (root is null)
        {
            return this;
        }
        if (!Roots.TryGetValue(root, out var there))
        {
            Roots[root] = there = new FakePackages();
        }
        there.Repository.Clear();
        there.Repository.AddRange(Repository);
        return there;
    }

    public static Package Named(string name, string version, string release = "1.el7") => new(name, name, 0, version, release, "x86_64");

    public PackagesAnswer Installed(ImmutableArray<string> names) => Find(Database, names);

    public PackagesAnswer Available(ImmutableArray<string> names)
    {
        var all = Find(Repository, names);
        return all with { Packages = [.. all.Packages.GroupBy(package => package.AskedAs).Select(group => group.Last())] };
    }

    /// <summary>Groups with what is in them.</summary>
    public Dictionary<string, string[]> Groups { get; } = [];

    /// <summary>lsof-4.93-1.el7, with an epoch as 1:lsof-4.93-1.el7.</summary>
    public static Package Parse(string text, string? askedAs = null)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var parts = text[(colon + 1)..].Split('-');
        var name = string.Join('-', parts[..^2]);
        return new Package(askedAs ?? name, name, colon > 0 ? int.Parse(text[..colon]) : 0, parts[^2], parts[^1], "x86_64");
    }

    /// <summary>As dnf --assumeno.</summary>
    public TransactionAnswer Ask(PackageTransaction transaction)
    {
        if (transaction.Packages.FirstOrDefault(name => name.StartsWith('@') && !Groups.ContainsKey(name)) is { } missing)
        {
            return new TransactionAnswer(false, $"Module or Group '{missing[1..]}' is not available.");
        }
        var trial = new FakePackages();
        trial.Database.AddRange(Database);
        trial.Repository.AddRange(Repository);
        Groups.ToList().ForEach(group => trial.Groups.Add(group.Key, group.Value));
        return new TransactionAnswer(!trial.Transact(transaction with { Options = [] }).LeftAsItWas, null);
    }

    public ListedPackagesAnswer List(ListedPackagesLook look) => look.What == "repos"
        ? new ListedPackagesAnswer([new ListedPackage(null, "base")])
        : new ListedPackagesAnswer([
            .. Database.Where(package => look.What == "installed" || package.Name == look.What).Select(package => new ListedPackage(package, "installed")),
            .. Repository.Where(package => look.What == "available" || package.Name == look.What).Select(package => new ListedPackage(package, "base"))]);

    public StepOutcome Transact(PackageTransaction transaction)
    {
        string[] before = [.. Database.Select(package => package.ToString())];
        var outcome = transaction.Options.Contains("--downloadonly") ? StepOutcome.Done : Carry(transaction with { Packages = [.. transaction.Packages.SelectMany(name => Groups.GetValueOrDefault(name, [name]))] });
        Transactions.Add(transaction);
        return TransactionDifference.Tell(
            outcome with { Command = new CommandResult(outcome.Problem is null ? 0 : 1, outcome.Problem ?? "", "", DateTimeOffset.UnixEpoch, TimeSpan.Zero) }, before, [.. Database.Select(package => package.ToString())], transaction);
    }

    private StepOutcome Carry(PackageTransaction transaction)
    {
        foreach (var asked in transaction.Packages)
        {
            if (transaction.Action == PackageAction.Update && asked.Contains('*', StringComparison.Ordinal))
            {
                UpdateAll(asked);
                continue;
            }
            if (transaction.Action == PackageAction.Install && asked.Contains('*', StringComparison.Ordinal) && Repository.Any(package => IsMeant(package, asked)))
            {
                Database.AddRange(Repository.Where(package => IsMeant(package, asked) && Database.All(there => there.Name != package.Name)).ToList());
                continue;
            }
            if (transaction.Action == PackageAction.EraseOlder)
            {
                Database.RemoveAll(package => $"{package.Name}-{package.Version}-{package.Release}.{package.Architecture}" == asked);
                continue;
            }
            var newest = Repository.FindLast(package => IsMeant(package, asked.Split(' ')[0]));
            var name = newest?.Name ?? Provides.GetValueOrDefault(asked, asked);
            var old = Database.FindIndex(package => package.Name == name);
            switch (transaction.Action)
            {
                case PackageAction.Remove or PackageAction.Autoremove when old >= 0:
                    Database.RemoveAt(old);
                    break;
                case PackageAction.Install or PackageAction.Update when old < 0 && newest is null:
                    return StepOutcome.Failed($"No match for argument: {asked}");
                case PackageAction.Install when old < 0:
                    Database.Add(newest!);
                    break;
                // A pinned version replaces another one; a bare name is installed already.
                case PackageAction.Install or PackageAction.Downgrade when newest is not null && asked != name && !Provides.ContainsKey(asked):
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

    private void UpdateAll(string pattern)
    {
        for (var i = 0; i < Database.Count; i++)
        {
            Database[i] = Repository.FindLast(package => package.Name == Database[i].Name && IsMeant(package, pattern)) ?? Database[i];
        }
    }

    /// <summary>As rpm -q and dnf read a name: name, name-version, name-version-release, each with an architecture, a glob, or what it provides.</summary>
    private bool IsMeant(Package package, string asked)
    {
        string[] spellings = [package.Name, $"{package.Name}-{package.Version}", $"{package.Name}-{package.Version}-{package.Release}"];
        return package.Name == Provides.GetValueOrDefault(asked, asked)
            || spellings.Any(spelling => asked == spelling || asked == $"{spelling}.{package.Architecture}")
            || asked.Contains('*', StringComparison.Ordinal) && FileSystemName.MatchesSimpleExpression(asked, package.Name, ignoreCase: false);
    }

    private PackagesAnswer Find(List<Package> among, ImmutableArray<string> names)
    {
        var found = names.SelectMany(asked => among
            .Where(package => IsMeant(package, asked))
            .Select(package => package with { AskedAs = asked })).ToImmutableArray();
        return new PackagesAnswer(found, [.. names.Where(asked => !found.Any(package => package.AskedAs == asked))]);
    }
}
