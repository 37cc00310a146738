"""What of the conditions that the oracle reached and held is held by the other tool."""

import collections
import dataclasses
import re

from rewrite import ASSERT, MARK

IDENTITY = re.compile(re.escape(MARK) + r"\S+#(?:\d+|all)")
# What says that something is not there, as opposed to there and otherwise than Ansible's.
UNSUPPORTED = re.compile(
    r"not supported|unsupported|is refused|no module|unknown module|unknown keyword|no filter|no test|no lookup|cannot be done|"
    r"is for this machine alone|Unrecognized option|does not know|not there yet|needs a controller|is not a keyword|has no argument", re.IGNORECASE)


@dataclasses.dataclass
class Verdict:
    identity: str
    held: int = 0
    wrong: int = 0
    unsupported: int = 0
    cause: str = ""
    command: str = ""


def compare(oracle, ours) -> list[Verdict]:
    """Invocation by invocation, in order: a script calls the same ones whichever tool runs it."""
    verdicts = []
    for number, expected in enumerate(oracle):
        got = ours[number] if number < len(ours) else None
        verdicts += _invocation(expected, got)
    return verdicts


def failed(oracle) -> int:
    """Conditions that Ansible itself does not hold here."""
    return sum(counted["failed"] for invocation in oracle for counted in _counts(invocation).values())


def _invocation(expected, got):
    wanted, found = _counts(expected), _counts(got)
    cause, unsupported = _stopped(got)
    for identity, want in wanted.items():
        verdict = Verdict(identity, command=expected.command)
        have = found.pop(identity, collections.Counter())
        verdict.held = min(want["ok"], have["ok"])
        lacking = want["ok"] - verdict.held
        # What the oracle failed by itself may fail here too.
        failed = min(lacking, max(0, have["failed"] - want["failed"]))
        ran = have["ok"] + have["failed"] - want["ok"] - want["failed"]
        if failed:
            verdict.wrong += failed
            verdict.cause = have.said
        if lacking > failed:
            verdict.cause = verdict.cause or cause
            if unsupported:
                verdict.unsupported += lacking - failed
            else:
                verdict.wrong += lacking - failed
        if ran > 0 and lacking == 0:
            verdict.wrong += ran
            verdict.cause = f"ran {ran} times more than with Ansible"
        if verdict.held + verdict.wrong + verdict.unsupported:
            yield verdict
    for identity, have in found.items():
        if have["ok"] + have["failed"]:
            yield Verdict(identity, wrong=have["ok"] + have["failed"], cause=f"ran, and does not with Ansible; {getattr(have, 'said', '')}", command=expected.command)


def _counts(invocation):
    """id -> how often its task, or an item of it, ended how."""
    counts = {}
    for task in invocation.tasks if invocation else []:
        match = IDENTITY.search(task["name"])
        if match is None and task["module"].rsplit(".", 1)[-1] == "assert" and task["module"] in ASSERT:
            # One that was not rewritten: a handler, which is found by its name, or of another target's role. We tell the role too.
            identity = f"handler:{task['name'].rsplit(' : ', 1)[-1]}"
        elif match is None:
            continue
        else:
            identity = match.group()
        counted = counts.setdefault(identity, collections.Counter())
        counted[task["status"]] += 1
        if task["status"] != "ok":
            counted.said = task["said"]
    return counts


def _stopped(got):
    """Why what the oracle reached was not reached, and whether something that is not there yet is the reason."""
    if got is None:
        return "the script did not call the tool as often", False
    if got.status is None:
        return "took too long, or was cut off", False
    fatal = [task for task in got.tasks if task.get("ended") == "failed"]
    if fatal:
        last = fatal[-1]
        said = f"stopped at {last['location']} ({last['module']}): {last['said']}"
        return said, bool(UNSUPPORTED.search(last["said"]))
    if got.said.strip() and not got.tasks:
        problems = [line for line in got.said.splitlines() if ": error " in line] or got.said.strip().splitlines()
        return "; ".join(problems[:3]), all(UNSUPPORTED.search(line) for line in problems[:50])
    return "was not reached, though nothing failed", False
