using FlaskDeploy.Cli.Display;
using FlaskDeploy.Compiler;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Protocol;

namespace FlaskDeploy.Cli.Pushing;

/// <summary>A compilation with its bundle's bytes: what both push and apply start from.</summary>
internal sealed record Compiled(Compilation Compilation, byte[] Bundle)
{
    public Digest BundleDigest { get; } = Digest.Of(Bundle);

    /// <summary>With its secrets as they are: for this machine only.</summary>
    public byte[] ReleaseContent => ReleaseCodec.Encode(Compilation.ReleaseFor(BundleDigest));

    /// <summary>With its secrets as they are.</summary>
    public byte[] PartContent(CompiledHost host) => ReleaseCodec.Encode(Compilation.HostPartFor(host, BundleDigest));
}

internal static class Compiling
{
    /// <summary>Prints every diagnostic. Null where one of them is an error.</summary>
    public static Compiled? Compile(PushOptions options, IOperatorMachine machine, bool forLocalApply, Terminal terminal)
    {
        if (VaultPasswords.Gather(options, Asking.Ask, terminal) is not { } passwords)
        {
            return null;
        }
        var result = new PlaybookCompiler(machine).Compile(new CompilationRequest
        {
            PlaybookPath = options.Playbook,
            MorePlaybooks = options.MorePlaybooks,
            Inventories = options.Inventories,
            ExtraVars = options.ExtraVars,
            User = options.User,
            BecomeAll = options.BecomeAll,
            BecomeUser = options.BecomeUser,
            Limit = options.Limit,
            ForLocalApply = forLocalApply,
            RolesPath = options.RolesPath,
            VaultPasswords = passwords,
            Ask = Asking.Ask,
            Policy = options.Policy,
            Interval = options.Interval,
            Windows = options.Windows,
        });
        foreach (var diagnostic in result.Diagnostics)
        {
            terminal.Remark(terminal.Style.Paint(diagnostic.Severity == Severity.Error ? Tone.Failed : Tone.Changed, Safe.Lines(diagnostic.ToString())));
        }
        if (result.HasErrors || result.Compilation is not { } compilation)
        {
            var errors = result.Diagnostics.Count(diagnostic => diagnostic.Severity == Severity.Error);
            terminal.Error($"{errors} error{(errors == 1 ? "" : "s")} in {options.Playbooks}; nothing was changed");
            return null;
        }
        foreach (var name in options.Verbosity > 0 ? compilation.Widened : [])
        {
            terminal.Remark(Safe.Line($"{name.Span}: the host completes the name '{name.Start}…{name.End}', and may read {(name.Paths.IsEmpty ? "nothing by it" : string.Join(", ", name.Paths))}"));
        }
        if (options.StartAtTask is { } start && !Listings.MayStartAt(compilation.Bundle, start))
        {
            terminal.Error($"no task of {options.Playbooks} is called '{start}', to start at; nothing was changed", "--list-tasks shows their names");
            return null;
        }
        var bundle = options.ForceHandlers
            ? compilation.Bundle with { Plays = [.. compilation.Bundle.Plays.Select(play => play with { ForceHandlers = true })] }
            : compilation.Bundle;
        return new(compilation with { Bundle = bundle }, BundleCodec.Encode(bundle));
    }
}
