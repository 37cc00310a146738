namespace FlaskDeploy.Compiler;

/// <summary>Codes of what only the compiler finds. See <see cref="Language.Diagnostics.DiagnosticCodes"/> for the ranges.</summary>
public static class CompilerCodes
{
    public const string UnreadableFile = "FD1001";
    public const string YamlSyntax = "FD1002";
    public const string TabIndentation = "FD1003";
    public const string DuplicateKey = "FD1004";
    public const string UnknownTag = "FD1005";
    public const string UnquotedTemplate = "FD1006";
    public const string UnknownAlias = "FD1007";
    public const string TooMuchYaml = "FD1008";
    public const string SeveralDocuments = "FD1009";
    public const string Encrypted = "FD1010";

    public const string NotAPlaybook = "FD1101";
    public const string UnknownKeyword = "FD1102";
    public const string NotSupportedYet = "FD1103";
    public const string BadKeywordValue = "FD1104";
    public const string NoModule = "FD1105";
    public const string SeveralModules = "FD1106";
    public const string BadInclude = "FD1107";
    public const string UnknownHandler = "FD1108";
    public const string BadName = "FD1109";
    public const string ConflictingKeywords = "FD1110";

    public const string UnknownRole = "FD1111";
    public const string BadRole = "FD1112";

    public const string BadArgumentText = "FD1202";

    public const string InventorySyntax = "FD1401";
    public const string GroupCycle = "FD1402";
    public const string UndefinedGroup = "FD1403";
    public const string BadPattern = "FD1404";
    public const string NoHosts = "FD1405";
    public const string BadExtraVars = "FD1406";
    public const string NotAMapping = "FD1407";
    public const string BadRange = "FD1408";

    public const string MissingFile = "FD1501";
    public const string UnreadableOperatorFile = "FD1502";
    public const string TooManyFiles = "FD1503";
    public const string UnboundedName = "FD1504";
    public const string OperatorLookup = "FD1505";

    public const string NoMeaningHere = "FD2001";
    public const string HandlersLate = "FD2002";
    public const string UserDiffers = "FD2003";
    public const string NotForThisHost = "FD2004";
}
