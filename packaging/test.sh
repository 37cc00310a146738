#!/bin/bash
# Every test, ending in a line `N passed, N failed` that is counted from what the tests themselves reported.
#   packaging/test.sh          everything: unit tests, packages, lab, proofs
#   packaging/test.sh quick    the inner loop: what needs no root, lab or socket; installs nothing
# FLASKDEPLOY_NO_LAB=1 leaves out what needs root and namespaces, and says so; without it, lacking them is a failure.
set -uo pipefail
cd "$(dirname "$0")/.."
root=$PWD
mode=${1:-all}
case $mode in all | quick) ;; *) sed -n '2,5p' "$0" >&2; exit 2 ;; esac

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
results=$root/dist/results
rm -rf "$results"
mkdir -p "$results"
passed=0 failed=0 not_run=

say() { printf '%s %s\n' "$(date +%H:%M:%S)" "$*"; }
fail() { say "FAILED: $*"; failed=$((failed + 1)); }
finish() {
  [ -z "$not_run" ] || say "not run:$not_run"
  printf '%d passed, %d failed\n' "$passed" "$failed"
  exit $((failed > 0))
}

# Projects that open sockets, start processes or take long; the inner loop is without them.
slow='Grpc|Controller|EndToEnd|Fuzz'

projects() {
  local project
  for project in tests/*.Tests/*.Tests.csproj; do
    if [ "$mode" = all ] || ! [[ $project =~ FlaskDeploy\.($slow)\.Tests ]]; then echo "$project"; fi
  done
}

build() {
  say "building"
  local what=FlaskDeploy.sln
  if [ "$mode" = quick ]; then
    what=$results/quick.slnf
    python3 - "$root/FlaskDeploy.sln" $(projects) > "$what" << 'PY'
import json, sys
print(json.dumps({"solution": {"path": sys.argv[1], "projects": [path.replace("/", "\\") for path in sys.argv[2:]]}}))
PY
  fi
  # The whole run holds the code against the analyzers too.
  dotnet build "$what" -c Debug -v q -nodeReuse:false -p:Analyze=$([ "$mode" = all ] && echo true || echo false) '-clp:ErrorsOnly;NoSummary' < /dev/null
}

# run_project FILE: the project's own runner; its XML is what is counted
run_project() {
  local name program report status counts
  name=$(basename "$1" .csproj)
  program=$(ls -d "$(dirname "$1")"/bin/Debug/net*/"$name" 2> /dev/null | head -n 1)
  report=$results/$name.xml
  if [ -z "$program" ]; then
    fail "$name was not built"
    return
  fi
  local without=()
  if [ "$mode" = quick ]; then
    # Real processes, sockets, TLS and the agent's own workers: for the whole test.
    for namespace in Session Machine Processes Packages Systemd Units; do without+=(-namespace- "FlaskDeploy.Agent.Tests.$namespace"); done
  fi
  timeout -k 10 900 "$program" -noColor -noLogo "${without[@]}" -xml "$report" > "$results/$name.log" 2>&1 < /dev/null
  status=$?
  if ! counts=$(python3 - "$report" << 'PY'
import sys
import xml.etree.ElementTree as tree
assemblies = tree.parse(sys.argv[1]).getroot().findall("assembly")
count = lambda *names: sum(int(assembly.get(name, 0)) for assembly in assemblies for name in names)
# one that was skipped has promised nothing
print(count("passed"), count("failed", "errors", "skipped", "not-run"))
PY
  ); then
    tail -n 40 "$results/$name.log"
    fail "$name ended with status $status and no report"
    return
  fi
  local good=${counts% *} bad=${counts#* }
  passed=$((passed + good)) failed=$((failed + bad))
  say "$name: $good passed, $bad failed"
  [ "$bad" = 0 ] || grep -vE '^ *(Discovering|Discovered|Starting|Finished):' "$results/$name.log" | tail -n 200
  [ $((good + bad)) -gt 0 ] || fail "$name ran no test"
  [ "$status" = 0 ] || [ "$bad" -gt 0 ] || fail "$name ended with status $status"
}

