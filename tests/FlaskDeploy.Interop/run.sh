#!/bin/bash
# Holds the gRPC stand-ins against grpc-js, over TLS with certificates on both sides: our client with its server, its client
# with our server, and ours with ours. Needs the .NET SDK, node with npm, and openssl. Exits with 1 when a case fails.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
server_pid=
trap '[ -z "$server_pid" ] || kill "$server_pid" 2>/dev/null || true; rm -rf "$work"' EXIT

dotnet build "$here" -nodeReuse:false -v quiet -o "$work/interop"
cp "$here"/node/* "$here/interop.proto" "$work/"
(cd "$work" && npm install --no-package-lock --no-audit --no-fund --loglevel error >&2)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null

ours=("$work/interop/FlaskDeploy.Interop")
passed=0
failed=0

# pair TITLE SERVER... -- CLIENT...: starts the server, lets the client run its cases against it, stops the server.
pair() {
    local title=$1 server=() line
    shift
    while [ "$1" != -- ]; do server+=("$1"); shift; done
    shift
    mkfifo "$work/hold"
    "${server[@]}" "$work/cert.pem" "$work/key.pem" <"$work/hold" >"$work/port" &
    server_pid=$!
    exec 3>"$work/hold" # the server ends when this closes
    for _ in $(seq 100); do [ -s "$work/port" ] && break; sleep 0.1; done
    while IFS= read -r line; do
        echo "$title: $line"
        case $line in PASS*) passed=$((passed + 1)) ;; FAIL*) failed=$((failed + 1)) ;; esac
    done < <("$@" "$work/cert.pem" "$work/key.pem" "$(cat "$work/port")" 2>&1)
    exec 3>&-
    wait "$server_pid" || true
    server_pid=
    rm "$work/hold" "$work/port"
}

pair "ours to grpc-js" node "$work/server.js" -- "${ours[@]}" client
pair "grpc-js to ours" "${ours[@]}" server -- node "$work/client.js"
pair "ours to ours" "${ours[@]}" server -- "${ours[@]}" client
echo "$passed passed, $failed failed"
# Three times fourteen cases: fewer means that a peer did not run at all.
[ "$failed" -eq 0 ] && [ "$passed" -eq 42 ]
