using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FlaskDeploy.Controller.Security;
using FlaskDeploy.Controller.Tests.Harness;
using FlaskDeploy.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Net.Client;

namespace FlaskDeploy.Controller.Tests.Security;

public sealed class RoleTests
{
    private static readonly Marshaller<byte[]> Raw = Marshallers.Create(bytes => bytes, bytes => bytes);

    private static IEnumerable<string> AllMethods => new[] { AgentReflection.Descriptor, OperatorReflection.Descriptor }
        .SelectMany(file => file.Services)
        .SelectMany((ServiceDescriptor service) => service.Methods)
        .Select(method => $"/{method.Service.FullName}/{method.Name}");

    [Fact]
    public void Every_method_of_every_service_has_a_role_and_nothing_else_has() =>
        Assert.Equal(AllMethods.Order(StringComparer.Ordinal), MethodRoles.Of.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public async Task Everybody_reaches_exactly_the_methods_of_their_role()
    {
        await using var controller = await TestController.StartAsync();
        using var host = await TestHost.EnrolledAsync(controller, "web1");
        using var operatorCertificate = await OperatorCertificateAsync(controller);
        (string Who, GrpcChannel Channel, Role[] May)[] callers =
        [
            ("stranger", controller.TlsChannel(), [Role.Anonymous]),
            ("host", controller.TlsChannel(host.Certificate), [Role.Anonymous, Role.Host]),
            ("operator", controller.TlsChannel(operatorCertificate), [Role.Anonymous, Role.Operator]),
            ("root on the socket", controller.SocketChannel(), [Role.Operator]),
        ];
        var wrong = new List<string>();
        foreach (var (who, channel, may) in callers)
        {
            foreach (var (method, role) in MethodRoles.Of)
            {
                var code = await CallAsync(channel, method);
                var refused = code is StatusCode.Unauthenticated or StatusCode.PermissionDenied;
                if (refused == may.Contains(role))
                {
                    wrong.Add($"{who} {method}: {code}");
                }
            }
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public async Task On_the_socket_only_the_one_user_is_an_operator()
    {
        await using var controller = await TestController.StartAsync(options => options with { SocketUser = options.SocketUser + 1 });

        var status = await Expect.RefusedAsync(async () => await controller.Operators.DescribeAsync(new DescribeRequest()));

        Assert.Equal(StatusCode.PermissionDenied, status.StatusCode);
        Assert.Contains("sudo", status.Detail, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(controller.Options.Socket));
    }

    [Fact]
    public async Task A_method_that_is_not_listed_is_refused_to_everybody()
    {
        await using var controller = await TestController.StartAsync();

        Assert.Equal(StatusCode.Unimplemented, await CallAsync(controller.SocketChannel(), "/flaskdeploy.v1.Operators/Reboot"));
        Assert.Equal(StatusCode.Unimplemented, await CallAsync(controller.TlsChannel(), "/flaskdeploy.v1.Enrolment/enrol"));
        Assert.Equal(StatusCode.Unimplemented, await CallAsync(controller.TlsChannel(), "/flaskdeploy.v1.Operators/Push/"));
    }

    [Fact]
    public async Task A_certificate_of_another_authority_gets_no_connection()
    {
        await using var controller = await TestController.StartAsync();
        using var folder = new TempFolder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var foreign = CertificateAuthority.OpenOrCreate(folder["ca.pem"], TimeProvider.System);
        using var bare = foreign.IssueForOperator(new PublicKey(key), "ann", TimeSpan.FromDays(1));
        using var certificate = bare.CopyWithPrivateKey(key);

        Assert.Equal(StatusCode.Unavailable, await CallAsync(controller.TlsChannel(certificate), "/flaskdeploy.v1.Operators/Describe"));
    }

    [Fact]
    public async Task A_certificate_that_the_store_does_not_know_is_refused_though_the_authority_made_it()
    {
        await using var controller = await TestController.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var bare = controller.Server.Authority.IssueForOperator(new PublicKey(key), "ann", TimeSpan.FromDays(1));
        using var certificate = bare.CopyWithPrivateKey(key);

        Assert.Equal(StatusCode.Unauthenticated, await CallAsync(controller.TlsChannel(certificate), "/flaskdeploy.v1.Operators/Describe"));
    }

    [Fact]
    public async Task A_removed_host_is_refused_and_its_session_ends()
    {
        await using var controller = await TestController.StartAsync();
        using var host = await TestHost.EnrolledAsync(controller, "web1");
        using var session = await host.ConnectAsync(controller);

        await controller.Operators.RemoveHostAsync(new RemoveHostRequest { Host = "web1" });

        Assert.Equal(StatusCode.Unauthenticated, (await session.EndAsync()).StatusCode);
        Assert.Equal(StatusCode.Unauthenticated, await CallAsync(controller.TlsChannel(host.Certificate), "/flaskdeploy.v1.Agents/Fetch"));
        Assert.Empty((await controller.Operators.ListHostsAsync(new ListHostsRequest())).Hosts);
        await Expect.RefusedAsync(StatusCode.NotFound, async () => await controller.Operators.RemoveHostAsync(new RemoveHostRequest { Host = "web1" }));
    }

    internal static async Task<X509Certificate2> OperatorCertificateAsync(TestController controller)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=ann", key, HashAlgorithmName.SHA256).CreateSigningRequest();
        var issued = await controller.Operators.IssueOperatorCertificateAsync(new IssueOperatorCertificateRequest { Name = "ann", CertificateRequest = ByteString.CopyFrom(request) });
        using var bare = X509CertificateLoader.LoadCertificate(issued.Certificate.Span);
        return bare.CopyWithPrivateKey(key);
    }

    // An empty message is one of every type; what becomes of it behind the gate is not the question here.
    private static async Task<StatusCode> CallAsync(GrpcChannel channel, string path)
    {
        var parts = path.Split('/', 3);
        var method = new Method<byte[], byte[]>(MethodType.ServerStreaming, parts[1], parts[2], Raw, Raw);
        using var patience = new CancellationTokenSource(Expect.Patience);
        using var call = channel.CreateCallInvoker().AsyncServerStreamingCall(method, null, new CallOptions(cancellationToken: patience.Token), []);
        try
        {
            while (await call.ResponseStream.MoveNext(patience.Token))
            {
                // Only how it ends counts.
            }
            return StatusCode.OK;
        }
        catch (RpcException end)
        {
            return end.StatusCode;
        }
    }
}
