using System.Text;
using System.Text.Json;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Tests.Machine;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Modules;

public class ModuleCaseTests
{
    private static readonly Dictionary<string, ModuleCase> Cases = ModuleCase.All().ToDictionary(@case => $"{@case.Module}: {@case.Name}");
    private static readonly ModuleRegistry Registry = ModuleRegistry.Create();

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Case(string name)
    {
        var @case = Cases[name];
        var machine = new CaseMachine(@case);
        foreach (var before in @case["first"]?.EnumerateArray().ToList() ?? [])
        {
            await Prepare(new ModuleCase(@case.Module, before), machine);
        }
        var module = Registry.Find(@case.Module) ?? throw new InvalidDataException($"there is no module {@case.Module}");
        if (Bind(@case, module.Spec, out var diagnostics) is not { } bound)
        {
            Assert.Equal("error", @case.Text("plan"));
            Assert.Contains(@case.Text("because")!, string.Join('\n', diagnostics.ToSorted()), StringComparison.Ordinal);
            return;
        }
        var purpose = @case.Text("purpose") == "maintain" ? Purpose.Maintain : Purpose.Push;
        machine.Machine.Executed.Clear();
        var plan = await module.Plan(bound, machine.Context(purpose), CancellationToken.None);
        Assert.Equal($"{@case.Text("plan")} because {@case.Text("because")}", $"{Kind(plan)} because {plan.Because}");
        if (plan is Impossible && @case.Text("remedy") is { } remedy)
        {
            Assert.Equal(remedy, ((Impossible)plan).Remedy);
        }
        CheckResult(@case, "result", plan.Result);
        if (@case["claims"] is not null)
        {
            Assert.Equal(@case.Texts("claims"), (await module.Claims(bound, machine.Context(Purpose.Maintain), CancellationToken.None)).Select(claim => claim.ToString()));
        }
        if (plan is not Change change)
        {
            return;
        }
        Assert.Equal(@case.Texts("steps"), change.Steps.Select(step => step.Summary));
        Assert.Equal(@case.Flag("waits", false), change.OnlyWaits);
        if (@case.Text("diff") is { } diff)
        {
            Assert.Equal(diff, change.Diff);
        }
        if (@case.Flag("apply", true))
        {
            await Apply(@case, module, bound, change, machine);
        }
    }

    /// <summary>What the plan of a case would have registered, and what its steps do.</summary>
    internal static async Task<List<MapValue>> Results(ModuleCase @case)
    {
        var machine = new CaseMachine(@case);
        foreach (var before in @case["first"]?.EnumerateArray().ToList() ?? [])
        {
            await Prepare(new ModuleCase(@case.Module, before), machine);
        }
        var module = Registry.Find(@case.Module)!;
        if (Bind(@case, module.Spec, out _) is not { } bound)
        {
            return [];
        }
        machine.Machine.Executed.Clear();
        var plan = await module.Plan(bound, machine.Context(@case.Text("purpose") == "maintain" ? Purpose.Maintain : Purpose.Push), CancellationToken.None);
        return plan is Change change && @case.Flag("apply", true) ? [plan.Result, module.Result(change, await Execute(change, machine))] : [plan.Result];
    }

    private static async Task Apply(ModuleCase @case, IModule module, BoundArguments bound, Change change, CaseMachine machine)
    {
        var outcomes = await Execute(change, machine);
        Assert.Equal(@case.Text("fails"), outcomes[^1].Problem);
        CheckResult(@case, "registers", module.Result(change, outcomes));
        CheckFiles(@case, machine.Machine);
        if (@case.Text("fails") is not null)
        {
            return;
        }
        // As the closing plan of a run asks.
        var again = await module.Plan(bound, machine.Context(Purpose.Maintain), CancellationToken.None);
        if (@case.Text("again") is { } stays)
        {
            Assert.Equal(stays, $"{Kind(again)} because {again.Because}");
        }
        else
        {
            Assert.True(again is InSync, $"planned again it says: {again.Because}");
        }
    }

