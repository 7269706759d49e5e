"""What オンライン資格確認 knows and the federation passes on: registrations of the My Number card (LAW-05), 資格重複 (SHI-20).

Neither changes anybody's eligibility: registrations become facts beside it, duplicates become findings to work on.
"""

from __future__ import annotations

from kokuho.core.access import Actor
from kokuho.desks.eligibility.actions.card_use import take_registrations
from kokuho.desks.eligibility.actions.overlaps import take_overlaps
from kokuho.exchange.doors import Applied, Trouble
from kokuho.exchange.models import InboxFile


def apply_registrations(by: Actor, file: InboxFile) -> Applied:
    """マイナ保険証の利用登録状況一覧 (IF-19-14)."""
    counts, problems = take_registrations(by=by, on=file.business_date, origin=f"file:{file.pk}")
    troubles = [Trouble(u.record, u.atena_no, u.code, u.message) for u in problems]
    return Applied(file.record_count - len(troubles), counts, troubles)


def apply_overlaps(by: Actor, file: InboxFile) -> Applied:
    """資格重複リスト (IF-19-15)."""
    counts, problems = take_overlaps(by=by, on=file.business_date, origin=f"file:{file.pk}")
    troubles = [Trouble(u.record, u.atena_no, u.code, u.message) for u in problems]
    return Applied(file.record_count - len(troubles), counts, troubles)
