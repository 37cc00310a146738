using System.Collections.Frozen;

namespace FlaskDeploy.Controller.Security;

/// <summary>Who may call what: the only place that says it. A method that is not listed is refused.</summary>
internal static class MethodRoles
{
    public static FrozenDictionary<string, Role> Of { get; } = new Dictionary<string, Role>(StringComparer.Ordinal)
    {
        ["/flaskdeploy.v1.Enrolment/Enrol"] = Role.Anonymous,

        ["/flaskdeploy.v1.Agents/Session"] = Role.Host,
        ["/flaskdeploy.v1.Agents/Fetch"] = Role.Host,

        ["/flaskdeploy.v1.Operators/Describe"] = Role.Operator,
        ["/flaskdeploy.v1.Operators/CreateToken"] = Role.Operator,
        ["/flaskdeploy.v1.Operators/IssueOperatorCertificate"] = Role.Operator,
        ["/flaskdeploy.v1.Operators/TrustOperatorKey"] = Role.Operator,
        ["/flaskdeploy.v1.Operators/MissingBlobs"] = Role.Operator,
        ["/flaskdeploy.v1.Operators/Upload"] = Role.Operator,
        ["/flaskdeploy.v1.Operators/GetDeployment"] = Role.Operator,
        ["/flaskdeploy.v1.Operators/Push"] = Role.Operator,
        ["/flaskdeploy.v1.Operators/Follow"] = Role.Operator,
        ["/flaskdeploy.v1.Operators/ListHosts"] = Role.Operator,
        ["/flaskdeploy.v1.Operators/ListDeployments"] = Role.Operator,
        ["/flaskdeploy.v1.Operators/ListRuns"] = Role.Operator,
        ["/flaskdeploy.v1.Operators/ListEvents"] = Role.Operator,
        ["/flaskdeploy.v1.Operators/RemoveHost"] = Role.Operator,
        ["/flaskdeploy.v1.Operators/Explain"] = Role.Operator,
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
