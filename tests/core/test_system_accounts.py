"""AUTH-09: database roles and OS accounts with owner, power and last use."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)


def listed(on: date = DAY) -> dict[str, Any]:
    from kokuho.core.access import Actor
    from kokuho.core.system_accounts import system_accounts

    by = Actor("sysad", "職員", "情報課", frozenset({"staff.read"}), "test")
    return {row.name: row for row in system_accounts(by, on=on)}


def test_a_role_is_seen_connected_and_by_what_it_wrote(db: None) -> None:
    from kokuho.core import clock, system_accounts
    from kokuho.core.models import AccountSighting

    first = clock.now()
    assert system_accounts.note(first) >= 2
    assert AccountSighting.objects.get(name="kokuho_app").seen_at == first
    later = first + timedelta(minutes=5)
    system_accounts.note(later)
    assert AccountSighting.objects.get(name="kokuho_app").seen_at == later, "one row a role"
    system_accounts.note(first)
    assert AccountSighting.objects.get(name="kokuho_app").seen_at == later, "never earlier than it was seen"


def test_another_role_that_only_reads_is_seen_too(db: None) -> None:
    import os

    import psycopg

    from kokuho.core import clock, system_accounts
    from kokuho.core.models import AccountSighting

    with psycopg.connect(os.environ["KOKUHO_VAULT_URL"]):
        system_accounts.note(clock.now())
    assert AccountSighting.objects.filter(name="kokuho_vault").exists()


def test_a_short_visit_between_two_looks_that_only_reads_is_seen(db: None) -> None:
    import os

    import psycopg
    from django.db import connection

    from kokuho.core import clock, system_accounts
    from kokuho.core.models import AccountSighting

    system_accounts.note(clock.now())
    before = AccountSighting.objects.filter(name="kokuho_owner").values_list("seen_at", flat=True).first()
    with psycopg.connect(os.environ["KOKUHO_OWNER_URL"]) as visit:
        visit.execute("SELECT 1")
        number = visit.info.backend_pid
    left = False
    with connection.cursor() as cursor:
        while not left:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [number])
            left = cursor.fetchone() is None
    later = clock.now() + timedelta(minutes=5)
    system_accounts.note(later)
    assert AccountSighting.objects.get(name="kokuho_owner").seen_at == later != before
    system_accounts.note(later + timedelta(minutes=5))
    assert AccountSighting.objects.get(name="kokuho_owner").seen_at == later, "each line is read once"


def test_who_has_no_owner_and_who_is_not_used_is_to_be_looked_at(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from kokuho.core import clock, system_accounts

    system_accounts.note(clock.now())
    app = listed(clock.now().date())["kokuho_app"]
    assert app.owner.startswith("Kokuho") and app.power == "与えた権限だけ" and app.why == "" and app.seen_at is not None
    assert "日以上使われていない" in listed(clock.now().date() + timedelta(days=400))["kokuho_app"].why
    monkeypatch.setattr(system_accounts, "_OWN", {})
    assert listed()["kokuho_app"].why.startswith("持ち主と用途が記されていない")


def test_the_account_that_owns_the_folders_is_named(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    import os
    import pwd

    name = pwd.getpwuid(os.getuid()).pw_name
    assert "Kokuhoを動かす" in listed()[name].power and "KOKUHO_HOMEの持ち主" in listed()[name].power


def test_the_servers_log_is_read_by_whole_lines_and_begun_anew_when_it_is_long(
    database_name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from kokuho.core import database, system_accounts

    log = tmp_path / "log"
    log.write_bytes(b"before the first look\n")
    monkeypatch.setattr(database, "server_log", lambda: log)
    monkeypatch.setattr(system_accounts, "_LONGEST_LOG", 300)

    def after(line: bytes) -> set[str]:
        with log.open("ab") as written:
            written.write(line)
        return system_accounts._visitors()

    assert after(b"") == set()
    assert after(b"LOG:  connection authorized: user=one database=kokuho\nLOG:  connection auth") == {"one"}
    assert after(b"orized: user=two database=kokuho\n") == {"two"}
    assert after(b"x" * 300 + b"\nLOG:  connection authorized: user=three database=kokuho\n") == {"three"}
    assert log.stat().st_size == 0 and (tmp_path / "log.1").stat().st_size > 300
    assert after(b"LOG:  connection authorized: user=four database=kokuho\n") == {"four"}
