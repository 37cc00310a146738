using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Tests;

/// <summary>What <c>vars_prompt</c> asks for, and what becomes of the answer.</summary>
public class PromptTests
{
    [Theory]
    // What crypt(3) makes of the password "typed".
    [InlineData("encrypt: md5_crypt, salt: foo, salt_size: 7", "$1$foo$4ltM.qEvS9fN/1cGaNRxU0")]
    [InlineData("encrypt: sha256_crypt, salt: foo", "$5$rounds=535000$foo$2h0vDHtHt4e3/z/Rv.JetTXS.UY9pI9dHkZRtC9BU83")]
    [InlineData("encrypt: sha512_crypt, salt: '{{ grain }}'", "$6$rounds=656000$salty$qxRz6w4nKdFhl9Iq/HrxYL8vOWRBUj9M1RFDbDgBe.vLkc4hNyXLWoto5QaNborft9kWsrmKnTZkMIxTs1ifw.")]
    [InlineData("encrypt: bcrypt, salt: abcdefghijklmnopqrstuu", "$2b$12$abcdefghijklmnopqrstuuGgCGsLEFHITLqgvDFogKv2ZlnuCJ272")]
    [InlineData("encrypt: ''", "typed")]
    [InlineData("unsafe: yes", "typed")]
    public void The_answer_is_hashed_as_it_is_asked_for(string options, string expected)
    {
        var (value, _, _) = Asked($"[{{name: pw, {options}}}]", "typed");

        Assert.StartsWith(expected, Assert.IsType<SecretValue>(value).Reveal().ToString());
    }

    [Theory]
    [InlineData("md5_crypt", null, 8)]
    [InlineData("md5_crypt", 5, 5)]
    [InlineData("sha512_crypt", null, 16)]
    public void A_salt_that_is_not_given_is_made_in_the_size_that_is(string scheme, int? size, int length)
    {
        var options = $"[{{name: pw, encrypt: {scheme}{(size is null ? "" : $", salt_size: {size}")}}}]";
        string Salt() => Asked(options, "typed").Value!.Reveal().ToString().Split('$')[^2];

        Assert.Equal(length, Salt().Length);
        Assert.NotEqual(Salt(), Salt());
    }

    [Theory]
    [InlineData("sha512", "did you mean 'sha512_crypt'?")]
    [InlineData("sha1_crypt", "there is no hash 'sha1_crypt'")]
    [InlineData("bcrypt, salt: short", "a salt for bcrypt has 22")]
    public void A_hash_that_nobody_has_is_refused_before_anybody_is_asked_for_long(string encrypt, string said) =>
        Assert.Contains(said, Asked($"[{{name: pw, encrypt: {encrypt}}}]", "typed").Result.Wrong().ToString());

    [Fact]
    public void What_is_given_is_neither_asked_for_nor_hashed()
    {
        var (value, asked, result) = Asked("[{name: pw, encrypt: md5_crypt}]", "typed", "-e pw=plain");

        Assert.Null(value);
        Assert.Empty(asked);
        Assert.Equal("plain", result.Good().Release.ExtraVars.Single().Value.ToString());
    }

    [Fact]
    public void A_default_is_hashed_too() =>
        Assert.StartsWith("$1$foo$", Asked("[{name: pw, encrypt: md5_crypt, salt: foo, default: usual}]", "").Value!.Reveal().ToString());

    [Fact]
    public void Answers_that_differ_are_asked_for_again()
    {
        var answers = new Queue<string>(["a", "b", "c", "c"]);
        var (value, asked, _) = Asked("[{name: pw, prompt: Say, confirm: yes}]", answers.Dequeue);

        Assert.Equal("c", value!.Reveal().ToString());
        Assert.Equal(["Say", "confirm Say", "the two answers differ; Say", "confirm Say"], asked);
    }

    [Fact]
    public void What_is_shown_may_depend_on_the_plays_variables() => Assert.Equal(["Say salty [d]"], Asked("[{name: pw, prompt: 'Say {{ grain }}', default: d, private: no}]", "x").Asked);

    [Theory]
    [InlineData("{pw: 'Which?'}", "Which?")]
    [InlineData("{name: pw, prompt: 'Which?', private: no}", "Which?")]
    public void The_forms_without_a_list_are_understood(string prompts, string shown)
    {
        var (value, asked, _) = Asked(prompts, "typed");

        Assert.Equal(shown, Assert.Single(asked));
        Assert.Equal("typed", Assert.IsType<TextValue>(value).Text);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(", unsafe: yes", false)]
    public void An_answer_is_rendered_unless_it_is_unsafe(string unsafely, bool isTemplate) =>
        Assert.Equal(isTemplate, Asked($"[{{name: pw, private: no{unsafely}}}]", "{{ grain }}").Value is TemplateValue);

    private static (Value? Value, List<string> Asked, CompilationResult Result) Asked(string prompts, string answer, params string[] options) => Asked(prompts, () => answer, options);

    private static (Value? Value, List<string> Asked, CompilationResult Result) Asked(string prompts, Func<string> answer, params string[] options)
    {
        var asked = new List<string>();
        var machine = new FakeOperatorMachine().With("site.yml", $"- hosts: all\n  vars: {{grain: salty}}\n  vars_prompt: {prompts}\n  tasks: []\n");
        var request = GoldenTests.ReadCommand(["site.yml", "-i web1,", .. options]) with
        {
            Ask = (shown, _) =>
            {
                asked.Add(shown);
                return answer();
            },
        };
        var result = new PlaybookCompiler(machine).Compile(request);
        return (result.Compilation?.Bundle.Plays[0].Vars.FirstOrDefault(pair => pair.Key == "pw").Value, asked, result);
    }
}
