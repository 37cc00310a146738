namespace FlaskDeploy.Language.Tests.Expressions;

/// <summary>What Python's hashlib and crypt gave for the same texts.</summary>
public sealed class DigestTests
{
    [Theory]
    [InlineData("'héllo'", "sha224", "2ed034dbfd665018cad24af1a17b76de85cbd9bf3040d702023ce9ec")]
    [InlineData("'x' * 128", "sha224", "4328cf4d227d10ab6dab5f02c7905cd583b2fcaf0be9a7ab9da5c692")]
    [InlineData("'héllo'", "sha512_224", "2b508b59e1d99e3eeb6ebdfff3fb5ce698f72266254db96b80786b96")]
    [InlineData("'x' * 128", "sha512_224", "89433771840172fc885ae35fc7f086fbcd0e74f98882046d6b05ff8d")]
    [InlineData("'héllo'", "sha512_256", "e85510cc4c72bb7889359626546beff905dcc4bf860796fde87f5a19f81e6c13")]
    [InlineData("'x' * 128", "sha512_256", "6c0dfa95c650de7bb33dedd62fe0b0363f5deec77c582a216c7e33253f59a518")]
    [InlineData("'héllo'", "sha3_224", "32f17327b74764afde8bffe6ab6c51e1131817d1d3cc7d8f9ac1e17a")]
    [InlineData("'x' * 128", "sha3_224", "52dabf82d9725b34d33bddcb97c88a26593e7bfeaeee38473a1dddb0")]
    [InlineData("'héllo'", "sha3_256", "af9db8307521b5e3d5549adcb8d6197a378902789c1649a9adb2c559c54943ac")]
    [InlineData("'x' * 128", "sha3_256", "557d141a2a2b1e050e21fa79f5fd320b9e2b38454cf43810ecafc12e1d8ffbd6")]
    [InlineData("'héllo'", "sha3_384", "001ec1958d7ecb488476e308d05861dc73a26a785d8b078cbeba57ffc4b9ca16fd067e93c351db832ab765f08e3e0f00")]
    [InlineData("'x' * 128", "sha3_384", "a5433d911cd9420017c5e479b30ab4bfa1d55a9566b48acd8c681db9c3a6a928ed556f4edbae3612026b1da3257e1481")]
    [InlineData("'héllo'", "sha3_512", "d2afc6ebcc64f91017b4b42b22cd6f33e27beaf43019bab56994c722d224ee25e7c9110fbcdfd7bc6f89cf1e6c53dcfe39a793d7937c59101e1c21d6a20cf452")]
    [InlineData("'x' * 128", "sha3_512", "8c8a5e194222c7844d96865722cc36c76092ce8d3de53e9a2ccc19884be3fa7514570377c3e37ef625f9b0a580b231637524c131e545b2dcbe3bcd273e8e39e2")]
    [InlineData("'héllo'", "blake2b", "f5392b3e0fc55e0ecd8d462718e4c734f86bb10582144ee192594f4031ec64d8213903f58ab8177367c80fd74f603f8404f8fc5a7be6ec5b78cbef6f42d2ec73")]
    [InlineData("'x' * 128", "blake2b", "082b91ea2e15d1556d2ceefdd5af5d64d31b4e01aff1959724578876293825b236ee8079173a0a38160d7d6685d6bca0bfb62c177b3599b8727d9173e2115b91")]
    [InlineData("'héllo'", "blake2s", "74ea4403c1e5927be128f9138981b50c3b2138c49f69af4a728c1e09167d2ee9")]
    [InlineData("'x' * 128", "blake2s", "0b81df8f2e8616dc992bff767a30f204a479af922fcb6bcd0a4bebeead30ab06")]
    public void Hashes_as_hashlib_does(string text, string type, string expected) =>
        Assert.Equal(expected, Rendering.Sample.Text($"{{{{ ({text}) | hash('{type}') }}}}"));

    [Theory]
    [InlineData("'x'", "rounds=4, salt='abcdefghijklmnopqrstuv'", "$2b$04$abcdefghijklmnopqrstuuPp7HPfoAs8I2dCQCQ/fW7zEJv8I8C8e")]
    [InlineData("'café' * 30", "rounds=5, salt='......................', ident='2a'", "$2a$05$......................fB.0L2flixhTInf3GSVMoEeNQp/X9l.")]
    [InlineData("''", "rounds=4, salt='zzzzzzzzzzzzzzzzzzzzzz', ident='2y'", "$2y$04$zzzzzzzzzzzzzzzzzzzzzui03xBzXgofNodTRmeXjY4xrMhnsNteq")]
    public void Hashes_passwords_with_bcrypt_as_crypt_does(string password, string how, string expected) =>
        Assert.Equal(expected, Rendering.Sample.Text($"{{{{ ({password}) | password_hash('blowfish', {how}) }}}}"));

    [Theory]
    [InlineData("rounds=3, salt='abcdefghijklmnopqrstuu'")]
    [InlineData("rounds=32, salt='abcdefghijklmnopqrstuu'")]
    [InlineData("rounds=4, salt='short'")]
    [InlineData("rounds=4, salt='abcdefghijklmnopqrst u'")]
    [InlineData("rounds=4, ident='3x'")]
    public void Refuses_what_bcrypt_has_not(string how) => Assert.Equal("FD1306", Rendering.Sample.Error($"{{{{ 'x' | password_hash('bcrypt', {how}) }}}}").Code);

    [Fact]
    public void Bcrypt_that_takes_too_long_ends_in_the_budget() =>
        Assert.Equal("FD1307", Rendering.Sample.Error("{{ 'x' | password_hash('bcrypt', rounds=20, salt='abcdefghijklmnopqrstuu') }}", new() { Time = TimeSpan.FromMilliseconds(200) }).Code);
}
