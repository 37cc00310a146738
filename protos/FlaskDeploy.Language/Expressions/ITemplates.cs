namespace FlaskDeploy.Language.Expressions;

/// <summary>Where templates find those that they include, import or extend.</summary>
public interface ITemplates
{
    /// <summary>Null: there is none of that name. Asking twice gives the same.</summary>
    TemplateFile? Find(string name);
}

/// <param name="Path">As diagnostics name it.</param>
public sealed record TemplateFile(string Path, string Text)
{
    /// <summary>It lay in a vault: what is rendered out of it is secret.</summary>
    public bool IsSecret { get; init; }
}
