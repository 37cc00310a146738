"""Generates templates that bring in others: include, import, extends, blocks."""


class Family:
    """One case: a template and those that it may ask for. Statements come from the generator of single templates."""

    def __init__(self, generator):
        self.generator = generator
        self.rng = generator.rng
        self.blocks = []
        self.captures = 0

    def pick(self, items):
        return self.rng.choice(items)

    def tag(self, text, kind="%"):
        return self.generator.tag(text, kind)

    def prints(self):
        return self.tag(self.pick([
            "x", "y|default('-')", "n", "loop.index|default('no')", "v|default('?')", "m.mac(1)|default('u')", "m.val|default('w')", "qq(2)|default('q')",
            "hid|default('h')", "self.b1()", "self.b2()", "self.nosuch|default('ns')", "caller|default('nc')", "ns.a|default('na')", "top|default('t')", "m|string|trim", "acc",
        ]), "{")

    def context(self):
        return self.pick(["", "", " with context", " without context"])

    def captured(self, inner):
        self.captures += 1
        try:
            return inner()
        finally:
            self.captures -= 1

    def surroundings(self):
        # Jinja2 3.1.2 prints what is included without context around a filter, macro or set block, not into it: its bug.
        return self.pick(["", "", " with context"]) if self.captures else self.context()

    def statement(self, depth, in_block):
        inner = lambda: self.body(depth - 1, in_block)
        choices = [
            self.prints, self.prints, lambda: self.pick(["text", "\n", " t ", "z\n"]),
            lambda: self.tag(f"include '{self.pick(['p1', 'p2', 'p3'])}'{self.surroundings()}"),
            lambda: self.tag(f"include {self.pick(['[' + repr('nosuch') + ', ' + repr('p1') + ']', '(' + repr('p2') + ', )', repr('p') + ' ~ 1', 'nosuchname', 'part', '[missing, ' + repr('p2') + ']'])}{self.surroundings()}"),
            lambda: self.tag(f"include '{self.pick(['nosuch', 'p1', '../p1', ''])}' ignore missing{self.surroundings()}"),
            lambda: self.tag(f"include '{self.pick(['nosuch', 'p1'])}'"),
            lambda: self.tag(f"import '{self.pick(['m1', 'm2', 'p1'])}' as m{self.context()}"),
            lambda: self.tag(f"from '{self.pick(['m1', 'm2'])}' import {self.pick(['mac as qq', 'mac as qq, val as v', 'val as v, nosuch', 'qq', 'm as mm, val as v'])}{self.context()}"),
            lambda: self.tag(f"set {self.pick(['x', 'y', 'top', 'v'])} = {self.pick(['1', 'n', repr('s'), 'x', 'loop.index|default(0)', '[y|default(7)]'])}"),
            lambda: self.tag("set bs") + self.captured(inner) + self.tag("endset") + self.tag("bs", "{"),
        ]
        if depth > 0:
            choices += [
                lambda: self.tag(f"for y in {self.pick(['l', '[1, 2]', 'le'])}") + inner() + self.tag("endfor"),
                lambda: self.tag(f"if {self.pick(['n', 'z', 'y is defined', 't'])}") + inner() + self.tag("endif"),
                lambda: self.tag("with x = 5") + inner() + self.tag("endwith"),
                lambda: self.tag("macro qq(a, b=x)") + "[" + self.tag("a", "{") + self.captured(inner) + "]" + self.tag("endmacro"),
                lambda: self.tag("filter upper") + self.captured(inner) + self.tag("endfilter"),
                lambda: self.block(depth),
                lambda: self.block(depth),
            ]
        if in_block:
            choices += [lambda: self.tag(self.pick(["super()", "super()", "super()|upper", "super.super()"]), "{")] * 3
        return self.pick(choices)()

    def body(self, depth, in_block=False):
        return "".join(self.statement(depth, in_block) for _ in range(self.rng.randint(1, 3)))

    def block(self, depth):
        if not self.blocks:
            return self.prints()
        name = self.blocks.pop(self.rng.randrange(len(self.blocks)))
        words = self.pick(["", "", "", " scoped", " scoped required" if self.rng.random() < 0.2 else "", " required" if self.rng.random() < 0.3 else ""])
        content = self.pick(["", " "]) if "required" in words else self.body(depth - 1, True)
        return self.tag(f"block {name}{words}") + content + self.tag(f"endblock{self.pick(['', ' ' + name])}")

    def template(self, depth, parent=None):
        self.blocks = ["b1", "b2", "b3"]
        before = self.pick(["", "", "", "text", self.tag("set top = 1"), self.tag("set x = 'child'")])
        if parent is None:
            return before + self.body(depth)
        extends = self.tag(f"extends {parent}")
        if self.rng.random() < 0.1:
            extends = self.tag(f"if {self.pick(['n', 'z'])}") + extends + self.tag("endif")
        return before + extends + self.body(depth)

    def module(self):
        return (self.pick(["", "text", self.tag("set hid = 1"), self.tag("set _hid = 1")]) + self.tag("macro mac(a, b=n|default('nodef'))") + self.tag("a ~ b ~ x|default('nox') ~ y|default('noy')", "{")
                + self.tag("endmacro") + self.tag(f"set val = {self.pick(['1', 'x|default(3)', 'n|default(4)'])}") + self.pick(["", self.tag("val", "{"), self.tag("import 'p3' as m"), self.tag("from 'p3' import val as v")]))

    def case(self):
        depth = self.rng.randint(1, 3)
        templates = {
            "p1": self.pick(["<p1>", "", "p\n"]) + "".join(self.prints() for _ in range(2)), "p2": self.template(1), "p3": self.tag("set val = x|default('none')") + self.tag("val", "{") + "\n",
            "m1": self.module(), "m2": self.module(), "base": self.template(depth), "mid": self.template(depth, "'base'"), "part": "part",
        }
        source = self.template(depth, self.pick([None, None, "'base'", "'base'", "'mid'", "'mid'", "'nosuch'", "part_name", "'b' ~ 'ase'", "'self'"]))
        templates["self"] = source
        return source, templates
