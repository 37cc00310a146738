"""downloads.py WWW: what public playbooks download, as files of the lab's web server: the path is that of the URL, whatever its
host. All of it stands in for the real thing: get-pip.py installs the index's pip, the sample application is a Flask program of
one page, and Tomcat is tomcat.py with the scripts that its init script calls."""

import glob
import io
import os
import shutil
import sys
import tarfile

WWW = sys.argv[1]
SUPPORT = os.path.dirname(os.path.realpath(__file__))

GET_PIP = '''"""Stands in for get-pip.py: pip of the configured index, by itself."""
import glob, os, re, runpy, sys, tempfile, urllib.request
index = os.environ["LAB_INDEX"] if "LAB_INDEX" in os.environ else re.search(r"index-url *= *(.*)", open("/etc/pip.conf").read())[1].strip()
name = re.search(r'href="(pip-[^"]*whl)"', urllib.request.urlopen(index + "pip/").read().decode())[1]
with tempfile.TemporaryDirectory() as place:
    wheel = os.path.join(place, name)
    urllib.request.urlretrieve(index + "pip/" + name, wheel)
    sys.path.insert(0, wheel)
    sys.argv = ["pip", "install", "--force-reinstall", "pip", "setuptools"] + sys.argv[1:]
    runpy.run_module("pip", run_name="__main__")
'''

FLASK_SAMPLE = {
    "setup.py": "from setuptools import setup\nsetup(name='flask-sample', version='0.4a2', packages=['flask_sample'], install_requires=['flask'])\n",
    "flask_sample/__init__.py": "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.route('/')\ndef page():\n    return 'The sample answers'\n",
    "flask_sample/wsgi.py": "from flask_sample import app as application\n",
    "flask_sample/__main__.py": "import os\nimport sys\n\nverb, place = sys.argv[1:3]\nif verb != 'static':\n    sys.exit('flask_sample static DIRECTORY')\n"
                                "os.makedirs(place)\nwith open(os.path.join(place, 'style.css'), 'w') as file:\n    file.write('body { color: black }\\n')\n",
}

STARTUP = "#!/bin/sh\nnohup \"${JAVA_HOME:-/usr/lib/jvm/jre}/bin/java\" \"$CATALINA_BASE/bin/tomcat.py\" \"$CATALINA_BASE\" > \"$CATALINA_BASE/logs/catalina.out\" 2>&1 &\n"
SHUTDOWN = "#!/bin/bash\nexec 3<>/dev/tcp/127.0.0.1/8005 && echo SHUTDOWN >&3\n"


def archive(path, top, files):
    os.makedirs(os.path.dirname(f"{WWW}/{path}"), exist_ok=True)
    with tarfile.open(f"{WWW}/{path}", "w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(f"{top}/{name}")
            member.mode = 0o755 if name.endswith(".sh") else 0o644
            held = text.encode()
            member.size = len(held)
            tar.addfile(member, io.BytesIO(held))


with open(f"{WWW}/get-pip.py", "w", encoding="utf-8") as file:
    file.write(GET_PIP)
archive("ph20/flask-sample/releases/download/v0.4.a2/flask-sample-0.4a2.tar.gz", "flask-sample-0.4a2", FLASK_SAMPLE)
with open(f"{SUPPORT}/tomcat.py", encoding="utf-8") as file:
    tomcat = file.read()
archive("dist/tomcat/tomcat-7/v7.0.61/bin/apache-tomcat-7.0.61.tar.gz", "apache-tomcat-7.0.61", {
    "bin/startup.sh": STARTUP, "bin/shutdown.sh": SHUTDOWN, "bin/tomcat.py": tomcat, "logs/catalina.out": "",
    "conf/server.xml": "<Server port='8005' shutdown='SHUTDOWN'/>\n", "conf/tomcat-users.xml": "<tomcat-users/>\n",
    "webapps/ROOT/index.html": "Tomcat of the lab\n"})
os.makedirs(f"{WWW}/pub/epel", exist_ok=True)
shutil.copy(glob.glob(f"{WWW}/repo/base/epel-release-*.rpm")[0], f"{WWW}/pub/epel/epel-release-latest-8.noarch.rpm")
# a yum repository of its own at the path where nginx has one
os.makedirs(f"{WWW}/packages/centos/8", exist_ok=True)
if not os.path.islink(f"{WWW}/packages/centos/8/x86_64"):
    os.symlink(f"{WWW}/repo/base", f"{WWW}/packages/centos/8/x86_64")
