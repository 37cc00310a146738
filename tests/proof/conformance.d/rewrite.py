"""Takes Ansible's task files apart, condition by condition.

Each `assert` task becomes one task per condition, which keeps everything of the original (when, loop, vars, tags...), has
an id in its name and does not abort. Both tools run the same result. What is done to the text is done to YAML's nodes,
so that tags and anchors survive; comments do not.
"""

import copy
import pathlib

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
ASSERT = {"assert", "ansible.builtin.assert", "ansible.legacy.assert"}
SECTIONS = ("tasks", "pre_tasks", "post_tasks", "block", "rescue", "always")
# What makes an assertion itself the thing under test: it is left whole and counts by how its task ended.
UNDER_TEST = ("register", "failed_when", "ignore_errors", "until", "notify")
MARK = "condition:"


def rewrite_tree(tree: pathlib.Path, base: pathlib.Path) -> int:
    """Rewrites what is below `tree` in place; ids are relative to `base`. Returns how many conditions there are."""
    return sum(rewrite_file(path, base, set()) for path in sorted(tree.rglob("*")) if path.suffix in (".yml", ".yaml") and path.is_file() and not path.is_symlink())


def text_without(path: pathlib.Path, base: pathlib.Path, lines: set[int]) -> str:
    """What a file that has not been rewritten comes to without the tasks that begin on those lines. The file stays as it is."""
    original = path.read_text()
    try:
        rewrite_file(path, base, lines)
        return path.read_text()
    finally:
        path.write_text(original)


def rewrite_file(path: pathlib.Path, base: pathlib.Path, without: set[int]) -> int:
    try:
        text = path.read_text()
        if "assert" not in text and not without:
            return 0
        documents = list(yaml.compose_all(text, Loader=LOADER))
    except (UnicodeDecodeError, yaml.YAMLError):
        return 0  # not YAML on purpose: some targets feed such a file to the tool
    source = _File(str(path.relative_to(base)), set(without))
    # The first part is the target's own name.
    handlers = "handlers" in path.relative_to(base).parent.parts[1:]
    for document in documents:
        source.tasks(document, whole=handlers, handlers=handlers)
    if source.without:
        raise SystemExit(f"conformance: no task begins on line {sorted(source.without)} of {source.name}, which is to be left out")
    if source.conditions or without:
        path.write_text(yaml.serialize_all(documents, Dumper=DUMPER, width=10000, allow_unicode=True))
    return source.conditions


class _File:
    def __init__(self, name, without):
        self.name = name
        self.without = without
        self.conditions = 0

    def tasks(self, sequence, whole, handlers):
        """`whole`: somebody rescues what fails here, so no assertion may be taken apart."""
        if not isinstance(sequence, yaml.SequenceNode):
            return
        rewritten = []
        for task in sequence.value:
            if not isinstance(task, yaml.MappingNode):
                rewritten.append(task)
                continue
            if task.start_mark.line + 1 in self.without:
                self.without.remove(task.start_mark.line + 1)
                continue
            keys = {key.value: value for key, value in task.value if isinstance(key, yaml.ScalarNode)}
            rescued = "rescue" in keys
            for section in SECTIONS:
                if section in keys:
                    self.tasks(keys[section], whole or (rescued and section == "block"), handlers)
            if "handlers" in keys:
                self.tasks(keys["handlers"], whole=True, handlers=True)
            rewritten += self.conditions_of(task, keys, whole, handlers)
        sequence.value = rewritten

    def conditions_of(self, task, keys, whole, handlers):
        name = next((name for name in keys if name in ASSERT), None)
        if name is None:
            return [task]
        line = task.start_mark.line + 1
        arguments = keys[name]
        that = None
        if isinstance(arguments, yaml.MappingNode):
            that = next((value for key, value in arguments.value if key.value == "that"), None)
        whole = whole or that is None or any(keyword in keys for keyword in UNDER_TEST)
        if whole or not isinstance(that, yaml.SequenceNode) or len(that.value) < 2:
            self.conditions += 1
            _name(task, f"{MARK}{self.name}:{line}#{'all' if whole else 1}", handlers)
            if not whole:
                _set(task, "ignore_errors", _boolean())
            return [task]
        result = []
        for number, condition in enumerate(that.value, 1):
            one = copy.deepcopy(task)
            value = next(value for key, value in one.value if key.value == name)
            value.value = [(key, _sequence(copy.deepcopy(condition)) if key.value == "that" else argument) for key, argument in value.value]
            _name(one, f"{MARK}{self.name}:{line}#{number}", handlers)
            _set(one, "ignore_errors", _boolean())
            result.append(one)
            self.conditions += 1
        return result


def _name(task, identity, handlers):
    # A handler is found by its name, which therefore stays.
    names = [value.value for key, value in task.value if key.value == "name" and isinstance(value, yaml.ScalarNode)]
    if handlers and names:
        return
    _set(task, "name", yaml.ScalarNode("tag:yaml.org,2002:str", identity, style='"'))


def _set(mapping, name, node):
    for index, (key, _) in enumerate(mapping.value):
        if key.value == name:
            mapping.value[index] = (key, node)
            return
    # In front, where it does not depend on the style of what follows.
    mapping.value.insert(0, (yaml.ScalarNode("tag:yaml.org,2002:str", name), node))
    mapping.flow_style = False


def _boolean():
    return yaml.ScalarNode("tag:yaml.org,2002:bool", "true")


def _sequence(node):
    return yaml.SequenceNode("tag:yaml.org,2002:seq", [node], flow_style=False)
