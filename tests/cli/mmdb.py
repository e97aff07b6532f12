# SPDX-License-Identifier: Apache-2.0
"""Writes a small GeoIP database: mmdb.py FILE IPV4/BITS=COUNTRY...

After the MaxMind DB format 2.0 (maxmind.github.io/MaxMind-DB): an IPv4 search tree of 24-bit records, each network with
the ISO code of its country. Networks must not contain one another.
"""
import ipaddress
import sys


def head(kind: int, size: int) -> bytes:
    assert size < 29
    return bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7])


def text(value: str) -> bytes:
    return head(2, len(value)) + value.encode()


def number(kind: int, value: int, size: int) -> bytes:
    return head(kind, size) + value.to_bytes(size, "big")


def fields(values: dict[str, bytes]) -> bytes:
    return head(7, len(values)) + b"".join(text(k) + v for k, v in values.items())


def main(path: str, networks: list[str]) -> None:
    nodes: list[list[tuple[str, int]]] = [[("none", 0), ("none", 0)]]
    data = b""
    for one in networks:
        where, country = one.split("=")
        network = ipaddress.IPv4Network(where)
        bits = f"{int(network.network_address):032b}"[: network.prefixlen]
        node = 0
        for bit in map(int, bits[:-1]):
            if nodes[node][bit][0] != "node":
                nodes[node][bit] = ("node", len(nodes))
                nodes.append([("none", 0), ("none", 0)])
            node = nodes[node][bit][1]
        nodes[node][int(bits[-1])] = ("data", len(data))
        data += fields({"country": fields({"iso_code": text(country)})})
    count = len(nodes)
    values = {"none": lambda _: count, "node": lambda v: v, "data": lambda v: count + 16 + v}
    tree = b"".join(values[kind](v).to_bytes(3, "big") for node in nodes for kind, v in node)
    about = fields({
        "binary_format_major_version": number(5, 2, 2),
        "binary_format_minor_version": number(5, 0, 2),
        "build_epoch": head(9, 8) + (1).to_bytes(8, "big"),
        "database_type": text("Test-Country"),
        "description": fields({"en": text("of a test")}),
        "ip_version": number(5, 4, 2),
        "languages": head(11, 1) + text("en"),
        "node_count": number(6, count, 4),
        "record_size": number(5, 24, 2),
    })
    with open(path, "wb") as out:
        out.write(tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + about)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
