"""The lab's network: a namespace with a bridge and a web server, a port per host, and faults on the ports."""

import json
import os
import shutil
import sys

from . import settings
from .process import alive, daemon, output, read, run, stop, succeeds

# Of the whole machine and counted per user over all hosts of all labs: 128 is the default and enough for 22 hosts.
INOTIFY_LIMIT = "/proc/sys/fs/inotify/max_user_instances"
INOTIFY_NEEDED = 1024


def ip(*arguments, inside=settings.HUB_NAMESPACE):
    run((["ip", "-n", inside] if inside else ["ip"]) + list(arguments))


def namespaces():
    return output(["ip", "netns", "list"]).split()


def raise_hub():
    """Idempotent: bridge, web server and the mount of cgroup2 are there afterwards."""
    os.makedirs(settings.RUN, exist_ok=True)
    if settings.HUB_NAMESPACE not in namespaces():
        ip("netns", "add", settings.HUB_NAMESPACE, inside=None)
        ip("link", "set", "lo", "up")
        # A bridge otherwise takes the lowest address of its ports: a host that joins would move it, and its neighbours
        # would talk to the old one until their ARP entry ages, half a minute later.
        ip("link", "add", settings.BRIDGE, "address", "02:00:0a:4d:00:01", "type", "bridge", "forward_delay", "0")
        ip("addr", "add", f"{settings.HUB}/24", "dev", settings.BRIDGE)
        ip("link", "set", settings.BRIDGE, "up")
    if int(read(INOTIFY_LIMIT)) < INOTIFY_NEEDED:
        with open(INOTIFY_LIMIT, "w", encoding="utf-8") as limit:
            limit.write(str(INOTIFY_NEEDED))
    if not os.path.isdir(settings.WWW):
        shutil.copytree(settings.PRISTINE_WWW, settings.WWW)  # this lab's own: what it publishes goes with it
    if not alive("www"):
        daemon("www", [sys.executable, "-u", f"{settings.LAB}/base/www.py", settings.HUB, "80", settings.WWW],
               settings.HUB_NAMESPACE)
    if not os.path.ismount(settings.CGROUPS):
        os.makedirs(settings.CGROUPS, exist_ok=True)
        run(["mount", "-t", "cgroup2", "none", settings.CGROUPS])


def lower_hub():
    stop("www")
    if settings.HUB_NAMESPACE in namespaces():
        ip("netns", "del", settings.HUB_NAMESPACE, inside=None)
    for directory in (f"{settings.CGROUPS}/{settings.NAME}/outside", f"{settings.CGROUPS}/{settings.NAME}"):
        if os.path.isdir(directory):
            os.rmdir(directory)
    if os.path.ismount(settings.CGROUPS):
        run(["umount", settings.CGROUPS])
    shutil.rmtree(settings.WWW, ignore_errors=True)


def connect(host):
    space = settings.namespace(host)
    ip("netns", "add", space, inside=None)
    # a fixed address on the wire: neighbours keep a valid ARP entry for a host that was made anew
    ip("link", "add", f"h{host}", "type", "veth", "peer", "name", "eth0",
       "address", f"02:00:0a:4d:00:{10 + int(host):02x}", "netns", space)
    ip("link", "set", f"h{host}", "master", settings.BRIDGE, "up")
    ip("link", "set", "lo", "up", inside=space)
    ip("addr", "add", f"{settings.address(host)}/24", "dev", "eth0", inside=space)
    ip("link", "set", "eth0", "up", inside=space)


def disconnect(host):
    stop(f"delay{host}")
    succeeds(["ip", "netns", "exec", settings.HUB_NAMESPACE, "nft", "delete", "table", "bridge", f"loss{host}"])
    succeeds(["ip", "-n", settings.HUB_NAMESPACE, "link", "del", f"h{host}"])
    succeeds(["ip", "netns", "del", settings.namespace(host)])


def cut(host):
    ip("link", "set", f"h{host}", "down")


def heal(host):
    succeeds(["ip", "netns", "exec", settings.HUB_NAMESPACE, "nft", "delete", "table", "bridge", f"loss{host}"])
    for device, space in ((f"h{host}", settings.HUB_NAMESPACE), ("eth0", settings.namespace(host))):
        succeeds(["tc", "-n", space, "qdisc", "del", "dev", device, "root"])
    stop(f"delay{host}")
    ip("link", "set", f"h{host}", "master", settings.BRIDGE, "up")


def loss(host, percent):
    """Both ways, in the bridge; netem is missing from many kernels."""
    rule = f"numgen random mod 100 < {int(percent)} drop"

    def chain(hook, *directions):
        rules = "".join(f'{direction} "h{host}" {rule}\n' for direction in directions)
        return f"chain {hook} {{\n type filter hook {hook} priority 0\n{rules}}}\n"

    table = (f"table bridge loss{host} {{\n" + chain("forward", "iifname", "oifname") + chain("input", "iifname")
             + chain("output", "oifname") + "}\n")
    run(["ip", "netns", "exec", settings.HUB_NAMESPACE, "nft", "-f", "-"], text=True, input=table)


def rate(host, kilobits):
    for device, space in ((f"h{host}", settings.HUB_NAMESPACE), ("eth0", settings.namespace(host))):
        run(["tc", "-n", space, "qdisc", "replace", "dev", device, "root", "tbf", "rate", f"{int(kilobits)}kbit",
             "burst", "16kb", "latency", "400ms"])


def delay(host, milliseconds):
    """Late by that much each way: the port leaves the bridge and a relay hands frames over."""
    stop(f"delay{host}")
    ip("link", "set", f"h{host}", "nomaster")
    daemon(f"delay{host}", [sys.executable, "-u", f"{settings.LAB}/base/delay.py", settings.BRIDGE, f"h{host}",
                            f"t{host}", str(float(milliseconds))], settings.HUB_NAMESPACE)


def traffic(host):
    """(received, sent) bytes as the host counts them: what the hub's end sends is what the host receives."""
    link = json.loads(output(["ip", "-n", settings.HUB_NAMESPACE, "-s", "-j", "link", "show", f"h{host}"]))[0]
    return link["stats64"]["tx"]["bytes"], link["stats64"]["rx"]["bytes"]
