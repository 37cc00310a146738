using System.Collections.Immutable;
using System.Text;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Tests;

/// <summary>What lookups make of the operator's files, and of what the operator's machine answers. Values are those of ansible-core 2.14.</summary>
public class LookupTests
{
    private static readonly Dictionary<string, string> Files = new()
    {
        ["files/e.csv"] = "Symbol,Number,Mass\nH,1,1.008\n\"Li, the light\",3,\"6.94 \"\"u\"\"\"\nHe,2\n\nBe,4,\"9\nlines\"\n",
        ["files/ansible.csv"] = "a\tone\ttwo\r\nb c\tthree\r\n",
        ["files/u.ini"] = "; comment\n[DEFAULT]\nhome = /srv\n[production]\nuser=robert\n more\nPass: x%%y\ndir = %(home)s/p\n[integration]\nuser = gertrude\nempty =\n",
        ["files/nov.ini"] = "[nov]\nskip\nx=1\n",
        ["files/u.properties"] = "user.name=michael\nuser.pass = word\n",
        ["files/bad.ini"] = "[b]\na=%x\nc=%(gone)s\nd=%(d)s\n",
        ["files/dup.ini"] = "[b]\na=1\na=2\n",
        ["files/none.ini"] = "a=1\n",
    };

    [Theory]
    [InlineData("lookup('csvfile', 'H', file='e.csv', delimiter=',')", "1")]
    [InlineData("lookup('first_found', {'files': 'gone;nov.ini', 'paths': ['nowhere', 'files']})", "files/nov.ini")]
    [InlineData("lookup('first_found', 'gone', 'nov.ini', paths=['nowhere', 'files'])", "files/nov.ini")]
    [InlineData("query('first_found', 'gone', skip=True) | to_json", "[]")]
    [InlineData("query('first_found', {'files': ['gone'], 'skip': True}) | to_json", "[]")]
    [InlineData("lookup('csvfile', 'Li, the light', file='e.csv', delimiter=',', col=2)", "6.94 \"u\"")]
    [InlineData("lookup('csvfile', 'H file=e.csv delimiter=, col=2')", "1.008")]
    [InlineData("query('csvfile', 'H', 'He', file='e.csv', delimiter=',') | to_json", "[\"1\", \"2\"]")]
    [InlineData("lookup('csvfile', 'a')", "one")]
    [InlineData("lookup('csvfile', 'b c', delimiter='TAB', col='1')", "three")]
    [InlineData("query('csvfile', 'none') | to_json", "[]")]
    [InlineData("lookup('csvfile', 'none', default='d')", "d")]
    [InlineData("lookup('csvfile', 'Be', file='e.csv', delimiter=',', col=2)", "9\nlines")]
    [InlineData("lookup('csvfile', 'H', file='e.csv', delimiter=',', col=-1)", "1.008")]
    [InlineData("lookup('ini', 'user', section='integration', file='u.ini')", "gertrude")]
    [InlineData("lookup('ini', 'user', section='production', file='u.ini')", "robert\nmore")]
    [InlineData("lookup('ini', 'user section=integration file=u.ini')", "gertrude")]
    [InlineData("lookup('ini', 'pass', section='production', file='u.ini')", "x%y")]
    [InlineData("lookup('ini', 'Pass', section='production', file='u.ini', case_sensitive=True)", "x%y")]
    [InlineData("query('ini', 'pass', section='production', file='u.ini', case_sensitive=True) | to_json", "[\"\"]")]
    [InlineData("lookup('ini', 'dir', section='production', file='u.ini')", "/srv/p")]
    [InlineData("lookup('ini', 'user.name', type='properties', file='u.properties')", "michael")]
    [InlineData("query('ini', '.*', section='production', file='u.ini', re=True) | to_json", "[\"/srv\", \"robert\\nmore\", \"x%y\", \"/srv/p\"]")]
    [InlineData("query('ini', 'us', section='production', file='u.ini', re=True) | to_json", "[\"robert\\nmore\"]")]
    [InlineData("lookup('ini', 'gone', section='integration', file='u.ini', default='x')", "x")]
    [InlineData("lookup('ini', 'empty', section='integration', file='u.ini')", "")]
    [InlineData("query('ini', 'skip', section='nov', file='nov.ini', allow_no_value=True) | to_json", "[]")]
    public void A_file_is_looked_into(string expression, string expected) => Assert.Equal(expected, Text(Evaluate(expression)));

