"""The machine's own way to Debian packages: its mirror and its proxy, whatever spelling they are written in."""

import glob
import os
import re
import subprocess

from .process import read

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def _one_line(text):
    """deb [options] URI suite components"""
    for line in text.splitlines():
        found = re.match(r"\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+\S+", line)
        if found:
            yield found[1]


def _deb822(text):
    """Stanzas of `Field: value`, values going on in indented lines; see sources.list(5)"""
    text = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", text):
        fields = {m[1].lower(): m[2].split() for m in
                  re.finditer(r"^([A-Za-z-]+):((?:.*)(?:\n[ \t].*)*)", stanza, re.M)}
        if "deb" in fields.get("types", []) and fields.get("enabled", ["yes"]) != ["no"]:
            yield from fields.get("uris", [])


def uris():
    found = []
    for path in ["/etc/apt/sources.list"] + sorted(glob.glob("/etc/apt/sources.list.d/*")):
        if os.path.isfile(path) and path.endswith((".list", ".sources")):
            found += (_deb822 if path.endswith(".sources") else _one_line)(read(path))
    return found


def mirror():
    """LAB_MIRROR, else the Debian mirror that this machine's apt uses."""
    if os.environ.get("LAB_MIRROR"):
        return os.environ["LAB_MIRROR"]
    ours = [uri for uri in uris() if re.match(r"(https?|file|copy):", uri) and uri.rstrip("/").endswith("/debian")]
    if not ours:
        raise SystemExit("lab: this machine's apt names no Debian mirror; say LAB_MIRROR=URL")
    return ours[0]


def source(suite):
    """A line of sources.list"""
    signed = f"[signed-by={KEYRING}] " if os.path.exists(KEYRING) else ""
    return f"deb {signed}{mirror()} {suite} main"


def options():
    """What this machine's apt is told about proxies and certificates, as `Name "value"` for another apt."""
    try:
        dump = subprocess.run(["apt-config", "dump"], stdout=subprocess.PIPE, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    found = [line.rstrip(";") for line in dump.splitlines()
             if re.match(r'Acquire::(https?|ftp)::(Proxy|CaInfo|CaPath|Verify-)[^ ]* ".+"', line, re.I)]
    return found


def environment():
    """Proxies that are set for this shell; apt obeys them as well."""
    return {name: os.environ[name] for name in ("http_proxy", "https_proxy", "no_proxy") if os.environ.get(name)}
