"""Cases for modules: a small tree and one task about it, plausible for the most part."""

import module_trees as trees


class Case:
    def __init__(self, module, arguments, entries, action=False):
        self.module, self.arguments, self.entries, self.action = module, arguments, entries, action
        self.number, self.root = 0, ""

    def given(self):
        return replaced(self.arguments, self.root)


def replaced(value, root):
    """With a path for each @ that begins a text."""
    if isinstance(value, dict):
        return {key: replaced(inner, root) for key, inner in value.items()}
    if isinstance(value, list):
        return [replaced(inner, root) for inner in value]
    return root + value[1:] if isinstance(value, str) and value.startswith("@") else value


LINES = ["PORT=1", "PORT=2", "# PORT=3", "#PORT", "[section]", "[other]", "end", "", "  indented", "\ttab", "a b c", "x", "ünï cödé", "key = value", "  PORT=4", "a.b*c", "100%", "back\\slash", "(", "$HOME"]
PATTERNS = ["^PORT=", "PORT", "^#? ?PORT=(.*)$", "^(#?)PORT=(\\d)$", "^\\[section\\]", "^\\[", "end", "^end$", "nothing", "^$", "^\\s+", "x", "(a) (b)", "ü", "(?i)port", "[", "", "^", "$", ".*", "\\bb\\b", "(?P<name>PORT)=(?P<value>.)", "\\Z", "\\r", "c$", "[^=]+=", "=\\d$"]


