using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>Keywords by which hosts wait for each other.</summary>
internal static class Barrier
{
    public static bool IsOne(YamlEntry entry, KeywordReader read) => entry.Name switch
    {
        "run_once" or "any_errors_fatal" => read.Flag(entry.Name) is not (null or BoolValue { IsTrue: false }),
        "throttle" => read.Number("throttle") is not (null or IntegerValue { Number.IsZero: true }),
        "serial" or "max_fail_percentage" => entry.Value is not YamlScalar { IsNull: true },
        _ => false,
    };
}
