"""Small directory trees: made at random, laid out, and told again as values that can be compared."""

import hashlib
import os
import re
import stat

# A time that no test reaches by itself: what still has it was not written again.
LONG_AGO = 1_500_000_000
RECENT = 1_600_000_000

OWNERS = [0, 0, 0, 0, 0, 0, 1, 65534, 4242]
FILE_MODES = [0o644, 0o644, 0o600, 0o755, 0o444, 0o666, 0o640, 0o4755, 0o000]
DIRECTORY_MODES = [0o755, 0o755, 0o700, 0o775, 0o1777, 0o2755, 0o555]


def lay_out(root, entries):
    """Each entry is (path, kind, what, mode, uid, gid); a directory's attributes come last, so that its times hold."""
    os.makedirs(root)
    for path, kind, what, *_ in entries:
        full = os.path.join(root, path)
        if kind == "directory":
            os.makedirs(full, exist_ok=True)
        elif kind == "file":
            with open(full, "wb") as out:
                out.write(what)
        elif kind == "link":
            os.symlink(what.replace("@", root), full)
        elif kind == "hard":
            os.link(os.path.join(root, what), full)
        elif kind == "fifo":
            os.mkfifo(full)
    for path, kind, what, mode, uid, gid in reversed(entries):
        full = os.path.join(root, path)
        if kind == "hard":
            continue
        os.chown(full, uid, gid, follow_symlinks=False)
        if kind != "link":
            os.chmod(full, mode)
        os.utime(full, (LONG_AGO, LONG_AGO), follow_symlinks=False)


BACKUP = re.compile(r"\.\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~")


def moment(path):
    return os.lstat(path).st_mtime_ns


def tell(root, unnamed=None):
    """What is there: path -> (kind, mode, uid, gid, content or target, when written, first name of the same file)."""
    found, first, names = {}, {}, {}
    for directory, directories, files in os.walk(root):
        directories.sort()
        # Of several backups the oldest is the first, whatever its name.
        for name in sorted(directories + files, key=lambda name: (BACKUP.sub(".BACKUP~", name), moment(os.path.join(directory, name)), name)):
            full = os.path.join(directory, name)
            status = os.lstat(full)
            path = os.path.relpath(full, root)
            shown = BACKUP.sub(".BACKUP~", path)
            if unnamed:
                shown = unnamed.sub(r"\1UNNAMED\2", shown)
            while shown in names:
                shown += "+"
            names[shown] = path
            same = None
            if stat.S_ISREG(status.st_mode) and status.st_nlink > 1:
                same = first.setdefault(status.st_ino, shown)
            mode = oct(stat.S_IMODE(status.st_mode))
            if stat.S_ISLNK(status.st_mode):
                found[shown] = ("link", None, status.st_uid, status.st_gid, os.readlink(full).replace(root, "@"), None, None)
            elif stat.S_ISDIR(status.st_mode):
                found[shown] = ("directory", mode, status.st_uid, status.st_gid, None, None, None)
            elif stat.S_ISREG(status.st_mode):
                with open(full, "rb") as file:
                    content = file.read()
                content = content if len(content) < 4096 else hashlib.sha256(content).hexdigest()
                written = int(status.st_mtime) if status.st_mtime < RECENT else "now"
                found[shown] = ("file", mode, status.st_uid, status.st_gid, content, written, same)
            else:
                found[shown] = ("other", mode, status.st_uid, status.st_gid, None, None, None)
    if os.path.lexists(root):
        status = os.lstat(root)
        found["."] = ("directory", oct(stat.S_IMODE(status.st_mode)), status.st_uid, status.st_gid, None, None, None)
    return found


def differences(one, other):
    """Where two tellings differ: (of the first, of the second), by path."""
    return {path: (one.get(path), other.get(path)) for path in sorted(set(one) | set(other)) if one.get(path) != other.get(path)}
