using System.Collections.Immutable;

namespace FlaskDeploy.Agent.Runs;

/// <summary>Which tasks <c>--tags</c> and <c>--skip-tags</c> leave. Source: Ansible's documentation of tags.</summary>
internal static class TagFilter
{
    public static bool Takes(ImmutableArray<string> tags, ImmutableArray<string> wanted, ImmutableArray<string> unwanted)
    {
        if (unwanted.Any(tag => tag switch
        {
            "all" => !tags.Contains("always") || unwanted.Contains("always"),
            "tagged" => tags.Length > 0,
            "untagged" => tags.Length == 0,
            _ => tags.Contains(tag),
        }))
        {
            return false;
        }
        if (tags.Contains("always"))
        {
            return true;
        }
        return wanted.IsEmpty ? !tags.Contains("never") : wanted.Any(tag => tag switch
        {
            "all" => !tags.Contains("never"),
            "tagged" => tags.Length > 0 && !tags.Contains("never"),
            "untagged" => tags.Length == 0,
            _ => tags.Contains(tag),
        });
    }
}
