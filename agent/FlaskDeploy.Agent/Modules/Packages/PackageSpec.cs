using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using FlaskDeploy.Agent.Machine;

namespace FlaskDeploy.Agent.Modules.Packages;

/// <summary>One name of a package task, read as dnf reads package specifications, and what of the installed packages it means.</summary>
internal sealed partial record PackageSpec(string Text)
{
    private static readonly ImmutableArray<string> Architectures = ["noarch", "x86_64", "i386", "i486", "i586", "i686", "aarch64", "armv7hl", "ppc64le", "s390x", "src"];

    /// <summary>Of a file of this machine: what it is.</summary>
    internal Package? File { get; init; }

    /// <summary>What the package manager is given; for a pin written with <c>=</c>, in its own spelling.</summary>
    internal string ForTransaction => EpochFirst() is { } epoch ? $"{epoch.Name}-{epoch.Version}-{epoch.Release}{(epoch.Architecture is { } architecture ? $".{architecture}" : "")}" : Range is { } range ? $"{range.Name} {range.Operator} {range.Version}" : Pin is { } pin ? $"{pin.Name}-{pin.Version}" : Text;

    internal bool IsGroup => Text.StartsWith('@');

    internal bool IsFile => Text.EndsWith(".rpm", StringComparison.Ordinal) && (Text.StartsWith('/') || Text.StartsWith('~') || Text.StartsWith('.')) || IsAddress;

    internal bool IsAddress => Text.Contains("://", StringComparison.Ordinal);

    internal bool IsGlob => !IsAddress && Text.AsSpan().IndexOfAny('*', '?', '[') >= 0;

    /// <summary>Written as <c>lsof=4.94</c> or <c>lsof == 4.94</c>.</summary>
    private (string Name, string Version)? Pin =>
        Text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at && !IsAddress && Text[at - 1] is not ('<' or '>' or '!')
            ? (Text[..at].Trim(), Text[at..].TrimStart('=').Trim())
            : null;

    /// <summary>Written as <c>lsof &gt;= 4.94</c>.</summary>
    internal bool IsRange => !IsAddress && Text.AsSpan().IndexOfAny('<', '>') >= 0;

    /// <summary>Null: it is none that can be read.</summary>
    internal (string Name, string Operator, string Version)? Range =>
        IsRange && RangeForm().Match(Text) is { Success: true } match ? (match.Groups["name"].Value, match.Groups["operator"].Value, match.Groups["version"].Value) : null;

    /// <summary>The names to ask the rpm database for: as written, and each that may be the name before a pinned version.</summary>
    internal ImmutableArray<string> Questions => Range is { } range ? [range.Name] : [.. Readings().Select(reading => reading.Name).Prepend(Text).Distinct().Where(_ => !IsFile), .. FileReading is { } file ? [file.Name] : ImmutableArray<string>.Empty];

    /// <summary>How it stands with the installed packages.</summary>
    internal Standing Judge(PackagesAnswer installed)
    {
        if (IsFile)
        {
            return JudgeFile(installed);
        }
        if (Range is { } range)
        {
            return Newest(installed, range.Name) is not { } present ? new Standing(false, null, null)
                : new Standing(IsWithin(new Reading(range.Name, range.Version.Split('-')[0], range.Version.Split('-').ElementAtOrDefault(1), null).Compare(present), range.Operator), present, null);
        }
        if (Newest(installed, Text) is { } exact)
        {
            return new Standing(true, exact, null);
        }
        foreach (var reading in Readings())
        {
            var candidates = installed.Packages.Where(package => package.AskedAs == reading.Name && (reading.Architecture is null || package.Architecture == reading.Architecture)).ToList();
            if (candidates.Find(package => reading.Accepts(package)) is { } match)
            {
                return new Standing(true, match, null);
            }
            if (reading.Version is not null && candidates.Count > 0)
            {
                return new Standing(false, candidates.MaxBy(package => package, Comparer<Package>.Create(RpmVersion.Compare)), reading);
            }
        }
        return new Standing(false, null, null);
    }

    /// <summary>It may be a name, or a name and a pinned version.</summary>
    internal bool IsUnclear => !IsFile && Pin is null && Readings().Any(reading => reading.Version is not null);

    /// <summary>
    /// The package's name and the version that is pinned. Whether <c>lsof-4.94</c> is a name or a pin only the rpm database
    /// tells; until it does, it is a name.
    /// </summary>
    internal (string? Name, string? Version) Means(PackagesAnswer installed)
    {
        if (IsFile)
        {
            return FileReading is { } file ? (file.Name, file.Version is [>= '0' and <= '9', ..] ? file.FullVersion : null) : (null, null);
        }
        if (Newest(installed, Text) is not null)
        {
            return (Text, null);
        }
        var reading = Readings().FirstOrDefault(reading => Pin is not null || reading.Version is null || installed.Packages.Any(package => package.AskedAs == reading.Name));
        return reading is null ? (Text, null) : (reading.Name, reading.FullVersion);
    }

    private static bool IsWithin(int order, string comparison) => comparison switch
    {
        ">=" => order >= 0,
        "<=" => order <= 0,
        ">" => order > 0,
        _ => order < 0,
    };

