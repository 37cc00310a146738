using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using FlaskDeploy.Interop.Proto;
using Grpc.Net.Client;

namespace FlaskDeploy.Interop;

/// <summary>The stand-in client against any server of the test service, with TLS both ways.</summary>
internal static class InteropClient
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync(X509Certificate2 certificate, string port, TextWriter output)
    {
        using var channel = GrpcChannel.ForAddress($"https://localhost:{port}", new GrpcChannelOptions
        {
            DisposeHttpClient = true,
            HttpHandler = new SocketsHttpHandler
            {
                SslOptions = new SslClientAuthenticationOptions
                {
                    ClientCertificates = [certificate],
                    CertificateChainPolicy = new X509ChainPolicy
                    {
                        TrustMode = X509ChainTrustMode.CustomRootTrust,
                        CustomTrustStore = { certificate },
                        RevocationMode = X509RevocationMode.NoCheck,
                    },
                },
            },
        });
        var cases = new InteropCases(new Proto.TestService.TestServiceClient(channel), new UnimplementedService.UnimplementedServiceClient(channel));
        int failed = 0;
        foreach ((string name, Func<Task> run) in cases.All)
        {
            try
            {
                await run().WaitAsync(Patience);
                await output.WriteLineAsync($"PASS {name}");
            }
            // Any exception is a failed case; the others still run.
            catch (Exception e)
            {
                failed++;
                await output.WriteLineAsync($"FAIL {name}: {e.Message}");
            }
        }

        return failed == 0 ? 0 : 1;
    }
}
