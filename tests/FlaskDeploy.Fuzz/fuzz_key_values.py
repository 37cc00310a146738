#!/usr/bin/python3
"""Generates lines of arguments, splits each with Ansible's parse_kv and with the compiler, and reports where they differ.

Usage: fuzz_key_values.py EVALUATOR [--cases N] [--seed S] [--show N]
"""
import argparse
import json
import random
import subprocess
import sys

from ansible.errors import AnsibleError
from ansible.parsing.splitter import parse_kv

PIECES = [" ", " ", " ", "  ", "\n", "\n", "\\\n", " \\\n ", "=", "=", "=", "a", "bc", "x=1", "y='a b'", 'z="c d"', "creates=/x", "chdir='/a b'", "removes=", "executable=/bin/sh", "warn=no",
          "stdin=x", "argv=1", "'", '"', "'a b'", '"it\'s"', "\\'", '\\"', "\\", "\\\\", "\\n", "\\t", "\\x41", "\\u00e9", "\\=", "\\d+", "{{", "}}", "{{ v }}", "{{ v | default('a b') }}", "{% if x %}", "{% endif %}", "{%", "%}",
          "{# c d #}", "{#", "#}", "{", "}", "path={{ A }}/x", "echo", "| grep", "> /tmp/x", "&& true", "\t", "\u00e9", "~/x", "$HOME", ",", ":", "key ", " =v", "a=b=c"]


def generate(rng, size):
    if rng.random() < 0.4:
        # Lines as people write them: words between blanks.
        words = [rng.choice(PIECES).strip(" ") + rng.choice(["", "", rng.choice(PIECES)]) for _ in range(rng.randint(1, size))]
        return rng.choice([" ", " ", " ", "\n", "  "]).join(words)
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(1, size)))


def oracle(text, is_command):
    try:
        options = parse_kv(text, check_raw=is_command)
    except AnsibleError as error:
        return {"error": str(error)}
    except IndexError as error:
        return {"error": f"IndexError: {error}"}
    rest = options.pop("_raw_params", "")
    # Blanks at the ends, and between what is no pair, mean nothing to whoever uses them.
    return {"pairs": options, "rest": rest.strip() if is_command else " ".join(rest.split())}


def is_explained(text, is_command, expected, got):
    if expected.get("error", "").startswith("Unable to parse argument string") and text[0] in " \n\\":
        return "a text that begins with a blank or an empty line ends in an IndexError of Ansible's and is no error with us"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("evaluator", nargs="+")
    parser.add_argument("--cases", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=25)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    process = subprocess.Popen(arguments.evaluator, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    explained, differences, errors = {}, [], 0
    for number in range(arguments.cases):
        text, is_command = generate(rng, 2 + number * 10 // arguments.cases), rng.random() < 0.5
        expected = oracle(text, is_command)
        process.stdin.write(json.dumps({"text": text, "command": is_command}) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            print(f"the evaluator died of: {text!r}")
            return 1
        got = json.loads(line)
        errors += "error" in expected
        if not is_command and "rest" in got:
            got["rest"] = " ".join(got["rest"].split())
        if "error" in expected and "error" in got or expected == got:
            continue
        reason = is_explained(text, is_command, expected, got)
        if reason:
            explained[reason] = explained.get(reason, 0) + 1
        else:
            differences.append((text, is_command, expected, got))
    process.stdin.close()
    process.wait()
    differences.sort(key=lambda difference: len(difference[0]))
    for text, is_command, expected, got in differences[: arguments.show]:
        print(f"{text!r} {'of a command' if is_command else ''}\n    ansible: {expected}\n    ours:    {got}")
    for reason, count in sorted(explained.items()):
        print(f"explained {count}: {reason}")
    print(f"{arguments.cases} lines compared ({errors} wrong ones), {len(differences)} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