    [Theory]
    [InlineData("lookup('csvfile', 'He', file='e.csv', delimiter=',', col=2)", "lookup 'csvfile': the row 'He' of e.csv has 2 columns, and col=2 is none of them (the first is 0)")]
    [InlineData("lookup('csvfile', 'H', file='e.csv', delimiter=',,')", "lookup 'csvfile': delimiter=\",,\" is not one character")]
    [InlineData("lookup('csvfile', 'H', file='gone.csv')", "the lookup did not find the file 'gone.csv' on the operator's side")]
    [InlineData("lookup('csvfile', 'H fil=e.csv')", "lookup 'csvfile': it takes no fil; it takes file, col, default, delimiter, encoding")]
    [InlineData("lookup('csvfile', 'H', file='e.csv', encoding='latin-1')", "lookup 'csvfile': encoding=latin-1 is not read; make the file UTF-8")]
    [InlineData("lookup('ini', 'user', file='u.ini', encoding='utf-16')", "lookup 'ini': encoding=utf-16 is not read; make the file UTF-8")]
    [InlineData("lookup('csvfile', '')", "lookup 'csvfile': what to look for in the first column was not found")]
    [InlineData("lookup('ini', 'user', file='u.ini')", "lookup 'ini': u.ini: there is no section [global]")]
    [InlineData("lookup('ini', 'a', section='b', file='bad.ini')", "lookup 'ini': bad.ini: [b] a: '%' must be followed by '%' or '(', found: '%x'")]
    [InlineData("lookup('ini', 'c', section='b', file='bad.ini')", "lookup 'ini': bad.ini: [b] c: there is no 'gone' for %(gone)s")]
    [InlineData("lookup('ini', 'd', section='b', file='bad.ini')", "lookup 'ini': bad.ini: [b] d: references go too deep")]
    [InlineData("lookup('ini', 'a', section='b', file='dup.ini')", "lookup 'ini': dup.ini, line 3: the key 'a' stands twice in [b]")]
    [InlineData("lookup('ini', 'skip', section='nov', file='nov.ini')", "lookup 'ini': nov.ini, line 2: 'skip' is no key=value")]
    [InlineData("lookup('ini', 'a', section='b', file='none.ini')", "lookup 'ini': none.ini, line 1: it stands in no [section]")]
    [InlineData("query('ini', '(', section='b', file='dup2.ini', re=True)", "the lookup did not find the file 'dup2.ini' on the operator's side")]
    [InlineData("lookup('pipe', 'date')", "lookup 'pipe': the operator's machine was not asked about 'date' when the playbook was pushed")]
    [InlineData("lookup('pipe', 'false')", "lookup_plugin.pipe(false) returned 1")]
    public void What_is_wrong_is_said(string expression, string problem) => Assert.Equal(problem, Evaluate(expression).Error?.Summary);

    [Fact]
    public void A_page_is_looked_into_by_line_or_whole()
    {
        var machine = new Machine { Page = _ => OperatorReply.Of("a\r\nb\n") };

        Assert.Equal(["a", "b"], Asked(machine, "url", "http://web1/"));
        Assert.Equal(["a\r\nb\n"], Asked(machine, "url", "http://web1/", ("split_lines", Value.Of("no"))));
        Asked(machine, "url", "http://web1/", ("username", Value.Of("u")), ("password", Value.Of("p")), ("timeout", Value.Of("2.5")), ("follow_redirects", Value.Of("none")), ("headers", MapValue.From(("X-A", Value.Of("1")))), ("force", Value.True));
        Assert.Equal(("u", "p", 2.5, false), (machine.Request!.User, machine.Request.Password, machine.Request.Timeout.TotalSeconds, machine.Request.FollowsRedirects));
        Assert.Equal("X-A: 1, User-Agent: ansible-httpget, Cache-Control: no-cache", string.Join(", ", machine.Request.Headers.Select(header => $"{header.Key}: {header.Value}")));
    }

