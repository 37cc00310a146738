"""compare.py PROGRAM DIR...: ansible-lint's findings in the playbooks and roles of each checkout, and ours beside them.

ansible-lint names the first line of a task, we the place in it: a finding of ours in the same task by a rule of the same
meaning counts as the same. Rules of ansible-lint that are about style (fqcn, key-order, name[casing], jinja[spacing], most of
yaml), about what Galaxy wants (meta-*, galaxy), or that stand for a check of the file's shape (schema), have no like here and
are counted only; so does jinja[invalid], which renders templates without the host that they are for, and yaml[truthy]: yes is
a boolean to all that read playbooks, and ours speaks where a text is meant.
"""

import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

PROGRAM, CHECKOUTS = sys.argv[1], sys.argv[2:]
PEER = os.path.join(os.path.dirname(os.path.realpath(__file__)), "peer.py")
BATCH = 24

# ansible-lint's rule -> our codes, or how they start: the compiler's own are ranges.
SAME = {
    "args": ("FD12",), "command-instead-of-module": ("FD2201",), "command-instead-of-shell": ("FD2203",), "deprecated-bare-vars": ("FD2605",),
    "deprecated-command-syntax": ("FD2201",), "deprecated-module": ("FD2602", "FD1201"), "ignore-errors": ("FD2408",), "inline-env-var": ("FD2204",),
    "latest": ("FD2404", "FD1201"), "literal-compare": ("FD2801",), "name[missing]": ("FD2501",), "no-changed-when": ("FD2202",), "no-handler": ("FD2409",),
    "no-jinja-when": ("FD2603",), "no-log-password": ("FD2702",), "no-relative-paths": ("FD2407",), "package-latest": ("FD2401",), "parser-error": ("FD1",),
    "partial-become": ("FD2411",), "risky-file-permissions": ("FD2405",), "risky-octal": ("FD2101",), "risky-shell-pipe": ("FD2205",), "yaml[octal-values]": ("FD2101", "FD2102", "FD2104"),
}

# (ansible-lint's rule, a pattern in what it says and in the task) -> why we say nothing, and mean to.
REASONS = [
    ("name[missing]", r"(include|import)_(tasks|role)\b|\binclude:|\bmeta:|\bdebug:", "what it brings or says is its name"),
    ("name[missing]", r"- block:", "a block is nothing that runs"),
    ("no-changed-when", r"\basync:", "it goes on by itself, and what it did is seen later"),
    ("command-instead-of-module", r"\b(yum|dnf) (list|info|history|module|repolist|makecache)|service \S+ status|git (--version|clean|config|rev-parse)|systemctl (un)?set-environment|systemctl (get-default|reset-failed|show|status|is-)", "no module does that"),
    ("command-instead-of-module", r"apt-get", "a program of another system"),
    ("command-instead-of-shell", r"!", "a word of the shell's own"),
    ("deprecated-bare-vars", r"with_(nested|together|subelements|cartesian):\s*(\[|\n?\s*-)|with_(file|fileglob|first_found|community)|bare variable '\[", "a text among the items of a list, or a file's name, may be meant"),
    ("package-latest", r"\bapt:|apt$", "a module of another system"),
    ("package-latest", r"name: *\"?'?\*|name=[\"']?\*", "all packages are meant, so the newest are"),
    ("risky-file-permissions", r"state[=:] *absent", "it makes no file"),
    ("risky-file-permissions", r"mode: preserve", "the compiler takes preserve where Ansible does, and it says what the permissions are"),
    ("args", r"context=default|executable\|virtualenv", "the module takes it, or the template leaves it out"),
    ("args", r"\bapt:", "a module of another system"),
    ("literal-compare", r"\| *bool *(==|!=)", "behind the filter bool it compares a boolean, as it says"),
    ("parser-error", r"sudo|first_available_file", "a spelling of before 2.0, which is taken here"),
    ("", r"noqa", "a comment there silences it"),
]


def rule_of(name):
    return name if name in SAME else name.split("[")[0] if name.split("[")[0] in SAME and name.split("[")[0] not in ("name", "yaml") else None


def copy(checkout, into):
    """Without what the checkout decided for ansible-lint, and as a repository, which ansible-lint wants for its root."""
    shutil.copytree(checkout, into, symlinks=True, ignore=shutil.ignore_patterns(".git", ".ansible-lint*", "ansible-lint.y*ml", "ansible-lint-ignore.txt", ".yamllint*"))
    subprocess.run(["git", "init", "-q", "."], cwd=into, check=True)


def targets(directory):
    """The directory itself where it is a role; else every file of YAML that is a list of mappings."""
    if os.path.isdir(os.path.join(directory, "tasks")) and os.path.isdir(os.path.join(directory, "meta")):
        return ["."]
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("!", lambda loader, suffix, node: None)
    found = []
    for place, below, names in os.walk(directory):
        below[:] = sorted(name for name in below if not name.startswith(".") and name not in ("molecule", "collections", "test", "docs"))
        for name in sorted(names):
            path = os.path.join(place, name)
            if not name.endswith((".yml", ".yaml")) or os.path.islink(path):
                continue
            try:
                with open(path, encoding="utf-8") as file:
                    content = yaml.load(file, Loader)
            except (OSError, ValueError, yaml.YAMLError, RecursionError):
                continue
            if isinstance(content, list) and content and all(isinstance(item, dict) for item in content):
                found.append(os.path.relpath(path, directory))
    return found


