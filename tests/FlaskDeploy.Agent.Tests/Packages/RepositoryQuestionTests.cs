using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Agent.Machine.Packages;

namespace FlaskDeploy.Agent.Tests.Packages;

public sealed class RepositoryQuestionTests
{
    [Fact]
    public void Told_no_there_was_something_to_do() =>
        Assert.Equal(new TransactionAnswer(true, null), RepositoryLooks.Judge(new ToolResult(1, Recorded.Read("dnf-4.14-assumeno.txt"), "Operation aborted.\n", null)));

    [Fact]
    public void Without_a_question_there_was_nothing() =>
        Assert.Equal(new TransactionAnswer(false, null), RepositoryLooks.Judge(new ToolResult(0, Recorded.Read("dnf-4.14-assumeno-nothing.txt"), "", null)));

    [Fact]
    public void What_nobody_offers_is_said_in_the_package_managers_words()
    {
        var answer = RepositoryLooks.Judge(new ToolResult(1, "", Recorded.Read("dnf-4.14-nosuch-error.txt"), null));

        Assert.False(answer.Acts);
        Assert.Contains("Unable to find a match: nosuch", answer.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Asks_what_would_be_done_and_says_no() =>
        Assert.Equal(
            ["--assumeno", "--setopt=exit_on_lock=1", "--setopt=timeout=15", "--setopt=retries=2", "--security", "upgrade"],
            TransactionScript.Question(new PackageTransaction(PackageAction.Update, ["*"]) { Options = ["--security"] }, yum: false));

    [Fact]
    public void Reads_lists_of_packages_and_of_repositories()
    {
        Assert.Equal(["lsof-4.94.0-1.el8.x86_64 of base", "lsof-4.95.0-1.el8.x86_64 of base"], PackageLists.Parse(Recorded.Read("dnf-4.14-repoquery-repoid.txt")).Select(listed => $"{listed.Package} of {listed.Repository}"));
        Assert.Equal(["base"], PackageLists.Repositories(Recorded.Read("dnf-4.14-repolist.txt")).Select(listed => listed.Repository));
    }

    [Fact]
    public void Tells_what_was_excluded_as_Ansible_does() =>
        Assert.Equal(
            ["lsof All matches were filtered out by exclude filtering for argument: lsof"],
            TransactionFailure.Failures("Last metadata expiration check: 0:00:01 ago\nAll matches were filtered out by exclude filtering for argument: lsof\nError: Unable to find a match: lsof\n"));

    [Fact]
    public void Tells_what_nobody_offers_as_Ansible_does() =>
        Assert.Equal(["No package nosuch available."], TransactionFailure.Failures(Recorded.Read("dnf-4.14-nosuch-error.txt")));
}
