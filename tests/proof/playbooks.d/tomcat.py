"""Stands in for Tomcat: tomcat.py HOME listens where conf/server.xml says, answers with webapps/ROOT, refuses a configuration
that is no XML, and ends when its shutdown port hears the word."""

import functools
import http.server
import os
import socket
import sys
import threading
import xml.etree.ElementTree as tree

home = sys.argv[1]
server = tree.parse(f"{home}/conf/server.xml").getroot()
users = tree.parse(f"{home}/conf/tomcat-users.xml").getroot()
connector = next(found for found in server.iter("Connector") if found.get("protocol") == "HTTP/1.1")


class Pages(http.server.SimpleHTTPRequestHandler):
    server_version = f"Tomcat-of-the-lab ({len(users.findall('user'))} users)"

    def log_message(self, format, *values):
        pass


site = http.server.ThreadingHTTPServer(("", int(connector.get("port"))), functools.partial(Pages, directory=f"{home}/webapps/ROOT"))
threading.Thread(target=site.serve_forever, daemon=True).start()
with socket.create_server(("127.0.0.1", int(server.get("port")))) as door:
    while True:
        caller, _ = door.accept()
        with caller:
            if caller.recv(64).decode().strip() == server.get("shutdown"):
                os._exit(0)
