"""The base: a Debian root dressed as CentOS, the yum repositories and the wheel index. Made once, then kept."""

import contextlib
import fcntl
import glob
import hashlib
import os
import shutil
import time

from . import apt, settings, suites
from .overlay import in_layer, in_root, make_layer
from .process import LabError, read, run, write

STAMP = f"{settings.BASE}/stamp"

PACKAGES = """systemd systemd-sysv dbus libpam-systemd openssh-server sudo rpm dnf python3-dnf python3
    iproute2 iputils-ping curl procps ca-certificates libselinux1 time libfaketime rsync less""".split()

# repacked as wheels: what pip installs for Flask, and the virtualenv that the founding playbook asks for
WHEEL_PACKAGES = """flask werkzeug jinja2 markupsafe itsdangerous click blinker virtualenv distlib filelock
    platformdirs pip-whl setuptools-whl wheel-whl""".split()

# no hardware, no terminal and no kernel of their own; and nothing that wakes up by itself
MASKED = """systemd-udevd.service systemd-udev-trigger.service systemd-udevd-control.socket
    systemd-udevd-kernel.socket systemd-sysctl.service systemd-modules-load.service sys-kernel-debug.mount
    sys-kernel-tracing.mount dev-hugepages.mount dev-mqueue.mount getty.target console-getty.service
    systemd-logind-varlink.socket apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer dpkg-db-backup.timer
    fstrim.timer""".split()

OS_RELEASE = """NAME="CentOS Linux"
VERSION="8"
ID="centos"
ID_LIKE="rhel fedora"
VERSION_ID="8"
PLATFORM_ID="platform:el8"
PRETTY_NAME="CentOS Linux 8 (lab)"
"""


def fingerprint():
    """Of everything that the base is made by: another script makes another base."""
    digest = hashlib.sha256(f"{suites.NAME} {settings.HUB}".encode())
    for path in sorted(glob.glob(f"{settings.LAB}/base/*")
                       + [f"{settings.LAB}/labkit/{name}.py" for name in ("apt", "base", "overlay", "suites")]):
        digest.update(read(path).encode())
    return digest.hexdigest()


