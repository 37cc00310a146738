namespace FlaskDeploy.Language.Diagnostics;

/// <summary>
/// The ranges of codes. A code keeps its meaning for ever; a new meaning takes a new number.
/// <list type="table">
/// <item><term>FD10xx</term><description>files and YAML</description></item>
/// <item><term>FD11xx</term><description>plays, tasks and keywords</description></item>
/// <item><term>FD12xx</term><description>modules and their arguments</description></item>
/// <item><term>FD13xx</term><description>expressions and templates</description></item>
/// <item><term>FD14xx</term><description>inventories and variables</description></item>
/// <item><term>FD15xx</term><description>files of the operator's side</description></item>
/// <item><term>FD2xxx</term><description>lint: legal, but probably not meant</description></item>
/// <item><term>FD3xxx</term><description>what went wrong on a host</description></item>
/// <item><term>FD9xxx</term><description>ours: a bug of this program, never of the playbook</description></item>
/// </list>
/// </summary>
public static class DiagnosticCodes
{
    public const string UnknownModule = "FD1201";
    public const string UnknownArgument = "FD1203";
    public const string MissingArgument = "FD1204";
    public const string BadArgumentValue = "FD1205";
    public const string ConflictingArguments = "FD1206";
    public const string ExpressionSyntax = "FD1301";
    public const string UndefinedVariable = "FD1302";
    public const string UnknownFilter = "FD1303";
    public const string UnknownTest = "FD1304";
    public const string UnknownLookup = "FD1305";
    public const string EvaluationFailed = "FD1306";
    public const string BudgetExceeded = "FD1307";
    public const string TemplateNotFound = "FD1308";
    public const string MandatoryVariable = "FD1309";
    public const string LookupFailed = "FD1310";
}
