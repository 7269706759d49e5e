"""一斉更新 (AKASHI-05): the plan with everybody and every reason to leave somebody out, its approval, and the issue of exactly it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any

from django.db import connection, transaction

from kokuho.core import audit, bulk, era, runs
from kokuho.core.access import Actor
from kokuho.core.actions.run_approvals import RunApprovals, hash_in_results
from kokuho.core.models import Approval, BatchRun
from kokuho.desks.eligibility import holders, papers
from kokuho.desks.eligibility.actions.certificates import family, printed
from kokuho.desks.eligibility.due import wanted
from kokuho.desks.eligibility.holders import Holder
from kokuho.desks.eligibility.models import Certificate, CertificateHolding, RenewalLine
from kokuho.desks.eligibility.papers import CertificateError
from kokuho.desks.people import destinations
from kokuho.law.eligibility.certificates import confirmation_validity, notice_validity

KIND, APPROVAL = "renewal", "renewal"
_LINE = ("run_id", "seq", "atena_no", "household_no", "kind", "outcome", "why", "area", "postal_code", "valid_until", "limited_by")


APPROVALS = RunApprovals(KIND, APPROVAL, "renewal-run", hash_in_results)


def order(*, by: Actor, on: date, renew_on: date) -> BatchRun:
    """Order the plan of a renewal from a day. Raises `CertificateError` CRT61 for a day in the past or over four months ahead, CRT62 while
    another plan of the day is open."""
    by.require("certificate.renew")
    if not 0 <= (renew_on - on).days <= 122:
        raise CertificateError("CRT61", "更新日は今日から4か月以内の日を入力してください。")
    for other in BatchRun.objects.filter(kind=KIND, parameters__renew_on=renew_on.isoformat()).exclude(state=BatchRun.CANCELLED):
        raise CertificateError("CRT62", f"{other.title}（{other.pk}）があります。やり直すときは、取り下げてから作ります。")
    title = f"証の一斉更新 {era.long(renew_on)}から"
    run = runs.order(by=by, kind=KIND, title=title, business_date=on, parameters={"renew_on": renew_on.isoformat()})
    audit.record(by, function="certificate.renewal.order", operation="run", detail={"run": run.pk})
    return run


def plan(*, by: Actor, run_id: int) -> BatchRun:
    """Make the plan: one transaction, all or nothing. Called again it makes the same; a finished plan is returned."""
    by.require("certificate.renew")
    run = BatchRun.objects.get(pk=run_id, kind=KIND)
    if run.state == BatchRun.DONE:
        return run
    runs.start(run)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            holders.prepare_for_all(cursor)
            RenewalLine.objects.filter(run=run).delete()
            rows = sorted(_lines(run), key=lambda row: (row[8], row[3], row[2], row[4]))
            numbered = [(row[0], seq, *row[2:]) for seq, row in enumerate(rows, start=1)]
            bulk.copy_rows(RenewalLine._meta.db_table, _LINE, numbered, cursor)
            results = {**_results(numbered), "hash": _content(run)}
            audit.record(by, function="certificate.renewal.plan", operation="run", row_count=len(numbered), detail={"run": run.pk})
            runs.finish(run, results)
    except Exception as error:
        runs.fail(run, str(error))
        raise
    return run


def _results(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    """Counts in all, by reason, by kind, by office."""
    issued = [row for row in rows if row[5] == RenewalLine.ISSUE]
    areas: dict[str, dict[str, int]] = {}
    for row in rows:
        areas.setdefault(row[7], {"issue": 0, "excluded": 0})[row[5]] += 1
    return {
        "renewed": len(issued), "excluded": len(rows) - len(issued),
        "why": dict(Counter(row[6] for row in rows if row[6])), "kinds": dict(Counter(row[4] for row in issued)),
        "areas": dict(sorted(areas.items(), key=lambda item: -item[1]["issue"])),
    }  # fmt: skip


def _content(run: BatchRun) -> str:
    """The hash that an approval is bound to, of the plan as it stands now."""
    return bulk.content_hash(RenewalLine._meta.db_table, _LINE[1:], run.pk)


def _sets(on: date) -> dict[str, set[int]]:
    """宛名番号 of those whose mail is stopped, who are protected, who have a destination; whose letter came back."""
    found: dict[str, set[int]] = {}
    sets = destinations.sets(destinations.ELIGIBILITY)
    with connection.cursor() as cursor:
        for name in ("stopped", "guarded", "redirect"):
            cursor.execute(f"WITH {sets} SELECT atena_no FROM {name}", {"on": on})
            found[name] = {row[0] for row in cursor.fetchall()}
    returned = CertificateHolding.objects.filter(state=CertificateHolding.RETURNED).values_list("atena_no", flat=True)
    found["returned"] = set(returned)
    return found


def _lines(run: BatchRun) -> Iterator[tuple[Any, ...]]:
    """Everybody insured on the renewal day, each with the papers that they should have then."""
    day = date.fromisoformat(run.parameters["renew_on"])
    settings, law = papers.settings(), papers.law_settings(day)
    sets = _sets(day)
    resident = _residents(day)

    @lru_cache(maxsize=200_000)
    def until(birth: date, stay: date | None, ratio: bool) -> tuple[date | None, str]:
        validity = confirmation_validity(birth, day, law, stay_expires=stay, shows_ratio=ratio)
        return validity.until, validity.limited_by

    with connection.chunked_cursor() as cursor:
        cursor.execute(holders.statement(), holders.parameters(day))
        while rows := cursor.fetchmany(5000):
            for holder in map(Holder._make, rows):
                for kind in wanted(holder, settings):
                    if kind.startswith("notice") or kind == "senior_card":
                        validity = notice_validity(holder.birth_date, day)
                        last, why_until = validity.until, validity.limited_by
                    else:
                        shows = settings.ratio_on_confirmation and kind == "confirmation"
                        last, why_until = until(holder.birth_date, holder.residence_until, shows)
                    why = _why(holder, kind, sets, holder.atena_no in resident, last)
                    outcome = RenewalLine.EXCLUDED if why else RenewalLine.ISSUE
                    yield (
                        run.pk, 0, holder.atena_no, holder.household_no, kind, outcome, why, *_place(holder), last, why_until,
                    )  # fmt: skip


def _place(holder: Holder) -> tuple[str, str]:
    """(区・地区, postal code) as lists show them: nothing of a household with a protected person (DV-03)."""
    return ("支援措置", "") if holder.protected else (holder.area[:40], holder.postal_code)


def _residents(on: date) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT atena_no FROM people_person WHERE superseded_at IS NULL AND valid @> %s AND resident_state = '1'", [on]
        )
        return {row[0] for row in cursor.fetchall()}


def _why(holder: Holder, kind: str, sets: dict[str, set[int]], resident: bool, last: date | None) -> str:
    """Why nothing is issued to this person by the run; "" when it is."""
    if kind in ("notice", "notice_special") and last is None:
        return "notice"
    if not holder.number:
        return "no_number"
    if holder.senior and not holder.ratio and not kind.endswith("_special"):
        return "ratio"
    if not resident:
        return "whereabouts"
    if holder.atena_no in sets["returned"]:
        return "returned"
    if holder.atena_no in sets["guarded"] and holder.atena_no not in sets["redirect"]:
        return "protected"
    if holder.atena_no in sets["stopped"] or (holder.head_no in sets["stopped"] and holder.atena_no not in sets["redirect"]):
        return "mail_stop"
    return ""


def propose(*, by: Actor, run_id: int) -> Approval:
    """Put the plan with its totals before a second person. Raises `CertificateError` CRT63 before it is made."""
    by.require("certificate.renew")
    run = BatchRun.objects.get(pk=run_id, kind=KIND)
    if run.state != BatchRun.DONE:
        raise CertificateError("CRT63", "対象の抽出が終わっていません。")
    return APPROVALS.propose(by=by, run=run, summary={key: run.results[key] for key in ("renewed", "excluded")})


def decide(*, by: Actor, approval: Approval, approve: bool, reason: str = "") -> Approval:
    """The second person's word on the plan. A returned plan is cancelled; another one may be made."""
    by.require("certificate.approve")
    return APPROVALS.decide(by=by, approval=approval, approve=approve, reason=reason)[1]


