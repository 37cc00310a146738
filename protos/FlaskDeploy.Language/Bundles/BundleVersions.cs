using System.Collections.Immutable;

namespace FlaskDeploy.Language.Bundles;

/// <summary>Something of the language that an agent from before would misunderstand, rather than refuse by itself.</summary>
/// <param name="Since">The language version that came with it.</param>
public sealed record LanguageFeature(string Name, int Since, Func<Bundle, bool> IsUsedBy);

/// <summary>Numbers that both sides state. They rise when an older agent would misunderstand what is new.</summary>
public static class BundleVersions
{
    public const int Format = 1;
    public const int Language = 4;

    /// <summary>What a bundle needs that asks for nothing newer.</summary>
    public const int LeastLanguage = 2;

    /// <summary>
    /// The one place that says what needs which version: what is new here is a line here. Modules, filters and tests are not
    /// among them, for a bundle names those that it needs.
    /// </summary>
    public static ImmutableArray<LanguageFeature> Features { get; } =
    [
        new("native types", 3, bundle => bundle.HasNativeTypes),
        new("plays and tasks that are sealed", 3, bundle => bundle.Plays.Any(play => play.IsSecret) || bundle.AllTasks().Any(task => task.IsSecret)),
        new("plays that the host chooses", 3, bundle => bundle.Plays.Any(play => play.IsChosenOnHost)),
        new("modules that the host chooses", 4, bundle => bundle.AllTasks().Any(task => task.Action is ModuleCall { Choice: not null })),
        new("arguments out of variables", 4, bundle => bundle.AllTasks().Any(task => task.Action is ModuleCall { Given.IsEmpty: false })),
        new("loops that break off", 4, bundle => bundle.AllTasks().Any(task => task.Loop is { BreakWhen.IsEmpty: false })),
        new("tasks that run out of time", 4, bundle => bundle.AllTasks().Any(task => task.Timeout is not null)),
    ];

    /// <summary>The least language version that an agent must know to understand the bundle.</summary>
    public static int LanguageOf(Bundle bundle) => Features.Where(feature => feature.IsUsedBy(bundle)).Select(feature => feature.Since).Append(LeastLanguage).Max();

    /// <summary>Every task and block of plays and of what includes may name, those inside of blocks too.</summary>
    public static IEnumerable<TaskNode> AllTasks(this Bundle bundle) => All(
        bundle.Plays.SelectMany(play => play.Tasks.Concat(play.Handlers)).Concat(bundle.TaskFiles.SelectMany(file => file.Tasks.Concat(file.Handlers))));

    private static IEnumerable<TaskNode> All(IEnumerable<TaskNode> nodes) => nodes.SelectMany(node => Inside(node).Prepend(node));

    private static IEnumerable<TaskNode> Inside(TaskNode node) => node.Action switch
    {
        Block block => All(block.Tasks.Concat(block.Rescue).Concat(block.Always)),
        Include { Apply: { } apply } => [apply],
        _ => [],
    };
}
