"""The written list of where FlaskDeploy means to differ: `ID<space>REASON` lines, an id being what the results name."""

import pathlib

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

    def unused(self, targets):
        return [name for name in self._reasons if name not in self._used and name.split("/")[0] in targets]


def read():
    reasons = {}
    for line in FILE.read_text().splitlines() if FILE.exists() else []:
        if line.strip() and not line.startswith("#"):
            name, _, reason = line.partition(" ")
            if not reason.strip():
                raise SystemExit(f"{FILE}: {name} has no reason")
            reasons[name] = reason.strip()
    return Listed(reasons)
