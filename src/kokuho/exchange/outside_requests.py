"""住登外者の登録・変更依頼 to the city's system of persons outside the register (IF-10-2, ATENA-02): who was registered or changed here.

Differences only, against what was last sent and what that system itself told (IF-10-1). It carries no My Number. The answer comes back
with the number that the system gives and the number that was asked with; `desks.people` then joins the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from kokuho.core.access import Actor
from kokuho.core.clock import JAPAN, now
from kokuho.exchange import issues, outbox, registry
from kokuho.exchange.issues import Held
from kokuho.exchange.models import OutboxFile
from kokuho.exchange.outbox import Outgoing

SYSTEM = LAYOUT = "jutogai"

# A row that the system itself told needs no request; `entry:N` leads to why somebody was registered here.
_DIFFERENCES = """
WITH last AS (
    SELECT DISTINCT ON (r.atena_no) r.atena_no, r.digest, r.update
      FROM exchange_outboxrecord r JOIN exchange_outboxfile f ON f.id = r.file_id
     WHERE f.system = 'jutogai' AND f.layout = 'jutogai' AND f.state <> 'withdrawn' AND f.resend_of_id IS NULL
     ORDER BY r.atena_no, f.id DESC),
joined AS (SELECT atena_no, joined_to FROM people_numberjoin WHERE superseded_at IS NULL AND valid @> %(on)s::date),
now_outside AS (
    SELECT p.*, EXISTS (SELECT FROM exchange_inboxfile i WHERE i.neighbour = 'jutogai' AND p.origin = 'file:' || i.id) AS told,
           EXISTS (SELECT FROM people_person q JOIN exchange_inboxfile i ON i.neighbour = 'jutogai' AND q.origin = 'file:' || i.id
                    WHERE q.atena_no = p.atena_no) AS theirs,
           concat_ws('　', p.town || p.block, nullif(p.building, '')) AS place
      FROM people_person p
     WHERE p.superseded_at IS NULL AND p.resident_kind = '3' AND p.valid @> %(on)s::date
       AND NOT EXISTS (SELECT FROM joined j WHERE j.atena_no = p.atena_no)),
wanted AS (
    SELECT n.atena_no, n.household_no, CASE WHEN NOT n.theirs AND (l.atena_no IS NULL OR l.update = '3') THEN '1' ELSE '2' END AS update,
           n.name, n.name_kana,
           coalesce(nullif(n.birth_date_as_given, ''), n.birth_date::text) AS birth, n.sex, n.postal_code, n.place, lower(n.valid) AS since,
           coalesce(e.payload->>'why', '') AS why, l.digest AS former,
           sha256(convert_to(concat_ws(chr(31), n.name, n.name_kana, n.birth_date, n.birth_date_as_given, n.sex, 'A', n.postal_code,
                  n.place, lower(n.valid)), 'UTF8')) AS digest
      FROM now_outside n
      LEFT JOIN last l ON l.atena_no = n.atena_no
      LEFT JOIN core_entry e ON n.origin = 'entry:' || e.id
     WHERE NOT n.told)
SELECT atena_no, household_no, update, name, name_kana, birth, sex, postal_code, place, since, why, digest FROM wanted
 WHERE update = '1' OR former IS DISTINCT FROM digest
UNION ALL
SELECT l.atena_no, p.household_no, '3', p.name, '', coalesce(nullif(p.birth_date_as_given, ''), p.birth_date::text), p.sex, '', '',
       %(on)s, '', sha256('\\x33'::bytea)
  FROM last l
  CROSS JOIN LATERAL (SELECT * FROM people_person p WHERE p.atena_no = l.atena_no
                       ORDER BY p.superseded_at IS NULL DESC, lower(p.valid) DESC, p.id DESC LIMIT 1) p
 WHERE l.update <> '3' AND NOT EXISTS (SELECT FROM now_outside n WHERE n.atena_no = l.atena_no)
   AND NOT EXISTS (SELECT FROM joined j JOIN now_outside n ON n.atena_no = j.joined_to WHERE j.atena_no = l.atena_no)
 ORDER BY 1
