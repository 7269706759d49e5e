"""充当の順序: which part of which instalment a payment settles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from kokuho.law.errors import LawError

KINDS = ("principal", "demand_fee", "delinquency_charge")
# 国税徴収法129条: proceeds of a seizure.
DISTRIBUTION = ("disposition_cost", "principal", "demand_fee", "delinquency_charge")


class Debt(NamedTuple):
    """What is still unpaid of one instalment, in yen. The charge is the one fixed: 0 until the principal is paid."""

    id: int | str
    due_date: date
    principal: int
    demand_fee: int = 0
    delinquency_charge: int = 0
    disposition_cost: int = 0  # 滞納処分費


class Posting(NamedTuple):
    """A part of a payment: instalment, kind and yen."""

    id: int | str
    kind: str
    amount: int


def allocate(
    payment: int,
    debts: Sequence[Debt],
    order: Sequence[str] = KINDS,
    designated: Sequence[int | str] = (),
) -> tuple[list[Posting], int]:
    """(postings, yen left over as 過誤納): instalments designated by the payer first, then from the oldest due date.

    Within an instalment the ordinance's `order` of principal, demand fee and delinquency charge holds; for proceeds of
    a seizure pass `DISTRIBUTION`. `LawError` ``unknown_key`` for a designated instalment that is not owed.
    """
    if payment < 0:
        raise LawError("negative", "payment", "負の値は使えません。")
    by_id = {debt.id: debt for debt in debts}
    for index, person in enumerate(designated):
        if person not in by_id:
            raise LawError("unknown_key", f"designated[{index}]", "指定された期別は未納にありません。")
    rest = sorted((d for d in debts if d.id not in designated), key=lambda d: (d.due_date, str(d.id)))
    left, postings = payment, []
    for debt in [by_id[person] for person in designated] + rest:
        for kind in order:
            amount = min(left, getattr(debt, kind))
            if amount:
                postings.append(Posting(debt.id, kind, amount))
                left -= amount
    return postings, left
