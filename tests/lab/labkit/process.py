"""Running things: commands that are waited for, and daemons that are remembered by pid and start time."""

import os
import signal
import subprocess
import sys
import time

from . import settings


class LabError(Exception):
    """What the operator of the lab has to read; printed without a traceback."""


def run(argv, **options):
    options.setdefault("check", True)
    return subprocess.run(argv, **options)


def output(argv, **options):
    return run(argv, stdout=subprocess.PIPE, text=True, **options).stdout.strip()


def succeeds(argv, **options):
    return run(argv, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options).returncode == 0


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def _stat(pid):
    """(state, start time) of a process; the name in parentheses may itself hold blanks and parentheses."""
    fields = read(f"/proc/{pid}/stat").rsplit(")", 1)[1].split()
    return fields[0], fields[19]


def alive(name):
    """The pid remembered as NAME, if it is still the process that was started."""
    try:
        pid, start = read(f"{settings.RUN}/{name}.pid").split()
        state, started = _stat(pid)
        return int(pid) if started == start and state != "Z" else None
    except (OSError, ValueError):
        return None


def daemon(name, argv, namespace=None):
    os.makedirs(settings.RUN, exist_ok=True)
    with open(f"{settings.RUN}/{name}.log", "ab") as log:
        process = subprocess.Popen(
            (["ip", "netns", "exec", namespace] if namespace else []) + argv,
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    write(f"{settings.RUN}/{name}.pid", f"{process.pid} {_stat(process.pid)[1]}\n")


def stop(name):
    pid = alive(name)
    if not pid:
        return
    os.kill(pid, signal.SIGTERM)
    if not wait_for(lambda: not alive(name), 2):
        os.kill(pid, signal.SIGKILL)


def wait_for(condition, seconds, pause=0.01):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(pause)
    return False


def me():
    """The lab's own program, for what has to run as another process of it."""
    return [sys.executable, f"{settings.LAB}/lab"]
