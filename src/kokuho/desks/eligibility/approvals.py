"""What of eligibility is approved as a whole by a second person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.urls import reverse

from kokuho.core import approving
from kokuho.core.access import Actor
from kokuho.core.models import Approval
from kokuho.core.screens import sheet
from kokuho.desks.eligibility.actions import ages, renewal
from kokuho.desks.eligibility.models import AgeEventRow


def _number(approval: Approval) -> int:
    return int(approval.subject.partition(":")[2])


def _about_ages(by: Actor, on: date, approval: Approval) -> Sequence[Any]:
    pairs = [(label, approval.summary.get(str(kind), 0)) for kind, label in AgeEventRow.KINDS.items()]
    return [
        sheet.facts(
            "年齢到達の対象（人）", *pairs,
            note="承認すると、75歳到達の人の資格喪失・後期の資格・特定同一世帯所属者を一括で記録できます。",
        )
    ]  # fmt: skip


AGES = approving.ApprovalKind(
    ages.APPROVAL, "年齢到達の一括処理", "eligibility.approve",
    lambda by, on, approval, approve, reason: ages.decide(by=by, approval=approval, approve=approve, reason=reason),
    _about_ages,
    lambda approval: reverse("eligibility:age_run", args=[_number(approval)]),
)  # fmt: skip


def _about_renewal(by: Actor, on: date, approval: Approval) -> Sequence[Any]:
    figures = (("交付する証・お知らせ", approval.summary.get("renewed", 0)), ("除外", approval.summary.get("excluded", 0)))
    return [sheet.facts("一斉更新の件数", *figures, note="理由ごとの除外と区・地区ごとの件数は、対象の画面で確かめます。")]


RENEWAL = approving.ApprovalKind(
    renewal.APPROVAL, "証の一斉更新", "certificate.approve",
    lambda by, on, approval, approve, reason: renewal.decide(by=by, approval=approval, approve=approve, reason=reason),
    _about_renewal,
    lambda approval: reverse("eligibility:renewal", args=[_number(approval)]),
)  # fmt: skip
