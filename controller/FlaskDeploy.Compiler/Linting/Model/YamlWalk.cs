using FlaskDeploy.Compiler.Yaml;

namespace FlaskDeploy.Compiler.Linting.Model;

internal static class YamlWalk
{
    /// <summary>Every mapping, those inside of others after them.</summary>
    public static IEnumerable<YamlMapping> Mappings(YamlNode node) => node switch
    {
        YamlSequence sequence => sequence.Items.SelectMany(Mappings),
        YamlMapping mapping => mapping.Entries.SelectMany(entry => Mappings(entry.Value)).Prepend(mapping),
        _ => [],
    };

    /// <summary>Every scalar that is a value, in the order of writing.</summary>
    public static IEnumerable<YamlScalar> Scalars(YamlNode node) => node switch
    {
        YamlScalar scalar => [scalar],
        YamlSequence sequence => sequence.Items.SelectMany(Scalars),
        YamlMapping mapping => mapping.Entries.SelectMany(entry => Scalars(entry.Value)),
        _ => [],
    };
}