class Cases:
    def __init__(self, rng):
        self.rng = rng
        self.pick = rng.choice
        self.uid = self.pick(trees.OWNERS)

    def chance(self, share):
        return self.rng.random() < share

    def case(self, kind):
        return getattr(self, kind)()

    # --- what is there ---

    def text(self, most=6):
        lines = [self.pick(LINES) for _ in range(self.rng.randint(0, most))]
        ending = self.pick(["\n", "\n", "\n", "\n", "\n", "\r\n"])
        content = "".join(line + (ending if self.chance(0.95) else self.pick(["\n", "\r\n", "\r", "\n\n"])) for line in lines)
        if content and self.chance(0.25):
            content = content[: -len(ending)]
        content = content.encode()
        if self.chance(0.05):
            content += bytes(self.rng.choices(range(256), k=self.rng.randint(1, 20)))
        return content

    def content(self):
        return self.pick([lambda: self.text(), lambda: self.text(), lambda: b"", lambda: b"a", lambda: b"a\n", lambda: bytes(self.rng.choices(range(256), k=30)), lambda: b"x" * 5000, lambda: "ü\n".encode()])()

    def owner(self):
        """Mostly one owner for all: who else may write on the way is a matter of its own."""
        if self.chance(0.03):
            return self.pick(trees.OWNERS), self.pick(trees.OWNERS)
        return self.uid, self.pick([self.uid, self.uid, self.pick(trees.OWNERS)])

    def file(self, path, content=None):
        return (path, "file", self.text() if content is None else content, self.pick(trees.FILE_MODES), *self.owner())

    def directory(self, path):
        return (path, "directory", None, self.pick(trees.DIRECTORY_MODES), *self.owner())

    def link(self, path, target):
        return (path, "link", target, None, *self.owner())

    def place(self, name="f"):
        """Entries around a file called so, most of the time a plain one; and what to call it."""
        kind = self.rng.random()
        if kind < 0.62:
            entries = [self.file(name)]
        elif kind < 0.70:
            entries = []
        elif kind < 0.80:
            entries = [self.file("real"), self.link(name, self.pick(["real", "@/real"]))]
        elif kind < 0.84:
            entries = [self.link(name, self.pick(["nowhere", "@/nowhere", name, "gone/away"]))]
        elif kind < 0.89:
            entries = [self.directory(name)]
        elif kind < 0.94:
            entries = [self.file("first"), (name, "hard", "first", None, 0, 0)]
        elif kind < 0.96:
            entries = [self.directory("sub"), self.file("sub/real"), self.link("via", "sub"), self.link(name, "via/real")]
        elif kind < 0.98:
            entries = [self.directory("sub"), self.link(name, "sub")]
        else:
            entries = [self.file(name), self.file("other")]
        called = "@/" + name
        if self.chance(0.06):
            called = self.pick(["@//" + name, "@/./" + name, "@/" + name + "/", "@/missing/" + name, "@/missing/deep/" + name])
        return entries, called

    # --- arguments that many have ---

    def maybe(self, arguments, share, **values):
        for key, value in values.items():
            if self.chance(share):
                arguments[key] = value() if callable(value) else value

    def yes(self):
        return self.pick([True, True, False, "yes", "no"])

    def mode(self):
        return self.pick(["0644", "0644", "0600", "755", "0755", 420, 493, "u=rw,g=r,o=", "a+x", "g-w", "u+X", "o=g", "+x", "-x", "u=rwX,g=rX,o=rX", "1777", "a=r", "u=rw,go=r", "ug+w", "o-rwx", "u+s", "g+s", "+t", "go=", "=", "a+rwx,o-w",
                          "u=g,g=o", "o=u-w", "g=u", "0o644", "4755", "rw-r--r--", "a=rwX", "u-s", "u+x,g-x", "go-rwx,u+rwx", "7777", "0", "00"]) if self.chance(0.97) else self.pick(["9999", "u=zz", "x", "0888", 99999, "", None, "preserve", True, "77777"])

    def attributes(self, arguments, share=0.12):
        self.maybe(arguments, share, mode=self.mode, owner=lambda: self.pick(["root", "daemon", "nobody", "0", 65534, "4242", "nosuchuser", 1]), group=lambda: self.pick(["root", "daemon", "nogroup", "0", 1, "4242", "nosuchgroup"]))

    def wrong(self, arguments):
        """Now and then an argument that is wrong."""
        if self.chance(0.02):
            self.pick([lambda: arguments.update(nosuch="x"), lambda: arguments.update(state="nonsense"), lambda: arguments.pop(next(iter(arguments)), None),
                       lambda: arguments.update({next(iter(arguments)): None} if arguments else {})])()
        return arguments

    # --- parts of files ---

    def lineinfile(self):
        entries, path = self.place()
        arguments = {self.pick(["path", "path", "path", "dest", "name"]): path}
        rng = self.rng.random()
        line = lambda: self.pick([lambda: self.pick(LINES), lambda: self.pick(LINES), lambda: "PORT=5", lambda: "\\1PORT=\\2", lambda: "\\g<value>-\\1", lambda: "two\nlines", lambda: "ends\n", lambda: " x ", lambda: "new", lambda: "carriage\r", lambda: "tab\\there", lambda: "\\\\1", lambda: "", lambda: 5, lambda: True])()
        if self.chance(0.93):
            arguments["line"] = line()
        if rng < 0.55:
            arguments["regexp"] = self.pick(PATTERNS)
        elif rng < 0.65:
            arguments["search_string"] = self.pick(["PORT", "x", "[", "", "a.b*c", "end\n", "ü"])
        if self.chance(0.18):
            arguments["state"] = self.pick(["absent", "absent", "present"])
        place = self.rng.random()
        if place < 0.2:
            arguments["insertafter"] = self.pick(PATTERNS + ["EOF", "BOF", "EOF"])
        elif place < 0.4:
            arguments["insertbefore"] = self.pick(PATTERNS + ["BOF", "EOF", "BOF"])
        elif place < 0.42:
            arguments.update(insertbefore="x", insertafter="end")
        self.maybe(arguments, 0.15, backrefs=self.yes, firstmatch=self.yes, create=self.yes, backup=self.yes)
        self.maybe(arguments, 0.03, validate=lambda: self.pick(["true %s", "false %s", "grep -q PORT %s", "true", "nosuchprogram %s"]), unsafe_writes=True)
        self.attributes(arguments, 0.06)
        return Case("lineinfile", self.wrong(arguments), entries)

    def blockinfile(self):
        begin, end = "# BEGIN ANSIBLE MANAGED BLOCK", "# END ANSIBLE MANAGED BLOCK"
        entries, path = self.place()
        if self.chance(0.5):
            lines = [self.pick(LINES) for _ in range(self.rng.randint(0, 5))]
            for mark in self.pick([[begin, end], [begin, end], [begin, end], [end, begin], [begin], [end], [begin, end, begin, end], [begin, begin, end]]):
                lines.insert(self.rng.randint(0, len(lines)), mark) if self.chance(0.2) else lines.append(mark)
                if self.chance(0.5):
                    lines.append(self.pick(LINES))
            ending = self.pick(["\n", "\n", "\n", "\r\n"])
            content = (ending.join(lines) + self.pick([ending, ending, ""])).encode()
            entries = [self.file(name, content) if kind == "file" else (name, kind, *rest) for name, kind, *rest in entries]
        arguments = {self.pick(["path", "path", "dest"]): path}
        if self.chance(0.9):
            arguments[self.pick(["block", "block", "content"])] = self.pick(["a\nb\n", "a\nb", "x", "", "\n", "PORT=1\n\n", "one\r\ntwo\r\n", "ü", "\n\nlate", "  indented\n", "end\n\n\n", 5, begin])
        self.maybe(arguments, 0.15, state=lambda: self.pick(["absent", "absent", "present"]), create=self.yes, backup=self.yes)
        self.maybe(arguments, 0.08, marker=lambda: self.pick(["# {mark} mine", "<!-- {mark} -->", "{mark}", "# mine", "// {mark} ü", "{mark}\n", "# {mark} {mark}"]), marker_begin=lambda: self.pick(["BEGIN", "START", "END", ""]), marker_end=lambda: self.pick(["END", "STOP", "BEGIN"]))
        place = self.rng.random()
        if place < 0.2:
            arguments["insertafter"] = self.pick(PATTERNS + ["EOF", "EOF", "BOF", "(?m)^end$", "(?m)x"])
        elif place < 0.4:
            arguments["insertbefore"] = self.pick(PATTERNS + ["BOF", "BOF", "EOF", "(?m)^end$"])
        self.maybe(arguments, 0.03, validate=lambda: self.pick(["true %s", "false %s", "grep -q PORT %s", "true"]))
        self.attributes(arguments, 0.06)
        return Case("blockinfile", self.wrong(arguments), entries)

    def replace(self):
        entries, path = self.place()
        arguments = {self.pick(["path", "path", "dest", "name"]): path, "regexp": self.pick(PATTERNS + ["PORT=(\\d)", "\\n", "\\s+$", "(?s)PORT.*end", "^(.*)$", "a|b", "(x)|(y)", "[a-z]+", "\\d", "(?m)^", "^\\s*\\n", "\\bPORT\\b"])}
        if self.chance(0.85):
            arguments["replace"] = self.pick(["", "new", "\\1", "<\\g<0>>", "\\n", "two\nlines", "\\2\\1", "ü", "PORT=9", "x", "\\t", "\\\\", "\\g<name>", "\\q", 7, "a\\1b", "\\g<1>0"])
        self.maybe(arguments, 0.12, after=lambda: self.pick(["\\[section\\]", "PORT=1", "nothing", "^x$", "", "end", "(a)"]), before=lambda: self.pick(["\\[other\\]", "end", "nothing", "x", "", "PORT=(.)"]), backup=self.yes)
        self.maybe(arguments, 0.03, validate=lambda: self.pick(["true %s", "false %s", "true"]), encoding=lambda: self.pick(["utf-8", "latin-1", "utf-16", "nosuch", "ascii"]))
        self.attributes(arguments, 0.06)
        return Case("replace", self.wrong(arguments), entries)

    # --- paths ---

    def some_tree(self, top="d"):
        """A directory with things in it."""
        entries, directories = [self.directory(top)], [top]
        for number in range(self.rng.randint(0, 7)):
            inside = self.pick(directories) + "/" + self.pick(["a", "b.conf", "c.txt", ".hidden", "with space", "ünï", "z.log", "e"]) + self.pick(["", "", str(number)])
            if any(path == inside for path, *_ in entries):
                continue
            kind = self.rng.random()
            if kind < 0.5:
                entries.append(self.file(inside, self.content()))
            elif kind < 0.75:
                entries.append(self.directory(inside))
                directories.append(inside)
            elif kind < 0.93:
                entries.append(self.link(inside, self.pick(["a", "nowhere", "../" + top, "@/" + top, "@/outside", "/etc/hostname-that-is-not", "."])))
            else:
                files = [path for path, kind, *_ in entries if kind == "file"]
                if files:
                    entries.append((inside, "hard", self.pick(files), None, 0, 0))
        return entries

    def times(self):
        return self.pick(["now", "preserve", "202001020304.05", "197001010000.00", "nonsense", "1500000000", "", "202013010000.00"])

    def file_(self):
        state = self.pick(["file", "directory", "directory", "link", "link", "hard", "touch", "touch", "absent", "absent", None])
        around = self.rng.random()
        if around < 0.4:
            entries, path = self.place()
        elif around < 0.75:
            entries, path = self.some_tree(), self.pick(["@/d", "@/d", "@/d", "@/d/a", "@/d/b.conf", "@/d/new", "@/d/e/f", "@/d/"])
        else:
            entries, path = [], self.pick(["@/new", "@/new/deep/er", "@/new/", "@/new"])
        arguments = {self.pick(["path", "path", "dest", "name"]): path}
        if state:
            arguments["state"] = state
        if state in ("link", "hard") and self.chance(0.95) or self.chance(0.03):
            existing = [name for name, *_ in entries]
            arguments["src"] = self.pick([src for src in ["@/" + name for name in existing] + existing + ["@/target", "nowhere", "../x", "@/x", ".", ""] if src.lstrip("@/") != path.replace("/./", "/").replace("//", "/").strip("@/")])
            if self.chance(0.4):
                entries = entries + [self.file("target")]
        share = 0.3 if state in ("link", "hard") else 0.06
        self.maybe(arguments, share, force=self.yes, follow=self.yes)
        if state == "directory" or self.chance(0.03):
            self.maybe(arguments, 0.4, recurse=self.yes)
        if state == "touch" or self.chance(0.05):
            self.maybe(arguments, 0.3, modification_time=self.times, access_time=self.times)
            self.maybe(arguments, 0.05, modification_time_format=lambda: self.pick(["%s", "%Y%m%d%H%M.%S", "%Y"]))
        self.attributes(arguments, 0.3)
        return Case("file", self.wrong(arguments), entries)

    # --- looking ---

    def find(self):
        entries = self.some_tree() + (self.some_tree("e") if self.chance(0.3) else [])
        arguments = {"paths": self.pick(["@/d", ["@/d"], ["@/d", "@/e"], ["@/d", "@/nowhere"], "@/d/"])}
        self.maybe(arguments, 0.35, patterns=lambda: self.pick(["*", "*.txt", ["*.txt", "b*"], "*.txt,b*", "^.*\\.(txt|conf).*$", "a?", "[ab]*", ".*", "nothing", ""]), file_type=lambda: self.pick(["any", "directory", "file", "link", "any"]), recurse=self.yes)
        self.maybe(arguments, 0.12, excludes=lambda: self.pick(["*.txt", ["a*", "z*"], ".*", "^a"]), contains=lambda: self.pick([".*PORT.*", "PORT", "^x+$", ".*end", "nothing"]), hidden=self.yes, use_regex=self.yes, get_checksum=self.yes, follow=self.yes, read_whole_file=self.yes,
                   depth=lambda: self.pick([1, 2, 3, 0]), size=lambda: self.pick(["1", "10b", "1k", "-1k", "-20", "0", "nonsense", "4096", "5k"]), age=lambda: self.pick(["1d", "-1d", "1w", "100y", "3600", "-2000w", "nonsense"]), age_stamp=lambda: self.pick(["mtime", "mtime"]))
        return Case("find", self.wrong(arguments), entries)

    def stat_(self):
        if self.chance(0.6):
            entries, path = self.place()
        else:
            entries, path = self.some_tree(), self.pick(["@/d", "@/d/a", "@/d/b.conf", "@/d/", "@/d/.hidden"])
        arguments = {self.pick(["path", "path", "dest", "name"]): path}
        self.maybe(arguments, 0.3, follow=self.yes, get_checksum=self.yes, get_mime=lambda: self.pick([False, "no"]), get_attributes=self.yes, checksum_algorithm=lambda: self.pick(["sha1", "md5", "sha256", "sha512", "sha384", "nosuch"]))
        return Case("stat", self.wrong(arguments), entries)

    def slurp(self):
        entries, path = self.place()
        return Case("slurp", self.wrong({self.pick(["src", "path"]): path}), entries)

    # --- whole files ---

    def copy_content(self):
        entries, path = self.place()
        if self.chance(0.2):
            path = self.pick(["@/new", "@/new/", "@/missing/new"])
        arguments = {"dest": path, "content": self.pick(["", "a", "a\n", "PORT=1\n", "ünï\n", "one\r\ntwo\r\n", {"a": 1}, ["x", 1], 5, True, "x" * 3000])}
        self.maybe(arguments, 0.12, backup=self.yes, force=self.yes, follow=self.yes)
        self.maybe(arguments, 0.04, validate=lambda: self.pick(["true %s", "false %s", "true"]))
        self.attributes(arguments, 0.1)
        return Case("copy", self.wrong(arguments), entries, action=True)

    # --- commands ---

    def command_(self):
        entries, path = self.place()
        words = self.pick(["echo hi", "cat f", "touch made", "false", "sh -c 'exit 3'", "echo a  b", "printf 'x\\n\\n\\n'", "printf ' x '", "nosuchprogram x", "ls", "cat", "pwd", "echo $HOME", "echo ~", "echo '$HOME'", "printf '\\303\\274'", "echo ünï", "sh -c 'echo out; echo err >&2'", "printf 'a\\r\\nb\\r\\n'",
                           "echo \"a b\" 'c d'", "echo a\\ b", "echo *", "sh -c 'echo \"$0\" \"$1\"' x y", "true", "test -e f", "rm f", "mkdir -p d/e", "echo #x", "echo a;b", "'unbalanced", ""])
        arguments = {}
        if self.chance(0.12):
            arguments["argv"] = self.pick([["echo", "a b"], ["echo", 1, "$HOME"], ["printf", "%s\n", "x", "y"], [], ["nosuchprogram"], ["cat", "f"]])
        else:
            arguments["cmd"] = words
        self.maybe(arguments, 0.85, chdir=lambda: self.pick(["@", "@", "@", "@", "@/nowhere", "@/f"]))
        self.maybe(arguments, 0.12, creates=lambda: self.pick(["@/f", "@/made", "f", "made", "@/*", "@/nothing*"]), removes=lambda: self.pick(["@/f", "@/made", "f", "@/*", "@/nothing*"]), stdin=lambda: self.pick(["in", "in\n", "", "ü", 5]), stdin_add_newline=self.yes, strip_empty_ends=self.yes)
        return Case("command", self.wrong(arguments), entries, action=True)

    def shell_(self):
        entries, path = self.place()
        arguments = {"cmd": self.pick(["echo hi", "cat f | wc -c", "touch made", "false", "exit 3", "echo a  b", "printf 'x\\n\\n\\n'", "echo $HOME", "echo $0", "for i in 1 2; do echo $i; done", "echo out; echo err >&2", "cat", "nosuchprogram", "echo 'a", "echo a > new; cat new", "true && false || echo x", "echo \"$(pwd)\"", "ls | sort", "kill -9 $$", "printf '\\303\\050'", "umask", ": ", "echo a\necho b", "cat <<E\nx\nE", "set -o pipefail; true", "echo ${x:-y}"])}
        self.maybe(arguments, 0.9, chdir="@")
        self.maybe(arguments, 0.12, creates=lambda: self.pick(["@/f", "@/made", "made", "@/*"]), removes=lambda: self.pick(["@/f", "@/made", "@/nothing*"]), stdin=lambda: self.pick(["in", "in\n", "", "ü"]), stdin_add_newline=self.yes, strip_empty_ends=self.yes, executable=lambda: self.pick(["/bin/bash", "/bin/sh", "/nosuch"]))
        return Case("shell", self.wrong(arguments), entries, action=True)


KINDS = {"lineinfile": "lineinfile", "blockinfile": "blockinfile", "replace": "replace", "file": "file_", "find": "find", "stat": "stat_", "slurp": "slurp", "content": "copy_content",
         "command": "command_", "shell": "shell_"}
