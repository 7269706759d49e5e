"""NET-03: a database elsewhere is reached by verified TLS, and what the address says reaches every driver and program."""

from __future__ import annotations

import pytest

from kokuho.core import database, pgtools


def test_a_server_elsewhere_must_prove_its_name() -> None:
    found = database.parse_url("postgresql://u:p@db.example:5433/kokuho?sslrootcert=/etc/ca.pem")
    assert found.remote and found.tls == {"sslmode": "verify-full", "sslrootcert": "/etc/ca.pem"}
    assert "sslmode=verify-full" in found.url and found.django()["OPTIONS"] == found.tls
    assert database.parse_url(found.url).tls == found.tls
    told = pgtools.environment(found)
    assert (told["PGSSLMODE"], told["PGSSLROOTCERT"]) == ("verify-full", "/etc/ca.pem")


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer"])
def test_plain_connections_to_elsewhere_are_refused(mode: str) -> None:
    with pytest.raises(ValueError, match="暗号化"):
        database.parse_url(f"postgresql://u@10.1.2.3/kokuho?sslmode={mode}")


@pytest.mark.parametrize(
    "url", ["postgresql://u@/kokuho?host=%2Frun%2Fpg", "postgresql://u@localhost/kokuho", "postgresql://u@127.0.0.1/k"]
)
def test_this_machine_needs_no_tls(url: str) -> None:
    assert database.parse_url(url).tls == {}


def test_another_way_of_verifying_may_be_chosen() -> None:
    assert database.parse_url("postgresql://u@db.example/k?sslmode=require").tls == {"sslmode": "require"}