"""

# 登録事由 of the layout, by why somebody was registered (`people.actions.outside.WHY`).
_REASONS = {"1": "01", "2": "01", "3": "04", "4": "01", "5": "01", "6": "03"}

_HOLDS = (
    ("J01", "性別が男・女のどちらでもありません。本人の届出か住基ネットで確かめて、住登外者の登録を改めてください。"),
    ("J02", "氏名か住所が住登外管理の桁数を超えています。登録する表記を住登外管理の担当と決めてください。"),
)  # fmt: skip

# Somebody of a request that was handed over about whom no answer has come.
UNANSWERED = """
SELECT {what} FROM exchange_outboxrecord r JOIN exchange_outboxfile f ON f.id = r.file_id
 WHERE f.system = 'jutogai' AND f.state = 'handed' AND r.update <> '3'
   AND NOT EXISTS (SELECT FROM people_numberjoin j WHERE j.atena_no = r.atena_no AND j.superseded_at IS NULL)
   AND NOT EXISTS (SELECT FROM people_person p JOIN exchange_inboxfile i ON p.origin = 'file:' || i.id AND i.neighbour = 'jutogai'
                    WHERE p.atena_no = r.atena_no AND p.recorded_at >= f.handed_at)
"""


def prepare(*, by: Actor, on: date) -> OutboxFile | None:
    """The file of who was registered or changed here since the last one; None when nobody was. It waits for a second person.

    Raises `RegistryError` LINK-01, LINK-02 when the registry does not permit it.
    """
    by.require("exchange.prepare")
    registry.rule_for(by, system=SYSTEM, layout=LAYOUT, on=on)
    moment = now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('outside:jutogai'))")
            cursor.execute(_DIFFERENCES, {"on": on})
            found = cursor.fetchall()
        held: list[Held] = [
            (row[0], row[1], code, dict(_HOLDS)[code]) for row in found if (code := _problem(row)) and row[2] != "3"
        ]
        issues.note(system=SYSTEM, run=None, on=on, held=held)
        sent = [row for row in found if not _problem(row)]
        if not sent:
            return None
        made = outbox.make(
            by=by, on=on, system=SYSTEM, layout=LAYOUT, rows=(_outgoing(row, moment) for row in sent), created_at=moment,
            exempt=("processed_at",), scope=moment.isoformat(),
        )  # fmt: skip
        if not made.records:
            return None
        return outbox.enter(
            by=by, on=on, made=made, title=f"住登外者の登録・変更依頼 {on:%Y-%m-%d}", known_at=moment,
            counts=made.updates,
        )  # fmt: skip


def permitted(on: date) -> bool:
    """Whether the registry lets requests go out on a day: what is done every night asks this first."""
    return registry.permits(SYSTEM, LAYOUT, on)


def _problem(row: Sequence[Any]) -> str:
    _, _, _, name, kana, _, sex, _, place, *_ = row
    if sex not in ("1", "2"):
        return "J01"
    return "J02" if len(name) > 100 or len(kana) > 120 or len(place) > 200 else ""


def _outgoing(row: Sequence[Any], moment: datetime) -> Outgoing:
    atena, household, update, name, kana, birth, sex, postal, place, since, why, digest = row
    values = [
        update, str(atena), name, kana or None, birth, sex, postal or None, place or None, _REASONS.get(why, "09"), since.isoformat(), None,
        moment.astimezone(JAPAN).strftime("%Y-%m-%dT%H:%M:%S"),
    ]  # fmt: skip
    return Outgoing(atena, values, household, digest=bytes(digest), update=update)


def asked(numbers: Iterable[int]) -> set[int]:
    """Those of these numbers about whom the newest request that was handed over asks for a registration or change."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT atena_no FROM (
                SELECT DISTINCT ON (r.atena_no) r.atena_no, r.update
                  FROM exchange_outboxrecord r JOIN exchange_outboxfile f ON f.id = r.file_id
                 WHERE f.system = 'jutogai' AND f.state IN ('handed', 'answered') AND r.atena_no = ANY(%s)
                 ORDER BY r.atena_no, f.id DESC) a
             WHERE update <> '3'
            """,
            (list(numbers),),
        )
        return {row[0] for row in cursor.fetchall()}


def answered(by: Actor, numbers: Sequence[int], *, receipt: str) -> None:
    """A request about whose every person an answer has come is closed."""
    waiting = OutboxFile.objects.filter(system=SYSTEM, state=OutboxFile.HANDED, records__atena_no__in=numbers).distinct()
    with connection.cursor() as cursor:
        for sent in waiting.order_by("pk"):
            cursor.execute(UNANSWERED.format(what="count(*)") + " AND r.file_id = %s", (sent.pk,))
            if cursor.fetchone()[0] == 0:
                outbox.answer(by=by, file_id=sent.pk, receipt=receipt, accepted=sent.record_count, rejected=0)
