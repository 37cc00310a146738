using System.Collections.Immutable;

namespace FlaskDeploy.Language.Bundles;

/// <summary>
/// What lookups ask of the operator's machine itself: the compiler for a push, the agent where that machine is its own.
/// Relative paths and programs start in the playbook's directory. Nothing is thrown: what cannot be had is a problem.
/// </summary>
public interface IOperatorQuestions
{
    string? Environment(string name);

    /// <summary>What a line of the shell prints. Bounded in time and length; another status than 0 is a problem.</summary>
    OperatorReply Shell(string line);

    /// <summary>Good and null: there is no such file.</summary>
    OperatorReply Read(string path);

    /// <summary>Writes a file for its owner alone, with the directories above it; one that is there already stays unless it is to be replaced.</summary>
    /// <returns>What the file holds afterwards.</returns>
    OperatorReply Keep(string path, string text, bool replaces);

    /// <summary>The body of an answer of status 200 to 299.</summary>
    OperatorReply Get(OperatorRequest request);
}

/// <param name="Problem">For people; null: it is good.</param>
public readonly record struct OperatorReply(string? Text, string? Problem)
{
    public static OperatorReply Of(string? text) => new(text, null);

    public static OperatorReply Failed(string problem) => new(null, problem);
}

/// <summary>A GET over HTTP.</summary>
/// <param name="Timeout">Without a byte.</param>
public sealed record OperatorRequest(Uri Url, TimeSpan Timeout)
{
    public ImmutableArray<KeyValuePair<string, string>> Headers { get; init; } = [];

    public string? User { get; init; }

    public string? Password { get; init; }

    /// <summary>Without waiting to be asked for it.</summary>
    public bool SendsPasswordAtOnce { get; init; }

    public bool ValidatesCertificates { get; init; } = true;

    /// <summary>What the environment names.</summary>
    public bool UsesProxy { get; init; } = true;

    public bool FollowsRedirects { get; init; } = true;
}
