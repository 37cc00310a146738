using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Runs;

/// <summary>Writes small bundles: what the compiler would have made of a playbook.</summary>
internal static class Book
{
    /// <summary>A template where it holds one, else a text.</summary>
    public static Value Text(string text) => text.Contains("{{", StringComparison.Ordinal) ? Template(text) : Value.Of(text);

    /// <summary>What <c>when</c> and its like hold.</summary>
    public static Value Template(string source) => new TemplateValue(source, new SourceSpan("site.yml", 1, 1));

    public static ImmutableArray<Value> When(params string[] conditions) => [.. conditions.Select(Template)];

    public static TaskNode Task(string module, params (string Name, string Value)[] arguments) => new()
    {
        Id = "",
        Name = Value.Null,
        Span = new SourceSpan("site.yml", 1, 1),
        Action = new ModuleCall(module, MapValue.From(arguments.Select(argument => (argument.Name, Text(argument.Value)))), null, ""),
    };

    public static TaskNode Shell(string line, params (string Name, string Value)[] arguments) => Task("shell", arguments) with
    {
        Action = new ModuleCall("shell", MapValue.From(arguments.Select(argument => (argument.Name, Text(argument.Value)))), Text(line), ""),
    };

    public static TaskNode Block(TaskNode[] tasks, TaskNode[]? rescue = null, TaskNode[]? always = null) =>
        new() { Id = "", Name = Value.Null, Action = new Block([.. tasks], [.. rescue ?? []], [.. always ?? []]) };

    public static TaskNode Includes(string name) => new() { Id = "", Name = Value.Null, Span = new SourceSpan("site.yml", 1, 1), Action = new Include(IncludeKind.Tasks, Text(name), "") };

    public static TaskNode IncludesRole(string name, bool isPublic = false) =>
        new() { Id = "", Name = Value.Null, Span = new SourceSpan("site.yml", 1, 1), Action = new Include(IncludeKind.Role, Text(name), "") { IsPublic = isPublic } };

    public static TaskFile Tasks(string key, params TaskNode[] tasks) => new(key, [.. tasks.Select((task, index) => Numbered($"{index}", task))]);

    public static TaskFile Role(string name, TaskNode task, params (string Name, string Value)[] defaults) => new(
        Include.RoleKey(name, "main", ""),
        [Numbered("0", Block([task]) with { Role = new RoleScope(name, $"roles/{name}") { Defaults = [.. defaults.Select(pair => KeyValuePair.Create(pair.Name, Text(pair.Value)))] } })]);

    public static Bundle Carrying(this Bundle bundle, params TaskFile[] files) => bundle with { TaskFiles = [.. files] };

    public static TaskNode Named(this TaskNode node, string name) => node with { Name = Text(name) };

    public static TaskNode Registered(this TaskNode node, string name) => node with { Register = name };

    public static TaskNode If(this TaskNode node, params string[] conditions) => node with { When = When(conditions) };

    public static TaskNode Over(this TaskNode node, params string[] items) => node with { Loop = new Loop("items", new ListValue([.. items.Select(Text)])) };

    public static TaskNode Notifying(this TaskNode node, params string[] names) => node with { Notify = [.. names] };

    public static TaskNode Sudo(this TaskNode node) => node with { Become = new Become(Value.True, null) };

    public static TaskNode Ignoring(this TaskNode node) => node with { IgnoreErrors = Value.True };

    public static Play Play(params TaskNode[] tasks) => new() { Name = Value.Of("site"), Hosts = "all", Tasks = Numbered("0", "", tasks) };

    public static Play With(this Play play, params (string Name, string Value)[] vars) =>
        play with { Vars = [.. vars.Select(pair => KeyValuePair.Create(pair.Name, Text(pair.Value)))] };

    public static Play Handling(this Play play, params TaskNode[] handlers) => play with { Handlers = Numbered("0", "h", handlers) };

    public static Bundle Bundle(params Play[] plays) => new() { Playbook = "site.yml", Plays = [.. plays] };

    private static ImmutableArray<TaskNode> Numbered(string above, string prefix, IEnumerable<TaskNode> nodes) =>
        [.. nodes.Select((node, index) => Numbered($"{above}/{prefix}{index}", node))];

    private static TaskNode Numbered(string id, TaskNode node) => node.Action is Block block
        ? node with { Id = id, Action = block with { Tasks = Numbered(id, "b", block.Tasks), Rescue = Numbered(id, "r", block.Rescue), Always = Numbered(id, "a", block.Always) } }
        : node with { Id = id };
}
