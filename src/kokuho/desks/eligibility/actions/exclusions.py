"""適用除外 (国民健康保険法第6条) of a person who lives here: recorded, ended and reviewed with a second person's word (SHI-12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from kokuho.core import audit, entries, era
from kokuho.core.access import Actor
from kokuho.core.actions.entries import submit
from kokuho.core.coded import CodedError
from kokuho.core.models import Entry
from kokuho.desks.eligibility.actions.engine import lock
from kokuho.desks.eligibility.models import BELIEVED, Exclusion, InsuredPeriod
from kokuho.desks.people.models import Person
from kokuho.law.eligibility.reasons import exclusions

KIND = "eligibility.exclusion"


class ExclusionError(CodedError):
    """The exclusion cannot be recorded as asked; nothing was changed."""


def labels(on: date) -> dict[str, str]:
    """The 適用除外 of the law in force on a day, by code."""
    return {row.code: f"{row.label}（{row.article}）" for row in exclusions(on)}


def propose_exclusion(
    *, by: Actor, on: date, atena_no: int, code: str, since: date, until: date | None, confirmed_by: str, review_on: date | None,
    exclusion_id: int | None = None, reason: str = "",
) -> Entry:  # fmt: skip
    """Enter an exclusion, or with `exclusion_id` the change of one (its end included), for another person to confirm.

    `until` is the first day on which it no longer holds. Raises `ExclusionError` (E06 for nobody of 宛名, and what the check refuses)
    and `EntryError`.
    """
    by.require("eligibility.change")
    lived = Person.objects.filter(BELIEVED, atena_no=atena_no).order_by("-valid").first()
    if lived is None:
        raise ExclusionError("E06", f"宛名番号 {atena_no} の人は宛名にいません。")
    payload = {
        "code": code, "since": since.isoformat(), "until": until.isoformat() if until else "", "confirmed_by": confirmed_by.strip(),
        "review_on": review_on.isoformat() if review_on else "", "exclusion": exclusion_id,
    }  # fmt: skip
    return submit(
        by=by, on=on, kind=KIND, title="適用除外の変更" if exclusion_id else "適用除外の登録",
        payload={name: value for name, value in payload.items() if value}, persons=[atena_no],
        household_no=lived.household_no, reason=reason,
    )  # fmt: skip


def _check(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    since, until = _days(payload)
    if payload.get("code") not in labels(since):
        raise ExclusionError("E31", "適用除外の種類を選んでください。")
    if until is not None and until <= since:
        raise ExclusionError("E05", "該当しなくなった日は、該当した日より後の日付です。")
    if not payload.get("confirmed_by"):
        raise ExclusionError("E13", "何で確かめたか（通知・証明書・照会結果）を入力してください。")
    span = DateRange(since, until)
    insured = InsuredPeriod.objects.filter(BELIEVED, atena_no=persons[0], valid__overlap=span).first()
    if insured is not None:
        raise ExclusionError(
            "E32", f"{era.short(insured.valid.lower)}からの国保の資格と重なります。先に資格喪失の届出を入力してください。"
        )
    others = Exclusion.objects.filter(BELIEVED, atena_no=persons[0], valid__overlap=span)
    held = payload.get("exclusion")
    if held and not Exclusion.objects.filter(BELIEVED, pk=held, atena_no=persons[0]).exists():
        raise ExclusionError("E09", "変更する登録は既に変わっています。最新の登録を開いてください。")
    if others.exclude(pk=held or 0).exists():
        raise ExclusionError("E33", "同じ期間に別の適用除外が登録されています。先にそれを終わらせてください。")


def _days(payload: Mapping[str, Any]) -> tuple[date, date | None]:
    until = payload.get("until")
    return date.fromisoformat(payload["since"]), date.fromisoformat(until) if until else None


def _words(code: str, since: date, until: date | None) -> str:
    end = f"{era.short(until - timedelta(days=1))}まで" if until else "続いている"
    return f"{labels(since).get(code, code)}　{era.short(since)}から　{end}"


def _lines(by: Actor, on: date, entry: Entry) -> Sequence[entries.Line]:
    payload = entry.payload
    held = Exclusion.objects.filter(pk=payload.get("exclusion") or 0).first()
    before = _words(held.code, held.valid.lower, held.valid.upper) if held else ""
    return [
        entries.Line("適用除外", before, _words(payload["code"], *_days(payload)), "この間は取得の届出を受け付けず、賦課・給付をしません"),
        entries.Line("確かめた資料", held.confirmed_by if held else "", payload["confirmed_by"]),
    ]


def _apply(by: Actor, on: date, entry: Entry) -> None:
    payload, atena_no = entry.payload, entry.persons[0]
    lock([atena_no])
    review = payload.get("review_on")
    values = {
        "code": payload["code"], "confirmed_by": payload["confirmed_by"], "valid": DateRange(*_days(payload)),
        "review_on": date.fromisoformat(review) if review else None,
    }  # fmt: skip
    origin = f"entry:{entry.pk}"
    held = Exclusion.objects.filter(BELIEVED, pk=payload.get("exclusion") or 0).first()
    if held is not None:
        held.correct(recorded_by=by.staff_no, origin=origin, **values)
    else:
        Exclusion.objects.create(atena_no=atena_no, recorded_by=by.staff_no, origin=origin, **values)
    audit.record(by, function=KIND, operation="update", persons=[atena_no], detail={"entry": entry.pk})


def register_entries() -> None:
    """Make the entry known (called when the desk starts)."""
    entries.register(
        entries.EntryKind(
            code=KIND, label="適用除外", enter="eligibility.change", confirm="eligibility.confirm", check=_check, lines=_lines,
            items=frozenset({"code", "since", "until", "confirmed_by", "review_on", "exclusion"}), apply=_apply,
        )
    )  # fmt: skip
