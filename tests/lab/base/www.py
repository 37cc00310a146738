#!/usr/bin/env python3
"""www.py HOST PORT DIRECTORY: static files over HTTP/1.1; a directory listing is a PEP 503 index."""
import functools
import http.server
import sys


class Files(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"


host, port, directory = sys.argv[1:4]
http.server.ThreadingHTTPServer((host, int(port)), functools.partial(Files, directory=directory)).serve_forever()
