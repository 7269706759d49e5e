"""The register's daily changes (住民異動), applied set by set: the first change of each person, then the second, and so on.

A change is the after-image of a person and replaces everything believed from its 異動日 on. One that is older than what is
already known is carried into the later rows where the two do not contradict each other, and else kept for staff.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.desks.people.actions.register import COLUMNS, HEAD_RELATION, PERSON, RESIDENT, Unapplied, protect
from kokuho.desks.people.models import HeldChange

CANCEL = "15"
# Events of somebody who must be known already; the others may bring a new person (出生・転入・職権記載 ...).
_OF_THE_KNOWN = ("03", "05", "06", "08", "09", "10", "12", "13", CANCEL)
# Columns that go with others: they follow the name or the address and are not compared for themselves.
_DERIVED = ("search_name", "search_kana", "search_other", "search_place")
_COMPARED = [column for column in PERSON if column not in _DERIVED]
_GROUPS = (
    frozenset({
        "name", "name_kana", "former_family_name", "former_family_kana", "alias_name", "alias_kana", "roman_name",
        "search_name", "search_kana", "search_other",
    }),
    frozenset({"postal_code", "town", "block", "building", "address_since", "search_place"}),
)  # fmt: skip
# Who a person is: two rows that differ here describe different people or a mistake, never a change in between.
_IDENTITY = ("birth_date", "sex")

Image = Mapping[str, Any]


class ChangeError(CodedError):
    """A held change cannot be decided as asked. `code` is stable."""


def apply_changes(*, by: Actor, origin: str, staged: str = "staged") -> list[Unapplied]:
    """Apply every staged change, in the order of the file for each person. Returns those that staff must look at."""
    by.require("exchange.receive")
    problems: list[Unapplied] = []
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS turns")
        cursor.execute(
            f"""
            CREATE TEMP TABLE turns ON COMMIT DROP AS
            SELECT record, atena_no, row_number() OVER (PARTITION BY atena_no ORDER BY record) AS turn FROM {staged}
            """
        )
        cursor.execute("SELECT coalesce(max(turn), 0) FROM turns")
        for turn in range(1, cursor.fetchone()[0] + 1):
            problems += _turn(cursor, staged, turn, by.staff_no, origin)
    return sorted(problems, key=lambda problem: problem.record)


def _turn(cursor: Any, staged: str, turn: int, staff_no: str, origin: str) -> list[Unapplied]:
    """The nth change of each person: one set of statements, since no person is in it twice."""
    cursor.execute("DROP TABLE IF EXISTS due")
    cursor.execute(
        f"""
        CREATE TEMP TABLE due ON COMMIT DROP AS
        SELECT s.*, k.rows AS known, coalesce(k.latest > s.event_date, false) AND s.event <> '{CANCEL}' AS older
          FROM {staged} s JOIN turns t ON t.record = s.record AND t.turn = %s
          LEFT JOIN LATERAL (SELECT count(*) AS rows, max(lower(valid)) AS latest FROM people_person p
                              WHERE p.atena_no = s.atena_no AND p.superseded_at IS NULL) k ON true
        """,
        (turn,),
    )
    cursor.execute("SELECT record, atena_no FROM due WHERE known = 0 AND event = ANY(%s)", (list(_OF_THE_KNOWN),))
    problems = [
        Unapplied(
            record, atena_no, "J13",
            f"宛名番号 {atena_no} の人は登録されていません。全件の取込みに漏れがないか住民記録の担当に確かめてください。",
        )
        for record, atena_no in cursor.fetchall()
    ]  # fmt: skip
    cursor.execute("DELETE FROM due WHERE known = 0 AND event = ANY(%s)", (list(_OF_THE_KNOWN),))
    names = [*[c for c, _ in COLUMNS], "event", "event_date"]
    cursor.execute(f"SELECT {', '.join(names)} FROM due WHERE older ORDER BY record")
    older = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    cursor.execute("DELETE FROM due WHERE older")
    _replace(cursor, staff_no, origin)
    protect(cursor, "due", staff_no, origin)
    for row in older:
        if (problem := _older(cursor, row, staff_no, origin)) is not None:
            problems.append(problem)
    return problems


def _replace(cursor: Any, staff_no: str, origin: str) -> None:
    """Let the rows of `due` hold from their 異動日: close what is believed from then on, keep its earlier part."""
    columns = ", ".join(PERSON)
    copied = ", ".join(f"p.{column}" for column in PERSON)
    values = ", ".join(f"d.{column}" for column in PERSON)
    parameters = {"by": staff_no, "origin": origin}
    cursor.execute("DROP TABLE IF EXISTS cut")
    cursor.execute(
        """
        CREATE TEMP TABLE cut ON COMMIT DROP AS
        SELECT p.id, d.event_date FROM due d JOIN people_person p ON p.atena_no = d.atena_no AND p.superseded_at IS NULL
         WHERE upper_inf(p.valid) OR upper(p.valid) > d.event_date
        """
    )
    cursor.execute("UPDATE people_person p SET superseded_at = now() FROM cut c WHERE p.id = c.id")
    cursor.execute(
        f"""
        INSERT INTO people_person (atena_no, valid, is_head, recorded_by, origin, {columns})
        SELECT p.atena_no, daterange(lower(p.valid), c.event_date), p.is_head, %(by)s, %(origin)s, {copied}
          FROM cut c JOIN people_person p ON p.id = c.id WHERE lower(p.valid) < c.event_date ORDER BY hashint8(p.atena_no)
        """,
        parameters,
    )
    cursor.execute(
        f"""
        INSERT INTO people_person (atena_no, valid, is_head, recorded_by, origin, {columns})
        SELECT d.atena_no, daterange(d.event_date, NULL), d.relation = '{HEAD_RELATION}', %(by)s, %(origin)s, {values}
          FROM due d ORDER BY hashint8(d.atena_no)
        """,
        parameters,
    )


def _older(cursor: Any, row: Image, staff_no: str, origin: str) -> Unapplied | None:
    """A change that is older than the newest row of its person."""
    rows = _believed(cursor, row["atena_no"])
    merged = merge(row, rows)
    if merged is not None:
        _believe(cursor, row["atena_no"], rows, merged, staff_no, origin)
        _protect_one(cursor, row, staff_no, origin)
        return None
    image = {column: _json(row[column]) for column in (*PERSON, "protection", "protected_from", "protected_until")}
    HeldChange.objects.create(
        atena_no=row["atena_no"], origin=origin, record=row["record"], event=row["event"], event_date=row["event_date"],
        image=image,
    )  # fmt: skip
    return Unapplied(
        row["record"], row["atena_no"], "J14",
        f"異動日 {row['event_date']} より後の異動が先に反映されていて、内容が食い違います。前後を見比べて反映の仕方を選んでください。",
    )  # fmt: skip


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _protect_one(cursor: Any, row: Image, staff_no: str, origin: str) -> None:
    if row["protection"] != "1":
        return
    cursor.execute("DROP TABLE IF EXISTS one")
    cursor.execute(
        """
        CREATE TEMP TABLE one ON COMMIT DROP AS
        SELECT %s::bigint AS atena_no, '1'::text AS protection, %s::date AS protected_from, %s::date AS protected_until
        """,
        (row["atena_no"], row["protected_from"], row["protected_until"]),
    )
    protect(cursor, "one", staff_no, origin)


def _believed(cursor: Any, atena_no: int, *, lock: bool = True) -> list[dict[str, Any]]:
    """What is believed about a person, oldest first: `id`, `since`, `until` and the register's columns."""
    cursor.execute(
        f"""
        SELECT id, lower(valid), upper(valid), {", ".join(PERSON)} FROM people_person
         WHERE atena_no = %s AND superseded_at IS NULL ORDER BY lower(valid) {"FOR UPDATE" if lock else ""}
        """,
        (atena_no,),
    )
    return [dict(zip(("id", "since", "until", *PERSON), row, strict=True)) for row in cursor.fetchall()]


