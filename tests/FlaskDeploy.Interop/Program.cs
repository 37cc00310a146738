using System.Security.Cryptography.X509Certificates;
using FlaskDeploy.Interop;

// interop server CERT KEY          prints its port, then serves until its input ends
// interop client CERT KEY PORT     runs every case against that port; exits with 1 when one fails
if (args is not [("server" or "client") and var role, var certificateFile, var keyFile, .. var rest] || (role == "client") != (rest is [_]))
{
    await Console.Error.WriteLineAsync("usage: interop server CERT KEY | interop client CERT KEY PORT");
    return 2;
}

using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
return role == "server"
    ? await InteropServer.RunAsync(certificate, Console.In, Console.Out)
    : await InteropClient.RunAsync(certificate, rest[0], Console.Out);
