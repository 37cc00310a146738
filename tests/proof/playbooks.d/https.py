"""https.py ADDRESS DIRECTORY CERTIFICATE KEY: the lab's web server once more, over TLS, under the names that the certificate has"""

import functools
import http.server
import ssl
import sys

address, directory, certificate, key = sys.argv[1:5]
server = http.server.ThreadingHTTPServer((address, 443), functools.partial(http.server.SimpleHTTPRequestHandler, directory=directory))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
