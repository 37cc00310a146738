#!/usr/bin/env python3
"""delay.py BRIDGE PORT TAP MS: a tap joins BRIDGE; frames between it and PORT are relayed MS late, each way.

Many kernels come without netem. Both sides speak virtio-net headers: frames of a veth carry unfinished checksums and
segments larger than a packet, and are handed on as they are, so that no offload has to be turned off in the host.
"""
import collections
import fcntl
import os
import select
import socket
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x0002, 0x1000, 0x4000
SOL_PACKET, PACKET_VNET_HDR, PACKET_OUTGOING = 263, 15, 4
ETH_P_ALL = 3
LARGEST = 1 << 17

bridge, port, tap, late = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]) / 1000

tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", tap.encode(), IFF_TAP | IFF_NO_PI | IFF_VNET_HDR))
subprocess.run(["ip", "link", "set", tap, "master", bridge, "up"], check=True)
subprocess.run(["ip", "link", "set", port, "up", "promisc", "on"], check=True)
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
wire.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
wire.bind((port, 0))
wire.setblocking(False)

waiting = collections.deque()
while True:
    timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else None
    ready, _, _ = select.select([tun, wire], [], [], timeout)
    due = time.monotonic() + late
    if tun in ready:
        waiting.append((due, wire.send, os.read(tun, LARGEST)))
    if wire in ready:
        frame, origin = wire.recvfrom(LARGEST)
        if origin[2] != PACKET_OUTGOING:
            waiting.append((due, lambda frame: os.write(tun, frame), frame))
    while waiting and waiting[0][0] <= time.monotonic():
        _, forward, frame = waiting.popleft()
        try:
            forward(frame)
        except OSError:
            pass  # a full queue drops, as a wire does
