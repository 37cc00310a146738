#!/usr/bin/python3
"""Generates templates, renders each with Jinja2 and with the engine, and reports where the two differ.

Usage: fuzz_expressions.py EVALUATOR [--cases N] [--seed S] [--show N]

The environment is what Ansible makes of Jinja2: strict undefined values that may be looked through, none printed as
nothing, generators as lists, the extensions do and loopcontrols. Small cases come first, so that the first
difference shown is a small one.
"""
import argparse
import collections.abc
import functools
import json
import random
import re
import subprocess
import sys
import types
import warnings

import jinja2

import ansible_cases
import families


warnings.simplefilter("ignore")


def finalize(value):
    """Ansible's: none prints as nothing, and what holds something undefined is an error wherever it is printed."""
    def refuse(inside):
        if isinstance(inside, collections.abc.Mapping):
            inside = inside.values()
        elif isinstance(inside, jinja2.StrictUndefined):
            str(inside)
        # A range holds numbers only, and may hold more of them than anybody can wait for.
        if not isinstance(inside, (str, bytes, range)) and isinstance(inside, (collections.abc.Sequence, collections.abc.ValuesView)):
            for item in inside:
                refuse(item)
    refuse(value)
    return "" if value is None else value


class AnsibleUndefined(jinja2.StrictUndefined):
    def __getattr__(self, name):
        if name == "__UNSAFE__" or name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key):
        return self


def environment(options):
    env = jinja2.Environment(
        undefined=AnsibleUndefined,
        finalize=finalize,
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        **options,
    )

    def unrolled(function):
        @functools.wraps(function)
        def call(*args, **kwargs):
            result = function(*args, **kwargs)
            if isinstance(result, (types.GeneratorType, map, zip, filter)) or type(result).__name__.endswith("iterator"):
                return list(result)
            return result
        return call

    def unique(env, value, case_sensitive=False, attribute=None):
        # Ansible's: also of what cannot be hashed.
        try:
            return list(jinja2.filters.do_unique(env, value, case_sensitive, attribute))
        except TypeError:
            kept = []
            for item in value:
                if item not in kept:
                    kept.append(item)
            return kept

    filters, tests = ansible_cases.plugins()
    env.filters.update(filters)
    env.tests.update(tests)
    env.filters["unique"] = jinja2.pass_environment(unique)
    env.filters = {name: unrolled(function) for name, function in env.filters.items()}
    return env


CONTEXT = {
    "n": 3, "m": -7, "z": 0, "big": 12345678901234567890, "f": 2.5, "g": -0.125, "h": 1e20,
    "t": True, "b": False, "none": None, "s": "Hello World", "e": "", "u": "caf\u00e9 \u0416 \U0001f600x", "q": "it's \"q\"",
    "num": "42", "sp": "  a b\tc\n", "csv": "a,b,,c", "html": "<a href='x'>&</a>", "path": "/etc/app.conf",
    "l": [3, 1, 2], "ls": ["b", "A", "c", "a"], "le": [], "mix": [1, "a", None, True, 2.5, [1, 2], {"k": "v"}],
    "nest": [[1, 2], [3, [4]]], "d": {"a": 1, "b": "two", "c": [1, 2], "d": {"x": 9}}, "de": {},
    "users": [{"name": "bob", "age": 30, "on": True}, {"name": "Al", "age": 25, "on": False}, {"name": "cy", "age": 30, "on": True}],
    "items": [1, 2], "x": "outer", "part": "p1", "part_name": "base",
}
CONTEXT.update(ansible_cases.CONTEXT)

FILTERS0 = ("abs capitalize count escape e first float int last length list lower max min reverse round sort string "
            "sum title trim unique upper wordcount striptags tojson urlencode dictsort items pprint filesizeformat "
            "forceescape safe default d center").split()
TESTS0 = ("defined undefined none boolean true false integer float number string mapping sequence iterable odd even "
          "lower upper escaped").split()
