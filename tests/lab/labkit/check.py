"""Whether this machine can carry a lab, asked of the machine and not of its name."""

import os
import shutil
import subprocess

from . import apt, base, settings

TOOLS = {"mmdebstrap": "mmdebstrap", "ip": "iproute2", "tc": "iproute2", "nft": "nftables", "unshare": "util-linux",
         "nsenter": "util-linux", "setpriv": "util-linux", "ssh-keygen": "openssh-client", "tar": "tar"}

OVERLAY = """set -e
mkdir -p $0/lower $0/upper $0/work $0/merged
mount -t overlay overlay -o lowerdir=$0/lower,upperdir=$0/upper,workdir=$0/work $0/merged
: > $0/merged/file
test -f $0/upper/file"""

NAMESPACES = ["unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--time", "--fork",
              "--propagation", "private"]


def _try(argv):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode == 0, done.stdout.strip().splitlines()[-1:] or [""]


def questions():
    """(question, is it so, remedy), the cheap ones first"""
    yield "root", os.geteuid() == 0, "run as root"
    lacking = sorted({package for tool, package in TOOLS.items() if not shutil.which(tool)})
    yield "tools", not lacking, f"apt-get install {' '.join(lacking)}"
    if os.geteuid() != 0 or lacking:
        return
    works, said = _try(NAMESPACES + ["sh", "-c", "mount -t proc proc /proc && mount -t cgroup2 none /mnt"])
    yield "namespaces and cgroup2", works, f"the kernel or the container around refuses: {said[0]}"
    trial = f"{settings.HOME}/trial"
    works, said = _try(["unshare", "--mount", "--propagation", "private", "sh", "-c", OVERLAY, trial])
    shutil.rmtree(trial, ignore_errors=True)
    yield f"overlay in {settings.HOME}", works, f"set LAB_HOME to a directory of a plain file system: {said[0]}"
    works, said = _try(["sh", "-c", "ip netns add $0 && ip -n $0 link add name trial type bridge; e=$?; ip netns del $0; exit $e",
                        f"{settings.NAME}-trial"])
    yield "network namespaces and bridges", works, said[0]
    if not base.is_current():
        mirror = apt.mirror()
        yield f"a Debian mirror ({mirror})", bool(mirror), "set LAB_MIRROR"
        yield "Debian's keys", os.path.exists(apt.KEYRING), "apt-get install debian-archive-keyring"


def report():
    """Prints an answer per line; True when a lab can run here."""
    ready = True
    for question, yes, remedy in questions():
        print(f"{'ok' if yes else 'no'}: {question}" + ("" if yes else f" -- {remedy}"))
        ready = ready and yes
    print(f"base: {'made' if base.is_current() else 'not made yet (lab base)'}")
    return ready
