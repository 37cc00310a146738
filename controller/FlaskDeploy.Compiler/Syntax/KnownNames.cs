using FlaskDeploy.Compiler.Binding;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>
/// What names mean before any host is known: extra vars, and what the play, its blocks and its roles say around the place
/// that is read. What is imported may depend on these, as Ansible has it.
/// </summary>
internal sealed class KnownNames
{
    private static readonly Scope Nothing = new(null, "", new Dictionary<string, Value>());

    private readonly Scope _vars;
    private readonly Scope _defaults;

    private KnownNames(Scope vars, Scope defaults) => (_vars, _defaults) = (vars, defaults);

    public static KnownNames None { get; } = new(Nothing, Nothing);

    public KnownNames With(IEnumerable<KeyValuePair<string, Value>> vars) => new(_vars.With("vars", vars), _defaults);

    public KnownNames In(RoleScope role) => new(_vars.With("role vars", role.Vars).With("role params", role.Params), _defaults.With("role defaults", role.Defaults));

    /// <summary>Text without markup as it is; else what it comes to, or why that is not known.</summary>
    public static Evaluation Resolve(SyntaxContext context, Value written, RoleSource? role, SourceSpan span) =>
        Resolver.Resolve(written, new EvaluationContext(new Names(context.Known, context.ExtraVars, role)) { Span = span });

    private sealed class Names(KnownNames known, IReadOnlyDictionary<string, Value> extraVars, RoleSource? role) : IVariables
    {
        IEnumerable<string> IVariables.Names => extraVars.Keys.Concat(known._vars.Names).Concat(known._defaults.Names).Distinct();

        public Value? Find(string name) => name switch
        {
            "playbook_dir" => Value.Of(OperatorTree.PlaybookDirectory),
            "omit" => Resolver.Omit,
            "role_path" when role is not null => Value.Of(role.Path),
            "role_name" or "ansible_role_name" when role is not null => Value.Of(role.Name),
            _ => extraVars.GetValueOrDefault(name) ?? known._vars.Find(name) ?? known._defaults.Find(name),
        };
    }
}
