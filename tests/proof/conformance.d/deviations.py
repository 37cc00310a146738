"""The written list of where FlaskDeploy means to differ: `ID<space>REASON` lines, an id being what the results name.

`without:FILE:LINE<space>REASON` leaves the task that begins there out of what FlaskDeploy is given, because what it asks for is
refused before anything runs and would take the whole target with it. Ansible runs it, so that every condition that hangs on it
still counts as not held, unless it is listed in its turn.
"""

import pathlib

WITHOUT = "without:"
FILE = pathlib.Path(__file__).resolve().parent.parent / "conformance-deviations"


class Listed:
    def __init__(self, reasons):
        self._reasons = reasons
        self._used = set()

    def use(self, identity):
        """The reason why this one differs, or None."""
        identity = identity.removeprefix("condition:")
        for name in (identity, identity.split("#")[0]):
            if name in self._reasons:
                self._used.add(name)
                return self._reasons[name]
        return None

    def without(self, target):
        """File below the targets -> the lines of the tasks that are left out."""
        files = {}
        for name in self._reasons:
            if name.startswith(f"{WITHOUT}{target}/"):
                file, line = name.removeprefix(WITHOUT).rsplit(":", 1)
                files.setdefault(file, set()).add(int(line))
        return files

    def unused(self, targets):
        return [name for name in self._reasons if name not in self._used and not name.startswith(WITHOUT) and name.split("/")[0] in targets]


def read():
    reasons = {}
    for line in FILE.read_text().splitlines() if FILE.exists() else []:
        if line.strip() and not line.startswith("#"):
            name, _, reason = line.partition(" ")
            if not reason.strip():
                raise SystemExit(f"{FILE}: {name} has no reason")
            reasons[name] = reason.strip()
    return Listed(reasons)
