"""The Debian releases that a base can be made of (LAB_SUITE): each is another rpm, dnf, systemd and Python."""

import dataclasses
import os

from .process import LabError


@dataclasses.dataclass(frozen=True)
class Suite:
    packages: tuple  # what only this release needs or names so
    wheels: str  # the release whose packages are repacked as wheels: its pip must run on this release's Python


SUITES = {
    # rpm 4.16, dnf 4.5, systemd 247, Python 3.9. Its own pip is taken apart and would not run from a wheel.
    "bullseye": Suite(("python3-distutils", "libtirpc3"), "bookworm"),
    # rpm 4.18, dnf 4.14, systemd 252, Python 3.11
    "bookworm": Suite(("python3-distutils", "libtirpc3"), "bookworm"),
    # rpm 4.20, dnf 4.23, systemd 257, Python 3.13
    "trixie": Suite(("libtirpc3t64",), "trixie"),
}

NAME = os.environ.get("LAB_SUITE", "bookworm")


def chosen():
    if NAME not in SUITES:
        raise LabError(f"LAB_SUITE is {NAME}; known are {', '.join(SUITES)}")
    return SUITES[NAME]
