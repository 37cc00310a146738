using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Bundles;

/// <summary>What the operator's machine answered to a lookup while the playbook was compiled, for one host.</summary>
/// <param name="Terms">What was asked, a list; a secret, whole, where it was made of one.</param>
/// <param name="Options">A dict; as the terms.</param>
/// <param name="Result">A list; none where there is a problem.</param>
/// <param name="Problem">Why it is not to be had, for the task that comes to need it; null: it is.</param>
public sealed record LookupAnswer(string Name, Value Terms, Value Options, Value Result, string? Problem)
{
    public bool IsAbout(string name, Value terms, Value options) => Name == name && Terms.Equals(terms) && Options.Equals(options);

    /// <summary>Nothing of it is shown, and only the host can read it.</summary>
    public bool IsSecret => Result is SecretValue;
}
