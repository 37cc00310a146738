"""packages.py UPPER REPOSITORY INDEX: what public playbooks ask a yum repository and a package index for, made of the
programs of a layer of the lab (UPPER is where its files are). A program that the layer has is the real one in a CentOS-like
package: name, paths, users and units as there. What it has not is a stand-in, and its summary says so."""

import base64
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

UPPER, REPOSITORY, INDEX = sys.argv[1:4]
SUPPORT = os.path.dirname(os.path.realpath(__file__))
LIBRARIES = "usr/lib/x86_64-linux-gnu"
EPOCH = (2020, 1, 1, 0, 0, 0)


def unit(name, description, service):
    """A file of a package: the unit, with what is the same in all of them."""
    return {f"usr/lib/systemd/system/{name}.service":
            f"[Unit]\nDescription={description}\nAfter=network.target\n\n[Service]\n{service}\n\n[Install]\nWantedBy=multi-user.target\n"}


def user(name, home="/"):
    return f"getent passwd {name} > /dev/null || useradd -r -d {home} -s /sbin/nologin {name}\n"


NGINX_CONF = """user nginx;
worker_processes 1;
error_log /var/log/nginx/error.log;
pid /run/nginx.pid;
events { worker_connections 1024; }
http {
    include /etc/nginx/mime.types;
    include /etc/nginx/conf.d/*.conf;
}
"""
NGINX_SITE = "server {\n    listen 80;\n    server_name localhost;\n    location / { root /usr/share/nginx/html; index index.html; }\n}\n"

HTTPD_CONF = """ServerRoot "/etc/httpd"
Listen 80
Include conf.modules.d/*.conf
User apache
Group apache
ServerName localhost
PidFile /run/httpd.pid
TypesConfig /etc/mime.types
DocumentRoot "/var/www/html"
<Directory "/var/www">
    Require all granted
</Directory>
ErrorLog "logs/error_log"
IncludeOptional conf.d/*.conf
"""
HTTPD_MODULES = "".join(f"LoadModule {name}_module modules/mod_{name}.so\n"
                        for name in ("mpm_event", "authz_core", "authz_host", "dir", "mime", "alias", "rewrite", "env"))

CHKCONFIG = """#!/bin/sh
name=$1 verb=$2
read -r levels start stop << EOF
$(sed -n 's/^# *chkconfig: *//p' "/etc/init.d/$name")
EOF
for level in 0 1 2 3 4 5 6; do
  mkdir -p /etc/rc$level.d
  rm -f /etc/rc$level.d/[SK][0-9][0-9]"$name"
  link=K$stop
  case $levels in *$level*) [ "$verb" = off ] || link=S$start ;; esac
  ln -s "../init.d/$name" "/etc/rc$level.d/$link$name"
done
"""
SYSV_INSTALL = """#!/bin/sh
case $1 in
enable) exec chkconfig "$2" on ;;
disable) exec chkconfig "$2" off ;;
is-enabled) ls /etc/rc[35].d/S[0-9][0-9]"$2" > /dev/null 2>&1 ;;
esac
"""

