using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.V1;
using Google.Protobuf;

namespace FlaskDeploy.Controller.Tests.Harness;

/// <summary>Somebody with a signing key and a playbook: makes envelopes and pushes them.</summary>
internal sealed class TestOperator : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public byte[] PublicKey => _key.ExportSubjectPublicKeyInfo();

    public void Dispose() => _key.Dispose();

    public Envelope Sign(string type, IMessage payload)
    {
        var bytes = payload.ToByteArray();
        byte[] signed = [.. Encoding.ASCII.GetBytes($"flaskdeploy envelope v1\n{type}\n"), .. bytes];
        return new Envelope
        {
            Type = type,
            Payload = ByteString.CopyFrom(bytes),
            Signatures =
            {
                new Signature
                {
                    Key = ByteString.CopyFrom(SHA256.HashData(PublicKey)),
                    Value = ByteString.CopyFrom(_key.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)),
                },
            },
        };
    }

    /// <summary>A whole and right push of revision <c>head + 1</c>; tests bend it before it is sent.</summary>
    public PushRequest Push(string deployment, ulong head, ulong lastOrder, byte[] bundle, IReadOnlyList<string> hosts, params IReadOnlyList<byte[]> blobs)
    {
        var sequence = head + 1;
        var content = new ReleaseContent { Format = 1, Bundle = Digest(bundle), Selector = "all", Origin = "/srv/site.yml" };
        var release = Sign("release", new Release { Deployment = deployment, Sequence = sequence, Content = content.ToByteString() });
        var request = OrderOnly(deployment, head, lastOrder, sequence, hosts);
        request.Release = release;
        request.HostParts.AddRange(hosts.Select(host => Part(deployment, sequence, host, release, blobs)));
        request.Blobs.Add(Digest(bundle));
        request.Blobs.AddRange(blobs.Select(Digest));
        return request;
    }

    public PushRequest OrderOnly(string deployment, ulong head, ulong lastOrder, ulong sequence, IReadOnlyList<string> hosts) => new()
    {
        Deployment = deployment,
        ExpectedHead = head,
        ExpectedLastOrder = lastOrder,
        Order = Sign("order", new Order { Deployment = deployment, Number = lastOrder + 1, Sequence = sequence, Hosts = { hosts } }),
    };

    public Envelope Part(string deployment, ulong sequence, string host, Envelope release, params IReadOnlyList<byte[]> blobs) => Sign("host-part", new HostPart
    {
        Deployment = deployment,
        Sequence = sequence,
        Host = host,
        Release = ByteString.CopyFrom(SHA256.HashData(release.Payload.Span)),
        Content = new HostPartContent { InventoryName = host + ".example", Digests = { blobs.Select(Digest) } }.ToByteString(),
    });

    public static ByteString Digest(byte[] content) => ByteString.CopyFrom(SHA256.HashData(content));

    public static async Task UploadAsync(Operators.OperatorsClient client, params IReadOnlyList<byte[]> blobs)
    {
        using var upload = client.Upload();
        foreach (var blob in blobs)
        {
            await upload.RequestStream.WriteAsync(new BlobUpload { Digest = Digest(blob), Size = (ulong)blob.Length, Data = ByteString.CopyFrom(blob, 0, blob.Length / 2) });
            await upload.RequestStream.WriteAsync(new BlobUpload { Data = ByteString.CopyFrom(blob, blob.Length / 2, blob.Length - blob.Length / 2) });
        }
        await upload.RequestStream.CompleteAsync();
        var response = await upload.ResponseAsync.WaitAsync(Expect.Patience);
        Assert.Equal((uint)blobs.Count, response.Stored);
    }
}