def peer(directory, paths):
    """Findings; None: it ended without an answer."""
    empty = os.path.join(directory, ".git", "no-lists.yml")
    with open(empty, "w", encoding="utf-8") as file:
        file.write("enable_list: [no-log-password]\n")
    ran = subprocess.run([sys.executable, PEER, "--offline", "-c", empty, "-f", "json", "--nocolor", *paths], cwd=directory, capture_output=True, text=True, check=False)
    try:
        found = json.loads(ran.stdout)
    except ValueError:
        return None
    # A file that it cannot load keeps it from looking at any other.
    return None if len(paths) > 1 and any(finding["check_name"] == "load-failure" for finding in found) else found


def of_peer(directory, paths):
    """Findings, and the files on which it ended without an answer: looked for by halves."""
    if len(paths) > BATCH:
        answers = [of_peer(directory, paths[start:start + BATCH]) for start in range(0, len(paths), BATCH)]
    elif (found := peer(directory, paths)) is not None:
        return found, 0
    elif len(paths) == 1:
        return [], 1
    else:
        answers = [of_peer(directory, half) for half in (paths[:len(paths) // 2], paths[len(paths) // 2:])]
    return [finding for found, _ in answers for finding in found], sum(silent for _, silent in answers)


def of_ours(directory, paths):
    ran = subprocess.run([PROGRAM, "lint", "--config-file", "/dev/null", "--format", "json", "."], cwd=directory, capture_output=True, text=True, check=False)
    found = collections.defaultdict(list)
    for finding in json.loads(ran.stdout)["findings"]:
        found[os.path.normpath(finding["file"])].append(finding)
    missing = [path for path in paths if path != "." and path not in found]
    # Files of tasks in directories that are not called so are looked at where they are named.
    if missing:
        ran = subprocess.run([PROGRAM, "lint", "--config-file", "/dev/null", "--format", "json", *missing], cwd=directory, capture_output=True, text=True, check=False)
        for finding in json.loads(ran.stdout)["findings"]:
            if os.path.normpath(finding["file"]) in missing:
                found[os.path.normpath(finding["file"])].append(finding)
    return found


def task_around(lines, line):
    """First and last line of the item that a line is in, from 1."""
    def indent(text):
        return len(text) - len(text.lstrip())

    start = min(line, len(lines)) - 1
    at = indent(lines[start]) if lines else 0
    while start > 0 and not (lines[start].lstrip().startswith("- ") and indent(lines[start]) <= at):
        start -= 1
    if not lines[start].lstrip().startswith("- "):
        return line, line
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or indent(lines[end]) > indent(lines[start])):
        end += 1
    return start + 1, end


def main():
    counts = collections.defaultdict(collections.Counter)
    reasons, unexplained, others, silent, took = collections.Counter(), [], collections.Counter(), 0, [0.0, 0.0]
    extra, own = 0, 0
    with tempfile.TemporaryDirectory() as workshop:
        for checkout in CHECKOUTS:
            directory = os.path.join(workshop, os.path.basename(os.path.realpath(checkout)))
            copy(checkout, directory)
            began = time.monotonic()
            theirs, unanswered = of_peer(directory, paths) if (paths := targets(directory)) else ([], 0)
            took[0] += time.monotonic() - began
            silent += unanswered
            began = time.monotonic()
            ours = of_ours(directory, paths)
            took[1] += time.monotonic() - began
            own += sum(len(findings) for findings in ours.values())
            seen = set()
            for finding in theirs:
                name, place = finding["check_name"], finding["location"]
                line = place["lines"]["begin"] if "lines" in place else place["positions"]["begin"]["line"]
                path, rule = os.path.normpath(place["path"]), rule_of(name)
                if (name, path, line) in seen:
                    continue
                seen.add((name, path, line))
                if rule is None:
                    others[name.split("[")[0]] += 1
                    continue
                try:
                    with open(os.path.join(directory, path), encoding="utf-8") as file:
                        lines = file.read().split("\n")
                except (OSError, UnicodeDecodeError):
                    lines = [""]
                first, last = task_around(lines, line)
                counts[rule]["theirs"] += 1
                if any(other["code"].startswith(SAME[rule]) and first <= other["line"] <= last for other in ours[path]):
                    counts[rule]["both"] += 1
                    continue
                text = finding["description"] + "\n" + "\n".join(lines[first - 1:last])
                reason = next((why for of, pattern, why in REASONS if of in ("", rule) and re.search(pattern, text, re.M)), None)
                if reason is None:
                    unexplained.append(f"{os.path.basename(checkout)}/{path}:{line}: {name}: {finding['description']}")
                else:
                    counts[rule]["reason"] += 1
                    reasons[f"{rule}: {reason}"] += 1
            codes = tuple(code for same in SAME.values() for code in same if code.startswith("FD2"))
            named = {os.path.normpath(finding["location"]["path"]) for finding in theirs}
            extra += sum(not other["code"].startswith(codes) for path in named for other in ours.get(path, []))
    for rule in sorted(counts):
        print(f"{rule}: {counts[rule]['theirs']}, both {counts[rule]['both']}, with a reason {counts[rule]['reason']}")
    for reason, number in reasons.most_common():
        print(f"  {number:4} {reason}")
    print("rules with no like here: " + ", ".join(f"{name} {number}" for name, number in others.most_common()))
    print(f"in the files where ansible-lint found something, by rules that it has no like of: {extra}; ours in all: {own}")
    if silent:
        print(f"files on which ansible-lint ended without an answer: {silent}")
    print(f"ansible-lint (without its syntax check) took {took[0]:.0f} s, flaskdeploy lint {took[1]:.1f} s")
    for text in sorted(unexplained):
        print(f"WITHOUT A REASON {text}")
    total, both, explained = (sum(counter[what] for counter in counts.values()) for what in ("theirs", "both", "reason"))
    print(f"lint: {total} findings of ansible-lint by rules with a like: {both} found too, {explained} not with a reason, {len(unexplained)} without")
    return 1 if unexplained or not total else 0


if __name__ == "__main__":
    sys.exit(main())