    [Theory]
    [InlineData("ftp://web1/", "", "lookup 'url': 'ftp://web1/' is no address that starts with http:// or https://")]
    [InlineData("http://web1/", "use_gssapi", "lookup 'url': it takes no use_gssapi")]
    [InlineData("http://web1/", "use_netrc", "lookup 'url': it reads no .netrc; give username and password")]
    [InlineData("http://web1/", "timeout", "lookup 'url': timeout=x is no number of seconds")]
    [InlineData("http://web1/gone", "", "lookup 'url': http://web1/gone: HTTP Error 404: Not Found")]
    public void A_page_that_cannot_be_had_is_a_problem(string url, string option, string problem)
    {
        var machine = new Machine { Page = _ => OperatorReply.Failed("HTTP Error 404: Not Found") };
        var options = option.Length == 0 ? new Dictionary<string, Value>() : new() { [option] = Value.Of("x") };

        Assert.StartsWith(problem, AskedLookups.Ask("url", [Value.Of(url)], options, Context(), machine).Error?.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dev/null length=10 chars=digits seed=foo", "7453239787")]
    [InlineData("/dev/null length=10 chars=digits seed=foo encrypt= ident=", "7453239787")]
    [InlineData("/dev/null chars=ascii_lowercase,digits seed=foo", "3rxpjp365vekqzopyp2i")]
    [InlineData("kept/pw length=8 seed=a", "I:iwmXaK")]
    public void A_seed_gives_the_password_that_it_gives_in_Python(string term, string expected) => Assert.Equal([expected], Asked(new Machine(), "password", term));

    [Fact]
    public void A_password_is_kept_in_a_file_and_found_there()
    {
        var machine = new Machine();

        var first = Asked(machine, "password", "a file/pw length=12 chars=digits")[0];

        Assert.Matches("^[0-9]{12}$", first);
        Assert.Equal(first + "\n", machine.Files["a file/pw"]);
        Assert.Equal([first], Asked(machine, "password", "a file/pw"));
        Assert.Equal([first], Asked(machine, "password", "a file/pw length=99"));
    }

    [Fact]
    public void One_that_nobody_keeps_is_another_each_time()
    {
        var machine = new Machine();

        Assert.Equal(3, Enumerable.Range(0, 3).Select(_ => Asked(machine, "password", "/dev/null")[0]).Distinct().Count());
        Assert.Empty(machine.Files);
    }

    [Theory]
    [InlineData("sha512_crypt", "^\\$6\\$rounds=656000\\$.{16}\\$.{86}$", "^pw salt=[a-zA-Z0-9./]{16}\n$")]
    [InlineData("md5_crypt", "^\\$1\\$.{8}\\$.{22}$", "^pw salt=[a-zA-Z0-9./]{8}\n$")]
    public void A_hash_stays_the_same_by_the_salt_that_is_kept(string scheme, string hash, string kept)
    {
        var machine = new Machine { Files = { ["pw"] = "pw\n" } };

        var first = Asked(machine, "password", $"pw encrypt={scheme}")[0];

        Assert.Matches(hash, first);
        Assert.Matches(kept, machine.Files["pw"]);
        Assert.Equal([first], Asked(machine, "password", $"pw encrypt={scheme}"));
        Assert.Equal(["pw"], Asked(machine, "password", "pw"));
    }

    [Theory]
    [InlineData("x length=0", "length=0 is no number from 1 to 4096")]
    [InlineData("x length=many", "length=many is no number from 1 to 4096")]
    [InlineData("x nope=1", "it takes no nope; it takes length, encrypt, chars, ident, seed")]
    [InlineData("x length=5 stray", "'stray' stands behind length=5, and the file's name comes first")]
    [InlineData("length=5", "it wants the name of a file")]
    [InlineData("x encrypt=rot13", "password_hash does not support 'rot13'")]
    [InlineData("x chars=\"'", "chars names no character")]
    public void A_password_that_cannot_be_made_is_a_problem(string term, string problem) =>
        Assert.Contains(problem, AskedLookups.Ask("password", [Value.Of(term)], new Dictionary<string, Value>(), Context(), new Machine()).Error?.Summary, StringComparison.Ordinal);

    [Fact]
    public void A_password_is_a_secret() => Assert.IsType<SecretValue>(AskedLookups.Ask("password", [Value.Of("x")], new Dictionary<string, Value>(), Context(), new Machine()).Value);

    [Fact]
    public void Of_two_that_ask_at_once_the_first_ones_password_is_boths()
    {
        var machine = new Machine { Raced = "the other one's\n" };

        Assert.Equal(["the other one's"], Asked(machine, "password", "x"));
    }

    [Fact]
    public void A_line_that_ends_in_nothing_is_none()
    {
        var machine = new Machine { Output = "a\n\r\nb\n" };

        Assert.Equal(["a", "", "b"], Asked(machine, "lines", "x"));
        Assert.Equal(["a\n\r\nb"], Asked(machine, "pipe", "x"));
        machine.Output = "";
        Assert.Empty(Asked(machine, "lines", "x"));
    }

    [Theory]
    [InlineData("file", "nov.ini", "['[nov]\\nskip\\nx=1']")]
    [InlineData("pipe", "echo out", "['out']")]
    [InlineData("random_choice", "only", "['only']")]
    [InlineData("password", "x", "['hidden']")]
    public void A_loop_goes_over_what_a_lookup_answers(string kind, string term, string expected)
    {
        var items = LoopItems.Expand(kind, Value.Of([Value.Of(term)]), _ => [], new SourceSpan("-", 1, 1), lookup: (name, terms) => LookupLoop.Expand(name, terms, Context() with { Lookups = Lookups() }));

        Assert.Equal(expected, Value.Of(Assert.IsType<ListValue>(items.Value).Items.Select(item => item.Reveal())).ToRepr());
    }

    [Fact]
    public void An_answer_is_taken_back_from_the_push()
    {
        Assert.Equal("out", Text(Evaluate("lookup('pipe', 'echo out')")));
        // What was asked about a secret is secret.
        Assert.IsType<SecretValue>(Evaluate("lookup('password', 'x')").Value);
    }

    private static string[] Asked(Machine machine, string name, string term, params (string Name, Value Value)[] options)
    {
        var result = AskedLookups.Ask(name, [Value.Of(term)], options.ToDictionary(option => option.Name, option => option.Value), Context(), machine);
        Assert.Null(result.Error);
        return [.. ((ListValue)result.Value!.Reveal()).Items.Select(item => item.ToString())];
    }

    private static string Text(Evaluation result)
    {
        Assert.Null(result.Error);
        return result.Value!.ToString();
    }

    private static Evaluation Evaluate(string expression) =>
        Resolver.Resolve(new TemplateValue($"{{{{ {expression} }}}}", new SourceSpan("-", 1, 1)), Context() with { Lookups = Lookups() });

    private static TreeLookups Lookups()
    {
        var contents = Files.Values.ToDictionary(text => Digest.Of(Encoding.UTF8.GetBytes(text)), text => Encoding.UTF8.GetBytes(text));
        var tree = new OperatorTree([.. Files.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => new TreeEntry(file.Key, Digest.Of(Encoding.UTF8.GetBytes(file.Value)), file.Value.Length, 0x1A4))]);
        ListValue Terms(string term) => new([Value.Of(term)]);
        return new TreeLookups(tree, contents.GetValueOrDefault)
        {
            Asked =
            [
                new LookupAnswer("pipe", Terms("echo out"), MapValue.Empty, Terms("out"), null),
                new LookupAnswer("pipe", Terms("false"), MapValue.Empty, ListValue.Empty, "lookup_plugin.pipe(false) returned 1"),
                new LookupAnswer("password", Terms("x"), MapValue.Empty, new SecretValue(Terms("hidden")), null),
            ],
        };
    }

    private static EvaluationContext Context() => new(new Nothing());

    private sealed class Nothing : IVariables
    {
        public IEnumerable<string> Names => [];

        public Value? Find(string name) => null;
    }

    private sealed class Machine : IOperatorQuestions
    {
        public Dictionary<string, string> Files { get; } = [];

        public string Output { get; set; } = "";

        public string? Raced { get; init; }

        public Func<OperatorRequest, OperatorReply> Page { get; init; } = _ => OperatorReply.Failed("nobody answers");

        public OperatorRequest? Request { get; private set; }

        public string? Environment(string name) => null;

        public OperatorReply Shell(string line) => OperatorReply.Of(Output);

        public OperatorReply Read(string path) => OperatorReply.Of(Files.GetValueOrDefault(path));

        public OperatorReply Keep(string path, string text, bool replaces) => OperatorReply.Of(Raced ?? (Files[path] = text));

        public OperatorReply Get(OperatorRequest request)
        {
            Request = request;
            return Page(request);
        }
    }
}