    [GeneratedRegex(@"^(?<name>[^<>=\s]+)\s*(?<operator><=|>=|<|>)\s*(?<version>[^<>=\s]+)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex RangeForm();

    private Standing JudgeFile(PackagesAnswer installed)
    {
        if (FileReading is not { } reading || Newest(installed, reading.Name) is not { } package)
        {
            return new Standing(false, null, FileReading);
        }
        // epel-release-latest-7.noarch.rpm: the file's name says no version, so any that is installed is it.
        var saysVersion = reading.Version is { Length: > 0 } version && char.IsAsciiDigit(version[0]);
        return new Standing(!saysVersion || reading.Accepts(package), package, reading);
    }

    private Reading? FileReading
    {
        get
        {
            if (!IsFile)
            {
                return null;
            }
            if (File is { } package)
            {
                return new Reading(package.Name, $"{package.Epoch}:{package.Version}", package.Release, package.Architecture);
            }
            var name = Text.Split('?', '#')[0];
            name = name[(name.LastIndexOf('/') + 1)..];
            name = name.EndsWith(".rpm", StringComparison.Ordinal) ? name[..^4] : name;
            var (rest, architecture) = SplitArchitecture(name);
            var parts = rest.Split('-');
            return parts.Length < 3 ? new Reading(rest, null, null, architecture) : new Reading(string.Join('-', parts[..^2]), parts[^2], parts[^1], architecture);
        }
    }

    private IEnumerable<Reading> Readings()
    {
        if (Pin is { } pin)
        {
            var dash = pin.Version.IndexOf('-', StringComparison.Ordinal);
            yield return new Reading(pin.Name, dash < 0 ? pin.Version : pin.Version[..dash], dash < 0 ? null : pin.Version[(dash + 1)..], null);
            yield break;
        }
        if (IsGroup || IsGlob || IsRange || Text.StartsWith('/'))
        {
            yield break;
        }
        if (EpochFirst() is { } whole)
        {
            yield return whole;
            yield break;
        }
        var (rest, architecture) = SplitArchitecture(Text);
        if (architecture is not null)
        {
            yield return new Reading(rest, null, null, architecture);
        }
        var parts = rest.Split('-');
        // A version starts with a digit, or with an epoch: java-1.8.0-openjdk is a name, not a pin of java.
        if (parts.Length > 2 && IsVersion(parts[^2]) && char.IsAsciiDigit(parts[^1].FirstOrDefault()))
        {
            yield return new Reading(string.Join('-', parts[..^2]), parts[^2], parts[^1], architecture);
        }
        if (parts.Length > 1 && IsVersion(parts[^1]))
        {
            yield return new Reading(string.Join('-', parts[..^1]), parts[^1], null, architecture);
        }
    }

    // As yum 3 and lists write it: 2:vim-8.0-1.x86_64. dnf understands the epoch before the version only.
    private Reading? EpochFirst()
    {
        if (IsAddress || Text.IndexOf(':', StringComparison.Ordinal) is var colon && (colon <= 0 || !Text[..colon].All(char.IsAsciiDigit)))
        {
            return null;
        }
        var (rest, architecture) = SplitArchitecture(Text[(colon + 1)..]);
        return rest.Split('-') is [_, .., var version, var release] parts && parts.Length > 2 && IsVersion(version)
            ? new Reading(string.Join('-', parts[..^2]), $"{Text[..colon]}:{version}", release, architecture)
            : null;
    }

    private static bool IsVersion(string part) => part.Length > 0 && char.IsAsciiDigit(part[0]);

    private static (string Name, string? Architecture) SplitArchitecture(string text) =>
        text.LastIndexOf('.') is > 0 and var dot && Architectures.Contains(text[(dot + 1)..]) ? (text[..dot], text[(dot + 1)..]) : (text, null);

    internal static Package? Newest(PackagesAnswer answer, string askedAs) =>
        answer.Packages.Where(package => package.AskedAs == askedAs).MaxBy(package => package, Comparer<Package>.Create(RpmVersion.Compare));

    /// <param name="Release">Null: any.</param>
    internal sealed record Reading(string Name, string? Version, string? Release, string? Architecture)
    {
        internal string? FullVersion => Release is null ? Version : $"{Version}-{Release}";

        internal bool Accepts(Package package) =>
            Version is null || Compare(package) == 0;

        /// <summary>The package against what is pinned; parts that are not pinned are equal.</summary>
        internal int Compare(Package package)
        {
            var colon = Version!.IndexOf(':', StringComparison.Ordinal);
            var epoch = colon > 0 && int.TryParse(Version.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : package.Epoch;
            var wanted = new Package("", "", epoch, Version[(colon + 1)..], Release ?? package.Release, "");
            return RpmVersion.Compare(package, wanted);
        }
    }
}

/// <summary>How an installed machine stands to a <see cref="PackageSpec"/>.</summary>
/// <param name="Package">What is installed under the name, the right one or another version.</param>
/// <param name="Pinned">The pin that is not met.</param>
internal sealed record Standing(bool IsInstalled, Package? Package, PackageSpec.Reading? Pinned);
