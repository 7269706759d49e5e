"""名寄せ: two numbers turn out to be one person. Nothing is rewritten; every read asks for all the numbers (ATENA-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from kokuho.core import audit, entries, runs, writing
from kokuho.core.access import Actor
from kokuho.core.actions import entries as pending
from kokuho.core.coded import CodedError
from kokuho.core.entries import EntryKind, Line
from kokuho.core.models import BatchRun, Entry
from kokuho.desks.people.actions import events
from kokuho.desks.people.models import BELIEVED, JoinCandidate, NumberJoin, Person

KIND = "people.join"
JOIN, SEPARATE = "join", "separate"


class JoinError(CodedError):
    """Two numbers cannot be joined or separated as asked. `code` is stable."""


def enter_join(*, by: Actor, on: date, old_no: int, new_no: int, reason: str) -> Entry:
    """Enter that `old_no` is the person of `new_no`. Raises `JoinError`: M01–M03, M06–M08 when the numbers cannot be joined, M05
    without a reason."""
    if not reason.strip():
        raise JoinError("M05", "同じ人と確かめた方法を理由に入力してください。")
    payload = {"act": JOIN, "old_no": old_no, "new_no": new_no}
    return pending.submit(
        by=by, on=on, kind=KIND, title="名寄せ", payload=payload, persons=[new_no, old_no], reason=reason
    )


def enter_separation(*, by: Actor, on: date, old_no: int, reason: str) -> Entry:
    """Enter that a joined number is another person after all. Raises `JoinError` M04 when it is not joined, M05 without a
    reason."""
    row = _joined(old_no, on)
    if row is None:
        raise JoinError("M04", f"宛名番号 {old_no} は名寄せされていません。")
    if not reason.strip():
        raise JoinError("M05", "別の人と分かった理由を入力してください。")
    payload = {"act": SEPARATE, "old_no": old_no, "new_no": row.joined_to}
    return pending.submit(
        by=by, on=on, kind=KIND, title="名寄せの解消", payload=payload, persons=[row.joined_to, old_no], reason=reason
    )


def _joined(old_no: int, on: date) -> NumberJoin | None:
    return NumberJoin.objects.filter(BELIEVED, atena_no=old_no, valid__contains=on).first()


def _latest(atena_no: int) -> Person | None:
    return Person.objects.filter(BELIEVED, atena_no=atena_no).order_by("-valid").first()


def _check(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    old_no, new_no = payload["old_no"], payload["new_no"]
    if payload["act"] == SEPARATE:
        if _joined(old_no, on) is None:
            raise JoinError("M04", f"宛名番号 {old_no} は名寄せされていません。")
        return
    if old_no == new_no:
        raise JoinError("M01", "同じ番号どうしは名寄せできません。")
    old, new = _latest(old_no), _latest(new_no)
    if old is None or new is None:
        raise JoinError("M02", "登録されていない宛名番号があります。番号を確かめてください。")
    if old.resident_state == new.resident_state == Person.RESIDENT:
        raise JoinError("M03", "二人とも現住の人です。二重の住民登録は住民記録の担当に確かめてください。")
    if old.resident_state == Person.RESIDENT:
        raise JoinError("M06", "現住の人の番号を旧番号にすることはできません。新旧を入れ替えてください。")
    if (
        _joined(old_no, on) is not None
        or NumberJoin.objects.filter(BELIEVED, joined_to=old_no, valid__contains=on).exists()
    ):
        raise JoinError("M07", f"宛名番号 {old_no} は既に名寄せに使われています。先に解消してください。")
    if _joined(new_no, on) is not None:
        raise JoinError("M08", f"宛名番号 {new_no} は旧番号です。今の番号に名寄せしてください。")


def _lines(by: Actor, on: date, entry: Entry) -> list[Line]:
    p = entry.payload
    old, new = _latest(p["old_no"]), _latest(p["new_no"])
    note = "資格・賦課・収納・給付の記録は書き換えません。照会は両方の番号の記録を合わせて見せます。"
    told = [
        Line("旧番号", str(p["old_no"]), str(p["new_no"]) if p["act"] == JOIN else "別の人として戻す", note),
    ]
    if old is not None and new is not None:
        told += [Line("氏名（旧番号・新番号）", old.name, new.name), Line("カナ", old.name_kana, new.name_kana)]
        told.append(Line("性別", Person.SEX[old.sex], Person.SEX[new.sex]))
        told.append(Line("生年月日", old.birth_date.isoformat(), new.birth_date.isoformat()))
    return told


def _apply(by: Actor, on: date, entry: Entry) -> None:
    p, origin = entry.payload, f"entry:{entry.pk}"
    if p["act"] == JOIN:
        NumberJoin.objects.create(
            atena_no=p["old_no"], joined_to=p["new_no"], reason=entry.reason, valid=DateRange(on, None), recorded_by=by.staff_no,
            origin=origin,
        )  # fmt: skip
    else:
        row = _joined(p["old_no"], on)
        assert row is not None
        if row.valid.lower < on:
            row.correct(recorded_by=by.staff_no, origin=origin, valid=DateRange(row.valid.lower, on))
        else:
            from django.db.models.functions import Now

            NumberJoin.objects.filter(pk=row.pk).update(superseded_at=Now())
    events.happened(by=by, atena_no=p["new_no"], kind=p["act"], on=on, origin=origin)


def join_answered(*, by: Actor, on: date, old_no: int, new_no: int, origin: str) -> int:
    """The system of 住登外者 answered the office's request with a number of its own: `old_no` is `new_no` from now on. Nobody enters
    this, so nobody confirms it; the request was confirmed by two. Returns 1, or 0 when it is so already. Raises `JoinError`.
    """
    by.require("exchange.receive")
    known = _joined(old_no, on)
    if known is not None and known.joined_to == new_no:
        return 0
    _check(by, on, {"act": JOIN, "old_no": old_no, "new_no": new_no}, [new_no, old_no])
    reason = "住登外管理システムが依頼に対して付けた番号"
    NumberJoin.objects.create(
        atena_no=old_no, joined_to=new_no, reason=reason, valid=DateRange(on, None), recorded_by=by.staff_no, origin=origin
    )
    audit.record(by, function="people.join_answered", operation="update", persons=[new_no, old_no], reason=reason)
    events.happened(by=by, atena_no=new_no, kind=JOIN, on=on, origin=origin)
    return 1


COUNT = "join-candidates"

# Two residents with the same kana and birth date are two people for the register, so they are no candidates.
_CANDIDATES = """
WITH latest AS MATERIALIZED (
    SELECT DISTINCT ON (atena_no) atena_no, search_kana, birth_date, sex, search_place, resident_state
      FROM people_person WHERE superseded_at IS NULL AND search_kana <> '' ORDER BY atena_no, lower(valid) DESC),
