#!/bin/sh
# Builds the lab's RPMs inside the build layer.
#   mkrpms.sh all                 everything: two repositories in /var/lab/out, base and epel
#   mkrpms.sh one lsof 4.96.0     one package of the base repository in another version
# Wants /var/lab/wheels (pip and setuptools) and, for all, REPO_URL.
set -e
export HOME=/root
top=/var/lab/rpmbuild
out=/var/lab/out
site=/usr/lib/python3/dist-packages
rm -rf $top $out
mkdir -p $top/SPECS $out/base $out/epel

# package NAME VERSION RELEASE ARCH SUMMARY: the rest of the spec is on stdin
package() {
  {
    printf 'Name: %s\nVersion: %s\nRelease: %s\nSummary: %s\nLicense: MIT\nBuildArch: %s\nAutoReqProv: no\n' \
      "$1" "$2" "$3" "$5" "$4"
    cat
  } > "$top/SPECS/$1.spec"
  rpmbuild -bb --quiet --define "_topdir $top" --define 'debug_package %{nil}' --define '_build_id_links none' \
    --define '__os_install_post %{nil}' "$top/SPECS/$1.spec" > "$top/$1.log" 2>&1 || { cat "$top/$1.log" >&2; exit 1; }
}

centos_release() {
  package centos-release 8.5 1.el8 noarch 'Release files of the lab' <<SPEC
Provides: system-release = 8.5
Provides: system-release(releasever) = 8
%description
Stands where the release package of CentOS would.
%install
mkdir -p %{buildroot}/etc/yum.repos.d
echo 'CentOS Linux release 8.5.2111' > %{buildroot}/etc/centos-release
ln -s centos-release %{buildroot}/etc/redhat-release
# metadata that expires at once: what lab repo add publishes is seen by the next transaction
printf '[base]\nname=CentOS Linux 8 - lab base\nbaseurl=$REPO_URL/base\nenabled=1\ngpgcheck=0\nmetadata_expire=0\n' \
  > %{buildroot}/etc/yum.repos.d/CentOS-Base.repo
%files
/etc/centos-release
/etc/redhat-release
/etc/yum.repos.d/CentOS-Base.repo
SPEC
}

basesystem() {
  package basesystem 11 5.el8 noarch 'The skeleton of a system' <<SPEC
%description
Empty, as the real one is.
%files
SPEC
}

epel_release() {
  package epel-release 8 13.el8 noarch 'Extra packages: repository configuration' <<SPEC
%description
Only the repository file.
%install
mkdir -p %{buildroot}/etc/yum.repos.d
printf '[epel]\nname=Extra packages - lab\nbaseurl=$REPO_URL/epel\nenabled=1\ngpgcheck=0\nmetadata_expire=0\n' \
  > %{buildroot}/etc/yum.repos.d/epel.repo
%files
%config(noreplace) /etc/yum.repos.d/epel.repo
SPEC
}

lsof() {
  package lsof "$1" 1.el8 x86_64 'A utility which lists open files' <<SPEC
%description
The real lsof of the build layer, whatever the version says.
%install
mkdir -p %{buildroot}/usr/bin
cp /usr/bin/lsof %{buildroot}/usr/bin/lsof
%files
%attr(0755,root,root) /usr/bin/lsof
SPEC
}

python_setuptools() {
  package python-setuptools 66.1.1 1.el8 noarch 'setuptools and pkg_resources' <<SPEC
Provides: python3-setuptools
%description
From the setuptools wheel.
%install
mkdir -p %{buildroot}$site
cd %{buildroot}$site
python3 -m zipfile -e /var/lab/wheels/setuptools-*.whl .
%files
$site/*
SPEC
}

python_pip() {
  package python-pip 23.0.1 1.el8 noarch 'A tool for installing Python packages' <<SPEC
Requires: python-setuptools
Provides: python3-pip
%description
From the pip wheel.
%install
mkdir -p %{buildroot}$site %{buildroot}/usr/bin
cd %{buildroot}$site
python3 -m zipfile -e /var/lab/wheels/pip-*.whl .
printf '#!/usr/bin/python3\nimport sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n' > %{buildroot}/usr/bin/pip
cp %{buildroot}/usr/bin/pip %{buildroot}/usr/bin/pip3
%files
$site/*
%attr(0755,root,root) /usr/bin/pip
%attr(0755,root,root) /usr/bin/pip3
SPEC
}

case $1 in
all)
  centos_release
  basesystem
  epel_release
  lsof 4.94.0
  lsof 4.95.0
  python_setuptools
  python_pip
  ;;
one)
  case $2 in
  lsof) lsof "$3" ;;
  *) echo "mkrpms.sh: only lsof is made in other versions, not $2" >&2; exit 2 ;;
  esac
  ;;
*)
  sed -n '2,5p' "$0" >&2
  exit 2
  ;;
esac

find $top/RPMS -name '*.rpm' -exec cp {} $out/base/ \;
find $out/base -name 'python-pip-*.rpm' -exec mv {} $out/epel/ \;
if [ "$1" = all ]; then
  createrepo_c -q $out/base
  createrepo_c -q $out/epel
fi
