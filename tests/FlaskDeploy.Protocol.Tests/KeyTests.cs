using System.Security.Cryptography;

namespace FlaskDeploy.Protocol.Tests;

public sealed class KeyTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("flaskdeploy-key");

    public void Dispose() => _directory.Delete(recursive: true);

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);

    [Fact]
    public void Loads_the_key_that_it_saved_for_its_owner_only()
    {
        using var key = SigningKey.Create();
        key.Save(PathOf("operator.key"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(PathOf("operator.key")));
        using var loaded = SigningKey.Load(PathOf("operator.key")).Value!;
        Assert.Equal(key.Public, loaded.Public);
        Assert.True(Envelopes.Open(Envelopes.Seal(EnvelopeType.Order, new byte[3], loaded), EnvelopeType.Order, [key.Public]).IsGood);
    }

    [Fact]
    public void Never_replaces_a_key_and_leaves_nothing_behind()
    {
        using var first = SigningKey.Create();
        using var second = SigningKey.Create();
        first.Save(PathOf("operator.key"));
        Assert.Throws<IOException>(() => second.Save(PathOf("operator.key")));
        using var kept = SigningKey.Load(PathOf("operator.key")).Value!;
        Assert.Equal(first.Public, kept.Public);
        Assert.Single(_directory.GetFiles());
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void Refuses_a_file_that_others_may_touch(UnixFileMode mode)
    {
        using var key = SigningKey.Create();
        key.Save(PathOf("k"));
        File.SetUnixFileMode(PathOf("k"), UnixFileMode.UserRead | UnixFileMode.UserWrite | mode);
        Assert.Contains("chmod 600", SigningKey.Load(PathOf("k")).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_what_is_wrong_with_a_file_that_holds_no_such_key()
    {
        Assert.Contains("no private key", Load("").Problem, StringComparison.Ordinal);
        Assert.Contains("no private key", Load("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").Problem, StringComparison.Ordinal);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.Contains("another kind", Load(p384.ExportPkcs8PrivateKeyPem()).Problem, StringComparison.Ordinal);
        using var p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Contains("public key only", Load(p256.ExportSubjectPublicKeyInfoPem()).Problem, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => SigningKey.Load(PathOf("missing")));
    }

    [Fact]
    public void Takes_only_p256_public_keys_in_their_canonical_form()
    {
        using var key = SigningKey.Create();
        var good = key.Public.SubjectPublicKeyInfo.ToArray();
        Assert.Equal(key.Public, OperatorKey.Parse(good).Value);
        Assert.NotNull(OperatorKey.Parse([.. good, 0]).Problem);
        Assert.NotNull(OperatorKey.Parse(good.AsSpan(..^1)).Problem);
        Assert.NotNull(OperatorKey.Parse([]).Problem);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.NotNull(OperatorKey.Parse(p384.ExportSubjectPublicKeyInfo()).Problem);
    }

    private Decoded<SigningKey> Load(string content)
    {
        File.WriteAllText(PathOf("x"), content);
        File.SetUnixFileMode(PathOf("x"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return SigningKey.Load(PathOf("x"));
    }
}
