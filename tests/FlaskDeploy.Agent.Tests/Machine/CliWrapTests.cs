using System.Diagnostics;
using CliWrap;
using CliWrap.Buffered;
using CliWrap.Exceptions;

namespace FlaskDeploy.Agent.Tests.Machine;

/// <summary>The members of CliWrap that the agent uses, whichever project or package they come from; but for the wait, which is the stand-in's own.</summary>
public sealed class CliWrapTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("a \"quoted\" word")]
    [InlineData("back\\slash\\")]
    [InlineData("ends in a space and a slash \\")]
    [InlineData("\\\"")]
    [InlineData("$HOME `id` *")]
    public async Task An_argument_arrives_as_it_was_given(string argument)
    {
        var result = await Cli.Wrap("/usr/bin/printf").WithArguments(["%s|", argument, "next"]).ExecuteBufferedAsync(TestContext.Current.CancellationToken);

        Assert.Equal($"{argument}|next|", result.StandardOutput);
    }

    [Fact]
    public async Task Waits_for_the_process_and_not_for_a_child_that_holds_its_pipes()
    {
        var at = Stopwatch.GetTimestamp();

        var result = await Cli.Wrap("/bin/sh").WithArguments(["-c", "echo said; sleep 20 &"]).ExecuteBufferedAsync(TestContext.Current.CancellationToken);

        Assert.Equal("said\n", result.StandardOutput);
        Assert.True(Stopwatch.GetElapsedTime(at) < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_failure_is_thrown_unless_it_is_not_validated()
    {
        var command = Cli.Wrap("/bin/sh").WithArguments(["-c", "echo why >&2; exit 3"]);

        var thrown = await Assert.ThrowsAsync<CommandExecutionException>(async () => await command.ExecuteBufferedAsync(TestContext.Current.CancellationToken));
        var result = await command.WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);

        Assert.Equal(3, thrown.ExitCode);
        Assert.Equal((3, false, "why\n"), (result.ExitCode, result.IsSuccess, result.StandardError));
    }

    [Fact]
    public async Task Input_is_written_and_the_environment_is_added_to()
    {
        var result = await Cli.Wrap("/bin/sh")
            .WithArguments(["-c", "cat; echo $FD_GIVEN"])
            .WithStandardInputPipe(PipeSource.FromString("in "))
            .WithEnvironmentVariables(builder => builder.Set("FD_GIVEN", "out"))
            .ExecuteBufferedAsync(TestContext.Current.CancellationToken);

        Assert.Equal("in out\n", result.StandardOutput);
    }

    [Fact]
    public async Task Cancellation_kills_it()
    {
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Cli.Wrap("/bin/sleep").WithArguments("300").ExecuteAsync(cancellation.Token));
    }
}
