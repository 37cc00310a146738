"""A host: a root of its own over the base, a cgroup, a set of namespaces, and systemd as their PID 1."""

import errno
import fcntl
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import time

from . import base, network, settings
from .process import LabError, alive, daemon, me, read, run, stop, succeeds, wait_for, write

EXT4_IOC_SHUTDOWN = 0x8004587D
WITHOUT_FLUSHING_THE_LOG = 2
BOOT_SECONDS = 60


def numbers():
    return sorted(int(name) for name in os.listdir(settings.HOSTS)) if os.path.isdir(settings.HOSTS) else []


def _directory(host):
    return f"{settings.HOSTS}/{host}"


def _disk(host):
    return f"{_directory(host)}/disk"


def configuration(host):
    try:
        return json.loads(read(f"{_directory(host)}/host.json"))
    except FileNotFoundError:
        raise LabError(f"there is no host {host}; lab status shows those that are") from None


def _make(host, layers, disk):
    directory = _directory(host)
    os.makedirs(directory)
    store = directory
    if disk:  # a disk of its own size, which can be full and can lose what was not synced
        store = _disk(host)
        os.makedirs(store)
        run(["truncate", "-s", f"{disk}M", f"{directory}/disk.img"])
        run(["mkfs.ext4", "-q", "-m", "0", "-O", "^resize_inode", f"{directory}/disk.img"])
        run(["mount", "-o", "loop", f"{directory}/disk.img", store])
    os.makedirs(f"{directory}/merged")
    os.makedirs(f"{store}/upper")
    os.makedirs(f"{store}/work")
    os.chmod(f"{store}/upper", 0o755)
    write(f"{store}/upper/etc/hostname", f"host-{host}\n")
    write(f"{store}/upper/etc/hosts", f"127.0.0.1 localhost host-{host}\n{settings.HUB} hub\n"
          + "".join(f"{settings.address(k)} host-{k}\n" for k in range(settings.MAX_HOSTS + 1)))
    network.connect(host)
    write(f"{directory}/host.json", json.dumps({"base": settings.BASE if host else settings.CONTROLLER_BASE, "layers": layers, "disk": disk}))


def supervise(host):
    """Starts the host's PID 1, and again when the host reboots itself. The process behind `lab up`."""
    directory, made = _directory(host), configuration(host)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, hard), hard))
    layers = [f"{made['base']}/layers/{layer}/upper" for layer in made["layers"]]
    environment = {**settings.ENVIRONMENT, "LOWER": ":".join(layers + [f"{made['base']}/root"]),
                   "STORE": _disk(host) if made["disk"] else directory, "ROOT": f"{directory}/merged",
                   "CAPS": settings.CAPABILITIES}
    init = read(f"{settings.LAB}/labkit/init.sh")
    while True:
        os.makedirs(settings.cgroup(host), exist_ok=True)
        # Into the host's cgroup first, so that the new cgroup namespace has its root there; and uptime from zero.
        process = subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{settings.namespace(host)}", "sh", "-c",
             f"echo $$ > {settings.cgroup(host)}/cgroup.procs; read up _ < /proc/uptime; up=${{up%.*}}; "
             "exec unshare --mount --uts --ipc --pid --cgroup --time --monotonic -$up --boottime -$up "
             "--fork --kill-child --propagation private sh -c \"$0\"", init], env=environment)
        _leave_cgroup(process)
        status = process.wait()
        print(f"{time.time():.3f} host {host}: init ended, {status}", flush=True)
        if status != -signal.SIGHUP:  # reboot(2) in a pid namespace: SIGHUP is a restart, SIGINT a halt
            return


def _leave_cgroup(process):
    """unshare itself stays to wait for PID 1; as long as it is in the root of the host's cgroups, systemd inside
    cannot hand resource controllers down (cgroup v2 has no processes in inner nodes)."""
    if wait_for(lambda: process.poll() is not None or _children(process.pid), 5):
        outside = f"{settings.CGROUPS}/{settings.NAME}/outside"
        os.makedirs(outside, exist_ok=True)
        if process.poll() is None:
            with open(f"{outside}/cgroup.procs", "w", encoding="utf-8") as procs:
                procs.write(str(process.pid))


def _children(pid):
    try:
        return [int(child) for child in read(f"/proc/{pid}/task/{pid}/children").split()]
    except OSError:
        return []


def init_pid(host):
    """The host's PID 1 as the machine numbers it, or None."""
    pids = [alive(f"host{host}")]
    while pids and pids[0]:
        pid = pids.pop()
        try:
            numbered = re.search(r"^NSpid:\s+(.*)$", read(f"/proc/{pid}/status"), re.M)[1].split()
        except OSError:
            continue
        if len(numbered) > 1 and numbered[-1] == "1":
            return pid
        pids += _children(pid)
    return None


