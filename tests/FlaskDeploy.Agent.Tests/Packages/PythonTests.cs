using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Looks;

namespace FlaskDeploy.Agent.Tests.Packages;

public sealed class PythonTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("python").FullName;
    private readonly TaskEnvironment _environment = TaskEnvironment.For(Account.Root);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Reads_an_environment_without_starting_its_interpreter()
    {
        var site = Environment("lib/python3.9/site-packages");
        Write($"{site}/Flask-2.2.5.dist-info/METADATA", "Metadata-Version: 2.1\nName: Flask\nVersion: 2.2.5\nSummary: x\n\nVersion: 9 in the text");
        Write($"{site}/ruamel.yaml-0.17.egg-info/PKG-INFO", "Metadata-Version: 1.1\nName: ruamel.yaml\nVersion: 0.17\n");
        Write($"{site}/single-1.0-py3.9.egg-info", "Metadata-Version: 1.0\nName: single\nVersion: 1.0\n");
        Write($"{site}/~lask-1.0.dist-info/RECORD", "what an interrupted pip left");

        foreach (var python in (string[])[_root, $"{_root}/bin/python", $"{_root}/bin/pip"])
        {
            var answer = await new PythonLooks().Packages(python, _environment, TestContext.Current.CancellationToken);

            Assert.True(answer.Exists);
            Assert.Equal(["flask=2.2.5", "ruamel-yaml=0.17", "single=1.0"], answer.Packages.Select(package => $"{package.Key}={package.Value}"));
        }
    }

    [Fact]
    public async Task An_environment_that_is_not_there_is_an_answer()
    {
        var answer = await new PythonLooks().Packages($"{_root}/venv", _environment, TestContext.Current.CancellationToken);

        Assert.False(answer.Exists);
        Assert.Empty(answer.Packages);
    }

    [Fact]
    public async Task Sees_what_a_user_installs_for_himself_from_the_first_package_on()
    {
        // An interpreter that answers as CPython does: the user's directory is not on its path before it exists.
        var python = $"{_root}/opt/bin/interpreter";
        Write(python, "#!/bin/sh\ncase \"$2\" in *getusersitepackages*) echo \"$HOME/.local/lib/python3.9/site-packages\";; esac\necho /nowhere\n");
        File.SetUnixFileMode(python, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var environment = TaskEnvironment.For(Account.Root with { Name = "web", Home = $"{_root}/home" });
        var looks = new PythonLooks();
        Assert.Empty((await looks.Packages(python, environment, TestContext.Current.CancellationToken)).Packages);

        Write($"{_root}/home/.local/lib/python3.9/site-packages/flask-3.0.dist-info/METADATA", "Name: Flask\nVersion: 3.0\n");

        Assert.Equal("3.0", (await looks.Packages(python, environment, TestContext.Current.CancellationToken)).Packages["flask"]);
        Assert.Empty((await looks.Packages(python, _environment, TestContext.Current.CancellationToken)).Packages);
    }

    [Theory]
    [InlineData("Flask_SQLAlchemy", "flask-sqlalchemy")]
    [InlineData("zope.interface", "zope-interface")]
    [InlineData("a-_.b", "a-b")]
    public void Names_are_those_of_PEP_503(string written, string normal) => Assert.Equal(normal, PythonLooks.Normalise(written));

    private string Environment(string site)
    {
        Write($"{_root}/pyvenv.cfg", "home = /usr/bin\n");
        // Whoever starts one of these starts nothing: they are no programs.
        Write($"{_root}/bin/python", "");
        Write($"{_root}/bin/pip", "");
        return Directory.CreateDirectory(Path.Combine(_root, site)).FullName;
    }

    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
