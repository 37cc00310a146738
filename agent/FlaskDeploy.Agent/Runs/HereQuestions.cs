using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Web;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Runs;

/// <summary>What lookups ask of the operator's machine, where that is this one: as the operator who runs <c>apply</c>, in that environment.</summary>
internal sealed class HereQuestions(IOperatorDisk disk, TimeProvider time) : IOperatorQuestions
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    public string? Environment(string name) => System.Environment.GetEnvironmentVariable(name);

    public OperatorReply Shell(string line)
    {
        var result = BoundedTool.Shell(line, disk.Directory, Longest, CancellationToken.None).GetAwaiter().GetResult();
        return result.Problem is { } problem ? OperatorReply.Failed(problem) : result.ExitCode == 0 ? OperatorReply.Of(result.Output) : OperatorReply.Failed($"returned {result.ExitCode}");
    }

    public OperatorReply Read(string path) => Caught(() => DurableFile.TryRead(disk.PlaceOf(path)) is { } content ? OperatorReply.Of(Encoding.UTF8.GetString(content)) : OperatorReply.Of(null));

    public OperatorReply Keep(string path, string text, bool replaces) => Caught(() =>
    {
        var place = disk.PlaceOf(path);
        DurableFile.MakeDirectory(Path.GetDirectoryName(place)!);
        if (replaces)
        {
            DurableFile.Write(place, Encoding.UTF8.GetBytes(text));
        }
        else
        {
            // Somebody else may be quicker; then that is what it holds.
            DurableFile.TryCreate(place, Encoding.UTF8.GetBytes(text));
        }
        return OperatorReply.Of(File.ReadAllText(place));
    });

    public OperatorReply Get(OperatorRequest request)
    {
        var answer = WebAnswers.Ask(
            new WebRequest(request.Url.AbsoluteUri)
            {
                Headers = request.Headers,
                Timeout = request.Timeout,
                ValidateCertificates = request.ValidatesCertificates,
                Proxy = request.UsesProxy ? HttpClient.DefaultProxy.GetProxy(request.Url)?.AbsoluteUri : null,
                User = request.User,
                Password = request.Password,
                ForceBasicAuth = request.SendsPasswordAtOnce,
                FollowsRedirects = request.FollowsRedirects,
            },
            time,
            CancellationToken.None).AsTask().GetAwaiter().GetResult();
        return answer.Status == WebAnswer.None ? OperatorReply.Failed(answer.Reason)
            : answer.Status is >= 200 and < 300 ? OperatorReply.Of(WebAnswers.Text(answer))
            : OperatorReply.Failed($"HTTP Error {answer.Status}: {answer.Reason}");
    }

    private static OperatorReply Caught(Func<OperatorReply> ask)
    {
        try
        {
            return ask();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return OperatorReply.Failed(problem.Message);
        }
    }
}