twins AS MATERIALIZED (
    SELECT search_kana, birth_date FROM latest GROUP BY search_kana, birth_date
    HAVING count(*) BETWEEN 2 AND 20 AND bool_or(resident_state <> '1'))
INSERT INTO people_joincandidate (older_no, newer_no, same_sex, same_place)
SELECT a.atena_no, b.atena_no, a.sex = b.sex, a.search_place = b.search_place
  FROM twins t JOIN latest a USING (search_kana, birth_date) JOIN latest b USING (search_kana, birth_date)
 WHERE a.atena_no <> b.atena_no AND a.resident_state <> '1'
   AND (b.resident_state = '1' OR a.atena_no < b.atena_no)
   AND NOT EXISTS (SELECT FROM people_numberjoin j WHERE j.superseded_at IS NULL AND j.valid @> %(on)s::date
                      AND j.atena_no IN (a.atena_no, b.atena_no))
"""


def count_candidates(*, by: Actor, on: date) -> BatchRun:
    """Look through the whole register for pairs of numbers that may be one person and write the list anew. Repeating it changes
    nothing."""
    by.require("person.change")
    with transaction.atomic(), writing.acting(by, "people.count_candidates"), connection.cursor() as cursor:
        run = runs.order(by=by, kind=COUNT, title="名寄せの候補", business_date=on, parameters={})
        runs.start(run)
        cursor.execute("SET LOCAL work_mem = '128MB'")
        JoinCandidate.objects.all().delete()
        cursor.execute(_CANDIDATES, {"on": on})
        runs.finish(run, {"found": cursor.rowcount})
        audit.record(by, function="people.count_candidates", operation="run", row_count=run.results["found"], detail={"run": run.pk})
    return run


def register_kinds() -> None:
    """Make the entry known."""
    entries.register(EntryKind(
        code=KIND, label="名寄せ", enter="person.change", confirm="person.confirm", items=frozenset({"act", "old_no", "new_no"}),
        check=_check, lines=_lines, apply=_apply,
    ))  # fmt: skip
