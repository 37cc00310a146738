using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Machine.Looks;

/// <summary>
/// The lookups that ask the operator's machine itself, where that is this one (<c>apply</c>): programs and the environment,
/// as the operator who runs it. The rest is as on every host.
/// </summary>
internal sealed class HereLookups(ILookups others, string directory) : ILookups
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    private static readonly ImmutableArray<string> Own = ["pipe", "lines", "env", "password"];

    public IEnumerable<string> Names => others.Names.Concat(Own);

    public Evaluation? Lookup(string name, IReadOnlyList<Value> terms, IReadOnlyDictionary<string, Value> options, EvaluationContext context)
    {
        if (!Own.Contains(name))
        {
            return others.Lookup(name, terms, options, context);
        }
        var results = ImmutableArray.CreateBuilder<Value>();
        foreach (var term in terms.Select(term => term.Reveal().ToString()))
        {
            if (name == "env")
            {
                results.Add(Environment.GetEnvironmentVariable(term) is { } set ? Value.Of(set) : options.TryGetValue("default", out var otherwise) ? otherwise : Value.Of(""));
                continue;
            }
            var (output, problem) = name == "password" ? PasswordLookup.Of(term, options, directory) : Run(term);
            if (output is null)
            {
                return Evaluation.Failed(new Diagnostic(DiagnosticCodes.EvaluationFailed, Severity.Error, context.Span, $"lookup_plugin.{name}({term}) {problem}"));
            }
            if (name is "pipe" or "password")
            {
                results.Add(Value.Of(name == "pipe" ? output.TrimEnd() : output));
            }
            else
            {
                results.AddRange(output.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Select(Value.Of));
            }
        }
        return Evaluation.Of(new ListValue(results.ToImmutable()));
    }

    /// <summary>A path that is known only now is asked about now.</summary>
    public bool? Holds(string test, IReadOnlyList<string> paths)
    {
        if (others.Holds(test, paths) is { } known)
        {
            return known;
        }
        var places = paths.Select(path => Path.GetFullPath(path, directory)).ToList();
        return test switch
        {
            "file" => File.Exists(places[0]),
            "directory" => Directory.Exists(places[0]),
            "exists" => Target(places[0]) is not null,
            "link" => new FileInfo(places[0]).LinkTarget is not null,
            "link_exists" => Path.Exists(places[0]) || new FileInfo(places[0]).LinkTarget is not null,
            "same_file" => Target(places[0]) is { } target && target == Target(places[1]),
            _ => null,
        };
    }

    // Null: it leads to nothing.
    private static string? Target(string path)
    {
        try
        {
            var end = new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
            return Path.Exists(end) ? end : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private (string? Output, string Problem) Run(string line)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", line]) { RedirectStandardOutput = true, UseShellExecute = false, WorkingDirectory = directory })!;
            var output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(Longest))
            {
                process.Kill(entireProcessTree: true);
                return (null, $"did not end within {Longest.TotalSeconds:0} s");
            }
            return process.ExitCode == 0 ? (output.GetAwaiter().GetResult(), "") : (null, $"returned {process.ExitCode}");
        }
        catch (Exception problem) when (problem is IOException or Win32Exception)
        {
            return (null, problem.Message);
        }
    }
}
