#!/bin/bash
# sandbox.sh OUT COMMAND...: runs COMMAND as root in a machine of its own: this one's files under an overlay that is forgotten,
# its own processes, network, name and /tmp. Only OUT is written to for good. Entered by `unshare` (sandbox.py).
# CONFORMANCE_MACHINE: a directory of files that this machine has instead, or nothing.
set -euo pipefail
out=$1
shift
ip link set lo up
hostname testhost
room=/run
mount -t tmpfs -o mode=0755 tmpfs $room
mkdir $room/upper $room/work $room/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$room/upper,workdir=$room/work" $room/root
root=$room/root
mount -t proc proc $root/proc
mount --rbind /sys $root/sys
mount --rbind /dev $root/dev
mount -t tmpfs -o mode=1777 tmpfs $root/dev/shm
mount -t tmpfs -o mode=1777 tmpfs $root/tmp
mount -t tmpfs -o mode=0755 tmpfs $root/run
# Ansible's own harness logs in with a key, and some targets copy it.
mkdir -p -m 0700 $root/root/.ssh
[ -e $root/root/.ssh/authorized_keys ] || (umask 077 && echo 'ssh-ed25519 AAAA conformance' > $root/root/.ssh/authorized_keys)
[ -z "${CONFORMANCE_MACHINE:-}" ] || cp -r --remove-destination "$CONFORMANCE_MACHINE/." "$root/"
mkdir -p "$root$out"
mount --bind "$out" "$root$out"
exec chroot $root /usr/bin/env -C "$CONFORMANCE_DIRECTORY" "$@"