# name -> version, what of the layer it holds, files of its own, directories, links, what is done before it is installed
REAL = {
    "nginx": dict(
        version="1.22.1", summary="The real nginx, in a package of the lab", take=["usr/sbin/nginx", "etc/nginx/mime.types"],
        files={"etc/nginx/nginx.conf": NGINX_CONF, "etc/nginx/conf.d/default.conf": NGINX_SITE,
               "usr/share/nginx/html/index.html": "Welcome to nginx of the lab\n",
               **unit("nginx", "nginx", "Type=forking\nPIDFile=/run/nginx.pid\nExecStartPre=/usr/sbin/nginx -t\n"
                      "ExecStart=/usr/sbin/nginx\nExecReload=/bin/kill -s HUP $MAINPID\nKillSignal=SIGQUIT\nTimeoutStopSec=5")},
        directories=["var/log/nginx", "var/lib/nginx"], before=user("nginx")),
    "memcached": dict(
        version="1.6.18", summary="The real memcached, in a package of the lab", take=["usr/bin/memcached", f"{LIBRARIES}/libevent-2*"],
        files={"etc/sysconfig/memcached": 'PORT="11211"\nUSER="memcached"\nMAXCONN="1024"\nCACHESIZE="64"\nOPTIONS="-l 127.0.0.1"\n',
               **unit("memcached", "memcached", "EnvironmentFile=/etc/sysconfig/memcached\n"
                      "ExecStart=/usr/bin/memcached -p ${PORT} -u ${USER} -m ${CACHESIZE} -c ${MAXCONN} $OPTIONS")},
        before=user("memcached")),
    "redis": dict(
        version="7.0.15", summary="The real redis, in a package of the lab",
        take=["usr/bin/redis-server", "usr/bin/redis-check-rdb", "usr/bin/redis-cli", f"{LIBRARIES}/liblzf*", f"{LIBRARIES}/libjemalloc*",
              f"{LIBRARIES}/libatomic*"],
        files={"etc/redis.conf": "bind 127.0.0.1\nport 6379\ndir /var/lib/redis\n",
               **unit("redis", "redis", "User=redis\nExecStart=/usr/bin/redis-server /etc/redis.conf --daemonize no")},
        directories=["var/lib/redis:redis", "var/log/redis:redis"], before=user("redis", "/var/lib/redis")),
    "haproxy": dict(
        version="2.6.12", summary="The real haproxy, in a package of the lab", take=["usr/sbin/haproxy", f"{LIBRARIES}/libopentracing*"],
        files={"etc/haproxy/haproxy.cfg": "defaults\n    timeout connect 5s\n    timeout client 5s\n    timeout server 5s\n",
               **unit("haproxy", "haproxy", "ExecStartPre=/usr/sbin/haproxy -f /etc/haproxy/haproxy.cfg -c -q\n"
                      "ExecStart=/usr/sbin/haproxy -Ws -f /etc/haproxy/haproxy.cfg -p /run/haproxy.pid\nType=notify\nKillMode=mixed")},
        directories=["var/lib/haproxy"], before=user("haproxy")),
    "httpd": dict(
        version="2.4.58", summary="The real httpd, in a package of the lab",
        take=["usr/sbin/apache2", "usr/lib/apache2/modules/*.so", f"{LIBRARIES}/libapr*", f"{LIBRARIES}/libjansson*"],
        files={"etc/httpd/conf/httpd.conf": HTTPD_CONF, "etc/mime.types": "text/html html\n", "etc/httpd/conf.modules.d/00-base.conf": HTTPD_MODULES,
               "usr/sbin/httpd": "#!/bin/sh\nexec /usr/sbin/apache2 -d /etc/httpd -f conf/httpd.conf \"$@\"\n",
               **unit("httpd", "httpd", "ExecStart=/usr/sbin/httpd -DFOREGROUND\nExecReload=/bin/kill -s USR1 $MAINPID\nKillMode=mixed")},
        directories=["etc/httpd/conf.d", "var/www/html", "var/log/httpd"],
        links={"etc/httpd/modules": "/usr/lib/apache2/modules", "etc/httpd/logs": "/var/log/httpd"}, before=user("apache")),
    "chrony": dict(
        version="4.3", summary="The real chrony, in a package of the lab; it leaves the clock alone (-x)", take=["usr/sbin/chronyd", "usr/bin/chronyc"],
        files={"etc/chrony.conf": "driftfile /var/lib/chrony/drift\n",
               **unit("chronyd", "chrony", "ExecStart=/usr/sbin/chronyd -d -x -u root -f /etc/chrony.conf")},
        directories=["var/lib/chrony"]),
    # What SysV scripts are enabled by, as far as their line `# chkconfig: 345 99 28` says.
    "chkconfig": dict(version="1.24", summary="Stands in for chkconfig: links of init scripts, and nothing of alternatives",
                      files={"usr/sbin/chkconfig": CHKCONFIG, "usr/lib/systemd/systemd-sysv-install": SYSV_INSTALL}),
    "git": dict(version="2.39.5", summary="The real git, in a package of the lab", take=["usr/bin/git", "usr/lib/git-core"]),
}

# Asked for by name and not needed here: empty, or as much as the playbook uses.
STAND_INS = {
    "bash": "the host has bash outside its rpm database",
    "python3": "the host has python3 outside its rpm database",
    "libselinux-python": "there is no SELinux in the lab",
    "libsemanage-python": "there is no SELinux in the lab",
    "tzdata": "the host has its zones outside its rpm database",
    "curl": "the host has curl outside its rpm database",
    "openssh-server": "the host has sshd outside its rpm database",
    "openssh-clients": "the host has ssh outside its rpm database",
    "openssh": "the host has sshd outside its rpm database",
    "httpd-devel": "nothing is built here",
    "mod_ssl": "no site here has a certificate",
    "java-1.7.0-openjdk": "a program that runs nothing but the lab's Tomcat",
}
JAVA = "#!/bin/sh\n# Stands in for java: it runs one thing, the lab's Tomcat.\nexec /usr/bin/python3 \"$@\"\n"


CERTIFICATES = """#!/bin/sh
mkdir -p /etc/pki/tls/certs /etc/pki/tls/private
exec openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost \\
  -keyout /etc/pki/tls/private/localhost.key -out /etc/pki/tls/certs/localhost.crt
"""


