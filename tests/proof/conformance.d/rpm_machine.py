"""What the dnf target needs: a machine with rpm and dnf that says it is CentOS, and a repository of synthetic packages.

The target's own set-up fetches its tools from the internet and builds the packages in a module written in Python, which
FlaskDeploy, having no Python on a host, does not run. So the packages are built here, from the list in that module; both
tools find the same repository. Of the target's files repo.yml counts: the others ask repositories of the internet.
"""

import ast
import os
import pathlib
import subprocess

import yaml

TARGET = "dnf"
MACHINE = "rpm-machine"
REPOSITORIES = "srv/rpms"
ARCHITECTURES = ("x86_64", "i686", "ppc64")
FILES = {
    "etc/os-release": 'NAME="CentOS Linux"\nVERSION="8"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="8"\nPLATFORM_ID="platform:el8"\n',
    "etc/redhat-release": "CentOS Linux release 8.5.2111\n",
    # Debian's rpm keeps its database in the user's home.
    "etc/rpm/macros": "%_dbpath /var/lib/rpm\n",
    "etc/dnf/dnf.conf": "[main]\ngpgcheck=1\ninstallonly_limit=3\nclean_requirements_on_remove=True\nbest=True\nskip_if_unavailable=False\n",
}


def prepare(tree: pathlib.Path):
    """Changes the copied targets in place, and leaves in MACHINE what the machine has instead of this one's files."""
    machine = tree / MACHINE
    role = tree / "targets" / "setup_rpm_repo"
    packages = _packages(role / "library" / "create_repo.py")
    for architecture in ARCHITECTURES:
        _build(packages, architecture, machine / REPOSITORIES / architecture, tree / "rpm-build")
    _set_up(role / "tasks" / "main.yml")
    (tree / "targets" / TARGET / "tasks" / "main.yml").write_text("- include_tasks: repo.yml\n")
    (machine / "etc" / "yum.repos.d").mkdir(parents=True)
    for name, text in FILES.items():
        (machine / name).parent.mkdir(parents=True, exist_ok=True)
        (machine / name).write_text(text)
    (machine / "usr" / "bin").mkdir(parents=True)
    (machine / "usr" / "bin" / "createrepo").symlink_to("createrepo_c")


def _packages(module):
    """SPECS of the module: name, version, release, epoch, recommends, arch."""
    for node in ast.parse(module.read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "SPECS":
            return [[ast.literal_eval(argument) for argument in call.args] for call in node.value.elts]
    raise SystemExit(f"conformance: {module} lists no packages")


def _build(packages, architecture, repository, scratch):
    repository.mkdir(parents=True)
    scratch.mkdir(exist_ok=True)
    for number, (name, version, release, epoch, recommends, of) in enumerate(packages):
        spec = scratch / f"{architecture}-{number}.spec"
        lines = [f"Name: {name}", f"Version: {version}", f"Release: {release}", "Summary: synthetic", "License: GPLv2"]
        lines += [f"Epoch: {epoch}"] if epoch else []
        lines += [f"Recommends: {other}" for other in recommends or []]
        lines += ["BuildArch: noarch"] if of == "noarch" else []
        spec.write_text("\n".join([*lines, "%description", "Synthetic.", "%files", ""]))
        subprocess.run(
            ["rpmbuild", "-bb", "--quiet", f"--target={of or architecture}", f"--define=_topdir {scratch}", f"--define=_rpmdir {repository}",
             "--define=_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm", str(spec)],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"HOME": str(scratch)})
    subprocess.run(["createrepo_c", "--quiet", str(repository)], check=True)


def _set_up(tasks):
    """Without fetching tools; where a package repository would be built, its place is told."""
    document = yaml.safe_load(tasks.read_text())
    for block in document:
        kept = []
        for task in block["block"]:
            if "create_repo" in task:
                place = f"/{REPOSITORIES}/{task['create_repo']['arch']}"
                kept.append({"name": task["name"], "set_fact": {task["register"]: {"repo_dir": place}}})
            elif not {"include_role", "include_vars", "action", "pip"} & task.keys():
                kept.append(task)
        block["block"] = kept
    tasks.write_text(yaml.safe_dump(document, sort_keys=False))
