# SPDX-License-Identifier: Apache-2.0
"""Clients that waste a server's time: slow_clients.py HOST:PORT SILENT SLOW [plain]

SILENT connections say nothing; SLOW ones finish TLS (plain: there is none), begin a request and say no more. Prints "held" when all are
open, then waits until the server has closed each of them, and prints "closed".
"""
import socket
import ssl
import sys

host, port = sys.argv[1].rsplit(":", 1)
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
open_ones = []
for i in range(int(sys.argv[2])):
    open_ones.append(socket.create_connection((host, int(port)), timeout=300))
for i in range(int(sys.argv[3])):
    s = socket.create_connection((host, int(port)), timeout=300)
    if "plain" not in sys.argv[4:]:
        s = context.wrap_socket(s)
    s.sendall(b"PUT /v1/files/00 HTTP/1.1\r\nHost: x\r\nContent-Le")
    open_ones.append(s)
print("held", flush=True)
for s in open_ones:
    try:
        while s.recv(4096):
            pass
    except (ConnectionError, ssl.SSLError):
        pass
print("closed", flush=True)
