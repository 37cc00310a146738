using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace FlaskDeploy.Agent.Runs;

/// <summary>When a deployment is due. Pure; times are monotonic.</summary>
internal static class Schedule
{
    /// <summary>After so many failures in a row nothing is tried by itself.</summary>
    public const int MostFailures = 6;

    private static readonly TimeSpan FirstBackoff = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromMinutes(10);

    /// <summary>A stable share of the interval, so that hosts which were started together do not ask together.</summary>
    public static TimeSpan Splay(string host, string deployment, TimeSpan interval)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{host}\n{deployment}"));
        return interval * (BinaryPrimitives.ReadUInt32BigEndian(hash) / (double)uint.MaxValue);
    }

    /// <summary>Doubles with each failure.</summary>
    public static TimeSpan Backoff(int failures) =>
        failures <= 0 ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min(LongestBackoff.Ticks, FirstBackoff.Ticks << Math.Min(failures - 1, 20)));
}