def merge(image: Image, rows: Sequence[Image]) -> list[dict[str, Any]] | None:
    """The rows that should be believed after a change that is older than the last of `rows`; None when it contradicts them.

    What the change altered holds from its 異動日, in the later rows as far as these still carry the old value: a later
    change of the same thing stays. It contradicts when the person left by it although later rows say that they live here,
    when it gives another birth date or sex than a later row, and when something that it altered is what a later row
    already says (then one of the two days is wrong, or the image is newer than its day).
    """
    event = image["event_date"]
    before = [row for row in rows if row["since"] <= event]
    after = [row for row in rows if row["since"] > event]
    if not after or image["resident_state"] != RESIDENT:
        return None
    old = before[-1] if before and (before[-1]["until"] is None or before[-1]["until"] > event) else None
    if any(row[column] != image[column] for row in after for column in _IDENTITY):
        return None
    new = {column: image[column] for column in PERSON}
    kept = [dict(row) for row in (before[:-1] if old else before)]
    if old is None:
        return [*kept, {**new, "since": event, "until": after[0]["since"]}, *(dict(row) for row in after)]
    altered = {column for column in _COMPARED if image[column] != old[column]}
    if any(after[0][column] == image[column] for column in altered):
        return None
    for group in _GROUPS:
        if altered & group:
            altered.update(group)
    if old["since"] < event:
        kept.append({**old, "until": event})
    kept.append({**new, "since": event, "until": after[0]["since"]})
    carried = set(altered)
    for row in after:
        # A group of columns that a later event changed is that event's from there on.
        for group in (*_GROUPS, *(frozenset({column}) for column in altered)):
            if any(row[column] != old[column] for column in carried & group):
                carried -= group
        kept.append({**row, **{column: image[column] for column in carried}})
    return kept


