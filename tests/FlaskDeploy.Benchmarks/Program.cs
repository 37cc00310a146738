using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using FlaskDeploy.Benchmarks;

// What the parts cost, apart from any host:
//   dotnet run -c Release --project tests/FlaskDeploy.Benchmarks              every benchmark, some minutes
//   dotnet run -c Release --project tests/FlaskDeploy.Benchmarks -- --quick   each once: that they run, within a minute
//   ... -- --templates | --render            what tests/proof/speed puts beside Jinja2
// Other arguments are BenchmarkDotNet's own, `--filter '*Compile*'` say. What the whole costs: tests/proof/figures.
if (args is ["--templates"])
{
    return Rendering.WriteTemplates(Console.Out);
}
if (args is ["--render"])
{
    return Rendering.Measure(Console.Out);
}
const string QuickOption = "--quick";
var isQuick = args.Contains(QuickOption);
string[] rest = [.. args.Where(argument => argument != QuickOption)];
if (!rest.Any(argument => argument is "--filter" or "-f" or "--list"))
{
    rest = [.. rest, "--filter", "*"];
}
// In this process: the project that BenchmarkDotNet would generate elsewhere stands under our build rules.
var job = (isQuick ? Job.Dry : Job.ShortRun).WithToolchain(InProcessEmitToolchain.Instance);
var config = DefaultConfig.Instance.AddJob(job).AddDiagnoser(MemoryDiagnoser.Default);
var summaries = BenchmarkSwitcher.FromAssembly(typeof(CompileBenchmarks).Assembly).Run(rest, config).ToList();
var isWell = summaries.Count > 0 && summaries.All(summary => !summary.HasCriticalValidationErrors && summary.Reports.All(report => report.Success));
return isWell || rest.Contains("--list") ? 0 : 1;
