using System.Collections.Immutable;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Bundles;

/// <summary>The lookups that read one of the operator's files: the compiler on that machine, the agent in the bundle's tree. What they make of it is the same.</summary>
public abstract class FileLookups : ILookups
{
    private static readonly ImmutableArray<string> OptionsOfCsv = ["file", "col", "default", "delimiter", "encoding"];
    private static readonly ImmutableArray<string> OptionsOfIni = ["file", "section", "type", "re", "encoding", "default", "case_sensitive", "allow_no_value", "allow_none"];

    /// <summary>Those that read files; <see cref="LookupFile"/> does.</summary>
    public static ImmutableArray<string> OfFiles { get; } = ["file", "unvault", "template", "csvfile", "ini"];

    public abstract IEnumerable<string> Names { get; }

    public virtual bool IsAhead => false;

    public virtual void CannotAskYet(string name, EvaluationContext context)
    {
    }

    public abstract Evaluation? Lookup(string name, IReadOnlyList<Value> terms, IReadOnlyDictionary<string, Value> options, EvaluationContext context);

    public abstract bool? Holds(string test, IReadOnlyList<string> paths);

    /// <summary>The text of a file, secret where it lay in a vault.</summary>
    protected abstract Evaluation Read(string name, OperatorFileKind kind, EvaluationContext context);

    /// <summary>A template, rendered.</summary>
    protected abstract Evaluation Render(string name, EvaluationContext context);

