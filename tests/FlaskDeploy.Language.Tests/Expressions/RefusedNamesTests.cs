using FlaskDeploy.Language.Expressions;

namespace FlaskDeploy.Language.Tests.Expressions;

public sealed class RefusedNamesTests
{
    // What ansible-core 2.14 with Jinja2 3.1 has (env.filters, env.tests, env.globals and the ansible.builtin plug-ins).
    private const string Filters =
        "abs attr batch capitalize center count d default dictsort e escape filesizeformat first float forceescape format groupby indent int items join last length list lower map max min pprint random reject rejectattr replace "
        + "reverse round safe select selectattr slice sort string striptags sum title tojson trim truncate unique upper urlencode urlize wordcount wordwrap xmlattr b64decode b64encode basename bool checksum combinations combine "
        + "comment dict2items difference dirname expanduser expandvars extract fileglob flatten from_json from_yaml from_yaml_all hash human_readable human_to_bytes intersect items2dict log mandatory md5 password_hash path_join "
        + "permutations pow product quote realpath regex_escape regex_findall regex_replace regex_search rekey_on_member relpath root sha1 shuffle split splitext strftime subelements symmetric_difference ternary to_datetime to_json "
        + "to_nice_json to_nice_yaml to_uuid to_yaml type_debug union unvault urldecode urlsplit vault win_basename win_dirname win_splitdrive zip zip_longest";

    private const string Tests =
        "!= < <= == > >= boolean callable defined divisibleby eq equalto escaped even false filter float ge greaterthan gt in integer iterable le lessthan lower lt mapping ne none number odd sameas sequence string test true undefined "
        + "upper abs all any change changed contains directory exists failed failure falsy file finished is_abs is_dir is_file is_link is_mount is_same_file isnan issubset issuperset link link_exists match mount nan reachable regex "
        + "same_file search skip skipped started subset succeeded success successful superset truthy unreachable uri url urn vault_encrypted version version_compare";

    private const string Globals = "cycler dict joiner lipsum namespace range lookup query q now undef omit vars";

    [Fact]
    public void Every_name_of_Jinja2_and_Ansible_is_there_or_refused_with_a_reason()
    {
        Assert.Equal(["unvault", "vault"], Filters.Split(' ').Except(ExpressionCatalog.Filters).Order());
        Assert.Equal([], Globals.Split(' ').Except(ExpressionCatalog.Globals));
        foreach (var filter in Filters.Split(' ').Except(ExpressionCatalog.Filters))
        {
            Refused($"{{{{ n | {filter} }}}}", "FD1303", filter);
        }
        foreach (var test in Tests.Split(' ').Except(ExpressionCatalog.Tests))
        {
            Refused($"{{{{ n is {test} }}}}", "FD1304", test);
        }
    }

    private static void Refused(string source, string code, string name)
    {
        var error = Rendering.Sample.Error(source);
        Assert.Equal(code, error.Code);
        Assert.Contains($"'{name}' is not supported", error.Summary);
        Assert.NotNull(error.Remedy);
    }
}
