"""被保険者情報等報告データ (SHI-23, IF-20-1): this month's state of households, persons and stays, and the difference from last
month's as the file for the claims eligibility master. It carries no My Number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from kokuho.core.access import Actor
from kokuho.core.clock import now
from kokuho.desks.eligibility.heads import RECOGNISED
from kokuho.exchange import outbox
from kokuho.exchange.federation.report import ReportError, insurer_number
from kokuho.exchange.models import InsuredSnapshot, OutboxFile
from kokuho.exchange.outbox import Outgoing

LAYOUT, SYSTEM = "kokuhoren-insured", "kokuhoren"
# Stays that ended longer ago cannot be claimed on any more (時効 and 診療報酬の請求期間); they drop out without a record.
_KEPT_YEARS = 5

_COLUMNS = (
    "symbol", "number", "branch", "name", "name_kana", "birth", "sex", "acquired_on", "lost_on", "applied_from", "applied_until",
    "atena_no", "household_no",
)  # fmt: skip

_TAKE = f"""
WITH stay AS (
    SELECT e.atena_no, e.acquired_on, e.lost_on, lower(e.valid) AS applied_from, upper(e.valid) AS applied_until,
           least(%(end)s::date, upper(e.valid) - 1) AS day,
           row_number() OVER (PARTITION BY e.atena_no ORDER BY lower(e.valid) DESC) AS n
      FROM eligibility_insuredperiod e
     WHERE e.superseded_at IS NULL AND NOT isempty(e.valid) AND lower(e.valid) <= %(end)s
       AND (upper_inf(e.valid) OR upper(e.valid) > %(oldest)s)),
person AS (
    SELECT s.*, p.household_no, p.name, p.name_kana, coalesce(nullif(p.birth_date_as_given, ''), p.birth_date::text) AS birth, p.sex,
           coalesce(b.symbol, '') AS symbol, coalesce(b.number, '') AS number, coalesce(b.branch, '') AS branch
      FROM stay s
      CROSS JOIN LATERAL (SELECT * FROM people_person p WHERE p.atena_no = s.atena_no AND p.superseded_at IS NULL
                           ORDER BY p.valid @> s.day DESC, lower(p.valid) DESC LIMIT 1) p
      LEFT JOIN LATERAL (SELECT * FROM eligibility_insuredbranch b WHERE b.atena_no = s.atena_no AND b.superseded_at IS NULL
                          ORDER BY b.valid @> s.day DESC, lower(b.valid) DESC LIMIT 1) b ON true),
house AS (
    SELECT DISTINCT ON (p.household_no) p.household_no, h.atena_no, h.name, h.name_kana, h.sex,
           coalesce(nullif(h.birth_date_as_given, ''), h.birth_date::text) AS birth, p.symbol, p.number
      FROM person p
      LEFT JOIN {RECOGNISED} r ON r.household_no = p.household_no AND r.valid @> p.day
      CROSS JOIN LATERAL (SELECT * FROM people_person h WHERE h.household_no = p.household_no AND h.superseded_at IS NULL
                             AND CASE WHEN r.atena_no IS NULL THEN h.is_head ELSE h.atena_no = r.atena_no END
                           ORDER BY h.valid @> p.day DESC, lower(h.valid) DESC LIMIT 1) h
     WHERE p.n = 1 AND p.number <> '' AND (p.applied_until IS NULL OR p.applied_until > %(end)s)
     ORDER BY p.household_no, p.applied_from DESC)
INSERT INTO exchange_insuredsnapshot (month, kind, subject, since, symbol, number, branch, name, name_kana, birth, sex, acquired_on,
                                      lost_on, applied_from, applied_until, atena_no, household_no)
SELECT %(month)s, '1', household_no, DATE '1900-01-01', symbol, number, '', name, name_kana, birth, sex, NULL::date, NULL::date,
       NULL::date, NULL::date, atena_no, household_no FROM house
UNION ALL
SELECT %(month)s, '2', atena_no, DATE '1900-01-01', symbol, number, branch, name, name_kana, birth, sex, NULL, NULL, NULL, NULL,
       atena_no, household_no FROM person WHERE n = 1 AND number <> ''
UNION ALL
SELECT %(month)s, '3', atena_no, applied_from, symbol, number, branch, name, name_kana, birth, sex, acquired_on, lost_on,
       applied_from, applied_until, atena_no, household_no FROM person WHERE number <> ''
