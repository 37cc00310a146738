#!/usr/bin/env python3
"""Repack Debian's python3-*.deb files as wheels and lay out a PEP 503 index.

usage: mkwheels.py DEB_DIR OUT_DIR
Debian strips or loosens some Requires-Dist lines, so the runtime needs of each
package are restated here.  The only compiled file (markupsafe/_speedups.so) is
left out: MarkupSafe falls back to pure Python, and every wheel is then "any".
"""
import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

REQUIRES = {
    "Flask": ["Werkzeug (>=2.2.2)", "Jinja2 (>=3.0)", "itsdangerous (>=2.0)", "click (>=8.0)"],
    "Werkzeug": ["MarkupSafe (>=2.1.1)"],
    "Jinja2": ["MarkupSafe (>=2.0)"],
}
PLAIN = ["click", "itsdangerous", "MarkupSafe", "blinker", "distlib", "filelock",
         "platformdirs", "virtualenv"]
EPOCH = (2020, 1, 1, 0, 0, 0)


def norm(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def wheel(files, name, version, out):
    """files: {archive path: bytes} without dist-info/RECORD."""
    fn = f"{norm(name).replace('-', '_')}-{version}-py3-none-any.whl"
    d = os.path.join(out, norm(name))
    os.makedirs(d, exist_ok=True)
    info = f"{norm(name).replace('-', '_')}-{version}.dist-info"
    rec = []
    with zipfile.ZipFile(os.path.join(d, fn), "w", zipfile.ZIP_DEFLATED) as z:
        for p in sorted(files):
            z.writestr(zipfile.ZipInfo(p, EPOCH), files[p], zipfile.ZIP_DEFLATED)
            h = base64.urlsafe_b64encode(hashlib.sha256(files[p]).digest()).rstrip(b"=").decode()
            rec.append(f"{p},sha256={h},{len(files[p])}")
        rec.append(f"{info}/RECORD,,")
        z.writestr(zipfile.ZipInfo(f"{info}/RECORD", EPOCH), "\n".join(rec) + "\n")
    return fn


def from_deb(deb, out, embed):
    with tempfile.TemporaryDirectory() as t:
        subprocess.run(["dpkg", "-x", deb, t], check=True)
        top = os.path.join(t, "usr/lib/python3/dist-packages")
        infos = [e for e in os.listdir(top) if e.endswith((".dist-info", ".egg-info"))]
        if not infos:
            return None
        src = os.path.join(top, infos[0])
        meta = open(os.path.join(src, "METADATA" if infos[0].endswith(".dist-info") else "PKG-INFO"),
                    encoding="utf-8").read()
        name = re.search(r"^Name: (.*)$", meta, re.M)[1]
        version = re.search(r"^Version: (.*)$", meta, re.M)[1].split("+")[0]   # 20.17.1+ds
        if name not in REQUIRES and name not in PLAIN:
            return None
        head, _, body = meta.partition("\n\n")
        lines = [l for l in head.split("\n")
                 if not l.startswith(("Version:", "License-File:", "Provides-Extra:"))
                 and not (l.startswith("Requires-Dist:") and (name in REQUIRES or "extra ==" in l))]
        lines.insert(2, f"Version: {version}")
        lines += [f"Requires-Dist: {r}" for r in REQUIRES.get(name, [])]
        if name == "Flask" and int(version.split(".")[0]) >= 3:
            lines.append("Requires-Dist: blinker (>=1.6)")
        info = f"{norm(name).replace('-', '_')}-{version}.dist-info"
        files = {f"{info}/METADATA": ("\n".join(lines) + "\n\n" + body).encode(),
                 f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: lab\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
        for extra in ("entry_points.txt", "top_level.txt"):
            p = os.path.join(src, extra)
            if os.path.exists(p):
                files[f"{info}/{extra}"] = open(p, "rb").read()
        for dp, dn, fs in os.walk(top):
            dn[:] = [d for d in dn if d != "__pycache__" and not d.endswith((".dist-info", ".egg-info"))]
            for f in fs:
                p = os.path.join(dp, f)
                if f.endswith((".pyc", ".so")) or not os.path.exists(p):      # dangling Debian symlinks
                    continue
                files[os.path.relpath(p, top)] = open(p, "rb").read()
        if name == "virtualenv":        # Debian points it at /usr/share/python-wheels: embed again
            p = "virtualenv/seed/wheels/embed/__init__.py"
            files[p] = files[p].replace(b"Path('/usr/share/python-wheels')", b"Path(__file__).parent").replace(
                b"for fn in os.listdir(BUNDLE_FOLDER)]", b"for fn in os.listdir(BUNDLE_FOLDER) if fn.endswith('.whl')]")
            for w in embed:
                files["virtualenv/seed/wheels/embed/" + os.path.basename(w)] = open(w, "rb").read()
        return wheel(files, name, version, out)


def main():
    debs, out = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as t:
        embed = []
        for d in sorted(os.listdir(debs)):
            if re.match(r"python3-(pip|setuptools|wheel)-whl_", d):
                subprocess.run(["dpkg", "-x", os.path.join(debs, d), t], check=True)
        wd = os.path.join(t, "usr/share/python-wheels")
        for w in sorted(os.listdir(wd)):
            embed.append(os.path.join(wd, w))
            dst = os.path.join(out, norm(w.split("-")[0]))
            os.makedirs(dst, exist_ok=True)
            shutil.copy(embed[-1], dst)
            print(w)
        for d in sorted(os.listdir(debs)):
            if d.startswith("python3-") and "-whl_" not in d:
                w = from_deb(os.path.join(debs, d), out, embed)
                if w:
                    print(w)


main()
