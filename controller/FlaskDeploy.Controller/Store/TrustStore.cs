using System.Collections.Immutable;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace FlaskDeploy.Controller.Store;

internal sealed record Applicant(byte[] TokenHash, byte[] PublicKey, string Host, byte[] SealingKey, ImmutableArray<string> Addresses, string Version)
{
    /// <summary>Kept as it came: what it says is between the host and the operator who made its token.</summary>
    public byte[] Voucher { get; init; } = [];
}

/// <summary>How an enrolment ends: a closed set.</summary>
internal abstract record EnrolmentOutcome
{
    private EnrolmentOutcome()
    {
    }

    internal sealed record Enrolled(string Host, byte[] Certificate, ImmutableArray<byte[]> OperatorKeys, bool Again) : EnrolmentOutcome;

    /// <summary>The token does not serve; one text for unknown and foreign ones, so that guessing tells nothing.</summary>
    internal sealed record BadToken(string Reason) : EnrolmentOutcome;

    internal sealed record NameTaken : EnrolmentOutcome;
}

internal sealed record IssuedCertificate(byte[] Der, string Serial, DateTimeOffset Expires);

internal sealed record TrustedKey(byte[] Info, string Name);

/// <summary>Tokens, enrolments, certificates of operators and their signing keys. Of a token only the hash is kept.</summary>
internal sealed class TrustStore(Database database, TimeProvider time)
{
    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    public Task AddTokenAsync(byte[] hash, string note, DateTimeOffset expires, long uses, ImmutableArray<byte[]> operatorKeys, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            connection.Execute(
                "INSERT INTO tokens(hash, note, created, expires, uses) VALUES($1, $2, $3, $4, $5)",
                hash, note, Now, expires.ToUnixTimeMilliseconds(), uses);
            for (var place = 0; place < operatorKeys.Length; place++)
            {
                connection.Execute("INSERT INTO token_keys(token, place, key) VALUES($1, $2, $3)", hash, place, operatorKeys[place]);
            }
        },
        cancellationToken);

    /// <summary>Same token and same key: the same answer, whatever else was asked.</summary>
    /// <param name="issue">Makes the certificate for a name; called at most once, inside of the transaction.</param>
    public Task<EnrolmentOutcome> EnrolAsync(Applicant applicant, Func<string, IssuedCertificate> issue, CancellationToken cancellationToken) => database.WriteAsync(
        connection => Enrol(connection, applicant, issue), cancellationToken);

    private EnrolmentOutcome Enrol(SqliteConnection connection, Applicant applicant, Func<string, IssuedCertificate> issue)
    {
        const string Unknown = "the token is unknown or was used; make another one with 'flaskdeploy token create'";
        var token = connection.First("SELECT expires, uses, used FROM tokens WHERE hash = $1", row => new Token(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), applicant.TokenHash);
        if (token is null)
        {
            return new EnrolmentOutcome.BadToken(Unknown);
        }
        if (token.Expires <= Now)
        {
            return new EnrolmentOutcome.BadToken("the token has expired; make another one with 'flaskdeploy token create'");
        }
        var keys = connection.Query("SELECT key FROM token_keys WHERE token = $1 ORDER BY place", row => row.Bytes(0), applicant.TokenHash);
        var earlier = connection.First(
            "SELECT host, certificate FROM enrolments WHERE token = $1 AND public_key = $2",
            row => new EnrolmentOutcome.Enrolled(row.GetString(0), row.Bytes(1), keys, Again: true),
            applicant.TokenHash, applicant.PublicKey);
        if (earlier is not null)
        {
            return earlier;
        }
        if (token.Used >= token.Uses)
        {
            return new EnrolmentOutcome.BadToken(Unknown);
        }
        var holder = connection.First("SELECT public_key FROM hosts WHERE name = $1", row => row.Bytes(0), applicant.Host);
        if (holder is not null && !CryptographicOperations.FixedTimeEquals(holder, applicant.PublicKey))
        {
            return new EnrolmentOutcome.NameTaken();
        }
        var certificate = issue(applicant.Host);
        connection.Execute(
            """
            INSERT INTO hosts(name, public_key, sealing_key, enrolled, certificate_expires, agent_version, voucher) VALUES($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT(name) DO UPDATE SET sealing_key = excluded.sealing_key, voucher = excluded.voucher, certificate_expires = excluded.certificate_expires, agent_version = excluded.agent_version
            """,
            applicant.Host, applicant.PublicKey, applicant.SealingKey, Now, certificate.Expires.ToUnixTimeMilliseconds(), applicant.Version, applicant.Voucher);
        HostStore.SetAddresses(connection, applicant.Host, applicant.Addresses);
        connection.Execute("INSERT INTO certificates(serial, host, issued) VALUES($1, $2, $3)", certificate.Serial, applicant.Host, Now);
        connection.Execute("UPDATE tokens SET used = used + 1 WHERE hash = $1", applicant.TokenHash);
        connection.Execute(
            "INSERT INTO enrolments(token, public_key, host, certificate) VALUES($1, $2, $3, $4)",
            applicant.TokenHash, applicant.PublicKey, applicant.Host, certificate.Der);
        return new EnrolmentOutcome.Enrolled(applicant.Host, certificate.Der, keys, Again: false);
    }

    public Task AddOperatorCertificateAsync(string name, string serial, CancellationToken cancellationToken) => database.WriteAsync(
        connection => { connection.Execute("INSERT INTO certificates(serial, operator, issued) VALUES($1, $2, $3)", serial, name, Now); }, cancellationToken);

    /// <summary>Adding a known key changes its name.</summary>
    public Task TrustOperatorKeyAsync(byte[] key, string name, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            connection.Execute(
                "INSERT INTO operator_keys(fingerprint, key, name, added) VALUES($1, $2, $3, $4) ON CONFLICT(fingerprint) DO UPDATE SET name = excluded.name",
                SHA256.HashData(key), key, name, Now);
        },
        cancellationToken);

    /// <summary>The key with this SHA-256 of its SubjectPublicKeyInfo, or null.</summary>
    public TrustedKey? KeyOf(byte[] fingerprint) => database.Read(connection => connection.First(
        "SELECT key, name FROM operator_keys WHERE fingerprint = $1", row => new TrustedKey(row.Bytes(0), row.GetString(1)), fingerprint));

    private sealed record Token(long Expires, long Uses, long Used);
}
