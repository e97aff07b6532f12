# SPDX-License-Identifier: Apache-2.0
# A way to a node that lets little through: of what the node says on each connection the first BYTES pass, the rest
# when FILE exists. Prints its own address first.
#   slow_peer.py HOST NODE_ADDRESS BYTES FILE
import os
import socket
import sys
import threading
import time

host, node, count, gate = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]


def copy(source, to, left):
    try:
        while data := source.recv(left if left else 65536):
            to.sendall(data)
            if left is not None:
                left -= len(data)
                while left == 0:
                    if os.path.exists(gate):
                        left = None
                    else:
                        time.sleep(0.1)
    except OSError:
        pass
    for end in (source, to):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


server = socket.create_server((host, 0))
print("%s:%d" % server.getsockname(), flush=True)
while True:
    client, _ = server.accept()
    name, port = node.rsplit(":", 1)
    peer = socket.create_connection((name, int(port)))
    for args in ((client, peer, None), (peer, client, count)):
        threading.Thread(target=copy, args=args, daemon=True).start()
