"""What of assessment is approved as a whole by a second person, besides the levy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.urls import reverse

from kokuho.core import approving
from kokuho.core.access import Actor
from kokuho.core.models import Approval
from kokuho.core.screens import sheet
from kokuho.desks.assessment.actions import burden

FIGURES = (
    ("households", "対象の世帯"), ("seniors", "70歳以上のいる世帯"), ("active", "3割の世帯"), ("application", "申請で2割の見込み"),
    ("changed", "前回から割合の変わる世帯"), ("undeclared", "未申告のいる世帯"), ("unknown", "課税所得不明（反映しない）"),
)  # fmt: skip


def _about(by: Actor, on: date, approval: Approval) -> Sequence[Any]:
    pairs = [(label, approval.summary.get(key, 0)) for key, label in FIGURES]
    return [sheet.facts("判定の結果（世帯）", *pairs, note="承認して反映すると、証・お知らせの「交付するもの」に割合の変わる人が出ます。")]


BURDEN = approving.ApprovalKind(
    burden.APPROVAL, "負担割合・所得区分の判定", "burden.approve",
    lambda by, on, approval, approve, reason: burden.decide(by=by, approval=approval, approve=approve, reason=reason),
    _about,
    lambda approval: reverse("assessment:burden_run", args=[int(approval.subject.partition(":")[2])]),
)  # fmt: skip
