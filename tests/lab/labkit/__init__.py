"""The lab: CentOS-like hosts on one Linux machine. The verbs are in ../lab, the story in ../README.md."""