@contextlib.contextmanager
def locked():
    """Layers are written by one process at a time, also when labs share a base."""
    os.makedirs(settings.BASE, exist_ok=True)
    with open(f"{settings.BASE}/lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_current():
    return os.path.exists(STAMP) and read(STAMP) == fingerprint()


def make():
    """Returns at once when the base is there and made by the scripts of today."""
    with locked():
        if is_current():
            print("base: already made")
            return
        if os.path.isdir(settings.HOSTS) and os.listdir(settings.HOSTS):
            raise LabError("the scripts that make the base have changed and hosts stand on the old one: lab down first")
        started = time.monotonic()
        for old in (STAMP, settings.ROOT, settings.LAYERS, settings.PRISTINE_WWW):
            if os.path.isdir(old):
                shutil.rmtree(old)
            elif os.path.exists(old):
                os.unlink(old)
        print(f"base: Debian {suites.NAME} from {apt.mirror()}", flush=True)
        _bootstrap()
        bootstrapped = time.monotonic()
        print(f"base: root made in {bootstrapped - started:.1f}s; dressing it as CentOS", flush=True)
        _dress()
        _repositories()
        write(STAMP, fingerprint())
        print(f"base: made in {time.monotonic() - started:.1f}s", flush=True)


def _bootstrap():
    packages = [*PACKAGES, *suites.chosen().packages]
    run(["mmdebstrap", "--quiet", "--variant=minbase", "--aptopt=Acquire::Languages \"none\""]
        + [f"--aptopt={option}" for option in apt.options()]
        + [f"--include={','.join(packages)}", suites.NAME, settings.ROOT, apt.source(suites.NAME)])


def _dress():
    root = settings.ROOT
    write(f"{root}/etc/rpm/macros", "%_dbpath /var/lib/rpm\n")  # Debian's rpm keeps its database in ~/.rpmdb
    os.symlink("dnf-3", f"{root}/usr/bin/yum")
    os.symlink("python3", f"{root}/usr/bin/python")
    os.makedirs(f"{root}/usr/libexec", exist_ok=True)
    os.symlink("../bin/python3", f"{root}/usr/libexec/platform-python")
    os.unlink(f"{root}/bin/sh")
    os.symlink("bash", f"{root}/bin/sh")  # Debian's dash has no `source`
    for marker in glob.glob(f"{root}/usr/lib/python3*/EXTERNALLY-MANAGED"):  # PEP 668; CentOS has no such file
        os.unlink(marker)
    os.unlink(f"{root}/etc/os-release")
    write(f"{root}/etc/os-release", OS_RELEASE)
    write(f"{root}/etc/pip.conf", f"[global]\nindex-url = http://{settings.HUB}/simple/\ntrusted-host = {settings.HUB}\n"
          "disable-pip-version-check = true\nno-cache-dir = true\n")
    write(f"{root}/etc/sudoers.d/webserver", "webserver ALL=(ALL) NOPASSWD: ALL\n", 0o440)
    write(f"{root}/etc/ssh/sshd_config.d/lab.conf", "UseDNS no\n")
    write(f"{root}/etc/systemd/journald.conf.d/lab.conf", "[Journal]\nStorage=persistent\nSystemMaxUse=32M\n")
    write(f"{root}/etc/systemd/system.conf.d/lab.conf", "[Manager]\nDefaultTimeoutStopSec=10s\n")
    key = f"{settings.BASE}/id"
    if not os.path.exists(key):
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", key])
    in_root(root, f"""
        useradd -m -s /bin/bash webserver
        install -d -m 700 -o webserver -g webserver /home/webserver/.ssh
        install -d -m 700 /root/.ssh
        echo '{read(key + '.pub').strip()}' | tee /root/.ssh/authorized_keys > /home/webserver/.ssh/authorized_keys
        chown webserver: /home/webserver/.ssh/authorized_keys
        systemctl mask -q {' '.join(MASKED)}
        systemctl set-default -q multi-user.target
        systemctl disable -q dnf-makecache.timer 2>/dev/null || true
        systemctl enable -q ssh
        : > /etc/machine-id
        rm -f /var/lib/dbus/machine-id
        rpm --initdb""")


def _repositories():
    www = settings.PRISTINE_WWW
    os.makedirs(f"{www}/repo")
    debs = " ".join(f"python3-{name}" for name in WHEEL_PACKAGES)
    # apt of its own for the wheels' release, beside that of the layer
    wheels = "-qq -o APT::Sandbox::User=root -o Dir::Etc::SourceList=/var/lab/sources.list -o Dir::Etc::SourceParts=/dev/null"
    make_layer("build", ["createrepo-c", "lsof"], then=f"""
        mkdir -p /var/lab/debs; cd /var/lab/debs
        echo '{apt.source(suites.chosen().wheels)}' > /var/lab/sources.list
        apt-get {wheels} update; apt-get {wheels} download {debs}""")
    in_layer("build", f"""
        python3 /scripts/mkwheels.py /var/lab/debs /www/simple
        rm -rf /var/lab/wheels; mkdir -p /var/lab/wheels; cp /www/simple/pip/*.whl /www/simple/setuptools/*.whl /var/lab/wheels
        REPO_URL=http://{settings.HUB}/repo sh /scripts/mkrpms.sh all
        cp -r /var/lab/out/. /www/repo/""", [(f"{settings.LAB}/base", "/scripts"), (www, "/www")])
    # an rpm database is never empty on a real host; Debian's rpm wanted to be told so, until 4.20
    in_root(settings.ROOT, "forced=--force-debian; rpm $forced --version >/dev/null 2>&1 || forced=; rpm -i $forced --nodeps /mnt/centos-release-*.rpm /mnt/basesystem-*.rpm",
            [(f"{www}/repo/base", "/mnt")])
