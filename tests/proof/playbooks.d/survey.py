"""survey.py PROGRAM DIR...: each playbook of each checkout, compiled as it is. A checkout without a playbook is a role and is
read whole. Roles are looked for beside the playbook, and in all the checkouts that were given.

What is refused is counted by its cause. Some causes are no fault of the compiler: what the checkout lacks, what an agent on
a CentOS-like host has no place for, and what Ansible refuses as well, which is asked where it is installed. They are named one
by one below, and everything else is a failure of ours."""

import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

PROGRAM, CHECKOUTS = sys.argv[1], sys.argv[2:]

# (the diagnostic's code, a text of it) -> the cause. The first that fits counts; ours are those that none fits.
CAUSES = [
    ("FD1111", "", "a role that the checkout does not bring"),
    ("FD1501", "", "a file that the checkout does not bring"),
    ("FD1001", "there is no such file|it is a directory", "a file that the checkout does not bring"),
    ("FD1405", "", "hosts that only an inventory of its own has"),
    ("FD1205", "meta: free_form is 'refresh_inventory'", "other hosts, or the operator's machine"),
    ("FD1108", "", "a handler of a role that the checkout does not bring"),
    ("FD1201", r"'(apt\w*|debconf|ufw|zypper\w*|pacman|apk|homebrew\w*|pkgng|openbsd_pkg|win_\w+|apache2_module)'", "another system: apt, Windows ..."),
    ("FD1103", r"connection: (winrm|psrp)", "another system: apt, Windows ..."),
    ("FD1201", r"'(mysql|postgresql|mongodb|redis|influxdb|proxysql|rabbitmq|community\.(mysql|postgresql|mongodb))\w*", "databases and queues"),
    ("FD1201", r"'(ec2|elb|rds|s3|route53|cloud\w*|gce|azure|digital_ocean|community\.digitalocean\.\w+|amazon\.\w+|rax|os_|nova|vultr|linode|cs_|iam|eucalyptus)\w*", "clouds"),
    ("FD1201", r"'(docker|podman|k8s|helm|community\.(docker|kubernetes|okd)|kubernetes|openshift)[\w.]*'", "containers"),
    ("FD1201", r"'(haproxy|nagios|netscaler|jboss|bigip\w*|gluster_volume|zfs|lvg|lvol|filesystem|parted)'", "appliances, disks and servers of Java"),
    ("FD1201", r"'(npm|composer|gem|bundler|cpanm|yarn)'", "packages of other languages"),
    ("FD1201", r"'openssl_\w+'|'(community\.crypto\.|x509|acme)\w+", "keys and certificates"),
    ("FD1103", "debugger", "a debugger, which wants a person at the run"),
    ("FD1103", "delegate_to|local_action|'connection'|connection: local|add_host|group_by|run_once|serial|fetch|max_fail|any_errors|wait_for_connection|throttle|order", "other hosts, or the operator's machine"),
    ("FD1104", "delegate_to", "other hosts, or the operator's machine"),
    ("FD1204", "get_url needs the argument 'dest'", "a mistake of the playbook, which Ansible refuses, too"),
    ("FD1201", r"'(ansible\.posix\.)?synchronize'", "other hosts, or the operator's machine"),
    ("FD1201", r"'(?!ansible\.(builtin|legacy|posix)\.|community\.general\.)\w+\.\w+\.\w+", "collections of others"),
    ("FD1303", "filter", "a plugin of the playbook's own"),
    ("FD1304", "test", "a plugin of the playbook's own"),
]


def is_playbook(path):
    """A list whose elements are plays, told by its lines: what a checkout holds need not be YAML that a reader of ours takes."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError):
        return False
    return bool(re.search(r"^- ", text, re.M)) and bool(re.search(r"^(- +|  )[\"']?(hosts|import_playbook)[\"']?:", text, re.M))


def files(checkout):
    for directory, below, names in os.walk(checkout):
        below[:] = sorted(name for name in below if name not in (".git", "collections"))
        for name in sorted(names):
            if name.endswith((".yml", ".yaml")):
                yield os.path.join(directory, name)


def is_made_of(path, module):
    """A module of the checkout's own, or what builds one."""
    if os.path.splitext(os.path.basename(path))[0] == module:
        return True
    with open(path, "rb") as file:
        return os.path.basename(path) in ("Makefile", "Cargo.toml") and module.encode() in file.read()


