"""The lab's yum repository while it runs: what is published here can be installed and upgraded to at once."""

import os
import shutil
import time

from . import base, settings
from .overlay import in_layer
from .process import LabError

REPOSITORIES = ("base", "epel")

# dnf tells the age of what it fetched in whole seconds: what it asked for a moment ago is fresh to it, also where
# metadata expires at once. Who publishes waits that long, and then everybody sees it.
FRESH = 1.1


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
    time.sleep(FRESH)
    print(f"published in {repository}: {' '.join(os.path.basename(file) for file in files)}")


def newer(package, version):
    """A later version of a package of the base repository, so that `latest` has something to go to."""
    path = _repository("base")
    with base.locked():
        in_layer("build", f"""
            sh /scripts/mkrpms.sh one {package} {version}
            cp /var/lab/out/base/{package}-{version}-*.rpm /mnt/
            createrepo_c -q --update /mnt""", [(f"{settings.LAB}/base", "/scripts"), (path, "/mnt")])
    time.sleep(FRESH)
    print(f"published in base: {package} {version}")