METHODS = [
    "upper()", "lower()", "strip()", "lstrip()", "rstrip()", "title()", "capitalize()", "swapcase()", "split()", "split(',')",
    "split(' ', 1)", "rsplit(' ', 1)", "rsplit(None, 1)", "splitlines()", "replace('a', 'Q')", "replace('', '-')", "replace('l', '', 1)",
    "startswith('H')", "endswith(('d', 'x'))", "find('o')", "rfind('o')", "find('o', 5)", "count('l')", "count('')", "zfill(8)",
    "center(15)", "center(14, '*')", "ljust(12) ~ '|'", "rjust(12, '.')", "isdigit()", "isalpha()", "isupper()", "islower()", "istitle()",
    "isspace()", "isalnum()", "partition(' ')", "rpartition(',')", "join(ls)", "join('xyz')", "format(1, 2, a=3)", "index('o')",
    "expandtabs(4)", "keys()", "values()", "items()", "get('a')", "get('zz')", "get('zz', 5)", "items()|list", "keys()|list|sort",
    "index(1)", "count(1)", "copy()", "bit_length()", "is_integer()", "nosuch", "nosuch()", "a", "b", "c.0", "d.x", "0", "1", "x.y.z",
    "removeprefix('He')", "removesuffix('ld')", "casefold()", "isidentifier()", "strip('Hd')",
]
FORMATS = ["'%s'", "'%r'", "'%d'", "'%5.2f'", "'%-8s|'", "'%05d'", "'%x'", "'%+d'", "'%e'", "'%g'", "'%%'", "'%s %s'", "'%(a)s'", "'%.3s'", "'%c'", "'%#x'", "'%i'", "'%10.3e'", "'%G'"]
STRFORMATS = ["{}", "{0} {1}", "{:>8}", "{:<8}|", "{:^9}", "{:*^9}", "{:05d}", "{:.2f}", "{:,}", "{:+}", "{!r}", "{:x}", "{:#b}", "{:e}", "{:g}", "{:%}",
              "{:_}", "{0.a}", "{0[a]}", "{:8.3}", "{{}}", "{", "{a}", "{:d}", "{:s}", "{:010.2f}", "{:=+8}", "{:>{}}", "{: }", "{:c}", "{:n}", "{:o}", "{:,.1f}", "{:E}"]


