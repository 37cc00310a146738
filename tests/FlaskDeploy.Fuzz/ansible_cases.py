"""Ansible's own filters and tests, from the ansible-core that is installed, and expressions that use them."""
import importlib

# Subjects and arguments that mean something to a filter; the generator of expressions adds what does not.
TEXTS = ["s", "u", "e", "num", "csv", "path", "q", "sp", "html", "'a.b.c'", "'/a/b/../c'", "'x=1 y=2'", "yaml_text", "json_text", "'no'", "'yes'", "'1'", "'null'", "'~'", "'a: b'", "'- a'", "'012'", "'1e3'", "'a\\nb\\n'", "'\\t'", "' a'", "'2020-01-02'", "long_text", "'#a'", "'a #b'", "'é'", "'ü: x'", "'1:30'", "'0x1F'", "'@x'", "''"]
LISTS = ["l", "ls", "le", "mix", "nest", "users", "[1, 2, 2, 3]", "['a', 'b', 'a']", "[3, 4]", "range(4)|list", "[[1, 2], [3, [4, [5]]], none]", "[none, 1]", "['b', 1]", "[true, 1, 'x']", "[1.5, 2]", "d.c", "[d, de]", "[[d], {'z': [1]}]", "tree", "[]"]
MAPS = ["d", "de", "{'a': {'b': 1}, 'l': [1, 2]}", "{'a': {'c': 2}, 'l': [2, 3]}", "tree", "{'k': none, 'x': true}", "{1: 'a', 'b': 2}", "{'a': [1, {'b': []}], 'c': {}}", "{'k v': 'a b', 'é': 'x'}", "users[0]"]
NUMBERS = ["n", "m", "z", "f", "g", "h", "1024", "1536", "10", "0.5", "big", "1000000", "t", "-1"]
SIZES = ["'10K'", "'1.5 MB'", "'2g'", "'10'", "'1KiB'", "'5b'", "'3Mb'", "'1 E'", "'x'", "'1Kb'", "'10.'", "'10 Q'", "1024", "''"]
PATHS = ["path", "'/a/b/'", "'a'", "''", "'/'", "'a/b.tar.gz'", "'.hidden'", "'a/.b.c'", "'//x/y'", "'/a/./b/../c'", "'C:\\\\\\\\dir\\\\\\\\f.txt'", "'..'", "'a//b'"]
URLS = ["'http://user:pw@www.example.com:9000/dir/index.html?q=1&r=a%20b#frag'", "'https://x/'", "'ftp://h:21'", "'x'", "'//a/b'", "'mailto:a@b'", "'http://[::1]:80/x'", "'HTTP://EX.com'", "''", "'http://h?x#y'", "'urn:a:b'"]
PATTERNS = ["'o'", "'[aeiou]+'", "'(l+)'", "'(?P<x>w)(o)'", "'^H'", "'d$'", "'nosuch'", "'\\\\w+'", "'(a)|(b)'", "'a b'", "'.'", "'[A-Z]'", "'\\\\s'", "''", "'(?i)hello'", "'\\\\d+'", "'\\\\bW'"]
VERSIONS = ["'1.2.3'", "'1.10'", "'1.2.3-rc1'", "'2'", "'1.2.3+b'", "'1.0.0-alpha.1'", "'1.2a1'", "'1.2.post1'", "'10'", "'1.2.0'", "'x'"]
# What has a backslash in the template.
ONE, TWO, NAMED, AROUND, WHOLE, SLASH, HASH, TWO_LINES = r"'\\1'", r"'\\2'", r"'\\g<x>'", r"'<\\1>'", r"'\\g<0>!'", r"'\\\\'", r"'#\n'", r"'a\nb'"


