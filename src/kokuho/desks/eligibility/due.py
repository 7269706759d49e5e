"""Who should have which certificate and does not (AKASHI-02, -03, LAW-05): the law's answer held against what is held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from kokuho.desks.eligibility.holders import Holder
from kokuho.desks.eligibility.papers import OfficeSettings
from kokuho.law.eligibility.certificates import certificates_for

# On the paper, so that another of it makes a new paper (施行規則7条の3第3項): the head's name only on 資格確認書.
WITH_HEAD = ("confirmation", "confirmation_special", "senior_card")


class Held(NamedTuple):
    """A certificate that a person holds, as far as it may be out of date."""

    certificate_id: int
    atena_no: int
    kind: str
    name: str
    symbol: str
    number: str
    branch: str
    valid_until: date | None
    ratio: str
    head: str
    income_class: str
    cap: int | None
    disease: str


class Approved(NamedTuple):
    """A 認定 in force: 限度額 (`kind` of its certificate, `income_class`) or 特定疾病 (`disease`, `cap`)."""

    atena_no: int
    kind: str
    income_class: str
    valid_until: date | None
    disease: int | None = None
    disease_name: str = ""
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A certificate to issue. `review`: the 認定 behind it no longer fits and is decided anew first."""

    atena_no: int
    household_no: int
    kind: str
    reason: str
    review: bool = False
    disease: int | None = None
    held_id: int | None = None


def can_use_electronic(holder: Holder, settings: OfficeSettings) -> bool:
    """Whether the person is taken to be able to use 電子資格確認: マイナ保険証, and no 要配慮者."""
    if holder.registered is None:
        return settings.unknown_card == "notice" and not holder.needs_support
    return holder.registered and not holder.needs_support


@lru_cache(maxsize=256)
def _papers(
    electronic: bool, issue: bool, applied: bool, special: bool, senior: bool, ratio_on: bool
) -> tuple[str, ...]:
    kinds = certificates_for(
        can_use_electronic=electronic, issue_without_application=issue, applied=applied, special_benefit=special, senior=senior,
        ratio_on_confirmation=ratio_on,
    )  # fmt: skip
    return tuple(kind.value for kind in kinds)


def wanted(holder: Holder, settings: OfficeSettings) -> tuple[str, ...]:
    """The kinds that the person should have, by the law and the municipality's settings."""
    return _papers(
        can_use_electronic(holder, settings), settings.issue_without_application, holder.applied or holder.needs_support,
        holder.special, holder.senior, settings.ratio_on_confirmation,
    )  # fmt: skip


def due_of(
    holder: Holder, held: Sequence[Held], approved: Sequence[Approved], settings: OfficeSettings, on: date
) -> Iterator[Due]:
    """What is to be issued to one person. Where the ratio is not judged yet, nothing that would show it is due."""
    family = [paper for paper in held if paper.kind in _FAMILY]
    for kind in wanted(holder, settings):
        if holder.senior and not holder.ratio and not kind.endswith("_special"):
            continue
        same = next((paper for paper in held if paper.kind == kind), None)
        other = family[0] if family and kind in _FAMILY else None
        reason = _reason(holder, kind, same, other, settings, on)
        if reason:
            old = same or other
            yield Due(holder.atena_no, holder.household_no, kind, reason, held_id=old.certificate_id if old else None)
    for approval in approved:
        yield from _of_approval(holder, approval, held)


_FAMILY = frozenset({"confirmation", "confirmation_special", "notice", "notice_special"})


def _reason(
    holder: Holder, kind: str, same: Held | None, other: Held | None, settings: OfficeSettings, on: date
) -> str | None:
    if same is None:
        if other is not None:
            return "kind"
        if kind == "confirmation" and holder.applied:
            return "application"
        return "new"
    if same.valid_until is not None and same.valid_until < on + timedelta(days=settings.expiry_days):
        return "expiry"
    if (same.symbol, same.number, same.branch) != (holder.symbol, holder.number, holder.branch):
        return "number"
    shows_ratio = kind in ("notice", "senior_card") or (kind == "confirmation" and settings.ratio_on_confirmation)
    if shows_ratio and same.ratio != holder.ratio:
        return "ratio"
    if same.name != holder.name or (kind in WITH_HEAD and same.head != holder.head_name):
        return "items"
    return None


def _of_approval(holder: Holder, approval: Approved, held: Sequence[Held]) -> Iterator[Due]:
    if approval.disease is None:
        now = holder.over_70 if holder.senior else holder.under_70
        paper = next((paper for paper in held if paper.kind == approval.kind), None)
        same = (
            paper is not None
            and paper.income_class == approval.income_class
            and paper.valid_until == approval.valid_until
        )
    else:
        # Only the dialysis limit depends on the class (施行令29条の3第9項).
        now = approval.income_class if approval.disease != 1 or holder.senior else holder.under_70
        paper = next(
            (paper for paper in held if paper.kind == approval.kind and paper.disease == approval.disease_name), None
        )
        same = paper is not None and paper.cap == approval.cap and paper.valid_until == approval.valid_until
    held_id = paper.certificate_id if paper else None
    moved = (
        bool(now) and now != approval.income_class and (not approval.disease or _cap_moves(now, approval.income_class))
    )
    if moved or not same:
        reason = "class" if moved or paper else "application"
        yield Due(holder.atena_no, holder.household_no, approval.kind, reason, moved, approval.disease, held_id)


def _cap_moves(now: str, before: str) -> bool:
    return (now in ("ア", "イ")) != (before in ("ア", "イ"))


def by_person(rows: Sequence[Held] | Sequence[Approved]) -> Mapping[int, list]:  # type: ignore[type-arg]
    """Rows by 宛名番号."""
    found: dict[int, list] = {}  # type: ignore[type-arg]
    for row in rows:
        found.setdefault(row.atena_no, []).append(row)
    return found
