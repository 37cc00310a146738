"""Runs a target once, in a machine that is made for it and forgotten."""

import dataclasses
import json
import os
import pathlib
import subprocess

import rpm_machine

HOME = pathlib.Path(__file__).resolve().parent
INVENTORY = '[testgroup]\ntesthost ansible_connection="local" ansible_pipelining="yes" ansible_python_interpreter="/usr/bin/python3"\n'
OUTPUT = "/tmp/output_dir"


@dataclasses.dataclass(frozen=True)
class Invocation:
    """One ansible-playbook of a target, by whichever tool."""

    command: str
    status: int | None  # None: it was cut off
    tasks: list
    said: str


def run(tool: str, tree: pathlib.Path, target: str, out: pathlib.Path, flaskdeploy: list[str], seconds: int) -> list[Invocation]:
    """`tool` is a directory of shims. `tree` is test/integration, rewritten; it is written to only in the overlay."""
    out.mkdir(parents=True)
    directory = tree / "targets" / target
    environment = {
        "PATH": f"{HOME}/shims/{tool}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root", "USER": "root", "LOGNAME": "root", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TERM": "dumb",
        "ANSIBLE_DEPRECATION_WARNINGS": "false", "ANSIBLE_HOST_KEY_CHECKING": "false", "ANSIBLE_RETRY_FILES_ENABLED": "false",
        "ANSIBLE_DEVEL_WARNING": "false", "ANSIBLE_FORCE_COLOR": "false", "OUTPUT_DIR": OUTPUT, "ANSIBLE_PLAYBOOK_DIR": str(directory),
        "DOTNET_CLI_TELEMETRY_OPTOUT": "1",
        "CONFORMANCE_HOME": str(HOME), "CONFORMANCE_OUT": str(out), "CONFORMANCE_FLASKDEPLOY": json.dumps(flaskdeploy),
        "CONFORMANCE_MACHINE": str(tree / rpm_machine.MACHINE) if target == rpm_machine.TARGET else "",
    }
    script = directory / "runme.sh"
    if script.exists():
        environment["CONFORMANCE_DIRECTORY"] = str(directory)
        environment["BASH_ENV"] = str(HOME / "shims" / "without-errexit")
        command = ["bash", "./runme.sh", "-v", "-e", f"@{tree}/integration_config.yml"]
    else:
        environment["CONFORMANCE_DIRECTORY"] = str(tree)
        environment["ANSIBLE_ROLES_PATH"] = str(tree / "targets")
        command = ["ansible-playbook", f"{target}-play.yml", "-i", "inventory", "-v"]
    try:
        with open(out / "output", "wb") as log:
            subprocess.run(
                ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--net", "--uts", "--ipc", "--propagation", "private",
                 str(HOME / "sandbox.sh"), str(out), "sh", "-c", f"mkdir {OUTPUT} && exec \"$@\"", "sh", *command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=os.environ | environment, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        (out / "timeout").touch()
    return read(out)


def read(out: pathlib.Path) -> list[Invocation]:
    return [_invocation(path) for path in sorted(out.glob("*.command"))]


def _invocation(path):
    def text(suffix):
        file = path.with_suffix(suffix)
        return file.read_text(errors="replace") if file.exists() else ""

    status = text(".status").strip()
    tasks = [json.loads(line) for line in text(".tasks").splitlines()]
    return Invocation(path.read_text().strip(), int(status) if status else None, tasks, text(".said"))


def prepare(tree: pathlib.Path, targets: list[str]):
    """What ansible-test lays beside the targets, before it runs them."""
    (tree / "inventory").write_text(INVENTORY)
    (tree / "integration_config.yml").write_text("{}\n")
    if rpm_machine.TARGET in targets:
        rpm_machine.prepare(tree)
    for target in targets:
        aliases = tree / "targets" / target / "aliases"
        facts = "gather_facts/no" not in (aliases.read_text() if aliases.exists() else "")
        play = {"hosts": "testhost", "gather_facts": facts, "vars": {"output_dir": OUTPUT}, "vars_files": [], "roles": [target]}
        (tree / f"{target}-play.yml").write_text(json.dumps([play], indent=4, sort_keys=True))
