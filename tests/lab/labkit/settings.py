"""Where a lab lives, what it is called, and what every part of it agrees on."""

import os

LAB = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))

# Two labs run side by side when both of these differ. Their subnets may be equal: each lab's network is a
# namespace of its own with no way out, so that nothing of it can meet anything else.
HOME = os.environ.get("LAB_HOME", "/tmp/flaskdeploy-lab")
NAME = os.environ.get("LAB_NAME", "flaskdeploy")

NET = "10.77.0"
HUB = f"{NET}.1"
HUB_NAMESPACE = f"{NAME}-hub"
BRIDGE = "labbr"
MAX_HOSTS = 40

# What can be made again is in BASE and may be shared by labs (LAB_BASE); what a running lab changes is beside it.
BASE = os.environ.get("LAB_BASE", f"{HOME}/base")
ROOT = f"{BASE}/root"
# Host 0 may stand on another base: the controller wants a newer glibc than the oldest hosts have.
CONTROLLER_BASE = os.environ.get("LAB_CONTROLLER_BASE", BASE)
PRISTINE_WWW = f"{BASE}/www"
LAYERS = f"{BASE}/layers"
WWW = f"{HOME}/www"
RUN = f"{HOME}/run"
HOSTS = f"{HOME}/hosts"
CGROUPS = f"{HOME}/cgroup"  # a mount of cgroup2 of our own: the machine may show it elsewhere or not at all

# A host must not set this machine's clock, load modules into its kernel or touch its hardware.
CAPABILITIES = "-sys_time,-sys_module,-sys_rawio"

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "TERM": "dumb",
}


def address(host):
    return f"{NET}.{10 + int(host)}"


def namespace(host):
    return f"{NAME}-host{host}"


def cgroup(host):
    return f"{CGROUPS}/{NAME}/host{host}"
