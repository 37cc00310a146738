using System.Collections.Frozen;

namespace FlaskDeploy.Language.Expressions;

/// <summary>All filters: Jinja2's and Ansible's.</summary>
internal static class Filters
{
    internal static FrozenDictionary<string, Function> All { get; } = ((Function[])[
        .. TextFilters.All,
        .. HtmlFilters.All,
        .. SequenceFilters.All,
        .. SelectionFilters.All,
        .. CombiningFilters.All,
        .. NumberFilters.All,
        .. DataFilters.All,
        .. RegexFilters.All,
        .. PathFilters.All,
        .. EncodingFilters.All,
        .. TimeFilters.All,
        .. Tests.AsFilters,
    ]).ToFrozenDictionary(function => function.Name);
}
