# What the proofs share; sourced, never run. A proof is
#   . "$(dirname "$0")/lib.sh"; begin NAME; fleet HOST...; check "promise" command...; figure "..."; finish
# Each check prints `ok - promise` or `not ok - promise`; a proof ends with its figure and is non-zero when a promise
# does not hold. Host 0 is the controller of them all. KEEP=1 leaves the lab as it is.
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
lab=$root/tests/lab/lab
proof=
failures=0
figure_text=
answered=/root/proofs

say() { printf '# %s\n' "$*"; }
die() { printf 'not ok - %s: %s\n' "$proof" "$*"; failures=$((failures + 1)); finish; }

# begin NAME: what is needed is here, the packages are built, the lab has a base
begin() {
  prepare "$1"
  [ -n "${PROOF_PREPARED:-}" ] || "$lab" check > "$workspace/check" || { cat "$workspace/check" >&2; exit 2; }
  "$lab" base > "$workspace/base" || { cat "$workspace/base" >&2; exit 2; }
}

# prepare NAME: the same without a lab
prepare() {
  proof=$1
  started=$SECONDS
  workspace=$(mktemp -d "${TMPDIR:-/tmp}/flaskdeploy-proof.XXXXXX")
  trap leave EXIT
  [ "$(id -u)" = 0 ] || { echo "$proof: needs root" >&2; exit 2; }
  if [ -z "${PROOF_PREPARED:-}" ]; then
    "$root/packaging/prerequisites.sh" || exit 2
    "$root/packaging/build.sh" || exit 2
  fi
}

leave() {
  [ -n "${KEEP:-}" ] || "$lab" down > /dev/null 2>&1
  rm -rf "$workspace"
}

# check PROMISE COMMAND...: the command's output is shown when it fails
check() {
  local promise=$1
  shift
  if "$@" > "$workspace/said" 2>&1 < /dev/null; then
    printf 'ok - %s: %s\n' "$proof" "$promise"
  else
    printf 'not ok - %s: %s\n' "$proof" "$promise"
    tail -n 25 "$workspace/said" | sed 's/^/#   /'
    failures=$((failures + 1))
    return 1
  fi
}

figure() { figure_text=$*; }

finish() {
  [ "$failures" = 0 ] || figure_text="$failures of its promises do not hold"
  printf '%s: %s (%d s)\n' "$proof" "$figure_text" $((SECONDS - started))
  exit $((failures > 0))
}

on() { local host=$1; shift; "$lab" exec "$host" "$@"; }
ip_of() { "$lab" ip "$1"; }
now_ms() { date +%s%3N; }

# until_true SECONDS COMMAND...: asked ten times a second
until_true() {
  local end=$(($(now_ms) + $1 * 1000))
  shift
  while ! "$@" > /dev/null 2>&1 < /dev/null; do
    [ "$(now_ms)" -lt "$end" ] || return 1
    sleep 0.1
  done
}

# fleet HOST...: a controller on host 0 and an enrolled, running agent on each; what is there already is left as it is
fleet() {
  up_controller || die "no controller"
  local host
  for host in "$@"; do up_agent "$host" || die "no agent on host $host"; done
}

up_controller() {
  "$lab" up 1 --first 0 > /dev/null || return 1
  if ! on 0 systemctl is-active -q flaskdeploy-controller; then
    "$lab" install 0 "$root"/dist/rpm/flaskdeploy-controller-*.rpm > "$workspace/install" 2>&1 ||
      { cat "$workspace/install"; return 1; }
    on 0 systemctl enable -q --now flaskdeploy-controller || return 1
  fi
  until_true 30 on 0 flaskdeploy status
}

up_agent() {
  "$lab" up 1 --first "$1" > /dev/null || return 1
  on "$1" systemctl is-active -q flaskdeploy-agent && return 0
  if ! on "$1" rpm -q --quiet flaskdeploy-agent; then
    "$lab" install "$1" "$root"/dist/rpm/flaskdeploy-agent-*.rpm > "$workspace/install" 2>&1 ||
      { cat "$workspace/install"; return 1; }
  fi
  # Looked at every ten seconds, so that "by itself" is seen within a proof's patience.
  on "$1" sh -c 'grep -q "^interval" /etc/flaskdeploy/agent.conf || echo "interval = 10s" >> /etc/flaskdeploy/agent.conf'
  enrol_and_start "$1"
}

enrol_and_start() {
  local token
  token=$(on 0 flaskdeploy token create | tail -n 1)
  on "$1" flaskdeploy-agent enroll --controller "$(ip_of 0):7443" --token "$token" > "$workspace/enrol" 2>&1 ||
    { cat "$workspace/enrol"; return 1; }
  on "$1" systemctl enable -q --now flaskdeploy-agent
}

