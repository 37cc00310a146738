using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>A play as it was written: what is still to be bound to hosts stands beside the bundle's record.</summary>
internal sealed record PlaySource
{
    public required Play Play { get; init; }

    /// <summary>Absolute path of the file that it stands in.</summary>
    public required string File { get; init; }

    public required SourceSpan HostsSpan { get; init; }

    /// <summary>Files of variables; of each entry the first that exists is taken.</summary>
    public ImmutableArray<ImmutableArray<Value>> VarsFiles { get; init; } = [];

    public SourceSpan VarsFilesSpan { get; init; }

    /// <summary>Keywords that need several hosts to wait for each other, and mean nothing where the play has one.</summary>
    public ImmutableArray<(string Keyword, SourceSpan Span)> Barriers { get; init; } = [];

    /// <summary>It says <c>connection: local</c>.</summary>
    public bool IsLocal { get; init; }
}