def _answers(host):
    pid = init_pid(host)
    return pid and succeeds(["nsenter", "-t", str(pid), "-n", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/22"])


def _wait_up(host):
    wait_for(lambda: not alive(f"host{host}") or _answers(host), BOOT_SECONDS, 0.05)
    if not _answers(host):
        raise LabError(f"host {host} did not come up; see {settings.RUN}/host{host}.log")


def _start(host):
    if alive(f"host{host}"):
        return
    if configuration(host)["disk"] and not os.path.ismount(_disk(host)):
        run(["mount", "-o", "loop", f"{_directory(host)}/disk.img", _disk(host)])
    network.ip("link", "set", f"h{host}", "up")
    daemon(f"host{host}", me() + ["_supervise", str(host)])


def up(count, first, layers, disk):
    """Starts hosts first..first+count-1, making those that do not exist; those that run are left as they are."""
    if not base.is_current():
        raise LabError("there is no base, or an old one: lab base")
    started, chosen = time.monotonic(), range(first, first + count)
    if first < 0 or first + count - 1 > settings.MAX_HOSTS:
        raise LabError(f"hosts are numbered 0 to {settings.MAX_HOSTS}")
    network.raise_hub()
    for host in chosen:
        if not os.path.exists(f"{_directory(host)}/host.json"):
            remove(host)
            _make(host, layers, disk)
        _start(host)
    for host in chosen:
        _wait_up(host)
    print(f"up: {count} host(s) in {time.monotonic() - started:.2f}s")


def boot(host):
    started = time.monotonic()
    configuration(host)
    _start(host)
    _wait_up(host)
    print(f"boot: {time.monotonic() - started:.2f}s")


def enter(host, user=None):
    """The command line before a command that makes it run inside the host; puts this process in its cgroup."""
    pid = init_pid(host)
    if not pid:
        raise LabError(f"host {host} is not running")
    _join_cgroup(host)
    command = ["nsenter", "-t", str(pid), "-m", "-u", "-i", "-n", "-p", "-C", "-T", "-r", "-w", "env", "-i"]
    command += [f"{name}={value}" for name, value in settings.ENVIRONMENT.items()]
    command += ["setpriv", "--bounding-set", settings.CAPABILITIES]
    return command + (["runuser", "-l", user, "-c"] if user else [])


def _join_cgroup(host):
    for place in (settings.cgroup(host), f"{settings.cgroup(host)}/lab-exec"):
        os.makedirs(place, exist_ok=True)
        try:
            with open(f"{place}/cgroup.procs", "w", encoding="utf-8") as procs:
                procs.write(str(os.getpid()))
            return
        except OSError as error:  # an inner node with controllers takes no processes
            if error.errno != errno.EBUSY:
                raise
    raise LabError(f"host {host} takes no process into its cgroup")


def execute(host, user, command):
    argv = enter(host, user) + ([" ".join(command)] if user else command)
    os.execvp(argv[0], argv)


def inside(host, *command, **options):
    """COMMAND inside the host, waited for. Another process goes in: this one stays where it is."""
    return run(me() + ["exec", str(host), *command], **options)


UNPACK = """set -e
box=$(mktemp -d /var/tmp/lab.XXXXXX)
trap 'rm -rf "$box"' EXIT
tar -xf - -C "$box" --no-same-owner
case $2 in */) mkdir -p "$2" ;; *) mkdir -p "$(dirname "$2")" ;; esac
cp -a "$box/$1" "$2"
"""


def copy(host, source, destination):
    """As cp -a into the host, owned by root. By way of a pipe: a link inside the host leads nowhere outside it."""
    source = os.path.abspath(source)
    if not os.path.exists(source):
        raise LabError(f"there is no {source}")
    name = os.path.basename(source)
    with subprocess.Popen(["tar", "-C", os.path.dirname(source), "-cf", "-", name], stdout=subprocess.PIPE) as tar:
        inside(host, "sh", "-c", UNPACK, "lab-copy", name, destination, stdin=tar.stdout)
    if tar.returncode != 0:
        raise LabError(f"could not read all of {source}")


def install(host, packages):
    for package in packages:
        copy(host, package, "/var/tmp/lab-rpms/")
    inside(host, "dnf", "install", "-y", *(f"/var/tmp/lab-rpms/{os.path.basename(package)}" for package in packages))
    inside(host, "rm", "-rf", "/var/tmp/lab-rpms")


def reboot(host):
    started, old = time.monotonic(), init_pid(host)
    if not old:
        raise LabError(f"host {host} is not running")
    inside(host, "systemctl", "reboot", check=False)
    wait_for(lambda: init_pid(host) not in (old, None), BOOT_SECONDS)
    _wait_up(host)
    print(f"reboot: {time.monotonic() - started:.2f}s")


def _wait_gone(host):
    if not wait_for(lambda: not alive(f"host{host}"), BOOT_SECONDS):
        raise LabError(f"host {host} does not stop")


def halt(host):
    inside(host, "systemctl", "poweroff", check=False)
    _wait_gone(host)


def cut_power(host):
    """Nothing reaches a peer any more, FIN and RST included; with a disk of its own nothing unsynced survives."""
    network.cut(host)
    pid, disk = init_pid(host), configuration(host)["disk"]
    if disk:
        descriptor = os.open(_disk(host), os.O_RDONLY)
        fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, bytearray(WITHOUT_FLUSHING_THE_LOG.to_bytes(4, "little")))
        os.close(descriptor)
    if pid:
        os.kill(pid, signal.SIGKILL)
        _wait_gone(host)
    if disk:
        run(["umount", _disk(host)])


def cpu_seconds(host):
    return int(re.search(r"usage_usec (\d+)", read(f"{settings.cgroup(host)}/cpu.stat"))[1]) / 1e6


def remove(host):
    """Away with the host and everything it wrote; nothing happens to one that does not exist."""
    pid = init_pid(host)
    if pid:
        os.kill(pid, signal.SIGKILL)
        _wait_gone(host)
    stop(f"host{host}")
    if os.path.ismount(_disk(host)):
        run(["umount", _disk(host)])
    network.disconnect(host)
    _remove_cgroup(settings.cgroup(host))
    shutil.rmtree(_directory(host), ignore_errors=True)


def _remove_cgroup(top):
    def gone():
        for directory, _, _ in os.walk(top, topdown=False):
            try:
                os.rmdir(directory)
            except OSError:
                pass  # a dying process is still in it
        return not os.path.isdir(top)
    wait_for(gone, 5)