class Cases:
    def __init__(self, generator):
        self.generator = generator
        self.rng = generator.rng

    def pick(self, items):
        return self.rng.choice(items)

    def expression(self):
        text, items, map_, number = lambda: self.pick(TEXTS), lambda: self.pick(LISTS), lambda: self.pick(MAPS), lambda: self.pick(NUMBERS)
        anything = lambda: self.pick([text, items, map_, number, lambda: self.pick(["none", "true", "missing"])])()
        path, pattern, url = lambda: self.pick(PATHS), lambda: self.pick(PATTERNS), lambda: self.pick(URLS)
        flag = lambda: self.pick(["true", "false"])
        return self.pick([
            lambda: f"{anything()}|to_yaml{self.pick(['', '', '(indent=4)', '(width=30)', '(default_flow_style=false)', '(default_flow_style=true)', '(sort_keys=false)', '(explicit_start=true)'])}",
            lambda: f"{anything()}|to_nice_yaml{self.pick(['', '', '(2)', '(indent=2)', '(width=1000)', '(sort_keys=false)', '(indent=3, explicit_end=true)'])}",
            lambda: f"{self.nested(3)}|to_nice_yaml{self.pick(['', '(indent=2)'])}", lambda: f"{self.nested(3)}|to_yaml{self.pick(['', '(width=40)'])}",
            lambda: f"{self.nested(2)}|to_yaml|from_yaml".replace('k' * 130, 'k' * 100), lambda: f"{self.nested(2)}|to_nice_yaml|from_yaml".replace('k' * 130, 'k' * 100),
            lambda: f"{self.pick(['yaml_text', 'json_text', 'text_of_yaml', text()])}|{self.pick(['from_yaml', 'from_yaml', 'from_yaml_all|list'])}",
            lambda: f"{anything()}|to_json{self.pick(['', '(indent=2)', '(sort_keys=true)', '(ensure_ascii=false)', '(separators=(chr, chr))'.replace('chr', repr(','))])}",
            lambda: f"{anything()}|to_nice_json{self.pick(['', '(indent=2)', '(2)', '(sort_keys=false)'])}", lambda: f"{anything()}|to_json|from_json", lambda: "json_text|from_json",
            lambda: f"{anything()}|bool", lambda: f"{anything()}|quote", lambda: f"{anything()}|type_debug", lambda: f"{anything()}|ternary({anything()}, {anything()}{self.pick(['', ', 5'])})",
            lambda: f"{map_()}|combine({map_()}{self.pick(['', ', recursive=true', ', recursive=true, list_merge=' + repr(self.pick(['replace', 'keep', 'append', 'prepend', 'append_rp', 'prepend_rp', 'bad']))])})",
            lambda: f"[{map_()}, {map_()}]|combine", lambda: f"{map_()}|dict2items{self.pick(['', '(key_name=' + repr('k') + ')', '(value_name=' + repr('v') + ', key_name=' + repr('q') + ')'])}",
            lambda: f"{self.pick(['d|dict2items', 'users', '[{' + repr('key') + ': 1, ' + repr('value') + ': 2}]', items()])}|items2dict{self.pick(['', '(key_name=' + repr('name') + ', value_name=' + repr('age') + ')'])}",
            lambda: f"{items()}|flatten{self.pick(['', '(1)', '(levels=2)', '(skip_nulls=false)', '(0)'])}", lambda: f"{items()}|{self.pick(['union', 'difference', 'intersect', 'symmetric_difference'])}({items()})",
            lambda: f"{items()}|zip({items()})|list", lambda: f"{items()}|zip_longest({items()}{self.pick(['', ', fillvalue=' + repr('X')])})|list", lambda: f"{items()}|product({items()})|list",
            lambda: f"{items()}|product(repeat=2)|list|length", lambda: f"{items()}|permutations({self.pick(['', '2', '1'])})|list|length", lambda: f"l|permutations({self.pick(['', '2'])})|list", lambda: f"{items()}|combinations({self.pick(['2', '1', '3'])})|list",
            lambda: f"{items()}|unique{self.pick(['', '(true)', '(case_sensitive=true)'])}", lambda: f"users|rekey_on_member('name')", lambda: f"users|rekey_on_member('age', duplicates={self.pick([repr('overwrite'), repr('error'), repr('x')])})",
            lambda: f"{items()}|subelements({self.pick([repr('c'), repr('a.b'), '[' + repr('c') + ']'])}{self.pick(['', ', skip_missing=true'])})", lambda: f"{self.pick(['tree.people', '[tree]', 'tree'])}|subelements('{self.pick(['groups', 'keys.ssh', 'x', 'name'])}'{self.pick(['', ', skip_missing=true', ', {' + repr('skip_missing') + ': true}'])})",
            lambda: f"{self.pick(['0', '1', repr('a'), repr('x')])}|extract({self.pick([items(), map_()])}{self.pick(['', ', ' + repr('name'), ', morekeys=[0]', ', [' + repr('x') + ']'])})",
            lambda: f"{text()}|regex_search({pattern()}{self.pick(['', ', ' + ONE, ', ' + NAMED, ', ' + ONE + ', ' + TWO, ', ignorecase=true', ', multiline=true', ', ' + repr('x')])})",
            lambda: f"{text()}|regex_findall({pattern()}{self.pick(['', ', ignorecase=true', ', multiline=true'])})",
            lambda: f"{self.pick([text(), number()])}|regex_replace({pattern()}, {self.pick([repr(''), repr('X'), AROUND, WHOLE, NAMED, SLASH])}{self.pick(['', ', ignorecase=true', ', multiline=true'])})",
            lambda: f"{text()}|regex_escape{self.pick(['', '(re_type=' + repr('posix_basic') + ')', '(' + repr('python') + ')', '(' + repr('posix_extended') + ')'])}",
            lambda: f"{anything()}|b64encode", lambda: f"{text()}|b64encode|b64decode", lambda: f"{text()}|b64encode(encoding='utf-16-le')", lambda: f"{text()}|b64decode",
            lambda: f"{anything()}|{self.pick(['hash', 'hash(' + repr('md5') + ')', 'hash(' + repr('sha256') + ')', 'hash(' + repr('sha512') + ')', 'hash(' + repr('sha224') + ')', 'hash(' + repr('sha3_256') + ')', 'hash(' + repr('blake2b') + ')', 'hash(' + repr('blake2s') + ')', 'hash(' + repr('sha3_512') + ')', 'hash(' + repr('sha512_256') + ')', 'hash(' + repr('nosuch') + ')', 'md5', 'sha1', 'checksum'])}",
            lambda: f"{text()}|password_hash({self.pick([repr('md5') + ', ' + repr('abcdefgh'), repr('sha512') + ', ' + repr('salt') + ', rounds=' + str(self.rng.randint(1000, 5001)), repr('sha256') + ', salt=' + repr('0123456789./abcd') + ', rounds=5000', repr('sha256') + ', ' + repr('s') + ', rounds=' + str(self.rng.randint(1000, 3000)), repr('sha512') + ', ' + repr('bad salt'), repr('bcrypt') + ', ' + repr('abcdefghijklmnopqrstuv') + ', rounds=4', repr('blowfish') + ', ' + repr('./ABCDEFGHIJKLMNOPQRST') + ', rounds=5, ident=' + repr('2y'), repr('nosuch')])})",
            lambda: f"{text()}|to_uuid{self.pick(['', '(namespace=' + repr('11111111-2222-3333-4444-555555555555') + ')', '(' + repr('x') + ')'])}",
            lambda: f"{path()}|{self.pick(['basename', 'dirname', 'splitext', 'win_basename', 'win_dirname', 'win_splitdrive', 'path_join', 'quote'])}", lambda: f"[{path()}, {path()}]|path_join", lambda: f"'/a/b'|relpath({self.pick([repr('/a'), repr('/c/d'), repr('/a/b'), repr('/')])})", lambda: f"'/nosuchdir/x/../y'|realpath", lambda: f"{path()}|expanduser" if False else f"{path()}|dirname|basename",
            lambda: f"{url()}|urlsplit{self.pick(['', '(' + repr('hostname') + ')', '(' + repr('port') + ')', '(' + repr('query') + ')', '(' + repr('netloc') + ')', '(' + repr('username') + ')', '(' + repr('x') + ')'])}", lambda: f"{self.pick([url(), text()])}|{self.pick(['urldecode', 'urlencode', 'urlencode|urldecode'])}",
            lambda: f"{self.pick([number(), number(), text()])}|human_readable{self.pick(['', '(isbits=true)', '(unit=' + repr('M') + ')', '(true, ' + repr('k') + ')'])}", lambda: f"{self.pick(SIZES)}|human_to_bytes{self.pick(['', '(isbits=true)', '(default_unit=' + repr('M') + ')', '(' + repr('k') + ')'])}",
            lambda: f"'{self.pick(['%Y-%m-%d', '%H:%M:%S', '%j %U %w %a %A %b %B %y', '%c', '%x %X', '%p %I', '%Z %s', '%%', '%e', '%D %T %R', '%G-%V', '%C', '%h', '%u', 'plain', '%-d', '%F'])}'|strftime({self.pick(['0', '1600000000', '1e9', repr('86400'), '1234567890.9', repr('x'), '-1'])}, utc=true)",
            lambda: f"{self.pick([repr('2020-01-02 03:04:05'), repr('2021-12-31 23:59:59'), repr('x')])}|to_datetime{self.pick(['', '|string', '(' + repr('%Y') + ')'])}", lambda: f"('2020-03-01 00:00:00'|to_datetime - '2020-02-01 12:00:00'|to_datetime).{self.pick(['days', 'seconds', 'total_seconds()'])}", lambda: f"('2020-03-01'|to_datetime('%Y-%m-%d')).{self.pick(['year', 'month', 'strftime(' + repr('%d/%m') + ')', 'isoformat()', 'weekday()'])}",
            lambda: f"{self.pick([number(), '100', '[]'])}|random(seed={self.pick([repr('a'), repr('host1'), '5', '0', '-3', repr('é'), '12345678901234567890'])}{self.pick(['', ', start=2', ', step=3', ', start=1, step=7'])})", lambda: f"{items()}|random(seed={self.pick([repr('web1'), '7'])})", lambda: f"{items()}|shuffle(seed={self.pick([repr('web1'), '7', '123'])})",
            lambda: f"{text()}|comment{self.pick(['', '(' + repr('c') + ')', '(' + repr('cblock') + ')', '(' + repr('xml') + ')', '(' + repr('erlang') + ')', '(' + repr('plain') + ', prefix=' + HASH + ')', '(decoration=' + repr('! ') + ')', '(' + repr('plain') + ', prefix=' + repr('##') + ', prefix_count=2, postfix=' + repr('//') + ')'])}",
            lambda: f"{text()}|split{self.pick(['', '(' + repr(',') + ')', '(' + repr('l') + ', 1)'])}", lambda: f"{number()}|{self.pick(['log', 'log(10)', 'log(2)', 'pow(2)', 'pow(0.5)', 'root', 'root(3)'])}", lambda: f"{self.pick(['missing', 's', 'missing.x'])}|mandatory{self.pick(['', '(msg=' + repr('no') + ')'])}",
            lambda: f"{self.pick(VERSIONS)} is version({self.pick(VERSIONS)}, '{self.pick(['<', '>=', '==', 'lt', 'ne', 'gt', 'eq', '!=', 'xx'])}'{self.pick(['', '', ', strict=true', ', version_type=' + repr('semver'), ', version_type=' + repr('loose'), ', version_type=' + repr('pep440')])})",
            lambda: f"{text()} is {self.pick(['match', 'search', 'regex'])}({pattern()}{self.pick(['', ', ignorecase=true', ', multiline=true'])})", lambda: f"{items()} is {self.pick(['subset', 'superset', 'issubset', 'issuperset'])}({items()})", lambda: f"{items()} is {self.pick(['any', 'all'])}", lambda: f"{items()} is contains({self.pick(['1', repr('a'), '[1, 2]'])})",
            lambda: f"{anything()} is {self.pick(['truthy', 'falsy', 'truthy(convert_bool=true)', 'falsy(convert_bool=true)'])}", lambda: f"{url()} is {self.pick(['url', 'urn', 'uri'])}", lambda: f"{path()} is {self.pick(['abs', 'is_abs'])}", lambda: f"{number()} is nan", lambda: f"{self.pick(['result', 'd', '{' + repr('rc') + ': 1}', 's'])} is {self.pick(['failed', 'succeeded', 'changed', 'skipped', 'success', 'unreachable', 'reachable', 'finished', 'started', 'successful', 'change', 'skip', 'failure'])}",
            lambda: f"{self.pick(['s', '{' + repr('a') + ': 1}', '1', repr('$ANSIBLE_VAULT;1.1;AES256')])} is vault_encrypted",
            lambda: f"{items()}|map('{self.pick(['to_json', 'quote', 'bool', 'type_debug', 'b64encode', 'hash', 'regex_replace' + chr(39) + ', ' + chr(39) + 'a' + chr(39) + ', ' + chr(39) + 'b', 'extract' + chr(39) + ', l, ' + chr(39) + 'a', 'basename', 'flatten', 'combine' + chr(39) + ', {' + chr(39) + 'q' + chr(39) + ': 1}, ' + chr(39) + 'x'])}')|list", lambda: f"{items()}|select('{self.pick(['match' + chr(39) + ', ' + chr(39) + 'a', 'search' + chr(39) + ', ' + chr(39) + '1', 'contains' + chr(39) + ', 1, ' + chr(39), 'truthy', 'subset' + chr(39) + ', l, ' + chr(39)])}')|list",
        ])()

    def nested(self, depth):
        """A literal of lists, dicts and texts that YAML has to quote."""
        if depth == 0 or self.rng.random() < 0.3:
            return self.pick(TEXTS + NUMBERS + ["none", "true", "false", "[]", "{}", "'a' * 70", "'word ' * 30", "'it is ' ~ q", "'x: ' ~ long_text", "'-'", "'---'", "'? a'", "'a:'", "'[x'", "'a,b'", "'{a'", "'!x'", "'%x'", "'`'", "'\\\\'", "'a\\\\b'", "'\"'", "\"'\"", "'a  b' * 20", "' ' * 3", "'\\n'", "'\\na'", "'a\\n b'", "'a \\nb'", "'é ' * 60", "'\\x07 ' * 40", "'😀'"])
        if self.rng.random() < 0.5:
            return "[" + ", ".join(self.nested(depth - 1) for _ in range(self.rng.randint(0, 4))) + "]"
        return "{" + ", ".join(f"{self.pick(['1', repr('a'), repr('b c'), repr('yes'), 'n', repr(''), repr('k:'), repr('Z'), repr('é'), 'true', 'none', 's', chr(39) + 'k' * 130 + chr(39), TWO_LINES])}: {self.nested(depth - 1)}" for _ in range(self.rng.randint(0, 4))) + "}"