def cancel(*, by: Actor, run_id: int, reason: str) -> None:
    """Take a plan back that is not approved, or is no longer what was approved. Raises `CertificateError` CRT65."""
    by.require("certificate.renew")
    run = BatchRun.objects.get(pk=run_id, kind=KIND)
    if "issued" in run.results or APPROVALS.covers(run, _content(run)):
        raise CertificateError("CRT65", "承認された一斉更新は取り下げられません。")
    APPROVALS.withdraw(by=by, run=run, reason=reason, function="certificate.renewal.cancel")


_CERTIFICATE = (
    "id", "kind", "atena_no", "household_no", "symbol", "number", "branch", "issued_on", "reason", "method", "office", "valid_from",
    "valid_until", "name", "kana", "real_name", "real_kana", "sex_on_back", "undisclosed", "printed", "run_id",
    "recorded_by",
)  # fmt: skip


def issue(*, by: Actor, run_id: int) -> int:
    """Issue an approved plan: one transaction, all or nothing. Returns how many; repeating it does nothing.

    Raises `CertificateError` CRT64 without approval, CRT67 when the plan is not the one that was approved.
    """
    by.require("certificate.renew")
    run = BatchRun.objects.get(pk=run_id, kind=KIND)
    if "issued" in run.results:
        return int(run.results["issued"])
    if not APPROVALS.approved(run):
        raise CertificateError("CRT64", "この一斉更新は承認されていません。")
    day = date.fromisoformat(run.parameters["renew_on"])
    with transaction.atomic(), connection.cursor() as cursor:
        run = BatchRun.objects.select_for_update().get(pk=run_id)
        if "issued" in run.results:
            return int(run.results["issued"])
        if not APPROVALS.covers(run, _content(run)):
            raise CertificateError(
                "CRT67", "承認の後に対象が変わっているため、交付しません。書込みの記録で誰が変えたかを調べ、取り下げて作り直してください。"
            )
        holders.prepare_for_all(cursor)
        cursor.execute(holders.statement(), holders.parameters(day))
        known = {row[0]: Holder._make(row) for row in cursor.fetchall()}
        lines = list(
            RenewalLine.objects.filter(run=run, outcome=RenewalLine.ISSUE).order_by("seq")
            .values_list("atena_no", "kind", "valid_until", "limited_by")
        )  # fmt: skip
        # Whoever has left the insurance or the number since the plan gets nothing; the next count finds what is due.
        lines = [line for line in lines if line[0] in known and known[line[0]].number]
        cursor.execute("SELECT nextval(pg_get_serial_sequence('eligibility_certificate', 'id')) FROM generate_series(1, %s)", [len(lines)])
        numbers = [row[0] for row in cursor.fetchall()]
        rows = [
            _row(number, known[atena], kind, last, why, day, by, run)
            for number, (atena, kind, last, why) in zip(numbers, lines, strict=True)
        ]
        bulk.copy_rows(Certificate._meta.db_table, _CERTIFICATE, rows, cursor)
        _hand_over(cursor, run, day, sorted({line[1] for line in lines}))
        run.add(issued=len(rows))
        run.save(update_fields=["results"])
        audit.record(
            by, function="certificate.renewal.issue", operation="update", row_count=len(rows), detail={"run": run.pk}
        )
    return len(rows)