"""

_DIFFERENCE = f"""
SELECT coalesce(n.kind, o.kind), CASE WHEN o.id IS NULL THEN '1' WHEN n.id IS NULL THEN '3' ELSE '2' END,
       {", ".join(f"CASE WHEN n.id IS NULL THEN o.{c} ELSE n.{c} END" for c in _COLUMNS)}
  FROM (SELECT * FROM exchange_insuredsnapshot WHERE month = %(month)s) n
  FULL JOIN (SELECT * FROM exchange_insuredsnapshot WHERE month = %(last)s) o USING (kind, subject, since)
 WHERE (n.id IS NULL AND (o.applied_until IS NULL OR o.applied_until > %(oldest)s)) OR o.id IS NULL
    OR ({", ".join(f"n.{c}" for c in _COLUMNS)}) IS DISTINCT FROM ({", ".join(f"o.{c}" for c in _COLUMNS)})
 ORDER BY 1, coalesce(n.subject, o.subject), coalesce(n.since, o.since)
"""


def _first(on: date) -> date:
    return on.replace(day=1)


def _oldest(month: date) -> date:
    return month.replace(year=month.year - _KEPT_YEARS)


def prepare(*, by: Actor, on: date) -> OutboxFile | None:
    """The report of the month of `on`: takes this month's snapshot (anew while its file is not sent) and writes the difference
    from last month's; None when nothing differs. The file waits for a second person.

    Raises `ReportError`: FED30 when this month's file is already on its way, FED31 when a month was left out (its snapshot would
    be missing for the difference; the months are reported in order).
    """
    by.require("exchange.prepare")
    insurer, month, moment = insurer_number(), _first(on), now()
    last = _first(month - timedelta(days=1))
    end = _first(month + timedelta(days=31)) - timedelta(days=1)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('monthly:kokuhoren'))")
        sent = OutboxFile.objects.filter(system=SYSTEM, layout=LAYOUT, counts__month=f"{month:%Y%m}", resend_of__isnull=True)
        if sent.exclude(state=OutboxFile.WITHDRAWN).exists():
            raise ReportError("FED30", f"{month:%Y年%m月}分の報告は既に作られています。作り直すときは取り下げてください。")
        months = list(InsuredSnapshot.objects.order_by("month").values_list("month", flat=True).distinct())
        if months and last not in months and months != [month]:
            raise ReportError("FED31", f"前月（{last:%Y年%m月}）の写しがありません。月の順に報告してください。")
        InsuredSnapshot.objects.filter(month=month).delete()
        InsuredSnapshot.objects.filter(month__lt=last).delete()
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, {"month": month, "end": min(end, on), "oldest": _oldest(month)})
            cursor.execute("SELECT kind, count(*) FROM exchange_insuredsnapshot WHERE month = %s GROUP BY kind", (month,))
            taken = dict(cursor.fetchall())
            cursor.execute(_DIFFERENCE, {"month": month, "last": last, "oldest": _oldest(month)})
            made = outbox.make(
                by=by, on=on, system=SYSTEM, layout=LAYOUT, rows=_rows(cursor, insurer, month), created_at=moment,
                scope=f"month:{month}",
            )  # fmt: skip
        if not made.records:
            return None
        counts: dict[str, Any] = {
            "month": f"{month:%Y%m}", "世帯": taken.get("1", 0), "個人": taken.get("2", 0), "得喪": taken.get("3", 0),
            **made.updates,
        }  # fmt: skip
        return outbox.enter(
            by=by, on=on, made=made, title=f"被保険者情報等報告 {month:%Y-%m}", known_at=moment, counts=counts
        )


def _rows(cursor: Any, insurer: str, month: date) -> Iterator[Outgoing]:
    def day(value: date | None) -> str | None:
        return value.isoformat() if value else None

    while rows := cursor.fetchmany(4_096):
        for kind, update, symbol, number, branch, name, kana, birth, sex, acquired, lost, start, end, atena, household in rows:
            values = [
                kind, insurer, symbol or None, number, branch or None, str(atena), name, kana or None, birth, sex, day(acquired),
                day(lost), None, day(start), day(end), update, f"{month:%Y-%m}",
            ]  # fmt: skip
            yield Outgoing(atena, values, household, update=update, role=kind)
