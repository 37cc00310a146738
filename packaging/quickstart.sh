#!/bin/bash
# From a fresh machine to two Flask sites that answer: builds the packages, starts the lab with a controller and two
# hosts, installs the RPMs with dnf, enrols the agents, pushes the sample playbook. Root; the .NET SDK has to be there.
# Run again, it goes on from what is there. The lab is left up; how to look around and how to end it is said last.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
lab=$root/tests/lab/lab
controller=0
sites='1 2'

if [ -t 1 ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); else bold='' plain=''; fi
step=0
step() { step=$((step + 1)); printf '\n%s[%d/7 %3d s] %s%s\n' "$bold" $step $SECONDS "$*" "$plain"; }
on() { local host=$1; shift; "$lab" exec "$host" "$@"; }
# patience SECONDS COMMAND...: until it succeeds
patience() {
  local left=$1
  shift
  until "$@" > /dev/null 2>&1 < /dev/null; do
    left=$((left - 1))
    [ $left -gt 0 ] || { "$@"; return 1; }
    sleep 1
  done
}
installed() { [ "$(on "$1" rpm -q --qf '%{SHA256HEADER}' "$2" 2> /dev/null)" = "$(rpm -qp --qf '%{SHA256HEADER}' "$3")" ]; }
# package HOST NAME: the one in dist/rpm is installed, by dnf
package() {
  local file
  file=$(ls "$root"/dist/rpm/"$2"-[0-9]*.rpm)
  if installed "$1" "$2" "$file"; then
    echo "host $1 has this $2"
  elif on "$1" rpm -q --quiet "$2"; then
    # another build of the same version: dnf would call it installed
    "$lab" copy "$1" "$file" /var/tmp/
    on "$1" dnf reinstall -y -q "/var/tmp/${file##*/}" || on "$1" dnf upgrade -y -q "/var/tmp/${file##*/}"
  else
    echo "host $1: dnf install $2"
    "$lab" install "$1" "$file" | grep -E '^(Install|Complete|  )' || true
  fi
}

[ "$(id -u)" = 0 ] || { echo 'quickstart.sh makes namespaces and mounts: run it as root' >&2; exit 1; }

step 'What is needed on this machine'
"$root/packaging/prerequisites.sh"
"$lab" check

step 'Building the programs and the packages (minutes the first time)'
"$root/packaging/build.sh"

step 'The lab: a base, a controller, two hosts'
"$lab" base
"$lab" up 3 --first $controller
"$lab" status

step "Host $controller becomes the controller"
package $controller flaskdeploy-controller
on $controller systemctl enable -q --now flaskdeploy-controller
patience 30 on $controller flaskdeploy status
echo "listening on $("$lab" ip $controller):7443"

step 'The agents: dnf install, a token, enrolment'
for host in $sites; do
  package "$host" flaskdeploy-agent
  if ! on "$host" systemctl is-active -q flaskdeploy-agent; then
    token=$(on $controller flaskdeploy token create | tail -n 1)
    on "$host" flaskdeploy-agent enroll --controller "$("$lab" ip $controller):7443" --token "$token"
    on "$host" systemctl enable -q --now flaskdeploy-agent
  fi
  echo "host $host ($("$lab" ip "$host")): agent is $(on "$host" systemctl is-active flaskdeploy-agent)"
done

step 'One push puts the Flask site on both'
on $controller mkdir -p /root/sample
for file in flask.yml flask-launch.yml hello; do
  on $controller rm -rf "/root/sample/$file"
  "$lab" copy $controller "$root/packaging/sample/$file" /root/sample/
done
for host in $sites; do "$lab" ip "$host"; done | on $controller sh -c 'cat > /root/sample/hosts.conf'
push='flaskdeploy push flask.yml -i hosts.conf -u webserver --ask-sudo-password'
echo "host-$controller# $push"
on $controller sh -c "cd /root/sample && $push"

step 'What the sites answer'
for host in $sites; do
  url=http://$("$lab" ip "$host"):5000/
  patience 15 on $controller curl -sf -m 5 "$url"
  printf '%s  %s%s%s\n' "$url" "$bold" "$(on $controller curl -sf -m 5 "$url")" "$plain"
done

namespace=${LAB_NAME:-flaskdeploy}-hub
relative=${lab#"$PWD"/}
cat << TEXT

Done in $SECONDS s. The lab is up; to look around:
  $relative exec $controller bash                  the controller; try: flaskdeploy status, runs, hosts; the sample is in /root/sample
  $relative exec 1 bash                  a host; try: flaskdeploy-agent status, pkill -9 -f hello.py, systemctl list-units
  ip netns exec $namespace curl http://$("$lab" ip 1):5000/
Push again in /root/sample and nothing happens: both sites are as they should be.
To end it:
  $relative down                         (purge also removes the lab's base)
TEXT
