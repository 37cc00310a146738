"""The lab's yum repository while it runs: what is published here can be installed and upgraded to at once."""

import os
import shutil

from . import base, settings
from .overlay import in_layer
from .process import LabError

REPOSITORIES = ("base", "epel")


def _repository(name):
    path = f"{settings.WWW}/repo/{name}"
    if name not in REPOSITORIES or not os.path.isdir(path):
        raise LabError(f"no repository {name} in a running lab; there are {', '.join(REPOSITORIES)} after lab up")
    return path


def add(files, repository="base"):
    path = _repository(repository)
    for file in files:
        shutil.copy(file, path)
    with base.locked():
        in_layer("build", "createrepo_c -q --update /mnt", [(path, "/mnt")])
    print(f"published in {repository}: {' '.join(os.path.basename(file) for file in files)}")


def newer(package, version):
    """A later version of a package of the base repository, so that `latest` has something to go to."""
    path = _repository("base")
    with base.locked():
        in_layer("build", f"""
            sh /scripts/mkrpms.sh one {package} {version}
            cp /var/lab/out/base/{package}-{version}-*.rpm /mnt/
            createrepo_c -q --update /mnt""", [(f"{settings.LAB}/base", "/scripts"), (path, "/mnt")])
    print(f"published in base: {package} {version}")
