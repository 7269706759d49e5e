"""The network plan of an installation (NET-02): where it listens and to what it connects, held against its open sockets.

The plan is the parameter `net.plan`, a line each: ``待受け 10.1.2.3:443``, ``接続 10.1.9.0/28:5432``; ``*`` as port is any. Within the
machine itself everything may talk; without a plan nothing else may.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import psutil

from kokuho.core import parameters

LISTENS, CONNECTS = "待受け", "接続"
_LINE = re.compile(rf"({LISTENS}|{CONNECTS})[ 　]+\[?([0-9A-Fa-f.:/]+?)\]?:(\d{{1,5}}|\*)")


@dataclass(frozen=True, slots=True)
class Line:
    """One permitted end: `way` of `LISTENS`, `CONNECTS`; `port` None is any."""

    way: str
    place: ipaddress.IPv4Network | ipaddress.IPv6Network
    port: int | None


@dataclass(frozen=True, slots=True)
class End:
    """One open socket of the product: this machine listens at it, or has connected to it."""

    way: str
    address: str
    port: int

    def __str__(self) -> str:
        return f"{self.way} {self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class Standing:
    """The plan in force, its lines that are none, the open sockets, and those of them that it does not have."""

    plan: list[Line]
    unread: list[str]
    ends: list[End]
    beyond: list[End]


def standing() -> Standing:
    """How this machine stands beside the plan now."""
    plan, unread = read(parameters.value("net.plan"))
    found = sorted(set(ends()), key=str)
    return Standing(plan, unread, found, beyond(plan, found))


def read(text: str) -> tuple[list[Line], list[str]]:
    """The lines of a plan, and those that are none."""
    found, unread = [], []
    for told in filter(None, (line.strip() for line in text.splitlines())):
        try:
            way, place, port = _LINE.fullmatch(told).groups()  # type: ignore[union-attr]
            found.append(Line(way, ipaddress.ip_network(place, strict=False), None if port == "*" else int(port)))
        except (AttributeError, ValueError):
            unread.append(told)
    return found, unread


def beyond(plan: Iterable[Line], ends: Iterable[End]) -> list[End]:
    """The open sockets that the plan does not have. A socket that listens everywhere (0.0.0.0, ::) is within only such a line."""
    lines = list(plan)
    return [end for end in ends if not _local(end) and not any(_holds(line, end) for line in lines)]


def _local(end: End) -> bool:
    return ipaddress.ip_address(end.address).is_loopback


def _holds(line: Line, end: End) -> bool:
    address = ipaddress.ip_address(end.address)
    if line.way != end.way or line.port not in (None, end.port) or address.version != line.place.version:
        return False
    return line.place.network_address == address if address.is_unspecified else address in line.place


def ends() -> Iterator[End]:
    """What the processes of the product have open now. An accepted connection belongs to the socket that listened for it."""
    for process in psutil.process_iter(["cmdline"]):
        if not any("kokuho" in part for part in process.info["cmdline"] or ()):
            continue
        try:
            found = process.net_connections("inet")
        except psutil.Error:
            continue
        listening = {socket.laddr.port for socket in found if socket.status == psutil.CONN_LISTEN}
        for socket in found:
            if socket.status == psutil.CONN_LISTEN:
                yield End(LISTENS, socket.laddr.ip, socket.laddr.port)
            elif socket.raddr and socket.laddr.port not in listening:
                yield End(CONNECTS, socket.raddr.ip, socket.raddr.port)