def build(name, version, summary, take=(), files=None, directories=(), links=None, before="", provides=""):
    with tempfile.TemporaryDirectory() as top:
        root, listed = f"{top}/root", []

        def lay(path, write):
            os.makedirs(os.path.dirname(f"{root}/{path}"), exist_ok=True)
            write(f"{root}/{path}")
            listed.append(f'{"%config(noreplace) " if path.startswith("etc/") and not os.path.islink(f"{root}/{path}") else ""}/{path}')

        for pattern in take:
            found = glob.glob(f"{UPPER}/{pattern}")
            if not found:
                sys.exit(f"packages.py: the layer has no {pattern}, which {name} is made of")
            for path in found:
                copy = (lambda to, what=path: shutil.copytree(what, to, symlinks=True)) if os.path.isdir(path) and not os.path.islink(path) else \
                    (lambda to, what=path: shutil.copy2(what, to, follow_symlinks=False))
                lay(os.path.relpath(path, UPPER), copy)
        for path, text in (files or {}).items():
            def write(to, text=text):
                with open(to, "w", encoding="utf-8") as file:
                    file.write(text)
                os.chmod(to, 0o755 if text.startswith("#!") else 0o644)
            lay(path, write)
        for path, target in (links or {}).items():
            lay(path, lambda to, target=target: os.symlink(target, to))
        for directory in directories:
            path, _, owner = directory.partition(":")
            os.makedirs(f"{root}/{path}", exist_ok=True)
            listed.append(f"%dir %attr(0755,{owner or 'root'},{owner or 'root'}) /{path}")
        os.makedirs(root, exist_ok=True)
        spec = (f"Name: {name}\nVersion: {version}\nRelease: 1.el8\nSummary: {summary}\nLicense: MIT\nAutoReqProv: no\n{provides}"
                f"%description\n{summary}.\n%install\nmkdir -p %{{buildroot}}\ncp -a {root}/. %{{buildroot}}/\n"
                + (f"%pre\n{before}" if before else "") + "%files\n" + "\n".join(listed) + "\n")
        with open(f"{top}/{name}.spec", "w", encoding="utf-8") as file:
            file.write(spec)
        done = subprocess.run(["rpmbuild", "-bb", "--quiet", "--target", "x86_64", "--define", f"_topdir {top}/top", "--define", f"_rpmdir {REPOSITORY}",
                               "--define", "_rpmfilename %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm", "--define", "debug_package %{nil}",
                               "--define", "_build_id_links none", "--define", "__os_install_post %{nil}", f"{top}/{name}.spec"],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"packages.py: {name}: {done.stderr}")


def wheel(name, requires):
    """A wheel of a Python package of the layer, in the index."""
    site = f"{UPPER}/usr/lib/python3/dist-packages"
    about = glob.glob(f"{site}/{name}-*.egg-info")[0]
    version = re.search(rf"{name}-([0-9.]+)\.egg-info", about)[1]
    described = open(f"{about}/PKG-INFO", encoding="utf-8").read().partition("\n\n")[0]
    head = [line for line in described.split("\n") if line.startswith(("Metadata-Version:", "Name:", "Version:", "Summary:"))]
    info = f"{name}-{version}.dist-info"
    held = {f"{info}/METADATA": "\n".join(head + [f"Requires-Dist: {needed}" for needed in requires]) + "\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: lab\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/entry_points.txt": open(f"{about}/entry_points.txt", encoding="utf-8").read()}
    held = {path: text.encode() for path, text in held.items()}
    for directory, _, files in os.walk(f"{site}/{name}"):
        for file in files:
            if not file.endswith(".pyc"):
                path = os.path.join(directory, file)
                held[os.path.relpath(path, site)] = open(path, "rb").read()
    os.makedirs(f"{INDEX}/{name}", exist_ok=True)
    with zipfile.ZipFile(f"{INDEX}/{name}/{name}-{version}-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        record = []
        for path in sorted(held):
            archive.writestr(zipfile.ZipInfo(path, EPOCH), held[path], zipfile.ZIP_DEFLATED)
            digest = base64.urlsafe_b64encode(hashlib.sha256(held[path]).digest()).rstrip(b"=").decode()
            record.append(f"{path},sha256={digest},{len(held[path])}")
        archive.writestr(zipfile.ZipInfo(f"{info}/RECORD", EPOCH), "\n".join(record + [f"{info}/RECORD,,"]) + "\n")


for package, parts in REAL.items():
    build(package, **parts)
for package, reason in STAND_INS.items():
    files = {"java-1.7.0-openjdk": {"usr/lib/jvm/jre/bin/java": JAVA}, "mod_ssl": {"usr/libexec/httpd-ssl-gencerts": CERTIFICATES}}.get(package)
    build(package, "1.0", f"Stands in for {package}: {reason}", files=files, provides="Provides: /bin/sh\n" if package == "bash" else "")
wheel("gunicorn", ["setuptools (>=3.0)"])
wheel("supervisor", ["setuptools"])