class Generator:
    def __init__(self, rng):
        self.rng = rng

    def pick(self, items):
        return self.rng.choice(items)

    def name(self):
        return self.pick(list(CONTEXT) + ["missing", "loop", "y"])

    def atom(self):
        return self.pick([
            self.name, self.name, self.name, lambda: str(self.rng.randint(-3, 12)), lambda: self.pick(["0.5", "1e3", "2.0", "1_000", "0x1f", "0b11", "0o17", "1.5e-7", "10.0", "3.14159", "1e16", "123456789.123", "0.1"]),
            lambda: self.pick(["true", "false", "none", "True", "None"]),
            lambda: self.pick(["'a'", "''", "'x y'", '"q\'q"', "'\\n'", "'\\x41\\u0416'", "'a' 'b'", "'%s'", "'\\\\d+'", "'1'", "'12.5'", "'-3 '"]),
        ])()

    def expression(self, depth):
        if depth <= 0:
            return self.atom()
        sub = lambda: self.expression(depth - 1 - self.rng.randint(0, 1))
        wrap = lambda text: f"({text})" if self.rng.random() < 0.7 else text
        return self.pick([
            sub,
            lambda: f"{wrap(sub())} {self.pick(['+', '-', '*', '/', '//', '%', '~', '+', '~'])} {wrap(sub())}",
            lambda: f"{wrap(sub())} ** {self.rng.randint(-2, 5)}",
            lambda: f"{wrap(sub())} {self.pick(['==', '!=', '<', '<=', '>', '>=', 'in', 'not in'])} {wrap(sub())}",
            lambda: f"{self.atom()} < {self.atom()} <= {self.atom()}",
            lambda: f"{wrap(sub())} {self.pick(['and', 'or'])} {wrap(sub())}",
            lambda: f"not {wrap(sub())}",
            lambda: f"-{wrap(sub())}",
            lambda: f"+{wrap(sub())}",
            lambda: f"{sub()} if {sub()} else {sub()}",
            lambda: f"({sub()} if {sub()})",
            lambda: f"[{', '.join(sub() for _ in range(self.rng.randint(0, 3)))}]",
            lambda: f"({sub()}, {sub()})", lambda: f"({sub()},)", lambda: "()",
            lambda: "{" + ", ".join(f"{self.pick([chr(39) + 'k' + chr(39), '1', 'n', 's', 'true', 'l'])}: {sub()}" for _ in range(self.rng.randint(0, 2))) + "}",
            lambda: f"{wrap(sub())}.{self.pick(METHODS)}", lambda: f"{wrap(sub())}.{self.pick(METHODS)}",
            lambda: f"{self.pick(['s', 'u', 'ls', 'd', 'users', 'csv', 'sp', 'l', 'mix'])}.{self.pick(METHODS)}",
            lambda: f"{wrap(sub())}[{self.pick(['0', '-1', '1', '5', chr(39) + 'a' + chr(39), '1:', ':2', '::-1', '-2:', '1:3', '::2', '5:1:-2', ':', 'n', 's', 'none:2', 'true'])}]",
            lambda: f"{wrap(sub())}|{self.filter()}", lambda: f"{wrap(sub())}|{self.filter()}", lambda: f"{wrap(sub())}|{self.filter()}|{self.filter()}",
            lambda: f"{self.name()}|{self.filter()}",
            lambda: f"{wrap(sub())} is {self.pick(['', 'not '])}{self.test()}",
            lambda: f"{self.pick(FORMATS)} % {wrap(sub())}", lambda: f"{self.pick(FORMATS)} % ({sub()}, {sub()})",
            lambda: f"'{self.pick(STRFORMATS)}'.format({sub()}, {sub()})",
            lambda: f"'{self.pick(STRFORMATS)}'.format({self.atom()})",
            lambda: f"range({self.rng.randint(-2, 6)}{self.pick(['', ', 7', ', -4', ', 9, 3', ', -5, -2'])})|list",
            lambda: f"dict(a={sub()}, b=2)", lambda: f"range({sub()})",
        ])()

    def filter(self):
        return self.pick([
            lambda: self.pick(FILTERS0), lambda: self.pick(FILTERS0),
            lambda: f"default({self.atom()}{self.pick(['', ', true'])})",
            lambda: f"join({self.pick(['', ', '.__repr__(), '1', 'n'])})", lambda: f"join('-', attribute='{self.pick(['name', 'age', '0'])}')",
            lambda: f"replace({self.pick(['1', chr(39) + 'a' + chr(39), chr(39) + 'l' + chr(39)])}, 'Z'{self.pick(['', ', 1'])})",
            lambda: f"round({self.pick(['1', '2', '-1', '0', '1, ' + repr('ceil'), '1, ' + repr('floor'), '3'])})",
            lambda: f"int({self.pick(['7', 'default=none', 'base=16', '0, 2', '0, 0'])})", lambda: f"float({self.pick(['7', '1.5', 'none'])})",
            lambda: f"batch({self.pick(['2', '3', '2, 0'])})", lambda: f"slice({self.pick(['2', '3', '3, 0'])})",
            lambda: f"sort({self.pick(['true', 'reverse=true', 'case_sensitive=true', 'attribute=' + repr('name'), 'attribute=' + repr('age,name'), 'attribute=0'])})",
            lambda: f"map('{self.pick(['upper', 'string', 'int', 'abs', 'length', 'list', 'first', 'default'])}')",
            lambda: f"map(attribute='{self.pick(['name', 'age', '0', 'zz', 'a.b'])}'{self.pick(['', ', default=0'])})",
            lambda: f"select({self.pick(['', repr('odd'), repr('string'), repr('number'), repr('gt') + ', 1', repr('in') + ', l', repr('defined')])})",
            lambda: f"reject({self.pick(['', repr('odd'), repr('string'), repr('none'), repr('equalto') + ', 1'])})",
            lambda: f"selectattr({self.pick([repr('on'), repr('age') + ', ' + repr('gt') + ', 26', repr('name') + ', ' + repr('equalto') + ', ' + repr('bob'), repr('zz') + ', ' + repr('defined')])})",
            lambda: f"rejectattr({self.pick([repr('on'), repr('age') + ', ' + repr('lt') + ', 26', repr('name')])})",
            lambda: f"groupby('{self.pick(['age', 'name', 'on'])}')", lambda: f"sum(attribute='age')", lambda: f"sum(start={self.atom()})",
            lambda: f"truncate({self.pick(['5', '8, true', '7, false, ' + repr('..'), '5, true, ' + repr('') + ', 0'])})",
            lambda: f"indent({self.pick(['', '2', '2, true', repr('> ') + ', true, true', 'blank=true'])})",
            lambda: f"wordwrap({self.pick(['5', '8', '4, false', '6, wrapstring=' + repr('|')])})",
            lambda: f"center({self.rng.randint(0, 20)})", lambda: f"trim('{self.pick(['H', 'ad ', ''])}')",
            lambda: f"dictsort({self.pick(['true', 'false, ' + repr('value'), 'reverse=true'])})",
            lambda: f"attr('{self.pick(['upper', 'zz', 'name'])}')", lambda: f"format({self.atom()})",
            lambda: f"min(attribute='age')", lambda: f"max(case_sensitive=true)", lambda: f"unique(true)", lambda: f"unique(attribute='age')",
            lambda: f"xmlattr", lambda: f"filesizeformat(true)", lambda: f"tojson(indent=2)", lambda: "last(1)", lambda: "nosuch",
            lambda: "first.upper", lambda: "string|length", lambda: "string|upper",
        ])()

    def test(self):
        return self.pick([
            lambda: self.pick(TESTS0), lambda: self.pick(TESTS0),
            lambda: f"divisibleby {self.rng.randint(1, 4)}", lambda: f"divisibleby({self.atom()})", lambda: f"eq {self.atom()}", lambda: f"sameas({self.pick(['none', 'true', 'false'])})",
            lambda: f"in {self.pick(['l', 's', 'd', '[1, 2]', 'ls'])}", lambda: f"gt({self.atom()})", lambda: f"lt 3", lambda: f"ne({self.atom()})",
            lambda: f"{self.pick(['filter', 'test'])}", lambda: "nosuch", lambda: "equalto('a')",
        ])()

    def space(self):
        return self.pick(["", "", " ", "\n", "  \n  ", "text", " x ", "\n\n", "\t"])

    def tag(self, text, kind="%"):
        signs = ["", "", "", "", "-", "+"] if kind != "{" else ["", "", "", "-"]
        left, right = self.pick(signs), self.pick(signs if kind != "{" else ["", "", "-"])
        start, end = {"%": ("{%", "%}"), "{": ("{{", "}}"), "#": ("{#", "#}")}[kind]
        return f"{start}{left} {text} {right}{end}"

    def template(self, depth, in_loop=False):
        parts = []
        for _ in range(self.rng.randint(1, 3)):
            parts.append(self.space())
            parts.append(self.statement(depth, in_loop))
        parts.append(self.space())
        return "".join(parts)

    def statement(self, depth, in_loop):
        small = lambda: self.expression(min(depth, 1))
        if depth <= 0:
            return self.tag(self.expression(1), "{")
        body = lambda loop=in_loop: self.template(depth - 1, loop)
        loopvar = lambda: self.tag("loop." + self.pick(["index", "index0", "first", "last", "length", "revindex", "revindex0", "depth", "previtem|default('-')", "nextitem|default('-')", "cycle('a', 'b')", "changed(y)", "nosuch|default('')"]), "{")
        return self.pick([
            lambda: self.tag(self.expression(depth), "{"),
            lambda: self.tag("a comment", "#"),
            lambda: self.tag(f"if {small()}") + body() + (self.tag(f"elif {small()}") + body() if self.rng.random() < 0.3 else "") + (self.tag("else") + body() if self.rng.random() < 0.5 else "") + self.tag("endif"),
            lambda: self.tag(f"for y in {self.pick(['l', 'ls', 'le', 'users', 'd', 's', small(), small() + ' if y'])}") + loopvar() + body(True) + self.tag("y", "{") + (self.tag("else") + body() if self.rng.random() < 0.4 else "") + self.tag("endfor"),
            lambda: self.tag(f"for k, v in {self.pick(['d.items()', 'd|dictsort', 'nest', small()])}") + self.tag("k", "{") + self.tag("v", "{") + self.tag("endfor"),
            lambda: self.tag(f"for y in nest recursive") + self.tag("loop(y) if y is iterable else y", "{") + self.tag("loop.depth", "{") + self.tag("endfor"),
            lambda: self.tag(f"set {self.pick(['x', 'y', 'w'])} = {small()}") + body() + self.tag(self.pick(["x", "y|default('?')", "w|default('!')"]), "{"),
            lambda: self.tag("set bs") + body() + self.tag("endset") + self.tag("bs", "{"),
            lambda: self.tag(f"set bs | {self.pick(['upper', 'trim', 'length', 'replace(' + repr('t') + ', ' + repr('T') + ')|upper'])}") + body() + self.tag("endset") + self.tag("bs", "{"),
            lambda: self.tag("set p, r = 1, 2") + self.tag("p ~ r", "{"),
            lambda: self.tag(f"set ns = namespace(a={self.rng.randint(0, 3)})") + self.tag("for y in l") + self.tag("set ns.a = ns.a + y") + self.tag("endfor") + self.tag("ns.a", "{"),
            lambda: self.tag(f"with x = {small()}, y = x") + body() + self.tag("x ~ y", "{") + self.tag("endwith") + self.tag("x", "{"),
            lambda: self.tag(f"filter {self.pick(['upper', 'trim', 'indent(2)', 'replace(' + repr('e') + ', ' + repr('E') + ')', 'upper|lower'])}") + body() + self.tag("endfilter"),
            lambda: self.tag(f"macro mm(ma, mb={self.atom()}{self.pick(['', '', ', mc=1'])})") + self.tag("ma", "{") + ":" + self.tag("mb", "{") + self.pick(["", self.tag("varargs", "{"), self.tag("kwargs", "{"), self.tag("caller()", "{"), body(False)]) + self.tag("endmacro") + self.tag(self.pick(["mm(1)", "mm(1, 2)", "mm(mb=2, ma=1)", "mm(1, 2, 3, 4)", "mm()", "mm(1, q=2)", "mm(*[1, 2])", "mm(**{'ma': 1})"]), "{"),
            lambda: self.tag("macro nn(a)") + "<" + self.tag("caller(a)", "{") + ">" + self.tag("endmacro") + self.tag(f"call({self.pick(['v', 'v=1'])}) nn({self.atom()})") + self.tag("v", "{") + body(False) + self.tag("endcall"),
            lambda: "{% raw %}{{ x }} {% if %}{% endraw %}" if self.rng.random() < 0.7 else "{%- raw -%}  {{ x }}  {%- endraw +%}",
            lambda: self.tag("set acc = []") + self.tag("for y in l") + self.tag("do acc.append(y * 2)") + self.tag("endfor") + self.tag("acc", "{"),
            lambda: self.tag("set acc = {}") + self.tag("do acc.update({'k': n})") + self.tag("do acc.update(z=1)") + self.tag("acc.pop('z')", "{") + self.tag("acc", "{"),
            lambda: (self.tag(f"if {small()}") + self.tag(self.pick(["break", "continue"])) + self.tag("endif")) if in_loop else self.tag(self.expression(1), "{"),
            lambda: self.tag("block bb%d" % self.rng.randint(0, 10**9)) + self.tag(self.expression(1), "{") + self.tag("endblock"),
            lambda: self.tag("print " + small()) if False else self.tag(small(), "{"),
            lambda: self.pick(["{{ }}", "{% if %}", "{{ 1 + }}", "{% endfor %}", "{{ x", "{% for y in %}", "{{ 'a }}", "{% set = 1 %}", "{{ a b }}", "{{ [1, }}", "{% nosuch %}", "{{ (1 }}", "{# open", "{{ 1 | }}", "{{ x is }}", "{{ x.}}", "{{ 1..2 }}", "{% set 1 = 2 %}", "{{ f(a=1, 2) }}", "{{ %}"]) if self.rng.random() < 0.2 else self.tag(small(), "{"),
        ])()

    def case(self, size, kind=""):
        options = {"trim_blocks": self.rng.random() < 0.6, "lstrip_blocks": self.rng.random() < 0.3, "keep_trailing_newline": self.rng.random() < 0.7}
        if kind == "ansible":
            return "{{ " + ansible_cases.Cases(self).expression() + " }}", options, {}
        if kind == "families":
            source, templates = families.Family(self).case()
            return source, options, templates
        if size < 3:
            source = "{{ " + self.expression(size) + " }}"
        else:
            source = self.template(size - 2)
        return source, options, {}


