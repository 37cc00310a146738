using FlaskDeploy.Compiler.Syntax;

namespace FlaskDeploy.Compiler.Tests;

public class KeyValueTests
{
    [Theory]
    [InlineData("a=1 b=2", "a=1|b=2")]
    [InlineData("path={{ A }}/x mode=0644", "path={{ A }}/x|mode=0644")]
    [InlineData("path={{ A | default('x y') }} b=1", "path={{ A | default('x y') }}|b=1")]
    [InlineData("a={% if x %}y{% endif %} b=1", "a={% if x %}y{% endif %}|b=1")]
    [InlineData("a={# c d #}e b=1", "a={# c d #}e|b=1")]
    [InlineData("a=\"x y\" b='z w'", "a=x y|b=z w")]
    [InlineData("a=\"it's\"", "a=it's")]
    [InlineData("a=x=y", "a=x=y")]
    [InlineData("a=", "a=")]
    [InlineData("a=\"\"", "a=")]
    [InlineData("a=1 \\\n b=2", "a=1|b=2")]
    [InlineData("a=1\nb=2", "a=1|b=2")]
    [InlineData("a=x\\ny", "a=x\ny")]
    [InlineData("a=x\\\\y", "a=x\\y")]
    [InlineData("a=\\u00e9\\x41", "a=éA")]
    [InlineData("a=\\d+", "a=\\d+")]
    public void Splits_pairs(string text, string expected)
    {
        var parsed = KeyValueText.Parse(text, isCommand: false);

        Assert.Null(parsed.Problem);
        Assert.Empty(parsed.Strays);
        Assert.Equal(expected, string.Join('|', parsed.Pairs.Select(pair => $"{pair.Key}={pair.Value}")));
    }

    [Theory]
    [InlineData("echo hi", "echo hi", "")]
    [InlineData("  echo  'a  b'  ", "echo  'a  b'", "")]
    [InlineData("echo a creates=/x", "echo a", "creates=/x")]
    [InlineData("creates=/x echo a", "echo a", "creates=/x")]
    [InlineData("echo a chdir=\"/a b\" b", "echo a b", "chdir=/a b")]
    [InlineData("FOO=bar make x=1", "FOO=bar make x=1", "")]
    [InlineData("echo \"creates=/x\"", "echo \"creates=/x\"", "")]
    [InlineData("virtualenv \"{{ P }}/venv\" creates=\"{{ P }}/venv/bin/activate\"", "virtualenv \"{{ P }}/venv\"", "creates={{ P }}/venv/bin/activate")]
    [InlineData("cd /a\ncreates=/x\necho b", "cd /a\necho b", "creates=/x")]
    [InlineData("run --a \\\n  --b", "run --a  --b", "")]
    [InlineData("executable=/bin/bash\necho a\n", "echo a\n", "executable=/bin/bash")]
    [InlineData("echo \\\"x", "echo \\\"x", "")]
    public void Takes_options_out_of_command_lines_and_nothing_else(string text, string command, string options)
    {
        var parsed = KeyValueText.Parse(text, isCommand: true);

        Assert.Equal(command, parsed.FreeForm);
        Assert.Equal(options, string.Join('|', parsed.Pairs.Select(pair => $"{pair.Key}={pair.Value}")));
    }

    [Theory]
    [InlineData("a=\"x", 2)]
    [InlineData("a=1 b='x y", 6)]
    [InlineData("a={{ x", 2)]
    [InlineData("a=1 {% if", 4)]
    public void Says_where_something_stays_open(string text, int at)
    {
        Assert.Equal(at, KeyValueText.Parse(text, isCommand: false).Problem?.Offset);
        Assert.Equal(at, KeyValueText.Parse(text, isCommand: true).Problem?.Offset);
    }

    [Fact]
    public void Knows_where_the_rest_of_a_command_stood()
    {
        const string text = "creates=/x echo a chdir=/y b";
        var parsed = KeyValueText.Parse(text, isCommand: true);

        Assert.Equal(text.IndexOf("echo", StringComparison.Ordinal), parsed.OffsetOf(0));
        Assert.Equal(text.Length - 1, parsed.OffsetOf(parsed.FreeForm.Length - 1));
    }
}
