using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace FlaskDeploy.Benchmarks;

/// <summary>
/// The same templates for somebody else to render beside us: <c>--templates</c> writes them with their variables as JSON,
/// <c>--render</c> a line for each, <c>KIND READ RENDER</c>, microseconds, medians. tests/proof/speed compares.
/// </summary>
internal static class Rendering
{
    private const int Batches = 9;
    private static readonly TimeSpan Batch = TimeSpan.FromMilliseconds(200);

    public static int WriteTemplates(TextWriter output)
    {
        output.WriteLine(JsonSerializer.Serialize(new { templates = ExpressionBenchmarks.Sources, users = ExpressionBenchmarks.People.Select(user => new { name = user.Name, on = user.On }) }));
        return 0;
    }

    public static int Measure(TextWriter output)
    {
        foreach (var kind in ExpressionBenchmarks.Sources.Keys)
        {
            var one = new ExpressionBenchmarks { Kind = kind };
            one.Prepare();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind} {Median(() => one.Parse()):0.000} {Median(() => one.Render()):0.000}"));
        }
        return 0;
    }

    // The first two are for the compiler that makes code better while it runs.
    private static double Median(Action action)
    {
        Of(action);
        Of(action);
        var batches = Enumerable.Range(0, Batches).Select(_ => Of(action)).Order().ToList();
        return batches[Batches / 2];
    }

    private static double Of(Action action)
    {
        var count = 0L;
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < Batch)
        {
            for (var i = 0; i < 50; i++)
            {
                action();
            }
            count += 50;
        }
        return watch.Elapsed.TotalMicroseconds / count;
    }
}