def oracle(source, options, templates, environments):
    key = tuple(sorted(options.items()))
    if key not in environments:
        environments[key] = environment(options)
    environments[key].loader = jinja2.DictLoader(templates)
    try:
        return {"text": environments[key].from_string(source).render(json.loads(json.dumps(CONTEXT)))}
    except jinja2.TemplateNotFound as error:
        return {"error": "missing", "message": str(error)}
    except jinja2.TemplateSyntaxError as error:
        return {"error": "syntax", "message": str(error)}
    except jinja2.UndefinedError as error:
        return {"error": "undefined", "message": str(error)}
    except (RecursionError, MemoryError):
        return None
    except jinja2.TemplateRuntimeError as error:
        return {"error": "syntax" if "No filter named" in str(error) or "No test named" in str(error) else "failed", "message": str(error)}
    except Exception as error:
        return {"error": "failed", "message": f"{type(error).__name__}: {error}"}


CLASSES = {"FD1301": "syntax", "FD1303": "syntax", "FD1304": "syntax", "FD1302": "undefined", "FD1306": "failed", "FD1307": "budget", "FD1308": "missing", "FD1309": "failed"}


LATE = jinja2.Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])


@functools.lru_cache(maxsize=4096)
def has_late_name(source):
    """Whether a statement inside of another reads a name that the outer one binds only afterwards."""
    try:
        return any(binds_late(scope) for scope in [LATE.parse(source)] + list(LATE.parse(source).find_all(SCOPES)))
    except jinja2.TemplateError:
        return False


