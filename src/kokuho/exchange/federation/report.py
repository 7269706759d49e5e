"""資格情報（世帯）・（個人）: the report to 国保情報集約システム (IF-19-1, IF-19-2, SHI-24, RENKEI-09).

Only differences from what was last reported go out, always as whole households, due within a few days of the change
(the number of days is a setting, `federation_due_days`). The My Numbers are opened for these files only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q

from kokuho.core import audit, runs, vault
from kokuho.core.access import Actor
from kokuho.core.clock import JAPAN, midnight, now
from kokuho.core.coded import CodedError
from kokuho.core.models import BatchRun, Municipality
from kokuho.desks.eligibility.holders import ratio_of
from kokuho.desks.eligibility.models import EligibilityChange
from kokuho.desks.people.labels import label
from kokuho.exchange import issues, outbox, registry
from kokuho.exchange.federation import staging
from kokuho.exchange.federation.staging import HOUSEHOLD, PERSON, SYSTEM
from kokuho.exchange.models import OutboxFile, ReleaseRule
from kokuho.exchange.outbox import Outgoing
from kokuho.formats import layout as find_layout
from kokuho.formats.checkdigits import insurer_number_ok
from kokuho.law.benefit.classes import OVER_70, UNDER_70
from kokuho.law.eligibility.ages import birthday, senior_from

KIND = "federation-report"
DUE_DAYS = 5
_PURPOSE = "国保情報集約システムへの資格情報の報告"
_LOCK = 0x53485559

Progress = Callable[[str, int, int], None]


class ReportError(CodedError):
    """The report cannot be made; what was made before it stays. `code` is stable."""


def insurer_number() -> str:
    """This insurer's 保険者番号. Raises `ReportError` FED10 when it is not set or its check digit is wrong."""
    settings = Municipality.objects.values_list("settings", flat=True).first() or {}
    number = str(settings.get("insurer_number", ""))
    if not insurer_number_ok(number):
        raise ReportError("FED10", "保険者番号が設定されていないか、検査数字が合いません。団体の設定を確かめてください。")
    return number


def due_days() -> int:
    """Days within which a change must have been reported (setting `federation_due_days`)."""
    settings = Municipality.objects.values_list("settings", flat=True).first() or {}
    return int(settings.get("federation_due_days", DUE_DAYS))


def order(*, by: Actor, on: date) -> BatchRun:
    """Order a report of the differences as of now. Asked again while one is unfinished, it returns that run."""
    by.require("exchange.prepare")
    by.require("mynumber.report")
    insurer_number()
    if (waiting := runs.unfinished(KIND).first()) is not None:
        return waiting
    run = runs.order(by=by, kind=KIND, title="資格情報（集約システム）", business_date=on, parameters={})
    audit.record(by, function="federation.order", operation="run", detail={"run": run.pk})
    return run


def execute(run_id: int, *, by: Actor, progress: Progress | None = None) -> BatchRun:
    """Make the files of an ordered report. Each part, a pair of files, commits by itself: after a kill the run is called
    again, finds what is left to report, and comes to the same files.

    Raises `ReportError` (FED11 another report is at work, FED12 a household is not whole,
    FED13 the registry says nothing of the 不開示 flag), `RegistryError`, `OutboxError`.
    """
    by.require("exchange.prepare")
    by.require("mynumber.report")
    run = BatchRun.objects.get(pk=run_id, kind=KIND)
    if run.state == BatchRun.DONE:
        return run
    assert not connection.in_atomic_block, "numbers are opened outside any transaction"
    busy = ReportError("FED11", "集約システムへの報告が別のところで動いています。終わってから実行してください。")
    with runs.alone(run, _LOCK, busy) as cursor:
        try:
            return _execute(cursor, run, by, progress or (lambda text, done, total: None))
        finally:
            staging.clear(cursor)


