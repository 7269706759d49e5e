"""That the reports of rights were looked through, with what was found (RIGHTS-06)."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from kokuho.core import audit, clock
from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.core.models import RightsReview
from kokuho.core.queries.accounts import leftover_accounts, rights_changes


class ReviewError(CodedError):
    """The review is incomplete. `code` is stable."""


@transaction.atomic
def review(*, by: Actor, on: date, period_from: date, period_until: date, findings: str, follow_up: str = "") -> RightsReview:
    """Record a re-check; the numbers of changes and leftovers are counted here, not typed. Leftovers need a follow-up.

    Raises `ReviewError`: RIGHTS-06-PERIOD, RIGHTS-06-FINDINGS without a result, RIGHTS-06-FOLLOW-UP.
    """
    by.require("rights.review")
    # Changes carry the day on which they were recorded, which is later than a business date that is fixed for training.
    if period_until < period_from or period_until > max(on, clock.now().astimezone(clock.JAPAN).date()):
        raise ReviewError("RIGHTS-06-PERIOD", "対象期間が正しくありません。")
    if not findings.strip():
        raise ReviewError("RIGHTS-06-FINDINGS", "点検の結果を入力してください。異常がなければその旨を書きます。")
    changes, leftovers = len(rights_changes(by, since=period_from, until=period_until)), len(leftover_accounts(by, on=on))
    if leftovers and not follow_up.strip():
        raise ReviewError("RIGHTS-06-FOLLOW-UP", f"残っているIDが{leftovers}件あります。措置を入力してください。")
    made = RightsReview.objects.create(
        period_from=period_from, period_until=period_until, reviewed_on=on, reviewed_by=by.staff_no, changes=changes,
        leftovers=leftovers, findings=findings.strip(), follow_up=follow_up.strip(),
    )  # fmt: skip
    audit.record(by, function="rights.review", operation="update", row_count=1, detail={"review": made.pk})
    return made