NODES = jinja2.nodes
SCOPES = (NODES.For, NODES.Block, NODES.Macro, NODES.CallBlock, NODES.FilterBlock, NODES.With, NODES.AssignBlock)


def binds_late(scope):
    read_inside, bound = set(), set()

    def visit(node, is_inner):
        if not is_inner and isinstance(node, (NODES.Import, NODES.Macro)):
            store(node.target if isinstance(node, NODES.Import) else node.name)
        if not is_inner and isinstance(node, NODES.FromImport):
            for name in node.names:
                store(name[1] if isinstance(name, tuple) else name)
        if isinstance(node, NODES.Name):
            if node.ctx == "load" and is_inner and node.name not in bound:
                read_inside.add(node.name)
            elif node.ctx != "load" and not is_inner:
                store(node.name)
        for child in node.iter_child_nodes():
            visit(child, is_inner or isinstance(node, SCOPES + (NODES.If,)) and node is not scope)
        if isinstance(node, NODES.AssignBlock) and not is_inner and isinstance(node.target, NODES.Name):
            store(node.target.name)

    def store(name):
        if name in read_inside:
            raise StopIteration
        bound.add(name)

    try:
        visit(scope, False)
        return False
    except StopIteration:
        return True


# What is lazy in Jinja2, passed to a filter that makes a text of its subject.
MADE_A_TEXT = re.compile(r"\|\s*(map|select|reject|selectattr|rejectattr|unique|slice|batch)\b(\([^()|]*\))?\s*\|\s*(replace|upper|lower|title|capitalize|trim|string)\b")


