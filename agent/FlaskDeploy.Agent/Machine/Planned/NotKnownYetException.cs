namespace FlaskDeploy.Agent.Machine.Planned;

/// <summary>A check cannot tell: what is asked for is made by an earlier task, which was not carried out.</summary>
internal sealed class NotKnownYetException(string subject, string by) : Exception($"{subject} is not known before '{by}' is carried out");
