using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FlaskDeploy.Interop;

/// <summary>The stand-in server on a free port, with TLS both ways.</summary>
internal static class InteropServer
{
    public static async Task<int> RunAsync(X509Certificate2 certificate, TextReader until, TextWriter port)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps(https =>
        {
            https.ServerCertificate = certificate;
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (presented, _, _) => presented.Thumbprint == certificate.Thumbprint;
        })));
        builder.Services.AddGrpc();
        await using WebApplication app = builder.Build();
        app.MapGrpcService<TestService>();
        await app.StartAsync();
        await port.WriteLineAsync(new Uri(app.Urls.Single()).Port.ToString());
        await port.FlushAsync();
        await until.ReadToEndAsync();
        return 0;
    }
}
