"""NET-02: open sockets held against the plan, on both sides of each line."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from kokuho.core import netplan
from kokuho.core.netplan import CONNECTS, LISTENS, End

PLAN = "待受け 10.1.2.3:443\n接続 10.1.9.0/28:5432\n\n接続　[2001:db8::5]:*"


def test_a_plan_is_read_line_by_line_and_says_what_it_could_not_read() -> None:
    plan, unread = netplan.read(PLAN + "\n待受け どこでも:80\n接続 10.1.1.1")
    assert [(line.way, str(line.place), line.port) for line in plan] == [
        (LISTENS, "10.1.2.3/32", 443), (CONNECTS, "10.1.9.0/28", 5432), (CONNECTS, "2001:db8::5/128", None),
    ]  # fmt: skip
    assert unread == ["待受け どこでも:80", "接続 10.1.1.1"]


@pytest.mark.parametrize(
    ("end", "within"),
    [
        (End(LISTENS, "127.0.0.1", 8000), True),
        (End(CONNECTS, "::1", 5432), True),
        (End(LISTENS, "10.1.2.3", 443), True),
        (End(LISTENS, "10.1.2.3", 444), False),
        (End(CONNECTS, "10.1.2.3", 443), False),
        (End(LISTENS, "0.0.0.0", 443), False),
        (End(CONNECTS, "10.1.9.15", 5432), True),
        (End(CONNECTS, "10.1.9.16", 5432), False),
        (End(CONNECTS, "2001:db8::5", 9), True),
        (End(CONNECTS, "2001:db8::6", 9), False),
    ],
)
def test_what_the_plan_does_not_have_deviates(end: End, within: bool) -> None:
    plan, _ = netplan.read(PLAN)
    assert netplan.beyond(plan, [end]) == ([] if within else [end])
    assert netplan.beyond([], [end]) == ([] if end.address in ("127.0.0.1", "::1") else [end])


def test_the_sockets_of_a_running_process_of_the_product_are_seen() -> None:
    holding = "import socket, sys; s = socket.create_server(('0.0.0.0', 0)); print(s.getsockname()[1], flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", holding, "kokuho"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        port = int(process.stdout.readline())
        with socket.create_connection(("127.0.0.1", port)):
            found = set(netplan.ends())
        process.stdin.close()
    assert End(LISTENS, "0.0.0.0", port) in found
    assert not any(end.way == CONNECTS and end.port == port for end in found)