# lay_out NAME HOST...: the sample's files in a directory of that name on host 0, with an inventory of those hosts
lay_out() {
  local name=$1 host
  shift
  rm -rf "${workspace:?}/$name"
  cp -r "$root/packaging/sample" "$workspace/$name"
  for host in "$@"; do ip_of "$host"; done > "$workspace/$name/hosts.conf"
  on 0 rm -rf "$answered/$name"
  "$lab" copy 0 "$workspace/$name" "$answered/" || die "cannot copy the playbook to host 0"
}

# push NAME PLAYBOOK OPTIONS...: from where lay_out put it, as the operator would; its output is in $workspace/push.
# The founding job's is named after its playbook, as the operator's first one is; others, beside it in a kept lab, are not.
push() {
  local name=$1 playbook=$2
  shift 2
  [ "$name" = site ] || [[ " $* " == *' --name '* ]] || set -- --name "$name" "$@"
  # shellcheck disable=SC2016
  on 0 sh -c 'cd "$1" && shift && exec flaskdeploy push "$@"' push "$answered/$name" "$playbook" -i hosts.conf \
    -u webserver --ask-sudo-password "$@" > "$workspace/push" 2>&1 < /dev/null
  local status=$?
  cat "$workspace/push"
  return $status
}

pushed_says() { grep -qiE -- "$1" "$workspace/push" || { cat "$workspace/push"; return 1; }; }

# answers HOST PORT: the site says what hello.py says, to somebody on another host
answers() { [ "$(on 0 curl -s -m 5 "http://$(ip_of "$1"):$2/")" = 'Hello World!' ]; }
silent() { ! on 0 curl -s -m 2 -o /dev/null "http://$(ip_of "$1"):$2/"; }

# site HOST PORT: pid and start time of the listener; two pids are the same process only when both are equal
site() {
  # shellcheck disable=SC2016
  on "$1" sh -c 'pid=$(ss -Hltnp "sport = :$0" | sed -n "s/.*pid=\([0-9]*\).*/\1/p" | head -n 1)
    [ -n "$pid" ] && echo "$pid $(sed "s/.*) //" /proc/$pid/stat | cut -d" " -f20)"' "$2"
}
same_site() { local is; is=$(site "$1" "$2"); echo "was '$3', is '$is'"; [ -n "$3" ] && [ "$is" = "$3" ]; }
other_site() { local is; is=$(site "$1" "$2"); echo "was '$3', is '$is'"; [ -n "$is" ] && [ "$is" != "$3" ]; }
kill_site() { local pid; pid=$(site "$1" "$2" | cut -d' ' -f1); [ -n "$pid" ] && on "$1" kill -9 "$pid"; }
converge() { on "$1" flaskdeploy-agent converge; }
agent_pid() { on "$1" systemctl show -p MainPID --value flaskdeploy-agent; }
megabytes() { awk "BEGIN { printf \"%.1f\", $1 / 1024 }"; }

# In kB, of the agent and of what lives under it: RSS, Pss, Private_Dirty ... as smaps_rollup has it, which a kernel before
# 4.14 has not: there the sum over smaps
# shellcheck disable=SC2016
memory_of() {
  on "$1" sh -c 'for pid in $(cat /sys/fs/cgroup/system.slice/flaskdeploy-agent.service/cgroup.procs); do
    cat /proc/$pid/smaps_rollup 2> /dev/null || cat /proc/$pid/smaps; done' | awk -v name="$2:" '$1 == name { sum += $2 } END { print sum }'
}
# Microseconds since the service began, of the agent and of all it started and did not put into a unit of its own
cpu_of() { on "$1" awk '$1 == "usage_usec" { print $2 }' /sys/fs/cgroup/system.slice/flaskdeploy-agent.service/cpu.stat; }
no_worker() { ! on "$1" pgrep -f '^/usr/bin/flaskdeploy-agent worker'; }
new_agent() { local is; is=$(agent_pid "$1"); [ "$is" != 0 ] && [ "$is" != "$2" ]; }

# runs_of HOST PYTHON: a Python expression over `runs`, what the controller knows of that host, oldest first, and
# `corrections`, those of them that put something right. Its value is printed; it holds when it is true.
runs_of() {
  on 0 flaskdeploy runs -n 1000 -o json > "$workspace/runs.json" || return 1
  python3 - "$workspace/runs.json" "$1" "$(ip_of "$1")" "$2" << 'PY'
import json, sys

path, number, address, question = sys.argv[1:]
known = json.load(open(path))
known = known if isinstance(known, list) else known["runs"]
runs = sorted((run for run in known if run["host"] in (address, f"host-{number}")), key=lambda run: run["started_unix_millis"])
corrections = [run for run in runs if run.get("corrected")]
value = eval(question)
print(value)
if not value:
    print(json.dumps(runs, indent=1))
sys.exit(not value)
PY
}
count_of() { runs_of "$1" "[len($2)]" | tr -d '[]'; }