def _execute(cursor: Any, run: BatchRun, by: Actor, progress: Progress) -> BatchRun:
    on = run.business_date
    known_at = now()
    _flagged(by, on)
    with transaction.atomic():
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        parts, held = staging.stage(cursor, on=on)
    issues.note(system=SYSTEM, run=run, on=on, held=held)
    progress(run.title, 0, parts)
    # After a kill the parts that committed are found in the books; what is staged now is the rest.
    for part in range(1, parts + 1):
        _make_part(cursor, run, by, part, known_at)
        progress(run.title, part, parts)
    runs.finish(run, {**_figures(run), "held": len(held), "known_at": known_at.isoformat()})
    return run


def _flagged(by: Actor, on: date) -> None:
    """The registry says in so many words how protected persons are flagged; otherwise nothing leaves (DV-06)."""
    rule = registry.rule_for(by, system=SYSTEM, layout=PERSON, on=on)
    if rule.protected != ReleaseRule.FLAG or rule.mark_item != "undisclosed":
        text = "提供の登録簿に、支援措置対象者を不開示の項目で示す定めがありません。登録簿を改めてから作成してください。"
        raise ReportError("FED13", text)


def _make_part(cursor: Any, run: BatchRun, by: Actor, part: int, known_at: datetime) -> None:
    on = run.business_date
    if absent := staging.missing(cursor, part, on):
        places = "、".join(f"世帯{household}・宛名{atena}" for household, atena in absent[:5])
        raise ReportError("FED12", f"世帯の全員がそろっていません（{len(absent)}人: {places}）。もう一度実行してください。")
    common = {"by": by, "on": on, "system": SYSTEM, "created_at": run.ordered_at, "exempt": ("processed_at",),
              "scope": f"run:{run.pk}"}  # fmt: skip
    persons = outbox.make(layout=PERSON, rows=_persons(cursor, run, by, part), **common)
    houses = outbox.make(layout=HOUSEHOLD, rows=_households(cursor, run, part), **common)
    with transaction.atomic():
        for made, title in ((houses, "資格情報（世帯）"), (persons, "資格情報（個人）")):
            outbox.enter(
                by=by, on=on, made=made, title=f"{title} {on:%Y-%m-%d}", known_at=known_at, run=run,
                counts=made.updates,
            )  # fmt: skip


def _stamp(run: BatchRun) -> str:
    return run.ordered_at.astimezone(JAPAN).strftime("%Y-%m-%dT%H:%M:%S")


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _persons(cursor: Any, run: BatchRun, by: Actor, part: int) -> Iterator[Outgoing]:
    insurer, stamp = insurer_number(), _stamp(run)
    names = [field.name for field in find_layout(PERSON).records["data"].fields]
    for rows in staging.persons(cursor, part, vault.DELIVERY):
        numbers = vault.deliver(by, [row[0] for row in rows], purpose=_PURPOSE, file=f"run:{run.pk}/{part}")
        for row in rows:
            one = dict(zip(staging.PERSON_COLUMNS, row, strict=True))
            update = one["gone"] or ("1" if one["first"] else "2")
            values = {
                "insurer_number": insurer, "symbol": one["symbol"], "number": one["number"], "insured_class": one["class"],
                "branch": one["branch"] if one["class"] == "1" else None, "atena_number": str(one["atena_no"]),
                "member_id": one["member_id"], "my_number": numbers.get(one["atena_no"]), "name": one["name"],
                "name_kana": one["name_kana"] or None, "alias_name": one["alias_name"] or None, "birth_date": one["birth"],
                "sex": one["sex"], "relation": label("relation", one["relation"])[:20], "acquired_on": _day(one["acquired_on"]),
                "acquired_reason": one["acquired_reason"], "lost_on": _day(one["lost_on"]),
                "lost_reason": one["lost_reason"] or None, "applied_from": _day(one["applied_from"]),
                "applied_until": _day(one["applied_until"]), "exception": one["exception"], "undisclosed": one["undisclosed"],
                "update": update, "processed_at": stamp, **_papers(one, run.business_date),
            }  # fmt: skip
            yield Outgoing(
                one["atena_no"], [values.get(name) for name in names], one["household_no"], digest=bytes(one["digest"]), update=update,
                role=one["class"],
            )