    protected Evaluation LookupFile(string name, IReadOnlyList<Value> terms, IReadOnlyDictionary<string, Value> options, EvaluationContext context) => name switch
    {
        "file" => Each(terms, term => Made(Read(term, OperatorFileKind.File, context), text => Stripped(text, options))),
        "unvault" => Each(terms, term => Read(term, OperatorFileKind.File, context)),
        "template" => Each(terms, term => Render(term, context) is var rendered && rendered.Value is { } text ? Evaluation.Of(PrintedData.Of(text, options)) : rendered),
        "csvfile" => Csv(terms, new InlineOptions(options, OptionsOfCsv), context),
        "ini" => Ini(terms, new InlineOptions(options, OptionsOfIni), context),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    protected static Evaluation Each(IReadOnlyList<Value> terms, Func<string, Evaluation> one)
    {
        var results = ImmutableArray.CreateBuilder<Value>(terms.Count);
        foreach (var term in terms)
        {
            var result = one(term.Reveal().ToString());
            if (result.Value is null)
            {
                return result;
            }
            results.Add(result.Value);
        }
        return Evaluation.Of(new ListValue(results.ToImmutable()));
    }

    protected static Evaluation Failed(EvaluationContext context, string summary, string? remedy = null) =>
        Evaluation.Failed(new Diagnostic(DiagnosticCodes.LookupFailed, Severity.Error, context.Span, summary) { Remedy = remedy });

    private static Evaluation Made(Evaluation read, Func<string, Value> make) => read.Value switch
    {
        null => read,
        SecretValue secret => Evaluation.Of(new SecretValue(make(secret.Reveal().ToString()))),
        var text => Evaluation.Of(make(text.ToString())),
    };

    private static Value Stripped(string text, IReadOnlyDictionary<string, Value> options)
    {
        text = options.TryGetValue("rstrip", out var right) && !right.IsTruthy ? text : text.TrimEnd();
        return Value.Of(options.TryGetValue("lstrip", out var left) && left.IsTruthy ? text.TrimStart() : text);
    }

    private Evaluation Csv(IReadOnlyList<Value> terms, InlineOptions options, EvaluationContext context)
    {
        var results = ImmutableArray.CreateBuilder<Value>(terms.Count);
        var isSecret = false;
        foreach (var term in terms)
        {
            var (key, problem) = options.Take(term.Reveal().ToString());
            if ((problem ?? options.EncodingProblem) is not null || key.Length == 0)
            {
                return Failed(context, $"lookup 'csvfile': {problem ?? options.EncodingProblem ?? "what to look for in the first column was not found"}");
            }
            var delimiter = options.Text("delimiter") is { } given and not "TAB" ? given : "\t";
            if (delimiter.Length != 1 || !int.TryParse(options.Text("col") ?? "1", out var column))
            {
                return Failed(context, delimiter.Length != 1 ? $"lookup 'csvfile': delimiter=\"{delimiter}\" is not one character" : $"lookup 'csvfile': col={options.Text("col")} is no number of a column");
            }
            var file = options.Text("file") ?? "ansible.csv";
            var read = Read(file, OperatorFileKind.File, context);
            if (read.Value is null)
            {
                return read;
            }
            isSecret |= read.Value is SecretValue;
            var row = CsvRows.Read(read.Value.Reveal().ToString(), delimiter[0]).FirstOrDefault(row => row[0] == key);
            var at = row.IsDefault || column >= 0 ? column : row.Length + column;
            if (!row.IsDefault && (at < 0 || at >= row.Length))
            {
                return Failed(context, $"lookup 'csvfile': the row '{key}' of {file} has {row.Length} columns, and col={column} is none of them (the first is 0)");
            }
            AddFound(results, row.IsDefault ? options.Value("default") ?? Value.Null : Value.Of(row[at]));
        }
        return Listed(results, isSecret);
    }

    private Evaluation Ini(IReadOnlyList<Value> terms, InlineOptions options, EvaluationContext context)
    {
        var results = ImmutableArray.CreateBuilder<Value>(terms.Count);
        var isSecret = false;
        foreach (var term in terms)
        {
            var (key, problem) = options.Take(term.Reveal().ToString());
            if ((problem ?? options.EncodingProblem) is not null || key.Length == 0)
            {
                return Failed(context, $"lookup 'ini': {problem ?? options.EncodingProblem ?? "no key to look up was given"}");
            }
            var file = options.Text("file") ?? "ansible.ini";
            var read = Read(file, OperatorFileKind.File, context);
            if (read.Value is null)
            {
                return read;
            }
            isSecret |= read.Value is SecretValue;
            const string ofProperties = "java_properties";
            var isProperties = options.Text("type") == "properties";
            var section = isProperties ? ofProperties : options.Text("section") ?? "global";
            var (ini, wrong) = IniFile.Parse(read.Value.Reveal().ToString(), file, isProperties ? ofProperties : null, options.Flag("case_sensitive"), options.Flag("allow_no_value") || options.Flag("allow_none"));
            var (values, problemOfKey) = ini is null ? ([], wrong) : Found(ini, section, key, options);
            if (problemOfKey is not null)
            {
                return Failed(context, $"lookup 'ini': {(ini is null ? "" : $"{file}: ")}{problemOfKey}");
            }
            foreach (var value in values)
            {
                AddFound(results, value);
            }
        }
        return Listed(results, isSecret);
    }

    private static (IEnumerable<Value> Values, string? Problem) Found(IniFile ini, string section, string key, InlineOptions options)
    {
        if (options.Flag("re"))
        {
            var (matched, problem) = ini.Match(section, key);
            return (matched.Select(value => value is null ? Value.Null : Value.Of(value)), problem);
        }
        var (found, isThere, wrong) = ini.Get(section, key);
        return ([found is not null ? Value.Of(found) : isThere ? Value.Null : options.Value("default") ?? Value.Of("")], wrong);
    }

    // A list is its items, and none nothing, as Ansible adds them.
    private static void AddFound(ImmutableArray<Value>.Builder results, Value value)
    {
        if (value.Reveal() is ListValue list)
        {
            results.AddRange(list.Items);
        }
        else if (value.Reveal() is not NullValue)
        {
            results.Add(value);
        }
    }

    private static Evaluation Listed(ImmutableArray<Value>.Builder results, bool isSecret)
    {
        var list = new ListValue(results.ToImmutable());
        return Evaluation.Of(isSecret ? new SecretValue(list) : list);
    }
}
