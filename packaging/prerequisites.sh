#!/bin/bash
# What building, testing and the lab need, installed with apt where there is apt; elsewhere it is said.
#   packaging/prerequisites.sh [build] [lab] [interop] [lint]      build and lab without arguments
# The .NET SDK is the one thing that has to be there already.
set -euo pipefail

build='clang lld cmake make libssl-dev zlib1g-dev binutils rpm file'
lab='mmdebstrap iproute2 nftables util-linux openssh-client python3 tar e2fsprogs curl debian-archive-keyring'

root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -gt 0 ] || set -- build lab

if ! command -v dotnet > /dev/null; then
  echo "The .NET SDK is needed, as global.json says: $(tr -d '\n' < "$root/global.json")" >&2
  echo "See https://dotnet.microsoft.com/download or your distribution's dotnet-sdk-10.0." >&2
  exit 1
fi
(cd "$root" && dotnet --version > /dev/null) || exit 1

wanted=
for group in "$@"; do
  case $group in
  build) wanted="$wanted $build" ;;
  lab) wanted="$wanted $lab" ;;
  interop)
    # node is often there without Debian's package of it
    command -v npm > /dev/null || wanted="$wanted nodejs npm"
    command -v openssl > /dev/null || wanted="$wanted openssl"
    ;;
  # What tests/proof/lint compares with.
  lint) wanted="$wanted ansible-lint git" ;;
  *) sed -n '2,4p' "$0" >&2; exit 2 ;;
  esac
done

if ! command -v apt-get > /dev/null; then
  echo "This machine has no apt, so nothing is installed for you. Needed, by Debian's names of packages:$wanted" >&2
  for command in clang ld.lld cmake objcopy rpmbuild mmdebstrap ip nft; do
    command -v $command > /dev/null || { echo "  not found: $command" >&2; lacking=1; }
  done
  exit ${lacking:-0}
fi

missing=
for package in $wanted; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null)" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
  echo "Missing:$missing. As root: apt-get install$missing" >&2
  exit 1
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 $missing < /dev/null > /dev/null
