using System.Reflection;

namespace FlaskDeploy.Agent;

internal static class AgentVersion
{
    /// <summary>As the RPM has it: <c>0.1.0</c>.</summary>
    public static string Text { get; } =
        typeof(AgentVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";
}
