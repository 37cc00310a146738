using System.Collections.Immutable;

namespace FlaskDeploy.Compiler.Files;

internal static class OperatorListing
{
    /// <summary>Nothing where the directory cannot be read.</summary>
    public static ImmutableArray<string> Names(IOperatorMachine machine, string directory)
    {
        try
        {
            return machine.ListDirectory(directory);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
