using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;

namespace FlaskDeploy.Agent.Modules.Accounts;

/// <summary>The tools of shadow-utils as steps, and what <c>group</c> and <c>user</c> refuse alike.</summary>
internal static class AccountTools
{
    // The tools wait for a lock on /etc/passwd by themselves, and a home directory may have to be copied or moved.
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    internal static RunTool Tool(params ReadOnlySpan<string> arguments) => new([.. arguments], Deadline);

    /// <summary>Carried out last, so that the number which a tool chose can be registered.</summary>
    internal static RunTool Entry(string database, string name) => Tool("getent", database, name);

    /// <summary>The fields of what <see cref="Entry"/> printed; null: it did not come to that.</summary>
    internal static string[]? Printed(Plan plan, IReadOnlyList<StepOutcome> outcomes, int fields) =>
        plan is Change change && outcomes.Count == change.Steps.Length && change.Steps[^1] is RunTool { Arguments: ["getent", ..] }
        && outcomes[^1].Command?.Output.TrimEnd('\n').Split(':') is { } entry && entry.Length >= fields
            ? entry : null;

    /// <summary>What would be taken for an option or break a line of /etc/passwd; null: it can be a name.</summary>
    internal static Impossible? WrongName(string kind, string name) =>
        name.Length > 0 && name[0] != '-' && !name.Any(c => c is ':' or ',' or '/' || char.IsControl(c) || char.IsWhiteSpace(c))
            ? null
            : new Impossible($"'{name}' cannot be the name of a {kind}") { Remedy = "letters, digits, _ and -, and no - at its beginning" };

    /// <summary>Accounts are root's to change.</summary>
    internal static Plan ByRoot(Change change, ModuleContext context) => context.As.IsRoot
        ? change
        : new Impossible($"{change.Because}, and only root changes accounts: the task runs as {context.As.Name}") { Remedy = "become: yes" };

    internal static ImmutableArray<string> Option(bool isSet, params ReadOnlySpan<string> words) => isSet ? [.. words] : [];
}
