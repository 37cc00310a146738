"""The differences that are meant; each with its reason. A class is as narrow as what it excuses."""

import os

import module_trees as trees

EDITS = ("lineinfile", "blockinfile", "replace")
PATH_INFO = ("uid", "gid", "owner", "group", "mode", "size", "state")
# Exceptions of Python that no argument is meant to cause.
BUGS = ("TypeError: expected string or bytes-like object, got 'NoneType'", "IndexError: list index out of range")
DRESSES = ("mode", "owner", "group")


def path_of(case):
    if case.module == "slurp":
        return next((value for value in case.given().values() if isinstance(value, str)), "")
    return next((case.given()[key] for key in ("path", "dest", "name", "destfile") if isinstance(case.given().get(key), str)), "")


def normal(path):
    return "/" + "/".join(part for part in path.split("/") if part not in ("", "."))


def without(value, path):
    """A result that names the path as it was written, with the path as we tell it."""
    if isinstance(value, dict):
        return {key: without(inner, path) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [without(inner, path) for inner in value]
    return value.replace(path, normal("/" + path).replace("/@", "@", 1)) if isinstance(value, str) and path else value


def without_bits(value):
    """Without what says set-user or set-group in a mode, and without whether a mode was told at all."""
    if isinstance(value, dict):
        return {key: without_bits(inner) for key, inner in value.items() if key != "mode" and not (key in ("before", "after") and isinstance(inner, dict) and not without_bits(inner))}
    if isinstance(value, (list, tuple)):
        return [without_bits(inner) for inner in value]
    if isinstance(value, str) and value.startswith("0o"):
        return oct(int(value, 8) & ~0o6000)
    if isinstance(value, str):
        digits = value if value.isdigit() else ""
        return digits[-3:] if digits else value.replace(" and ownership, perms or SE linux context changed", "").replace("ownership, perms or SE linux context changed", "")
    return value


def has_bits(case):
    """Whether the set-user or set-group bit comes into it."""
    return any(mode and mode & 0o6000 for *_, mode, _, _ in case.entries) or str(case.arguments.get("mode")) in ("u+s", "g+s", "4755", "7777", "u-s")


def has_moving_mode(case):
    return any(sign in str(case.arguments.get("mode")) for sign in ("=g", "=o", "=u"))


def has_surrogates(value):
    return any("\ud800" <= c <= "\udfff" for c in str(value)) or (isinstance(value, list) and any(has_surrogates(inner) for inner in value))


def leads_nowhere(case, entry):
    target = entry[2].removeprefix("@/").replace("via/", "sub/")
    return not any(other[0] == target and other is not entry for other in case.entries)


def has_null(case):
    return any(value is None for key, value in case.arguments.items() if key in ("path", "dest", "name", "src", "paths"))


def is_made(diff):
    """Whether it says that there was nothing before."""
    return diff.get("before", {}).get("state") == "absent" if isinstance(diff, dict) else isinstance(diff, list) and diff and diff[0].get("before") == ""


def without_dress(diff):
    if isinstance(diff, dict):
        return {key: without_dress(inner) for key, inner in diff.items() if key not in (*DRESSES, "mtime", "atime") and not (key in ("before", "after") and isinstance(inner, dict) and not without_dress(inner))}
    return [without_dress(inner) for inner in diff] if isinstance(diff, list) else diff


def without_times(diff):
    return {side: {key: value for key, value in of.items() if key not in ("mtime", "atime")} for side, of in diff.items()} if isinstance(diff, dict) else diff


def is_glued(theirs, ours):
    """Whether what Ansible's left has a newline less before its new line."""
    differing = trees.differences(theirs.trees["apply"], ours.trees["apply"])
    contents = [[side and isinstance(side[4], bytes) and side[4].replace(b"\n", b"") for side in pair] for pair in differing.values()]
    return bool(contents) and all(one == other and one is not None for one, other in contents)


def is_utf8(content):
    try:
        content.decode()
        return True
    except UnicodeDecodeError:
        return False


def has_link(case):
    """Whether the last name of the path is a link."""
    name = path_of(case)[len(case.root) + 1 :].rstrip("/").removeprefix("./").lstrip("/")
    return any(entry[:2] == (name, "link") for entry in case.entries)


def is_explained(case, what, hers, mine, theirs, ours):
    name, _, about = what.partition(" ")
    message = " ".join(str(ours.results["apply"].get(key, "")) for key in ("msg", "because"))
    if "root follows such a way only to what that same user owns" in message:
        return "root is led through somebody else's directory or link: refused, and the message says so"
    hers_failed, ours_failed = theirs.results["apply"].get("failed"), ours.results["apply"].get("failed")
    if name == "check" and about == "outcome" and hers_failed and ours_failed and not theirs.results["check"].get("failed"):
        return "what fails when it is applied: our check says so, Ansible's does not look"
    if about == "tree" and hers_failed and ours_failed and ours.trees[name] == ours.before:
        return "both fail: Ansible's has done a part of it by then, ours touches nothing"
    if what == "our check and our apply" and hers_failed and ours_failed and "refused by" in message:
        return "what validate says is known when it is run"
    if about == "diff" and any(kind == "file" and not is_utf8(content) for _, kind, content, *_ in case.entries):
        return "a diff of bytes that are no UTF-8: shown as Latin 1 here, as halves of surrogates there"
    path = path_of(case).replace(case.root, "@")
    if path and path != normal("/" + path)[1:]:
        if about not in ("outcome", "tree") and without(hers, path) == without(mine, path):
            return "the path is told without a doubled slash, a dot or a slash at its end"
        if path.endswith("/") and not any(entry[0] == path[2:-1] and entry[1] == "directory" for entry in case.entries):
            return "a slash at the end of what is no directory: the file is meant, where Ansible's finds nothing or fails"
    if case.module == "blockinfile" and "one and the same" in message:
        return "a block whose marks are one and the same would be added again and again: refused, and the message says so"
    crash = str(theirs.results["apply"].get("msg")) if theirs.results["apply"].get("crashed") else ""
    if any(sign in crash for sign in BUGS):
        return "Ansible's module dies of a bug of its own"
    refused = ours.results["apply"].get("refused", "") + message
    if "outside of 0 to 07777" in refused or "neither octal nor symbolic" in refused:
        return "a mode that is none is refused, and the message says so; Ansible's takes a part of it"
    if "value of encoding must be one of" in refused:
        return "encodings other than UTF-8 are refused, and the message says so"
    if "is a link to" in message and message.count("which is not there") and about in ("outcome", "tree"):
        return "a file is not made through a link that leads nowhere: refused, and the message says so"
    if case.module == "file" and case.arguments.get("state") == "hard" and isinstance(case.arguments.get("src"), str) and not case.arguments["src"].startswith(("/", "@")):
        return "a relative src of a hard link starts at the path's directory, as the documentation says; Ansible's starts where the module runs"
    if "yet not as it should be: mode" in message and has_moving_mode(case):
        return "a mode that is copied from another part of itself, which moves on with each run: told as such"
    if has_bits(case) and without_bits(hers) == without_bits(mine):
        return "the set-user bit of a file that is written or given away stays; Ansible's loses it where the owner is set after the mode"
    if about == "diff" and case.module == "file" and case.arguments.get("state") == "touch" and (hers == "absent" or without_times(hers) == without_times(mine)):
        return "the diff of a file that is touched: Ansible's tells the times of one that it has just made, in a check nothing"
    if about == "outcome" and "validate must contain %s" in message:
        return "validate without %s is refused; Ansible's notices where there is something to write"
    if what == "check msg" and hers + " and ownership, perms or SE linux context changed" == mine:
        return "in a check of a file that is not there, Ansible's does not look at its attributes"
    if what == "check diff" and case.module in EDITS and ours.results["apply"].get("diff") == ours.results["check"].get("diff") and isinstance(hers, dict):
        return "in a check of a file that is not there, Ansible's does not look at its attributes"
    told = ours.results[name].get if name in ours.results else {}.get
    if hers == "absent" and about in PATH_INFO and told("state") == "link":
        return "of a link that leads nowhere, ours tells what it tells of any other; Ansible's nothing"
    because = str(ours.results[name].get("because")) if name in ours.results else ""
    if case.module in ("command", "shell"):
        if what == "check outcome" or what == "our check and our apply" and "a check runs no commands" in str(ours.results["check"].get("because")):
            return "what a command would do is unknown in a check; Ansible's says skipped or changed"
        if "Broken pipe" in str(theirs.results[name].get("msg", "")) and about in ("outcome", "tree") or "Broken pipe" in str(theirs.results["apply"].get("msg", "")) and name == "again" and about == "tree":
            return "a command that does not read its input: Ansible's fails with a broken pipe where it is too slow"
        if about == "cmd" and isinstance(hers, list) and [os.path.expanduser(os.path.expandvars(str(word))) for word in hers] == mine:
            return "cmd tells the words as they are run; Ansible's tells them before ~ and variables"
        if about in ("stdout", "stdout_lines", "stderr", "stderr_lines") and has_surrogates(hers):
            return "bytes that are no UTF-8 in what a command prints: U+FFFD with us, halves of surrogates there"
        if about == "msg" and hers in ("", "absent") and mine in ("", "absent"):
            return "an empty msg is left out"
    if case.module == "stat" and about == "stat" and set(mine) <= {"charset", "mimetype"} and any(entry[1] == "link" and leads_nowhere(case, entry) for entry in case.entries):
        return "the kind of a link that leads nowhere: Ansible's calls it unknown"
    if case.module == "find":
        if about == "outcome" and "is no regular expression" in message:
            return "a pattern that is no regular expression is an error; Ansible's warns for each directory that it did not look into"
        if about == "files" and all(isinstance(hers[path], dict) and isinstance(mine[path], dict) and {key: value for key, value in mine[path].items() if key not in ("block_size", "blocks", "device_type")} == hers[path] for path in hers):
            return "of what is found ours tells what stat tells of it, sizes in blocks and the device among it"
    if case.module == "copy" and case.action:
        if "can not use content with a dir as dest" in message:
            return "content for a directory is refused, also where a link leads to it; Ansible's makes a file of a random name there"
        if has_link(case) and any(entry[1] == "link" and leads_nowhere(case, entry) for entry in case.entries):
            return "a link that leads nowhere is replaced by the file; Ansible's says ok and leaves it"
        if about in ("diff", "path", "md5sum") and "absent" in (hers, mine) and theirs.results[name].get("path"):
            return "content that is right already: Ansible's answers as its module file does"
        if about == "diff" and isinstance(mine, list) and isinstance(hers, list) and [{key: value for key, value in one.items() if key != "before_header"} for one in mine] == hers:
            return "the diff of a new file: ours names it before as well"
        if about == "msg" and hers == "absent" and mine == "file already exists":
            return "with force=no ours says that the file is there; Ansible's says nothing"
        if what == "check mode" and hers == "absent" and has_bits(case):
            return "the set-user bit of a file that is written or given away stays; Ansible's loses it where the owner is set after the mode"
    if has_null(case):
        return "a required argument that is null is missing; Ansible's takes None for one"
    if case.module == "replace" and any(key in case.arguments for key in DRESSES) and "before/after params did not match" in str(theirs.results["apply"].get("msg")):
        return "where the part between before and after is not there, Ansible's does not look at attributes"
    if about == "diff" and is_made(mine) and without_dress(hers) == without_dress(mine):
        return "the diff of what is made: ours has its attributes from the start, Ansible's sets them afterwards and says so"
    if about == "tree" and any(entry[1] == "hard" for entry in case.entries) and str(case.arguments.get("backup")).lower() in ("true", "yes"):
        return "the backup of a file with several names is one more of its names; Ansible's copies it"
    if case.module in EDITS:
        if case.module == "lineinfile" and "insertafter" in case.arguments and is_glued(theirs, ours):
            return "a line after a last one that has no newline: Ansible's glues them"
        if about in ("backup", "backup_file", "tree") and has_link(case) and str(case.arguments.get("backup")).lower() in ("true", "yes"):
            return "the backup of a file that a link leads to lies beside the file; Ansible's beside the link"
        if has_link(case) and any(key in case.arguments for key in DRESSES):
            return "attributes by a link: the file gets them that is edited; Ansible's leaves its mode and gives the link the owner"
    return None
