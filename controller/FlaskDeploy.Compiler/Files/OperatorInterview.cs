using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Files;

/// <summary>
/// What one compilation asks of the operator's machine for lookups: each question once, so that all hosts that ask it are told
/// the same. That something failed is an answer too, for the task that comes to need it.
/// </summary>
/// <param name="machine">Null: nobody may be asked now; where a task runs here, it asks by itself.</param>
internal sealed class OperatorInterview(IOperatorQuestions? machine, Action onSecret)
{
    /// <summary>Of one answer: a host's part of a revision is no place for more.</summary>
    private const int MostCharacters = 256 * 1024;

    private readonly List<LookupAnswer> _answers = [];

    public bool IsOpen => machine is not null;

    public LookupAnswer Ask(string name, IReadOnlyList<Value> terms, IReadOnlyDictionary<string, Value> options, EvaluationContext context)
    {
        Value asked = new ListValue([.. terms.Select(term => term.Reveal())]);
        Value with = new MapValue(options.Select(option => KeyValuePair.Create((Value)Value.Of(option.Key), option.Value.Reveal())));
        if (_answers.Find(answer => answer.IsAbout(name, asked, with) && answer.IsSecret | !context.IsAboutSecrets) is { } known)
        {
            return known;
        }
        var result = AskedLookups.Ask(name, [.. terms.Select(term => term.Reveal())], options.ToDictionary(option => option.Key, option => option.Value.Reveal(), StringComparer.Ordinal), context, machine!);
        var problem = result.Error?.Summary ?? (Length(result.Value!) > MostCharacters ? $"lookup '{name}': the answer has more than {MostCharacters >> 10} KiB, too much for every host's part of a push; put it into a file, and look that up with 'file'" : null);
        var value = problem is null ? result.Value! : ListValue.Empty;
        var answer = !context.IsAboutSecrets && value is not SecretValue ? new LookupAnswer(name, asked, with, value, problem)
            : new LookupAnswer(name, Closed(asked, context), Closed(with, context), value as SecretValue ?? new SecretValue(value), problem is null || !context.IsAboutSecrets ? problem : $"lookup '{name}': it failed; what it says of it is about a secret");
        if (answer.IsSecret)
        {
            onSecret();
        }
        _answers.Add(answer);
        return answer;
    }

    private static Value Closed(Value value, EvaluationContext context) => context.IsAboutSecrets ? new SecretValue(value) : value;

    private static long Length(Value list) => list.Reveal() is ListValue { Items: var items } ? items.Sum(item => (long)item.Reveal().ToString().Length) : 0;
}
