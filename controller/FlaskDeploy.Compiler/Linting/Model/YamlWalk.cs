using FlaskDeploy.Compiler.Yaml;

namespace FlaskDeploy.Compiler.Linting.Model;

internal static class YamlWalk
{
    /// <summary>Every scalar that is a value, in the order of writing.</summary>
    public static IEnumerable<YamlScalar> Scalars(YamlNode node) => node switch
    {
        YamlScalar scalar => [scalar],
        YamlSequence sequence => sequence.Items.SelectMany(Scalars),
        YamlMapping mapping => mapping.Entries.SelectMany(entry => Scalars(entry.Value)),
        _ => [],
    };
}
