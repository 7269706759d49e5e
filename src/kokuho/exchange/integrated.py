"""団体内統合宛名システムから (IF-08-2): the numbers by which the municipality's systems know one person, as answers to IF-08-1."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection

from kokuho.core.access import Actor
from kokuho.desks.people.actions.integrated import IntegratedLine, take_integrated
from kokuho.exchange import outbox
from kokuho.exchange.doors import Applied, Door, Trouble, data_batches
from kokuho.exchange.models import InboxFile, OutboxFile
from kokuho.exchange.registration_staging import SYSTEM

LAYOUT = "atena-number"

# Whom the newest file handed over names, unless it took them back.
_ASKED = """
SELECT atena_no FROM (
    SELECT DISTINCT ON (r.atena_no) r.atena_no, r.update FROM exchange_outboxrecord r JOIN exchange_outboxfile f ON f.id = r.file_id
     WHERE f.system = 'togoatena' AND f.state IN ('handed', 'answered') AND r.atena_no = ANY(%s)
     ORDER BY r.atena_no, f.id DESC) a
 WHERE update <> '3'
"""

# Somebody of a file that was handed over who has no number yet.
UNANSWERED = """
SELECT {what} FROM exchange_outboxrecord r JOIN exchange_outboxfile f ON f.id = r.file_id
 WHERE f.system = 'togoatena' AND f.state = 'handed' AND r.update <> '3'
   AND NOT EXISTS (SELECT FROM people_integratednumber n WHERE n.atena_no = r.atena_no AND n.superseded_at IS NULL AND upper_inf(n.valid))
"""


def _day(value: Any) -> date:
    return date.fromisoformat(str(value))


def _stage(decoder: Any, file: InboxFile) -> list[IntegratedLine]:
    lines = []
    for batch in data_batches(decoder):
        place = {name: index for index, name in enumerate(batch.names)}
        for row, record in zip(batch.rows, batch.numbers, strict=True):
            said = {name: row[index] for name, index in place.items()}
            ended = _day(said["abolished_on"]) if said["abolished_on"] else None
            lines.append(
                IntegratedLine(record, int(said["atena_number"]), said["integrated_number"], _day(said["numbered_on"]), ended)
            )
    return lines


def _apply(by: Actor, file: InboxFile, staged: list[IntegratedLine]) -> Applied:
    told = [line.atena_no for line in staged]
    with connection.cursor() as cursor:
        cursor.execute(_ASKED, (told,))
        asked = {row[0] for row in cursor.fetchall()}
    counts, problems = take_integrated(by=by, on=file.business_date, lines=staged, asked=asked, origin=f"file:{file.pk}")
    if by.may("exchange.send"):
        _answered(by, file, told)
    return Applied(len(staged) - len(problems) - counts["doubted"], counts, [Trouble(*problem) for problem in problems])


def _answered(by: Actor, file: InboxFile, told: Sequence[int]) -> None:
    """A file of ours about whose every person the number is known now has had its answer."""
    waiting = OutboxFile.objects.filter(system=SYSTEM, state=OutboxFile.HANDED, records__atena_no__in=told).distinct()
    with connection.cursor() as cursor:
        for sent in waiting.order_by("pk"):
            cursor.execute(UNANSWERED.format(what="count(*)") + " AND r.file_id = %s", (sent.pk,))
            if cursor.fetchone()[0] == 0:
                outbox.answer(by=by, file_id=sent.pk, receipt=f"受信ファイル {file.pk}", accepted=sent.record_count, rejected=0)


DOOR = Door(SYSTEM, "団体内統合宛名システム", (LAYOUT,), _stage, _apply)
