"""Changing a root: in place while the base is dressed, and as an overlay layer over the base afterwards."""

import os
import shlex
import shutil

from . import apt, settings
from .process import LabError, run, write

# maintainer scripts must not start daemons while a layer is made
POLICY = "#!/bin/sh\nexit 101\n"


def _inside(prepare, root, script, binds):
    """SCRIPT in ROOT, in a mount and pid namespace that takes every mount and process with it when it ends."""
    mounts = "".join(f"mkdir -p {root}{to}\nmount --bind {what} {root}{to}\n" for what, to in binds)
    environment = {**settings.ENVIRONMENT, **apt.environment(), "DEBIAN_FRONTEND": "noninteractive"}
    assignments = " ".join(f"{name}={shlex.quote(value)}" for name, value in environment.items())
    run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", "sh", "-ec",
         f"{prepare}\nmount -t proc proc {root}/proc\n{mounts}exec env -i {assignments} chroot {root} sh -ec \"$0\"",
         script])


def in_root(root, script, binds=()):
    _inside(f"mount --bind {root} {root}", root, script, binds)


def in_layer(name, script, binds=()):
    """SCRIPT over the base, its writes going to the layer NAME."""
    layer = f"{settings.LAYERS}/{name}"
    for part in ("upper", "work", "merged"):
        os.makedirs(f"{layer}/{part}", exist_ok=True)
    os.chmod(f"{layer}/upper", 0o755)
    _inside(f"mount -t overlay overlay -o lowerdir={settings.ROOT},upperdir={layer}/upper,workdir={layer}/work "
            f"{layer}/merged", f"{layer}/merged", script, binds)


def make_layer(name, packages, then=""):
    """A layer with Debian packages over the base; THEN is a script that runs while apt still knows its lists."""
    if not os.path.isdir(settings.ROOT):
        raise LabError("make the base first: lab base")
    layer = f"{settings.LAYERS}/{name}"
    shutil.rmtree(layer, ignore_errors=True)
    write(f"{layer}/upper/usr/sbin/policy-rc.d", POLICY, 0o755)
    os.makedirs(f"{layer}/upper/etc")
    shutil.copy("/etc/resolv.conf", f"{layer}/upper/etc/resolv.conf")
    write(f"{layer}/upper/etc/apt/apt.conf.d/90lab", "".join(f"{line};\n" for line in apt.options()))
    # an https mirror may stand behind a certificate that only this machine trusts
    certificates = [("/etc/ssl/certs", "/etc/ssl/certs")] if os.path.isdir("/etc/ssl/certs") else []
    in_layer(name, f"""
        apt-get -qq update
        apt-get -qq install -y --no-install-recommends -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-unsafe-io \
            {' '.join(packages)} >/var/log/layer.log 2>&1 || {{ tail -20 /var/log/layer.log >&2; exit 1; }}
        {then}
        apt-get -qq clean
        rm -rf /var/lib/apt/lists/* /usr/sbin/policy-rc.d /etc/resolv.conf /etc/apt/apt.conf.d/90lab""", certificates)