    private static async Task Prepare(ModuleCase @case, CaseMachine machine)
    {
        var name = @case.Text("module") ?? @case.Module;
        var module = Registry.Find(name)!;
        var bound = Bind(@case, module.Spec, out var diagnostics) ?? throw new InvalidDataException(string.Join('\n', diagnostics.ToSorted()));
        var plan = await module.Plan(bound, machine.Context(Purpose.Push), CancellationToken.None);
        var outcomes = await Execute(Assert.IsType<Change>(plan), machine);
        Assert.All(outcomes, outcome => Assert.Equal(StepStatus.Done, outcome.Status));
        foreach (var kill in @case["kill"]?.EnumerateArray().ToList() ?? [])
        {
            machine.Machine.Processes.Kill(kill.GetInt32());
        }
        foreach (var unwell in @case["unwell"]?.EnumerateObject().ToList() ?? [])
        {
            machine.Machine.Processes.Unwell[unwell.Name] = unwell.Value.GetInt32();
        }
        foreach (var file in @case["writes"]?.EnumerateObject().ToList() ?? [])
        {
            machine.Machine.WithFile(file.Name, file.Value.GetString()!);
        }
    }

    private static async Task<List<StepOutcome>> Execute(Change change, CaseMachine machine)
    {
        var context = new StepContext(machine.As, machine.View.Environment, "site-1");
        var outcomes = new List<StepOutcome>();
        foreach (var step in change.Steps)
        {
            outcomes.Add(await machine.Machine.Execute(step, context, CancellationToken.None));
            if (outcomes[^1].Status != StepStatus.Done)
            {
                break;
            }
        }
        return outcomes;
    }

    private static BoundArguments? Bind(ModuleCase @case, ModuleSpec spec, out DiagnosticBag diagnostics)
    {
        diagnostics = new DiagnosticBag();
        var arguments = @case["arguments"] is { } json ? (MapValue)ModuleCase.ToValue(json) : MapValue.Empty;
        return ArgumentBinder.Bind(spec, arguments, @case.Text("free"), _ => new SourceSpan("case", 1, 1), diagnostics);
    }

    // What the case names must be there; what else is there, it does not say.
    private static void CheckResult(ModuleCase @case, string property, MapValue result)
    {
        foreach (var expected in @case[property]?.EnumerateObject().ToList() ?? [])
        {
            Assert.True(result.TryGet(expected.Name, out var actual), $"the result has no {expected.Name}: {result}");
            if (expected.Value.ValueKind == JsonValueKind.Object)
            {
                CheckMap(expected.Value, (MapValue)actual);
                continue;
            }
            if (expected.Value.ValueKind == JsonValueKind.Array && expected.Value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object))
            {
                Assert.All(expected.Value.EnumerateArray().Zip(((ListValue)actual).Items), pair => CheckMap(pair.First, (MapValue)pair.Second));
                Assert.Equal(expected.Value.GetArrayLength(), ((ListValue)actual).Items.Length);
                continue;
            }
            Assert.Equal($"{expected.Name}={ModuleCase.ToValue(expected.Value).ToRepr()}", $"{expected.Name}={actual.ToRepr()}");
        }
    }

    private static void CheckMap(JsonElement expected, MapValue actual)
    {
        foreach (var inner in expected.EnumerateObject())
        {
            Assert.Equal($"{inner.Name}={ModuleCase.ToValue(inner.Value).ToRepr()}", $"{inner.Name}={actual[inner.Name]?.ToRepr()}");
        }
    }

    private static void CheckFiles(ModuleCase @case, FakeMachine machine)
    {
        foreach (var expected in @case["leaves"]?.EnumerateObject().ToList() ?? [])
        {
            var answer = machine.Files.Stat(expected.Name, followLinks: false);
            var shown = answer.Kind switch
            {
                PathKind.Absent => "absent",
                PathKind.Link => $"link {answer.Target}",
                PathKind.Directory => $"directory {Convert.ToString(answer.Mode, 8)} {answer.Uid}:{answer.Gid}",
                _ => $"file {Convert.ToString(answer.Mode, 8)} {answer.Uid}:{answer.Gid} {Content(machine.Files.Read(expected.Name)!, expected.Value.GetString()!)}",
            };
            Assert.Equal($"{expected.Name}: {expected.Value.GetString()}", $"{expected.Name}: {shown}");
        }
    }

    private static string Content(byte[] bytes, string expected) =>
        expected.Contains(" base64:", StringComparison.Ordinal) ? $"base64:{Convert.ToBase64String(bytes)}" : Encoding.UTF8.GetString(bytes);

    private static string Kind(Plan plan) => plan switch
    {
        InSync => "in sync",
        Change => "change",
        Impossible => "impossible",
        _ => "unplannable",
    };
}