def _believe(
    cursor: Any, atena_no: int, rows: Sequence[Image], wanted: Sequence[Image], staff_no: str, origin: str
) -> None:
    """Supersede the rows that are no longer so and insert those that are new."""
    columns = ("since", "until", *PERSON)
    unchanged = {row["id"] for row in rows if any(all(row[c] == w[c] for c in columns) for w in wanted)}
    kept = [row for row in rows if row["id"] in unchanged]
    cursor.execute(
        "UPDATE people_person SET superseded_at = now() WHERE id = ANY(%s)",
        ([row["id"] for row in rows if row["id"] not in unchanged],),
    )
    marks = ", ".join(["%s"] * len(PERSON))
    for row in wanted:
        if any(all(row[c] == k[c] for c in columns) for k in kept):
            continue
        cursor.execute(
            f"""
            INSERT INTO people_person (atena_no, valid, is_head, recorded_by, origin, {", ".join(PERSON)})
            VALUES (%s, daterange(%s, %s), %s, %s, %s, {marks})
            """,
            (
                atena_no, row["since"], row["until"], row["relation"] == HEAD_RELATION, staff_no, origin,
                *(row[column] for column in PERSON),
            ),
        )  # fmt: skip


# How staff may let a held change hold.
UNTIL_NEXT, CARRY, REPLACE = "until_next", "carry", "replace"
WAYS = (
    (UNTIL_NEXT, "異動日から次の異動の前日までだけ反映する（後の異動はそのまま）"),
    (CARRY, "異動日から反映し、後の異動が変えていない項目にも及ぼす"),
    (REPLACE, "異動日以後をすべてこの内容に置き換える（後の異動を取り消す）"),
)


def after_held(image: Image, rows: Sequence[Image], way: str) -> list[dict[str, Any]]:
    """The rows that a held change leads to when staff let it hold in one of `WAYS`."""
    event = image["event_date"]
    new = {column: image[column] for column in PERSON}
    kept: list[dict[str, Any]] = []
    for row in rows:
        if row["since"] < event:
            kept.append({**row, "until": min(row["until"] or event, event)})
    after = [row for row in rows if row["since"] > event]
    old = next((row for row in rows if row["since"] <= event and (row["until"] is None or row["until"] > event)), None)
    if way == REPLACE or not after:
        return [*kept, {**new, "since": event, "until": None}]
    kept.append({**new, "since": event, "until": after[0]["since"]})
    altered = (
        {column for column in PERSON if old is not None and image[column] != old[column]} if way == CARRY else set()
    )
    for row in after:
        altered = {column for column in altered if old is not None and row[column] == old[column]}
        kept.append({**row, **{column: image[column] for column in altered}})
    return kept


def held_image(held: HeldChange) -> dict[str, Any]:
    """The after-image of a held change with its dates as dates."""
    dates = {name for name, kind in COLUMNS if kind == "date"}
    image = {k: date.fromisoformat(v) if k in dates and v else v for k, v in held.image.items()}
    return {**image, "event_date": held.event_date, "atena_no": held.atena_no}


def known_rows(atena_no: int) -> list[dict[str, Any]]:
    """What is believed about a person, oldest first: for the choice of how a held change holds."""
    with connection.cursor() as cursor:
        return _believed(cursor, atena_no, lock=False)


@transaction.atomic
def decide_held(*, by: Actor, on: date, held_id: int, way: str | None, reason: str, origin: str) -> HeldChange:
    """Let a held change hold in one of `WAYS`, or (`way` None) put it away. The second person of the entry calls this.

    Raises `ChangeError` J20 when it was decided before.
    """
    by.require("exchange.work")
    held = HeldChange.objects.select_for_update().get(pk=held_id)
    if held.state != HeldChange.OPEN:
        raise ChangeError("J20", "この異動は既に処理されています。")
    held.state = HeldChange.DISMISSED if way is None else HeldChange.APPLIED
    held.save(update_fields=["state"])
    if way is not None:
        image = held_image(held)
        with connection.cursor() as cursor:
            rows = _believed(cursor, held.atena_no)
            _believe(cursor, held.atena_no, rows, after_held(image, rows, way), by.staff_no, origin)
            _protect_one(cursor, image, by.staff_no, origin)
    audit.record(
        by, function="people.held_change", operation="update", persons=[held.atena_no], reason=reason,
        detail={"held": held.pk, "way": way or "dismiss", "on": on.isoformat()},
    )  # fmt: skip
    return held
