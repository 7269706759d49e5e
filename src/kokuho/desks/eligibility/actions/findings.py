"""他保険との突合 (SHI-20): what the pension office tells, compared with who is insured; and the end of each finding."""

from __future__ import annotations

from datetime import date

from django.db import connection, transaction

from kokuho.core import audit, writing
from kokuho.core.access import Actor
from kokuho.core.clock import now
from kokuho.core.coded import CodedError
from kokuho.desks.eligibility.models import OtherInsuranceFinding
from kokuho.desks.people.actions.register import Unapplied

# What a pension record is staged as: second = 2号 or 3号 on loss, or the kind of the record.
PENSION_COLUMNS = (
    ("record", "int"), ("atena_no", "bigint"), ("scheme", "text"), ("since", "date"), ("until", "date"),
)  # fmt: skip
SCHEMES = {"1": "第1号被保険者", "2": "第2号被保険者", "3": "第3号被保険者", "4": "任意加入被保険者"}


class FindingError(CodedError):
    """The finding cannot be closed as asked. `code` is stable."""


# What is found, for the household and person as they are on the day; the same is written once.
_FOUND = """
INSERT INTO eligibility_otherinsurancefinding
       (atena_no, household_no, kind, source, scheme, event_on, origin, found_on, state, result, decided_by, reason)
SELECT DISTINCT ON (f.atena_no, f.event_on) f.atena_no, p.household_no, f.kind, %(source)s, f.label, f.event_on,
       %(origin)s, %(on)s, 'open', '', '', ''
  FROM ({found}) f
  JOIN LATERAL (SELECT household_no, resident_state, birth_date FROM people_person p
                 WHERE p.atena_no = f.atena_no AND p.superseded_at IS NULL
                 ORDER BY p.valid @> %(on)s::date DESC, lower(p.valid) DESC LIMIT 1) p ON true
 WHERE {condition}
 ORDER BY f.atena_no, f.event_on, f.label
ON CONFLICT DO NOTHING
"""

_JOINED = """
SELECT s.atena_no, 'joined' AS kind, v.label, s.since AS event_on FROM {staged} s
  JOIN (VALUES {schemes}) v (code, label) ON v.code = s.scheme
 WHERE s.scheme IN ('2', '3')
   AND EXISTS (SELECT 1 FROM eligibility_insuredperiod e WHERE e.atena_no = s.atena_no
                  AND e.superseded_at IS NULL AND e.valid && daterange(s.since + 1, s.until)
                  AND e.valid @> s.since)
"""

_LEFT = """
SELECT s.atena_no, 'left' AS kind, v.label,
       CASE WHEN s.scheme IN ('2', '3') THEN s.until ELSE s.since END AS event_on
  FROM {staged} s JOIN (VALUES {schemes}) v (code, label) ON v.code = s.scheme
 WHERE (s.scheme = '1' AND s.until IS NULL) OR (s.scheme IN ('2', '3') AND s.until <= %(on)s)
"""

_UNINSURED = """
p.resident_state = '1' AND f.event_on <= %(on)s AND p.birth_date > %(on)s::date - interval '75 years'
AND NOT EXISTS (SELECT 1 FROM eligibility_insuredperiod e WHERE e.atena_no = f.atena_no
                   AND e.superseded_at IS NULL AND (upper_inf(e.valid) OR upper(e.valid) > f.event_on))
AND NOT EXISTS (SELECT 1 FROM eligibility_elderlyperiod e WHERE e.atena_no = f.atena_no
                   AND e.superseded_at IS NULL AND (upper_inf(e.valid) OR upper(e.valid) > f.event_on))
AND NOT EXISTS (SELECT 1 FROM {staged} t WHERE t.atena_no = f.atena_no AND t.scheme IN ('2', '3')
                   AND t.since >= f.event_on)
"""


def compare_pension(
    *, by: Actor, on: date, origin: str, source: str, staged: str = "staged"
) -> tuple[dict[str, int], list[Unapplied]]:
    """Compare staged pension records with the register and write down who seems to have joined or left another insurance.

    第2号・第3号 from a day on which the person is insured here: joined. 第1号, or a 第2号・第3号 that ended, of a resident under 75
    who is not insured here: left. The same finding is written once. Persons whom nobody knows are returned.
    """
    by.require("exchange.receive")
    parameters = {"on": on, "origin": origin, "source": source}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT record, atena_no FROM {staged} s WHERE NOT EXISTS "
            "(SELECT 1 FROM people_person p WHERE p.atena_no = s.atena_no AND p.superseded_at IS NULL) ORDER BY record"
        )
        problems = [
            Unapplied(record, atena_no, "N11", "宛名番号が台帳にありません。国民年金の担当に確かめてください。")
            for record, atena_no in cursor.fetchall()
        ]
        schemes = ", ".join(f"('{code}', '{label}')" for code, label in SCHEMES.items())
        names = {"staged": staged, "schemes": schemes}
        cursor.execute(_FOUND.format(found=_JOINED.format(**names), condition="true"), parameters)
        joined = cursor.rowcount
        cursor.execute(_FOUND.format(found=_LEFT.format(**names), condition=_UNINSURED.format(**names)), parameters)
        left = cursor.rowcount
    audit.record(
        by, function="eligibility.findings", operation="update", row_count=joined + left, detail={"origin": origin}
    )
    return {"joined": joined, "left": left}, problems


def close_finding(*, by: Actor, on: date, finding_id: int, result: str, reason: str) -> OtherInsuranceFinding:
    """End a finding with what came of it (`OtherInsuranceFinding.RESULTS`).

    Raises `FindingError`: FND01 when it is closed already, FND02 for an unknown result, FND03 without a reason.
    """
    by.require("eligibility.change")
    if result not in dict(OtherInsuranceFinding.RESULTS):
        raise FindingError("FND02", "結果を選んでください。")
    if not reason.strip():
        raise FindingError("FND03", "確かめたこと（届出日、相手の保険者、聞いた人など）を入力してください。")
    with transaction.atomic(), writing.acting(by, "eligibility.close_finding", reason):
        finding = OtherInsuranceFinding.objects.select_for_update().get(pk=finding_id)
        if finding.state != OtherInsuranceFinding.OPEN:
            raise FindingError("FND01", "この突合は既に完了しています。")
        finding.state, finding.result, finding.reason = OtherInsuranceFinding.CLOSED, result, reason.strip()
        finding.decided_by, finding.decided_at = by.staff_no, now()
        finding.save(update_fields=["state", "result", "reason", "decided_by", "decided_at"])
        audit.record(
            by, function="eligibility.close_finding", operation="update", persons=[finding.atena_no], reason=reason,
            detail={"finding": finding.pk, "result": result, "on": on.isoformat()},
        )  # fmt: skip
    return finding
