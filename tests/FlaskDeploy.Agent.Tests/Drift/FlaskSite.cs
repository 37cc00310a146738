using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Tests.Machine;
using FlaskDeploy.Agent.Tests.Runs;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Tests.Drift;

/// <summary>The founding playbook, as compiled, on a fake machine that plays its part: a shell line that starts the site starts a listener.</summary>
internal sealed class FlaskSite : IDisposable
{
    public const string Home = "/home/web/hello";
    public const string Script = $"{Home}/hello.py";
    public const int Port = 5000;

    public FlaskSite()
    {
        Host.Files["hello/hello.py"] = "print('hello')\n";
        Host.Files["hello/style.css"] = "body {}\n";
        foreach (var program in (string[])["/usr/bin/pip", "/usr/bin/virtualenv", "/usr/bin/lsof"])
        {
            Host.Machine.WithFile(program, "", 0x1ED);
        }
        foreach (var package in (string[])["epel-release", "lsof", "python-pip"])
        {
            Host.Machine.Packages.Repository.Add(FakePackages.Named(package, "1.0"));
        }
        Host.Machine.Python.Index["flask"] = "0.10.1";
        Host.Machine.Python.Index["virtualenv"] = "15.0.0";
        Host.Machine.OnCommand = Run;
    }

    public TestHost Host { get; } = new();

    public FakeMachine Machine => Host.Machine;

    public int? Pid => Machine.Processes.Listeners(Port).Listeners is [var listener, ..] ? listener.Pid : null;

    /// <summary>Starting the site brings up no listener.</summary>
    public bool IsBroken { get; set; }

    public Bundle Bundle { get; } = Book.Bundle(Book.Play(
        Book.Task("file", ("path", "{{ PROJECT_HOME }}"), ("state", "directory")).Named("Create remote directory"),
        Book.Task("copy", ("src", "{{ item }}"), ("dest", "{{ PROJECT_HOME }}")).Over("hello/hello.py", "hello/style.css").Named("Copy project code"),
        Book.Task("yum", ("name", "epel-release"), ("state", "latest")).Sudo().Named("Install extra packages"),
        Book.Task("yum", ("name", "lsof"), ("state", "latest")).Sudo().Named("Install lsof"),
        Book.Task("yum", ("name", "python-pip"), ("state", "latest")).Sudo().Named("Install pip"),
        Book.Task("pip", ("name", "virtualenv")).Sudo().Named("Install virtualenv"),
        Book.Shell("virtualenv {{ PROJECT_HOME }}/venv", ("creates", "{{ PROJECT_HOME }}/venv/bin/activate")).Named("Create virtualenv"),
        Book.Task("pip", ("name", "flask"), ("virtualenv", "{{ PROJECT_HOME }}/venv")).Named("Install Flask"),
        Book.Shell("lsof -t -i:{{ PORT }}").Sudo().Ignoring().Registered("pid").Named("Get process id"),
        Book.Shell("kill {{ pid.stdout }}").If("pid.stdout != \"\"").Named("Kill webserver"),
        Book.Shell("source {{ PROJECT_HOME }}/venv/bin/activate; nohup python {{ PROJECT_HOME }}/{{ MAIN_PY }} {{ PORT }} 2>&1 >/dev/null &").Named("Launch flask website"),
        Book.Task("wait_for", ("port", "{{ PORT }}"), ("delay", "1")).Named("Wait for website port"))
        .With(("PROJECT_HOME", "~/hello"), ("MAIN_PY", "hello.py"), ("PORT", "5000")));

    /// <summary>What was carried out since, without what was before.</summary>
    public List<Step> Since(int count) => [.. Machine.Executed.Skip(count)];

    public void Dispose() => Host.Dispose();

    private CommandResult? Run(IReadOnlyList<string> arguments, FakeMachine machine)
    {
        var line = arguments is ["/bin/sh", "-c", var text] ? text : "";
        return line switch
        {
            _ when line.StartsWith("virtualenv ", StringComparison.Ordinal) => Made(line.Split(' ')[1]),
            _ when line.StartsWith("lsof ", StringComparison.Ordinal) => Pid is { } pid ? Result(0, $"{pid}\n") : Result(1, ""),
            "kill all" => Pid is { } running ? Killed(running) : Result(0, ""),
            _ when line.StartsWith("kill ", StringComparison.Ordinal) => Killed(int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)),
            _ when line.StartsWith("source ", StringComparison.Ordinal) => Started(),
            _ => null,
        };

        CommandResult Made(string path)
        {
            machine.Python.MakeEnvironment(path.Replace("~", "/home/web", StringComparison.Ordinal));
            return Result(0, "New python executable\n");
        }

        CommandResult Killed(int pid)
        {
            machine.Processes.Kill(pid);
            return Result(0, "");
        }

        CommandResult Started()
        {
            if (!IsBroken)
            {
                machine.Processes.Run("python hello.py 5000", Port, FakeMachine.Web);
            }
            return Result(0, "");
        }

        CommandResult Result(int exitCode, string output) => new(exitCode, output, "", machine.Clock.GetUtcNow(), TimeSpan.FromMilliseconds(5));
    }
}