CONTEXT = {
    "yaml_text": "a: 1\nb: [x, 'y', 2.5, yes, ~]\nc:\n- {k: v}\n- |\n  text\n  more\nd: &x {q: 1}\ne:\n  <<: *x\n  r: 010\n",
    "json_text": '{"a": [1, 2.0, "x", null, true], "b": {"c": "\\u00e9"}}',
    "text_of_yaml": "---\n- 1:30\n- 0o7\n- 0x1f\n- 1_000\n- .5\n- 1e3\n- 1.0e+3\n- on\n- 'on'\n- !!str 5\n- !!int '7'\n- >\n  folded\n  text\n\n- ? a\n  : b\n",
    "long_text": "The quick brown fox jumps over the lazy dog, and then: it's \"quoted\" # not a comment; " * 3,
    "tree": {"people": [{"name": "a", "groups": ["x", "y"], "keys": {"ssh": ["k1"]}}, {"name": "b", "groups": []}], "x": {"y": {"z": [1, {"w": None}]}}},
    "result": {"rc": 0, "changed": True, "failed": False, "skipped": True, "finished": 1, "started": 1, "stdout": "x"},
}


def plugins():
    filters, tests = {}, {}
    for name in ("core", "mathstuff", "urls", "urlsplit", "encryption"):
        filters.update(importlib.import_module(f"ansible.plugins.filter.{name}").FilterModule().filters())
    for name in ("core", "files", "mathstuff", "uri"):
        tests.update(importlib.import_module(f"ansible.plugins.test.{name}").TestModule().tests())
    return filters, tests
