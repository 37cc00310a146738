#!/usr/bin/python3
"""Ansible's modules and ours about the same small trees, made at random: first in a check, then for real, then again."""

import argparse
import collections
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

import ansible_modules
import module_cases
import module_trees as trees
from module_classes import is_explained

ROUNDS = ("check", "apply", "again")
VOLATILE = {"invocation", "warnings", "deprecations", "exception", "ansible_facts", "delta", "start", "end", "atime", "ctime", "inode", "dev", "_ansible_parsed", "_ansible_no_log"}


class Side:
    """What one of both made of a case: for each round its result, the tree, and how they say it went."""

    def __init__(self):
        self.results, self.trees = {}, {}


def told(value, case):
    """A result without what differs from run to run."""
    if isinstance(value, dict):
        # How large a directory is, and in which order it has its entries, is its file system's.
        if value.get("state") == "directory":
            value = {key: inner for key, inner in value.items() if key != "size"}
        for key in ("directories", "files"):
            if isinstance(value.get(key), list) and all(isinstance(inner, str) for inner in value[key]):
                value = {**value, key: sorted(value[key])}
        if isinstance(value.get("files"), list) and all(isinstance(inner, dict) for inner in value["files"]):
            value = {**value, "files": sorted(value["files"], key=lambda inner: inner["path"])}
        # When a file was read is nobody's decision, and what lsattr says of a file system in memory is nothing.
        if "ischr" in value:
            value = {key: inner for key, inner in value.items() if key not in ("atime", "version", "attr_flags", "attributes")}
        # Where Ansible's keeps what it is about to copy.
        value = {key: inner for key, inner in value.items() if not (key in ("src", "after_header") and isinstance(inner, str) and "/ansible-" in inner) and not (key == "after_header" and "before_header" in value and case.action)}
        return {key: when(inner) if key in ("mtime", "atime") else told(inner, case) for key, inner in value.items() if key not in VOLATILE - {"atime"} and not key.startswith("_")}
    if isinstance(value, list):
        return [told(inner, case) for inner in value]
    if isinstance(value, str):
        return trees.BACKUP.sub(".BACKUP~", value).replace(case.root, "@")
    return value


def when(value):
    return "now" if isinstance(value, (int, float)) and value > trees.RECENT else value


def outcome(result):
    if result.get("refused"):
        return "refused"
    if result.get("status") == "unknown":
        return "unknown"
    if result.get("failed"):
        return "failed"
    return "changed" if result.get("changed") else "skipped" if result.get("skipped") and "changed" not in result else "ok"


def with_ansible(batch, modules):
    sides = []
    for case in batch:
        trees.lay_out(case.root, case.entries)
        side = Side()
        arguments = case.given()
        for name in ROUNDS:
            run = modules.task if case.action else modules.run
            side.results[name] = run(case.module, arguments, name == "check")
            side.trees[name] = trees.tell(case.root)
        sides.append(side)
    return sides


