using System.Globalization;
using FlaskDeploy.Agent.Machine;

namespace FlaskDeploy.Agent.Tests.Drift;

/// <summary>
/// The law: fingerprints find whatever planning everything again finds. Random hosts, random mutations; the seed is
/// printed. How many and from which seed, tests/proof/fingerprints says by the environment, and TMPDIR on which file system.
/// </summary>
public sealed class FingerprintLawTests
{
    private const string HowMany = "FLASKDEPLOY_MUTATIONS";
    private const string From = "FLASKDEPLOY_SEED";
    private const string Figures = "FLASKDEPLOY_FIGURES";

    [Fact]
    public async Task Fingerprints_find_whatever_a_full_plan_finds()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable(From) ?? Random.Shared.Next().ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var law = await Hold(view => view, seed, int.Parse(Environment.GetEnvironmentVariable(HowMany) ?? "150", CultureInfo.InvariantCulture), stopAtMiss: false);

        TestContext.Current.TestOutputHelper!.WriteLine(law.ToString());
        if (Environment.GetEnvironmentVariable(Figures) is { } file)
        {
            await File.WriteAllTextAsync(file, $"{law}\n{string.Join('\n', law.Missed)}\n", TestContext.Current.CancellationToken);
        }
        Assert.True(law.Missed.Count == 0, $"{law}\n{string.Join('\n', law.Missed)}");
        Assert.True(law.Drifted > law.Tried / 10, $"hardly anything drifted: {law}");
        Assert.True(law.Spared > 0, $"nothing was spared a look, so nothing was proven: {law}");
    }

    [Fact]
    public async Task Fingerprints_that_believe_size_and_modification_time_are_caught()
    {
        var law = await Hold(view => new BlindView(view), seed: 7, count: 3000, stopAtMiss: true);

        Assert.NotEmpty(law.Missed);
    }

    private static async Task<Law> Hold(Func<IMachineView, IMachineView> through, int seed, int count, bool stopAtMiss)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var spared = new Spared();
        await using var host = new MutatedHost(view => spared.Watch(through(view)));
        var random = new Random(seed);
        var law = new Law(seed);
        while (law.Tried < count && !(stopAtMiss && law.Missed.Count > 0))
        {
            await host.Build(aged: random.Next(4) != 0, cancellation);
            var done = new List<string>();
            for (var more = 1 + random.Next(2); more > 0; more--)
            {
                if (Mutation.Try(host, random) is { } mutation)
                {
                    done.Add(mutation);
                }
            }
            law.Tried += done.Count;
            spared.Begin();
            var moved = await host.ByFingerprints(cancellation);
            law.Spared += spared.End();
            var planned = await host.ByPlanning(cancellation);
            law.Drifted += planned.Count;
            law.Found += planned.Keys.Count(moved.Contains);
            law.Missed.AddRange(planned.Where(pair => !moved.Contains(pair.Key)).Select(pair => $"{string.Join(", then ", done)}: task {pair.Key} is planned again ({pair.Value})"));
        }
        return law;
    }

    private sealed class Law(int seed)
    {
        public int Tried { get; set; }

        /// <summary>Tasks that a full plan would change.</summary>
        public int Drifted { get; set; }

        public int Found { get; set; }

        /// <summary>Looks that were not asked because their cheap question stood.</summary>
        public int Spared { get; set; }

        public List<string> Missed { get; } = [];

        public override string ToString() => $"{Tried} mutations tried, {Drifted} tasks drifted, {Found} found, {Missed.Count} missed; {Spared} looks spared; seed {seed}";
    }

    /// <summary>Counts what is asked cheaply, and what dearly.</summary>
    private sealed class Spared
    {
        private int _cheap;
        private int _dear;

        public void Begin() => (_cheap, _dear) = (0, 0);

        public int End() => _cheap - _dear;

        public IMachineView Watch(IMachineView view) => new Watched(view, this);

        private sealed class Watched(IMachineView inner, Spared spared) : IMachineView
        {
            public Account As => inner.As;

            public TaskEnvironment Environment => inner.Environment;

            public ValueTask<TAnswer> Ask<TAnswer>(Look<TAnswer> look, CancellationToken cancellation)
                where TAnswer : Answer
            {
                spared._dear += look is AccountLook ? 0 : 1;
                return inner.Ask(look, cancellation);
            }

            public ValueTask<IReadOnlyList<string?>> Movements(IReadOnlyList<Look> looks, CancellationToken cancellation)
            {
                spared._cheap += looks.Count(look => look is not AccountLook);
                return inner.Movements(looks, cancellation);
            }
        }
    }

    /// <summary>Broken on purpose: of content it believes what <c>ls -l</c> shows.</summary>
    private sealed class BlindView(IMachineView inner) : IMachineView
    {
        public Account As => inner.As;

        public TaskEnvironment Environment => inner.Environment;

        public ValueTask<TAnswer> Ask<TAnswer>(Look<TAnswer> look, CancellationToken cancellation)
            where TAnswer : Answer => inner.Ask(look, cancellation);

        public ValueTask<IReadOnlyList<string?>> Movements(IReadOnlyList<Look> looks, CancellationToken cancellation) =>
            ValueTask.FromResult<IReadOnlyList<string?>>([.. looks.Select(look => look is ContentLook content ? Shown(content.Path) : null)]);

        private static string Shown(string path) => new FileInfo(path) is { Exists: true } file ? $"{file.Length} {file.LastWriteTimeUtc.Ticks}" : "";
    }
}
