using System.Globalization;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Facts;

/// <summary>Facts of the task: its user, its environment and the moment.</summary>
internal static class OwnFacts
{
    private const int MostBytes = 64 * 1024;

    /// <summary>Without the moment, which is another each time.</summary>
    public static async ValueTask<IEnumerable<KeyValuePair<string, Value>>> Of(Account account, IMachineView view, CancellationToken cancellation)
    {
        // As the database has it now: what the task runs as need not say its shell.
        var user = (await view.Ask(new AccountLook(account.Name), cancellation)).Account ?? account;
        var resolver = (await view.Ask(new ReadLook("/etc/resolv.conf", MostBytes), cancellation)).Bytes ?? [];
        return
        [
            Fact("user_id", Value.Of(user.Name)),
            Fact("user_uid", Value.Of(user.Uid)),
            Fact("user_gid", Value.Of(user.Gid)),
            Fact("user_dir", Value.Of(user.Home)),
            Fact("user_gecos", Value.Of(user.Gecos)),
            Fact("user_shell", Value.Of(user.Shell)),
            Fact("effective_user_id", Value.Of(user.Uid)),
            Fact("effective_group_id", Value.Of(user.Gid)),
            Fact("real_user_id", Value.Of(user.Uid)),
            Fact("real_group_id", Value.Of(user.Gid)),
            Fact("dns", Resolver(System.Text.Encoding.UTF8.GetString(resolver))),
        ];
    }

    public static KeyValuePair<string, Value> Now(TimeProvider time) => Fact("date_time", Moment(time.GetUtcNow(), time.LocalTimeZone));

    public static KeyValuePair<string, Value> Environment(TaskEnvironment environment) =>
        Fact("env", MapValue.From(environment.Variables.Select(variable => (variable.Key, Value.Of(variable.Value)))));

    /// <summary>resolv.conf(5).</summary>
    public static MapValue Resolver(string text)
    {
        var facts = MapValue.Empty;
        foreach (var words in text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] is not ('#' or ';')).Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 1))
        {
            facts = words[0] switch
            {
                "nameserver" => facts.With("nameservers", Value.Of([.. (facts["nameservers"] as ListValue)?.Items ?? [], .. words.Skip(1).Select(Value.Of)])),
                "domain" => facts.With("domain", Value.Of(words[1])),
                "search" or "sortlist" => facts.With(words[0], Value.Of(words.Skip(1))),
                "options" => facts.With("options", MapValue.From(words.Skip(1).Select(option => option.Split(':', 2)).Select(option => (option[0], option.Length > 1 ? Value.Of(option[1]) : Value.True)))),
                _ => facts,
            };
        }
        return facts;
    }

    /// <summary>As Ansible tells a moment, and all of it as text.</summary>
    public static MapValue Moment(DateTimeOffset now, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(now, zone);
        var epoch = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var offset = $"{(local.Offset < TimeSpan.Zero ? '-' : '+')}{local.Offset:hhmm}";
        string Text(DateTimeOffset time, string format) => time.ToString(format, CultureInfo.InvariantCulture);
        return MapValue.From(((IEnumerable<(string, string)>)[
            ("date", Text(local, "yyyy-MM-dd")), ("year", Text(local, "yyyy")), ("month", Text(local, "MM")), ("day", Text(local, "dd")),
            ("hour", Text(local, "HH")), ("minute", Text(local, "mm")), ("second", Text(local, "ss")), ("time", Text(local, "HH:mm:ss")),
            ("weekday", Text(local, "dddd")), ("weekday_number", ((int)local.DayOfWeek).ToString(CultureInfo.InvariantCulture)),
            ("weeknumber", ((local.DayOfYear + 6 - (((int)local.DayOfWeek + 6) % 7)) / 7).ToString("00", CultureInfo.InvariantCulture)),
            ("epoch", epoch), ("epoch_int", epoch),
            ("iso8601", Text(now.ToUniversalTime(), "yyyy-MM-dd'T'HH:mm:ss'Z'")), ("iso8601_micro", Text(now.ToUniversalTime(), "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'")),
            ("iso8601_basic", Text(local, "yyyyMMdd'T'HHmmssffffff")), ("iso8601_basic_short", Text(local, "yyyyMMdd'T'HHmmss")),
            ("tz", zone.BaseUtcOffset == TimeSpan.Zero && !zone.SupportsDaylightSavingTime ? "UTC" : zone.StandardName), ("tz_dst", zone.BaseUtcOffset == TimeSpan.Zero && !zone.SupportsDaylightSavingTime ? "UTC" : zone.DaylightName), ("tz_offset", offset),
        ]).Select(part => (part.Item1, Value.Of(part.Item2))));
    }

    private static KeyValuePair<string, Value> Fact(string name, Value value) => KeyValuePair.Create($"ansible_{name}", value);
}