class FlaskDeploy:
    def __init__(self, command, directory):
        self.command, self.playbook = command, os.path.join(directory, "book.yml")

    def write(self, batch):
        with open(self.playbook, "w", encoding="utf-8") as out:
            out.write("- hosts: localhost\n  gather_facts: no\n  become: yes\n  tasks:\n")
            for case in batch:
                out.write("  - " + json.dumps({case.module: case.given(), "ignore_errors": True}, ensure_ascii=False) + "\n")

    def call(self, *options):
        return subprocess.run([*self.command, self.playbook, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, cwd=os.path.dirname(self.playbook), check=False)

    def accepted(self, batch):
        """Without the cases that are refused before anything runs, and why these are."""
        left, refused = list(batch), {}
        while left:
            self.write(left)
            said = self.call("--syntax-check")
            if said.returncode == 0:
                break
            wrong = re.findall(r"^\S*book\.yml:(\d+):\d+: error (.*)$", said.stderr.decode() + said.stdout.decode(), re.M)
            if not wrong:
                raise SystemExit("the playbook is refused, and not for one of its tasks:\n" + said.stderr.decode())
            for line, why in wrong:
                refused.setdefault(left[int(line) - 5].number, why)
            left = [case for case in left if case.number not in refused]
        return left, refused

    def run(self, batch):
        sides = {case.number: Side() for case in batch}
        for case in batch:
            trees.lay_out(case.root, case.entries)
        left, refused = self.accepted(batch)
        for name in ROUNDS:
            results = {}
            if left:
                said = self.call("--diff", "--output", "json", *(["--check"] if name == "check" else []))
                try:
                    tasks = json.loads(said.stdout)["hosts"][0]["tasks"]
                except (ValueError, LookupError):
                    raise SystemExit(f"no answer to a batch: exit {said.returncode}\n" + said.stdout.decode()[-2000:] + said.stderr.decode()[-2000:]) from None
                for task in tasks:
                    case = left[int(task["location"].split(":")[-2]) - 5]
                    results[case.number] = {**(task.get("result") or {}), "status": task["status"], "because": task.get("because", "")}
            for case in batch:
                side = sides[case.number]
                side.results[name] = {"refused": refused[case.number], "failed": True, "changed": False} if case.number in refused else results.get(case.number, {"failed": True, "msg": "the task did not run", "missing": True})
                side.trees[name] = trees.tell(case.root)
        return [sides[case.number] for case in batch]


def apart(one, other):
    """Of two mappings, or two lists of what has paths, only what differs."""
    if isinstance(one, dict) and isinstance(other, dict) and not {"before", "after"} & set(one):
        keys = [key for key in sorted(set(one) | set(other)) if one.get(key) != other.get(key)]
        return {key: one.get(key, "absent") for key in keys}, {key: other.get(key, "absent") for key in keys}
    if isinstance(one, list) and isinstance(other, list) and all(isinstance(each, dict) and "path" in each for each in one + other):
        return apart({each["path"]: each for each in one}, {each["path"]: each for each in other})
    return one, other


def compare(case, theirs, ours):
    """What differs: (what, of Ansible, of ours)."""
    for name in ROUNDS:
        one, other = theirs.results[name], ours.results[name]
        how, our = outcome(one), outcome(other)
        same = how == our or how == "failed" and our == "refused" or name == "check" and how == "failed" and our == "unknown"
        if not same:
            yield f"{name} outcome", f"{how} {one.get('msg', '')}", f"{our} {other.get('refused') or other.get('msg') or other.get('because')}"
        differing = trees.differences(theirs.trees[name], ours.trees[name])
        if differing:
            yield f"{name} tree", {path: pair[0] for path, pair in differing.items()}, {path: pair[1] for path, pair in differing.items()}
        if same and how in ("ok", "changed", "skipped"):
            mine, hers = told(other, case), told(one, case)
            for key in ("status", "because", "failed", "changed", "crashed"):
                mine.pop(key, None)
                hers.pop(key, None)
            for key in sorted(set(mine) | set(hers)):
                if mine.get(key) != hers.get(key):
                    # What ours says in a check and then in the apply, where Ansible's apply says the same, is no difference
                    # but more.
                    applied = told(ours.results["apply"], case).get(key), told(theirs.results["apply"], case).get(key)
                    if name == "check" and mine.get(key) == applied[0] == applied[1]:
                        continue
                    yield f"{name} {key}", *apart(hers.get(key, "absent"), mine.get(key, "absent"))
    if ours.trees["check"] != ours.before:
        yield "a check changed the tree", "", trees.differences(ours.before, ours.trees["check"])
    check, apply = outcome(ours.results["check"]), outcome(ours.results["apply"])
    if check != apply and not (check == "unknown" and apply == "failed"):
        yield "our check and our apply", f"{check} {ours.results['check'].get('because')}", f"{apply} {ours.results['apply'].get('msg') or ours.results['apply'].get('because')}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command", nargs="+", help="flaskdeploy apply and what goes with it")
    parser.add_argument("--cases", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=150)
    parser.add_argument("--show", type=int, default=2, help="how many examples of each kind of difference")
    parser.add_argument("--module", help="only cases of these, with commas between them")
    parser.add_argument("--case", type=int, help="only this case of the seed, with everything that was said about it")
    arguments = parser.parse_args()
    os.umask(0o022)
    directory = os.path.realpath(tempfile.mkdtemp(prefix="modules-", dir=os.environ.get("FUZZ_DIRECTORY")))
    modules, flaskdeploy = ansible_modules.Modules(directory), FlaskDeploy(arguments.command, directory)
    kinds = arguments.module.split(",") if arguments.module else list(module_cases.KINDS)
    explained, found, compared, by_module = collections.Counter(), 0, 0, collections.Counter()
    kinds_of_difference = collections.Counter()
    shown = collections.Counter()
    numbers = range(arguments.cases) if arguments.case is None else [arguments.case]
    for start in range(0, len(numbers), arguments.batch):
        batch = []
        for number in numbers[start : start + arguments.batch]:
            kind = kinds[number % len(kinds)]
            case = module_cases.Cases(random.Random(f"{arguments.seed} {number} {kind}")).case(module_cases.KINDS[kind])
            case.number, case.root = number, os.path.join(directory, "t", str(number))
            batch.append(case)
        theirs = with_ansible(batch, modules)
        shutil.rmtree(os.path.join(directory, "t"), ignore_errors=True)
        ours = flaskdeploy.run(batch)
        shutil.rmtree(os.path.join(directory, "t"), ignore_errors=True)
        for case, one, other in zip(batch, theirs, ours):
            compared += 1
            by_module[case.module] += 1
            if arguments.case is not None:
                print(json.dumps({"arguments": case.given(), "entries": repr(case.entries), "ansible": one.results, "ours": other.results}, indent=1, ensure_ascii=False, default=repr))
            open_ones = []
            trees.lay_out(case.root, case.entries)
            other.before = trees.tell(case.root)
            shutil.rmtree(case.root, ignore_errors=True)
            for what, hers, mine in compare(case, one, other):
                reason = is_explained(case, what, hers, mine, one, other)
                if reason:
                    explained[reason] += 1
                else:
                    open_ones.append((what, hers, mine))
            if open_ones:
                found += 1
                kinds_of_difference.update(f"{case.module}: {what}" for what, *_ in open_ones)
                if any(shown[f"{case.module}: {what}"] < arguments.show for what, *_ in open_ones):
                    shown.update(f"{case.module}: {what}" for what, *_ in open_ones)
                    print(f"not ok - case {case.number} of seed {arguments.seed}: {case.module} {json.dumps(case.arguments, ensure_ascii=False)}")
                    print(f"    tree: {[entry[:6] for entry in case.entries]!r}"[:400])
                    told_already = set()
                    for what, hers, mine in open_ones:
                        # The same in another round says nothing new.
                        seen = (what.split(" ", 1)[-1], repr(mine)[:60])
                        if seen not in told_already:
                            print(f"    {what}:\n      Ansible's: {hers!r:.600}\n      ours:      {mine!r:.600}".replace(case.root, "@"))
                        told_already.add(seen)
    shutil.rmtree(directory)
    for reason, count in explained.most_common():
        print(f"explained {count}: {reason}")
    for what, count in kinds_of_difference.most_common():
        print(f"different {count}: {what}")
    print("cases: " + ", ".join(f"{module} {count}" for module, count in sorted(by_module.items())))
    print(f"modules-beside-ansible: {compared} cases, {sum(explained.values())} differences explained, {found} cases with others (seed {arguments.seed})")
    return 1 if found or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
