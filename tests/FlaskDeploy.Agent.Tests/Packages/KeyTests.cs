using System.Text;
using FlaskDeploy.Agent.Machine.Keys;

namespace FlaskDeploy.Agent.Tests.Packages;

public sealed class KeyTests
{
    // As gpg --show-keys --with-fingerprint tells them of the same file.
    private static readonly OpenPgpKey Rsa = new("9FC72050C8E52D099FB2BCEBEA919730F3D4A7B0", ["A541386FB2CE0F8A52CBAF97D3856B2193A7B600"]);

    [Fact]
    public void Knows_a_key_and_the_one_below_it_as_gpg_does() =>
        Assert.Equal([Rsa], OpenPgpKeys.In(Encoding.UTF8.GetBytes(Recorded.Read("gnupg-2.2-rsa-with-subkey.asc"))));

    [Theory]
    [MemberData(nameof(Recorded.Versions), "gnupg", "keys", MemberType = typeof(Recorded))]
    public void Finds_the_fingerprints_that_gpg_tells_of_what_it_exports(string recorded)
    {
        var told = Recorded.Read(recorded.Replace("-keys", "-show-keys", StringComparison.Ordinal)).Split('\n').Where(line => line.StartsWith("fpr:", StringComparison.Ordinal)).Select(line => line.Split(':')[9]);
        var keys = OpenPgpKeys.In(Encoding.UTF8.GetBytes(Recorded.Read(recorded)));

        Assert.Equal(told, keys.SelectMany(key => (string[])[key.Fingerprint, .. key.Subkeys]));
    }

    [Theory]
    [MemberData(nameof(Recorded.Versions), "rpm", "gpg-pubkey", MemberType = typeof(Recorded))]
    public void Knows_the_keys_in_what_rpm_tells(string recorded)
    {
        var keys = OpenPgpKeys.In(Encoding.UTF8.GetBytes(Recorded.Read(recorded)));

        Assert.Equal(["4C2AC9A5961B926F44A1E1F96D121A8449E2E27A", Rsa.Fingerprint], keys.Select(key => key.Fingerprint).Order(StringComparer.Ordinal));
        Assert.Contains("gpg-pubkey-f3d4a7b0", keys.Select(key => key.Package));
    }

    [Fact]
    public void Reads_a_key_without_its_armour()
    {
        var lines = Recorded.Read("gnupg-2.2-rsa-with-subkey.asc").Split('\n').Where(line => line.Length > 0 && line[0] is not ('-' or '='));

        Assert.Equal([Rsa], OpenPgpKeys.In(Convert.FromBase64String(string.Concat(lines))));
    }

    [Fact]
    public void Finds_no_key_in_half_of_one()
    {
        var whole = Convert.FromBase64String(string.Concat(Recorded.Read("gnupg-2.2-rsa-with-subkey.asc").Split('\n').Where(line => line.Length > 0 && line[0] is not ('-' or '='))));

        Assert.All(Enumerable.Range(0, 250), length => Assert.Empty(OpenPgpKeys.In(whole[..length])));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n%%%\n-----END PGP PUBLIC KEY BLOCK-----\n")]
    [InlineData("-----BEGIN PGP PUBLIC KEY BLOCK-----")]
    public void Finds_no_key_in_what_is_none(string text) => Assert.Empty(OpenPgpKeys.In(Encoding.UTF8.GetBytes(text)));
}