def is_explained(source, templates, expected, got):
    """The differences that are meant; each with its reason."""
    messages = expected.get("message", "")
    # Addresses of objects differ from run to run anyway.
    if any(sign in expected.get("text", "").lower() for sign in ("object at 0x", "<function ", "<built-in", "<bound method")):
        return "an address is printed"
    if "|attr('upper')" in source and "length" in source and "text" in expected and "text" in got:
        return "an address is printed, and only the length of that is seen"
    if "text" in expected and CLASSES.get(got.get("error")) == "undefined" and MADE_A_TEXT.search(source):
        return "what map and its like give is a generator, whose address is made a text; with us a list, and what is undefined in it is an error"
    if any("\ud800" <= c <= "\udfff" for c in expected.get("text", "")):
        return "bytes that are no UTF-8: surrogates in Python, which it could not print, U+FFFD with us"
    if "is not supported; hashes" in got.get("message", ""):
        return "a hash that this platform does not have is refused, and the message says so"
    if "has no element slice(" in messages:
        return "a slice of a constant that has none, joined to a text: Jinja2 fails when it compiles, also in a branch that is not taken"
    if "found character that cannot start any token" in messages and "from_yaml" in source and "text" in got:
        return "a tab that stands alone is blank to our reader of YAML, an error to PyYAML's"
    if "' is not supported" in got.get("message", ""):
        return "a name that has no meaning here is refused, and the message says why"
    if got.get("error") in ("FD1303", "FD1304") and ("'nosuch'" in got["message"] or "'first.upper'" in got["message"]):
        return "an unknown filter or test is found before anything is rendered, also in a branch that is not taken"
    if "Markup(" in expected.get("text", ""):
        return "safe text taken apart is not marked any more"
    if "undefined" in expected.get("text", "").lower() and CLASSES.get(got.get("error")) == "undefined":
        return "something undefined inside of a list or dict is made a text: its name in Python, an error with us"
    if "text" in expected and CLASSES.get(got.get("error")) == "undefined" and ("length" in source or "wordcount" in source or "center(" in source):
        return "something undefined inside of a list or dict is made a text, and only the length or the truth of that is seen"
    if CLASSES.get(got.get("error")) == "undefined" and "text" in expected and ("divisibleby(" in source or " % " in source):
        return "a text without a verb, formatted with something undefined, which Python takes for a mapping: an error with us"
    if "no else section was defined" in got.get("message", "") and "text" in expected:
        return "an inline if without else, its value formatted into a string: undefined, so an error with us, as with Ansible"
    if "LoopContext" in got.get("message", ""):
        return "the loop itself is nothing to iterate over"
    if (messages.endswith(" is undefined") or expected.get("text", "") != got.get("text", "")) and "text" in got and any(map(has_late_name, [source, *templates.values()])):
        return "Jinja2 takes a name for a local one that is assigned only later, or around"
    if CLASSES.get(got.get("error")) == "budget":
        return "the budget ends it"
    if "error" in expected and "error" in got:
        kind = CLASSES.get(got["error"])
        if {expected["error"], kind} == {"undefined", "missing"} and any(map(has_late_name, [source, *templates.values()])):
            return "Jinja2 takes a name for a local one that is assigned only later, or around"
        if (expected["error"], kind) == ("failed", "undefined"):
            return "an error either way: what is undefined has its name with us, where Python says that its type will not do"
        if (expected["error"], kind) == ("undefined", "failed"):
            return "an error either way: which of the two operands is looked at first"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("evaluator", nargs="+")
    parser.add_argument("--cases", type=int, default=50000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=25)
    parser.add_argument("--size", type=int, default=0, help="only cases of this size")
    parser.add_argument("--kind", choices=["expressions", "families", "ansible"], help="only cases of this kind")
    arguments = parser.parse_args()
    generator = Generator(random.Random(arguments.seed))
    process = subprocess.Popen(arguments.evaluator, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    environments = {}
    explained, differences, compared, texts = {}, [], 0, 0
    for number in range(arguments.cases):
        size = arguments.size or 1 + number * 5 // arguments.cases
        source, options, templates = generator.case(size, arguments.kind or {3: "families", 4: "ansible"}.get(number % 5, ""))
        expected = oracle(source, options, templates, environments)
        if expected is None:
            continue
        process.stdin.write(json.dumps({"source": source, "context": CONTEXT, "templates": templates, **options}) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            print(f"the evaluator died of: {source!r} {options}")
            return 1
        got = json.loads(line)
        compared += 1
        texts += "text" in expected
        if "text" in expected and got.get("text") == expected["text"]:
            continue
        if "error" in expected and CLASSES.get(got.get("error")) == expected["error"]:
            continue
        reason = is_explained(source, templates, expected, got)
        if reason:
            explained[reason] = explained.get(reason, 0) + 1
        else:
            differences.append((source, options, templates, expected, got))
    process.stdin.close()
    process.wait()
    differences.sort(key=lambda difference: len(difference[0]))
    differences.sort(key=lambda difference: len(difference[0]) + sum(map(len, difference[2].values())))
    for source, options, templates, expected, got in differences[: arguments.show]:
        print(f"{source!r} {templates or ''} {'' if len(source) < 40 else options}\n    jinja2: {expected.get('text', expected)!r}\n    ours:   {got.get('text', got)!r}")
    for reason, count in sorted(explained.items()):
        print(f"explained {count}: {reason}")
    print(f"{compared} cases compared ({texts} with a text), {len(differences)} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
