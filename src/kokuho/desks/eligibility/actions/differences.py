"""Running the nightly checks, and what staff say about a difference."""

from __future__ import annotations

from datetime import date

from django.db import connection, transaction

from kokuho.core import audit, runs, writing
from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.core.models import BatchRun
from kokuho.desks.eligibility.actions.former_insured import settle_former_insured
from kokuho.desks.eligibility.models import Difference
from kokuho.desks.eligibility.validations import VALIDATIONS, Validation, parameters

KIND = "eligibility-checks"


class DifferenceError(CodedError):
    """The difference cannot be taken or ended as asked. `code` is stable."""


def validate(*, by: Actor, on: date, progress: runs.Progress | None = None) -> BatchRun:
    """Run every check of the desk over the whole city and compare with what was known: new, still there, gone.

    Before that, 特定同一世帯所属者 whose household has changed are ended. Each check is a transaction of its own; running it
    twice on a day changes nothing. A run of the same person and day that was cut off is taken up.
    """
    by.require("eligibility.batch")
    cut_off = runs.unfinished(KIND, business_date=on, ordered_by=by.staff_no).first()
    run = cut_off or runs.order(by=by, kind=KIND, title="資格の点検", business_date=on, parameters={})
    runs.start(run)
    results = {"found": 0, "fresh": 0, "gone": 0}
    try:
        results["former_insured_ended"] = settle_former_insured(by=by, on=on, origin=f"batch:{run.pk}")
        for place, check in enumerate(VALIDATIONS, start=1):
            for name, count in _one(check, on).items():
                results[name] += count
            if progress:
                progress(place, len(VALIDATIONS))
    except Exception as error:
        runs.fail(run, str(error))
        raise
    runs.finish(run, results)
    audit.record(
        by, function="eligibility.validate", operation="run", row_count=results["found"], detail={"run": run.pk}
    )
    return run


def _one(check: Validation, on: date) -> dict[str, int]:
    values = {**parameters(on), "code": check.code}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE found (key text PRIMARY KEY, atena_no bigint, household_no bigint, detail text) ON COMMIT DROP")
        cursor.execute(
            "INSERT INTO found SELECT key, atena_no, household_no, left(coalesce(detail, ''), 300) "
            f"FROM ({check.statement}) f (key, atena_no, household_no, detail) ON CONFLICT DO NOTHING",
            values,
        )
        found = cursor.rowcount
        cursor.execute("ANALYZE found")
        cursor.execute(
            """
            UPDATE eligibility_difference d SET seen_on = %(on)s, detail = f.detail, household_no = f.household_no
              FROM found f WHERE d.check_code = %(code)s AND d.key = f.key AND d.state <> 'solved'
               AND (d.seen_on, d.detail, d.household_no) IS DISTINCT FROM (%(on)s::date, f.detail::varchar, f.household_no)
            """,
            values,
        )
        cursor.execute(
            """
            INSERT INTO eligibility_difference (check_code, key, atena_no, household_no, detail, found_on, seen_on, state, worker,
                                                result, note)
            SELECT %(code)s, f.key, f.atena_no, f.household_no, f.detail, %(on)s, %(on)s, 'new', '', '', ''
              FROM found f
             WHERE NOT EXISTS (SELECT 1 FROM eligibility_difference d
                                WHERE d.check_code = %(code)s AND d.key = f.key AND d.state <> 'solved')
            """,
            values,
        )
        fresh = cursor.rowcount
        cursor.execute(
            """
            UPDATE eligibility_difference d
               SET state = 'solved', ended_on = %(on)s, result = CASE WHEN d.result = '' THEN 'gone' ELSE d.result END
             WHERE d.check_code = %(code)s AND d.state <> 'solved'
               AND NOT EXISTS (SELECT 1 FROM found f WHERE f.key = d.key)
            """,
            values,
        )
        gone = cursor.rowcount
        cursor.execute("DROP TABLE found")
    return {"found": found, "fresh": fresh, "gone": gone}


def take(*, by: Actor, on: date, difference_id: int, note: str = "") -> Difference:
    """Say that one works on a difference. Raises `DifferenceError` D01 when it has ended."""
    by.require("eligibility.change")
    with transaction.atomic(), writing.acting(by, "eligibility.take_difference", note):
        row = _open(difference_id)
        row.state, row.worker, row.note = Difference.KNOWN, by.staff_no, note.strip() or row.note
        row.save(update_fields=["state", "worker", "note"])
        audit.record(
            by, function="eligibility.take_difference", operation="update", persons=[row.atena_no] if row.atena_no else [],
            detail={"difference": row.pk},
        )  # fmt: skip
    return row


def end(*, by: Actor, on: date, difference_id: int, result: str, note: str) -> Difference:
    """End a difference with a result code. ``right`` accepts it as it is, so that it does not come again while it lasts; with
    every other result the next night's check tells whether it is gone.

    Raises `DifferenceError`: D01 ended already, D02 an unknown result, D03 without what was found out.
    """
    by.require("eligibility.change")
    if result not in dict(Difference.RESULTS) or result == Difference.GONE:
        raise DifferenceError("D02", "結果を選んでください。")
    if not note.strip():
        raise DifferenceError("D03", "調べたことを入力してください。")
    with transaction.atomic(), writing.acting(by, "eligibility.end_difference", note):
        row = _open(difference_id)
        row.state = Difference.ACCEPTED if result == "right" else Difference.SOLVED
        row.result, row.note, row.worker = result, note.strip(), by.staff_no
        row.ended_on = on
        row.save(update_fields=["state", "result", "note", "worker", "ended_on"])
        audit.record(
            by, function="eligibility.end_difference", operation="update", persons=[row.atena_no] if row.atena_no else [],
            reason=note, detail={"difference": row.pk, "result": result},
        )  # fmt: skip
    return row


def _open(difference_id: int) -> Difference:
    row = Difference.objects.select_for_update().get(pk=difference_id)
    if row.state not in (Difference.NEW, Difference.KNOWN):
        raise DifferenceError("D01", "この差異は既に終わっています。")
    return row