# run_script FILE [SECONDS]: each line `ok - ...` or `not ok - ...` is a test; Interop says `TITLE: PASS ...`
run_script() {
  local name log status good bad started=$SECONDS
  name=${1#tests/}
  name=${name//\//-}
  log=$results/$name.log
  timeout -k 30 "${2:-600}" "$1" 2>&1 < /dev/null | tee "$log" | sed 's/^/  /'
  status=${PIPESTATUS[0]}
  good=$(grep -cE '^ok |: PASS' "$log")
  bad=$(grep -cE '^not ok |: FAIL' "$log")
  passed=$((passed + good)) failed=$((failed + bad))
  say "$name: $good passed, $bad failed in $((SECONDS - started)) s"
  [ $((good + bad)) -gt 0 ] || [ "$status" != 0 ] || fail "$name checked nothing"
  [ "$status" = 0 ] || [ "$bad" -gt 0 ] || fail "$name ended with status $status"
}

# A share of a differential fuzz; the whole of it is the proof's default.
run_fuzz() {
  if "tests/proof/$1" 5000 7 > "$results/$1.log" 2>&1 < /dev/null; then
    passed=$((passed + 1))
  else
    tail -n 40 "$results/$1.log"
    failed=$((failed + 1))
  fi
  say "$1: $(tail -n 1 "$results/$1.log")"
}

if [ "$mode" = all ] && ! packaging/prerequisites.sh build lab interop; then
  fail 'the prerequisites are not there'
  finish
fi
if ! build; then
  fail 'the solution does not build'
  finish
fi
for project in $(projects); do run_project "$project"; done
[ "$mode" = all ] || finish
run_script tests/FlaskDeploy.Interop/run.sh

if ! packaging/build.sh; then
  fail 'the packages do not build'
  finish
fi
run_script tests/lab/packages-check

if [ -n "${FLASKDEPLOY_NO_LAB:-}" ]; then
  not_run=" the lab and $(ls tests/proof | grep -cv '\.sh$') proofs, as FLASKDEPLOY_NO_LAB says"
  finish
fi
if ! tests/lab/lab check; then
  fail 'this machine cannot carry the lab; FLASKDEPLOY_NO_LAB=1 leaves it out'
  finish
fi
# A lab of its own, beside one that may be in use; made once for all, taken away at the end.
export LAB_NAME=${LAB_NAME:-flaskdeploy-test} LAB_HOME=${LAB_HOME:-/tmp/flaskdeploy-test}
export LAB_BASE=${LAB_BASE:-/tmp/flaskdeploy-lab/base}
tests/lab/lab down > /dev/null 2>&1
trap 'tests/lab/lab down > /dev/null 2>&1' EXIT
if ! tests/lab/lab base; then
  fail 'the lab has no base'
  finish
fi
run_script tests/lab/hosts-check
export KEEP=1 PROOF_PREPARED=1
for proof in tests/proof/*; do
  case ${proof##*/} in
    # about time and resources: told by hand on a quiet machine, never judged here
    figures | cost | drift | memory | noop | speed) continue ;;
    # minutes of waiting for what is broken: run by hand when launches or packages are touched
    launched | packages-faults) continue ;;
    # two more bases, and three of the other proofs on each: run by hand when a tool's output or the lab is touched
    other-releases) continue ;;
    # thousands of tasks of both, with every difference told: run by hand when a module is touched
    modules-beside-ansible) continue ;;
    # need checkouts of Ansible, of Jinja2 or of playbooks, which are no part of this project
    conformance | jinja2 | lint | playbooks | playbooks-run) continue ;;
    expressions | key-values) run_fuzz "${proof##*/}"; continue ;;
    # a share; thousands are the proof's default
    fingerprints) MUTATIONS=${MUTATIONS:-300} ROUNDS=${ROUNDS:-13} run_script "$proof"; continue ;;
  esac
  if [ -x "$proof" ] && [ -f "$proof" ]; then run_script "$proof"; fi
done
finish
