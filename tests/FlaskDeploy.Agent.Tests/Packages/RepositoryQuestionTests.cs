using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Agent.Machine.Packages;

namespace FlaskDeploy.Agent.Tests.Packages;

public sealed class RepositoryQuestionTests
{
    [Theory]
    [MemberData(nameof(Recorded.Versions), "dnf", "assumeno", MemberType = typeof(Recorded))]
    public void Told_no_there_was_something_to_do(string recorded) =>
        Assert.Equal(new TransactionAnswer(true, null), RepositoryLooks.Judge(new ToolResult(1, Recorded.Read(recorded), "Operation aborted.\n", null)));

    [Theory]
    [MemberData(nameof(Recorded.Versions), "dnf", "assumeno-nothing", MemberType = typeof(Recorded))]
    public void Without_a_question_there_was_nothing(string recorded) =>
        Assert.Equal(new TransactionAnswer(false, null), RepositoryLooks.Judge(new ToolResult(0, Recorded.Read(recorded), "", null)));

    [Theory]
    [MemberData(nameof(Recorded.Versions), "dnf", "nosuch", MemberType = typeof(Recorded))]
    public void What_nobody_offers_is_said_in_the_package_managers_words(string recorded)
    {
        var answer = RepositoryLooks.Judge(new ToolResult(1, "", Recorded.Read(recorded), null));

        Assert.False(answer.Acts);
        Assert.Contains("Unable to find a match: nosuch", answer.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Asks_what_would_be_done_and_says_no() =>
        Assert.Equal(
            ["--assumeno", "--setopt=exit_on_lock=1", "--setopt=timeout=15", "--setopt=retries=2", "--security", "upgrade"],
            TransactionScript.Question(new PackageTransaction(PackageAction.Update, ["*"]) { Options = ["--security"] }, yum: false));

    [Theory]
    [MemberData(nameof(Recorded.Versions), "dnf", "repoquery-repoid", MemberType = typeof(Recorded))]
    public void Reads_lists_of_packages(string recorded) =>
        Assert.Equal(["lsof-4.94.0-1.el8.x86_64 of base", "lsof-4.95.0-1.el8.x86_64 of base"], PackageLists.Parse(Recorded.Read(recorded)).Select(listed => $"{listed.Package} of {listed.Repository}"));

    [Theory]
    [MemberData(nameof(Recorded.Versions), "dnf", "repoquery-upgrades", MemberType = typeof(Recorded))]
    public void Reads_what_would_be_newer(string recorded) =>
        Assert.Equal(["lsof-4.95.0-1.el8.x86_64 of base"], PackageLists.Parse(Recorded.Read(recorded)).Select(listed => $"{listed.Package} of {listed.Repository}"));

    [Theory]
    [MemberData(nameof(Recorded.Versions), "dnf", "repolist", MemberType = typeof(Recorded))]
    public void Reads_lists_of_repositories(string recorded) =>
        Assert.Equal(["base"], PackageLists.Repositories(Recorded.Read(recorded)).Select(listed => listed.Repository));

    [Theory]
    [MemberData(nameof(Recorded.Versions), "dnf", "excluded", MemberType = typeof(Recorded))]
    public void Tells_what_was_excluded_as_Ansible_does(string recorded) =>
        Assert.Equal(["lsof All matches were filtered out by exclude filtering for argument: lsof"], TransactionFailure.Failures(Recorded.Read(recorded)));

    [Theory]
    [MemberData(nameof(Recorded.Versions), "dnf", "nosuch", MemberType = typeof(Recorded))]
    public void Tells_what_nobody_offers_as_Ansible_does(string recorded) =>
        Assert.Equal(["No package nosuch available."], TransactionFailure.Failures(Recorded.Read(recorded)));
}
