using System.Text.Json;
using FlaskDeploy.Cli.Commands;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Linting;
using FlaskDeploy.Compiler.Linting;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Cli.Tests;

public sealed class LintOutputTests
{
    private static readonly LintRule Rule = LintRules.All.Single(rule => rule.Name == "package-latest");

    private static readonly LintResult Result = new(
        [
            new LintFinding(null, "FD1203", LintSeverity.Error, new SourceSpan("a b/site.yml", 4, 7), "copy has no argument 'x'") { Remedy = "did you mean 'y'?" },
            new LintFinding(Rule, Rule.Code, LintSeverity.Warning, new SourceSpan("/srv/site.yml", 0, 0), "latest \e[31m") { Detail = "more" },
            new LintFinding(Rule, Rule.Code, LintSeverity.Info, new SourceSpan("site.yml", 9, 0), "advice"),
        ], 3, []);

    // What the schema requires: https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json
    [Fact]
    public void Sarif_has_what_its_schema_requires()
    {
        using var sarif = JsonDocument.Parse(LintSarif.Print(Result));
        Assert.Equal("2.1.0", sarif.RootElement.GetProperty("version").GetString());
        var run = Assert.Single(sarif.RootElement.GetProperty("runs").EnumerateArray());
        var driver = run.GetProperty("tool").GetProperty("driver");
        Assert.Equal("flaskdeploy lint", driver.GetProperty("name").GetString());
        var rules = driver.GetProperty("rules").EnumerateArray().Select(rule => rule.GetProperty("id").GetString()).ToList();
        Assert.Equal(["FD1203", "FD2401"], rules);
        Assert.All(driver.GetProperty("rules").EnumerateArray(), rule => Assert.All(["shortDescription", "fullDescription", "help"], name => Assert.NotEmpty(rule.GetProperty(name).GetProperty("text").GetString()!)));
        Assert.True(run.GetProperty("invocations")[0].GetProperty("executionSuccessful").GetBoolean());
        var results = run.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(["error", "warning", "note"], results.Select(result => result.GetProperty("level").GetString()));
        Assert.All(results, result =>
        {
            Assert.Equal(result.GetProperty("ruleId").GetString(), rules[result.GetProperty("ruleIndex").GetInt32()]);
            Assert.NotEmpty(result.GetProperty("message").GetProperty("text").GetString()!);
            var place = Assert.Single(result.GetProperty("locations").EnumerateArray()).GetProperty("physicalLocation");
            Assert.True(Uri.TryCreate(place.GetProperty("artifactLocation").GetProperty("uri").GetString(), UriKind.RelativeOrAbsolute, out var uri) && !uri.OriginalString.Contains(' '));
            Assert.True(!place.TryGetProperty("region", out var region) || region.GetProperty("startLine").GetInt32() >= 1);
        });
        Assert.False(results[1].GetProperty("locations")[0].GetProperty("physicalLocation").TryGetProperty("region", out _));
    }

    [Fact]
    public void Sarif_says_what_could_not_be_looked_at()
    {
        using var sarif = JsonDocument.Parse(LintSarif.Print(Result with { Problems = ["nowhere.yml: there is no such file"] }));
        var invocation = sarif.RootElement.GetProperty("runs")[0].GetProperty("invocations")[0];
        Assert.False(invocation.GetProperty("executionSuccessful").GetBoolean());
        Assert.Equal("nowhere.yml: there is no such file", invocation.GetProperty("toolExecutionNotifications")[0].GetProperty("message").GetProperty("text").GetString());
    }

    [Fact]
    public void A_page_is_broken_at_eighty_columns_and_its_code_is_not()
    {
        var code = new string('x', 100);
        Assert.Equal($"```\n{code} {code}\n```", Wrapping.Of($"```\n{code} {code}\n```"));
        Assert.Equal("short", Wrapping.Of("short"));
        Assert.Equal("what every module returns (flaskdeploy doc keywords).", Wrapping.Of("what [every module returns](../keywords.md#results)."));
        Assert.Equal($"- `{code} b`", Wrapping.Of($"- `{code} b`"));
        var item = "  - " + string.Join(' ', Enumerable.Repeat("word", 40)) + " `a b` end";
        var lines = Wrapping.Of(item).Split('\n');
        Assert.All(lines, line => Assert.True(line.Length <= 80, line));
        Assert.All(lines[1..], line => Assert.StartsWith("    w", line, StringComparison.Ordinal));
        Assert.Equal(item.Trim(), string.Join(' ', lines.Select(line => line.Trim())));
    }

    [Fact]
    public void Json_tells_every_finding_with_its_place()
    {
        using var json = JsonDocument.Parse(LintJson.Print(Result));
        Assert.Equal((3, 1, 1, 1), (json.RootElement.GetProperty("files").GetInt32(), json.RootElement.GetProperty("errors").GetInt32(), json.RootElement.GetProperty("warnings").GetInt32(), json.RootElement.GetProperty("info").GetInt32()));
        var first = json.RootElement.GetProperty("findings")[0];
        Assert.Equal(("a b/site.yml", 4, 7, "FD1203"), (first.GetProperty("file").GetString(), first.GetProperty("line").GetInt32(), first.GetProperty("column").GetInt32(), first.GetProperty("code").GetString()));
        Assert.Equal(JsonValueKind.Null, first.GetProperty("rule").ValueKind);
    }

    [Fact]
    public void Text_names_place_code_rule_and_remedy_and_steers_no_terminal()
    {
        var lines = LintText.Lines(Result, Style.None).ToList();
        Assert.Equal("a b/site.yml:4:7: error FD1203: copy has no argument 'x'; did you mean 'y'?", lines[0]);
        Assert.Equal("/srv/site.yml: warning FD2401 [package-latest]: latest \\u001b[31m", lines[1]);
        Assert.Equal("3 files: 1 error, 1 warning, 1 info", lines[^1]);
    }

    [Fact]
    public void Warnings_fail_only_when_strict()
    {
        var warned = Result with { Findings = [Result.Findings[1], Result.Findings[2]] };
        Assert.Equal((2, 0, 2, 0), (LintCommand.Status(Result, strict: false), LintCommand.Status(warned, strict: false), LintCommand.Status(warned, strict: true), LintCommand.Status(warned with { Findings = [Result.Findings[2]] }, strict: true)));
    }
}