_CLASSES = {name: name for name in UNDER_70} | {name: str(place) for place, name in enumerate(OVER_70, 1)}


def _papers(one: Mapping[str, Any], on: date) -> dict[str, str | None]:
    """What the certificates and 認定 of a person say (AKASHI-07): share from 70, 限度区分, 特定疾病, which paper is held, since when a
    認定証 is to be handed in. Last days are included."""
    said: dict[str, str | None] = {
        "special_disease": str(one["disease"]) if one["disease"] else None, "card": staging.CARDS.get(one["card"]),
        "card_collected_on": _day(one["card_back"]),
    }  # fmt: skip
    if one["share_active"] is not None:
        born = one["birth_date"]
        last = birthday(born, 75) - timedelta(days=1)
        said |= {
            "elderly_share": ratio_of(born, one["share_active"], True, on),
            "elderly_from": _day(max(senior_from(born), one["share_from"], one["applied_from"])),
            "elderly_until": _day(min(last, _last(one["share_until"]) or last)),
        }
    if (limit := _CLASSES.get(one["limit_class"] or "")) is not None:
        said |= {
            "limit_class": limit,
            "limit_from": _day(one["limit_from"]),
            "limit_until": _day(_last(one["limit_until"])),
        }
    return said


def _last(upper: date | None) -> date | None:
    return upper - timedelta(days=1) if upper else None


def _households(cursor: Any, run: BatchRun, part: int) -> Iterator[Outgoing]:
    insurer, stamp, code = insurer_number(), _stamp(run), Municipality.objects.get().code
    for row in staging.households(cursor, part):
        (number, head, name, kana, postal, place, building, symbol, insured, fictitious, _, first, digest, members, reason,
         changed, notified) = row  # fmt: skip
        update = "1" if first else "2"
        address = " ".join(text for text in (place, building) if text)
        values = [
            insurer, code, str(number), symbol, insured, str(head), name, kana or None, postal or None, address or None, fictitious,
            reason or "305", _day(changed or run.business_date), _day(notified), update, stamp,
        ]  # fmt: skip
        yield Outgoing(head, values, number, concerned=tuple(members or ()), digest=bytes(digest), update=update)


def _figures(run: BatchRun) -> dict[str, Any]:
    files = list(OutboxFile.objects.filter(run=run).exclude(state=OutboxFile.WITHDRAWN).order_by("pk"))
    return {
        "persons": sum(f.record_count for f in files if f.layout == PERSON),
        "households_reported": sum(f.record_count for f in files if f.layout == HOUSEHOLD),
        "files": len(files),
        "file_list": [
            {"file": f.file_name, "sha256": f.sha256, "bytes": f.size, "documents": f.record_count} for f in files
        ],
    }


def unfinished() -> list[int]:
    """Reports that were ordered and are not done, oldest first."""
    return list(runs.unfinished(KIND).values_list("pk", flat=True))


def reported_until() -> datetime | None:
    """The moment whose facts have been handed over to the federation; None before the first report."""
    done = OutboxFile.objects.filter(
        system=SYSTEM, layout=PERSON, state__in=(OutboxFile.HANDED, OutboxFile.ANSWERED), resend_of__isnull=True
    )
    return done.order_by("-known_at").values_list("known_at", flat=True).first()


def unreported(on: date, *, until: datetime | None, days: int) -> tuple[int, int]:
    """(changes of eligibility since `until`, which no handed-over report covers yet, those of them older than `days`)."""
    changes = EligibilityChange.objects.all() if until is None else EligibilityChange.objects.filter(recorded_at__gt=until)
    late = Q(recorded_at__lt=midnight(on - timedelta(days=days)))
    counted = changes.aggregate(changes=Count("pk"), late=Count("pk", filter=late))
    return counted["changes"], counted["late"]