def _row(
    number: int, holder: Holder, kind: str, last: date | None, why: str, day: date, by: Actor, run: BatchRun
) -> tuple[Any, ...]:  # fmt: skip
    said = json.dumps(printed(holder, kind, day, limited_by=why), ensure_ascii=False)
    return (
        number, kind, holder.atena_no, holder.household_no, holder.symbol, holder.number, holder.branch, day, "renewal", "mail",
        by.unit, None if kind.startswith("confirmation") or not holder.senior else day, last, holder.name, holder.kana,
        holder.real_name, holder.real_kana, "f", "t" if holder.protected else "f", said, run.pk,
        by.staff_no,
    )  # fmt: skip


def _hand_over(cursor: Any, run: BatchRun, day: date, kinds: list[str]) -> None:
    """The old papers that would still hold on the day are to be handed in, or lapse; then the new ones are held."""
    collect = [code for code, paper in papers.types().items() if paper.collect]
    for kind in kinds:
        cursor.execute(
            """
            UPDATE eligibility_certificateholding h
               SET state = CASE WHEN h.kind = ANY(%(collect)s) AND h.state = 'held' THEN 'due_back' ELSE 'ended' END,
                   cause = 'replaced', cause_on = %(day)s, changed_on = %(day)s
              FROM eligibility_certificate c
             WHERE c.run_id = %(run)s AND c.kind = %(kind)s AND h.atena_no = c.atena_no AND h.kind = ANY(%(family)s)
               AND h.state IN ('held', 'returned') AND (h.valid_until IS NULL OR h.valid_until >= %(day)s)
            """,
            {"run": run.pk, "kind": kind, "family": list(family(kind)), "day": day, "collect": collect},
        )
    cursor.execute(
        """
        INSERT INTO eligibility_certificateholding (certificate_id, atena_no, kind, state, valid_until, cause, changed_on)
        SELECT id, atena_no, kind, 'held', valid_until, '', %(day)s FROM eligibility_certificate WHERE run_id = %(run)s
        """,
        {"run": run.pk, "day": day},
    )