def cause(finding, checkout):
    words = finding["summary"]
    for code, pattern, name in CAUSES:
        if finding["code"] == code and re.search(pattern, words):
            return name
    if finding["code"] == "FD1201":
        module = re.search(r"'([\w.]+)'", words)
        if module and any(is_made_of(os.path.join(directory, name), module[1]) for directory, _, names in os.walk(checkout) for name in names):
            return "a plugin of the playbook's own"
    return None


def ansible_refuses(path):
    """Whether Ansible itself takes no such playbook. That it finds no module or role is another matter."""
    if not shutil.which("ansible-playbook"):
        return False
    done = subprocess.run(["ansible-playbook", "--syntax-check", "-i", "localhost,", os.path.basename(path)], cwd=os.path.dirname(path) or ".",
                          capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return done.returncode != 0 and not re.search(r"couldn't resolve module/action|was not found in", done.stderr)


def lint(path, roles):
    done = subprocess.run([PROGRAM, "lint", "--format", "json"] + [word for place in roles for word in ("--roles-path", place)] + [path],
                          capture_output=True, text=True, check=False)
    # FD1xxx is the compiler's; what the linter finds besides is advice.
    return [finding for finding in json.loads(done.stdout)["findings"] if finding["severity"] == "error" and finding["code"].startswith("FD1")]


def main():
    clean, books, files_read, ours = 0, 0, 0, collections.Counter()
    refused = collections.Counter()
    with tempfile.TemporaryDirectory() as gathered:
        # A role's checkout is named after the role, with the author before it where others call it so.
        for checkout in CHECKOUTS:
            name = re.sub(r"^.*?\+", "", os.path.basename(os.path.normpath(checkout)))
            if os.path.isdir(f"{checkout}/tasks"):
                author = re.match(r"([\w-]+)\+", os.path.basename(os.path.normpath(checkout)))
                role = name.removeprefix("ansible-role-")
                for link in {role, f"{author[1]}.{role}" if author else role}:
                    os.symlink(os.path.abspath(checkout), os.path.join(gathered, link))
        for checkout in CHECKOUTS:
            found = [path for path in files(checkout) if is_playbook(path)]
            for path in found or [checkout]:
                roles = [gathered, checkout] + ([f"{checkout}/roles"] if os.path.isdir(f"{checkout}/roles") else [])
                problems = lint(path, roles)
                shown = os.path.relpath(path, os.path.dirname(os.path.normpath(checkout)))
                books += 1
                if not problems:
                    clean += 1
                    print(f"ok - playbooks: {shown}")
                    continue
                causes = {}
                for finding in problems:
                    name = cause(finding, checkout)
                    causes.setdefault(name, finding)
                if None in causes and ansible_refuses(path):
                    causes["a mistake of the playbook, which Ansible refuses, too"] = causes.pop(None)
                for finding in problems if None in causes else []:
                    if cause(finding, checkout) is None:
                        ours[re.sub(r"'[^']*'", "'...'", finding["summary"])[:100]] += 1
                for name in causes:
                    refused[name or "OURS"] += 1
                if None in causes:
                    worst = causes[None]
                    print(f"not ok - playbooks: {shown}\n#   {worst['file']}:{worst['line']}: {worst['code']}: {worst['summary'][:200]}")
                else:
                    print(f"# refused - {shown}: {'; '.join(sorted(causes))}")
    for summary, count in ours.most_common():
        print(f"# {count} x {summary}")
    told = ", ".join(f"{name} {count}" for name, count in refused.most_common())
    print(f"playbooks: compiled {clean} of {books}; refused by cause (one may have several): {told or 'none'}")
    return 1 if ours else 0


sys.exit(main())
