using System.Security.Cryptography;
using FlaskDeploy.Controller.Store;
using FlaskDeploy.Controller.Tests.Harness;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.V1;
using Google.Protobuf;
using Grpc.Core;

namespace FlaskDeploy.Controller.Tests.Store;

public sealed class BlobStoreTests : IDisposable
{
    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(100_000);
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_is_stored_is_there_after_reopening_under_its_digest()
    {
        var digest = Digest.Of(Content);
        await StoreAsync(BlobStore.Open(_folder.Path), digest);
        var reopened = BlobStore.Open(_folder.Path);

        await StoreAsync(reopened, digest);

        Assert.True(reopened.Has(digest));
        Assert.Equal(Content, File.ReadAllBytes(_folder[Path.Combine(digest.ToString()[..2], digest.ToString())]));
        Assert.Empty(Directory.GetFiles(_folder["incoming"]));
    }

    [Fact]
    public async Task A_torn_upload_is_gone_after_reopening()
    {
        var store = BlobStore.Open(_folder.Path);
        var digest = Digest.Of(Content);
        var incoming = store.Begin(digest, Content.Length);
        await incoming.WriteAsync(Content.AsMemory(0, 1000), CancellationToken.None);
        Assert.Single(Directory.GetFiles(_folder["incoming"]));

        // The process is killed here: nothing is disposed.
        var reopened = BlobStore.Open(_folder.Path);

        Assert.False(reopened.Has(digest));
        Assert.Empty(Directory.GetFiles(_folder["incoming"]));
        incoming.Dispose();
    }

    [Fact]
    public async Task Other_content_than_the_digest_says_is_refused()
    {
        await using var controller = await TestController.StartAsync();
        var wrong = new BlobUpload { Digest = TestOperator.Digest(Content), Size = 3, Data = ByteString.CopyFromUtf8("abc") };
        var tooLong = new BlobUpload { Digest = TestOperator.Digest(Content), Size = 2, Data = ByteString.CopyFromUtf8("abc") };
        var tooShort = new BlobUpload { Digest = TestOperator.Digest(Content), Size = 9, Data = ByteString.CopyFromUtf8("abc") };
        var nameless = new BlobUpload { Size = 3, Data = ByteString.CopyFromUtf8("abc") };

        foreach (var (message, why) in new[] { (wrong, "digest is"), (tooLong, "more than"), (tooShort, "ended after"), (nameless, "before the digest") })
        {
            using var upload = controller.Operators.Upload();
            await upload.RequestStream.WriteAsync(message);
            await upload.RequestStream.CompleteAsync();
            var status = await Expect.RefusedAsync(() => upload.ResponseAsync);
            Assert.Equal(StatusCode.InvalidArgument, status.StatusCode);
            Assert.Contains(why, status.Detail, StringComparison.Ordinal);
        }
        Assert.Empty(Directory.GetFiles(Path.Combine(controller.Options.State, "blobs", "incoming")));
        Assert.Single((await controller.Operators.MissingBlobsAsync(new MissingBlobsRequest { Digests = { TestOperator.Digest(Content) } })).Digests);
    }

    [Fact]
    public async Task An_empty_blob_and_many_in_one_upload_are_stored_and_no_longer_missing()
    {
        await using var controller = await TestController.StartAsync();
        byte[][] blobs = [[], Content, [1]];

        await TestOperator.UploadAsync(controller.Operators, [[], [1]]);

        var missing = await controller.Operators.MissingBlobsAsync(new MissingBlobsRequest { Digests = { blobs.Concat(blobs).Select(TestOperator.Digest) } });
        Assert.Equal(TestOperator.Digest(Content), Assert.Single(missing.Digests));
    }

    [Fact]
    public async Task A_blob_whose_file_was_lost_is_missing()
    {
        await using var controller = await TestController.StartAsync();
        await TestOperator.UploadAsync(controller.Operators, Content);
        File.Delete(Directory.GetFiles(Path.Combine(controller.Options.State, "blobs"), Digest.Of(Content).ToString(), SearchOption.AllDirectories).Single());

        Assert.Single((await controller.Operators.MissingBlobsAsync(new MissingBlobsRequest { Digests = { TestOperator.Digest(Content) } })).Digests);
        await TestOperator.UploadAsync(controller.Operators, Content);
        Assert.Empty((await controller.Operators.MissingBlobsAsync(new MissingBlobsRequest { Digests = { TestOperator.Digest(Content) } })).Digests);
    }

    private static async Task StoreAsync(BlobStore store, Digest digest)
    {
        using var incoming = store.Begin(digest, Content.Length);
        Assert.True(await incoming.WriteAsync(Content, CancellationToken.None));
        Assert.Null(incoming.Finish());
    }
}
