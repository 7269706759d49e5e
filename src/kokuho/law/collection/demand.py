"""督促: by when it is sent, what it costs, and from when a seizure may follow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from kokuho.law.parameters import table
from kokuho.law.periods import ONE_DAY


class Demand(NamedTuple):
    """A demand sent on a day. Dates inclusive; `fee` in yen."""

    send_by: date
    answer_by: date
    seizure_from: date
    fee: int


def send_by(due_date: date, setting: Mapping[str, Any]) -> date:
    """Last day on which the demand is sent: so many days after the due date (税: 地方税法726条, 20 days)."""
    return due_date + timedelta(days=setting["days"])


def demand(due_date: date, sent: date, fiscal_year: int, setting: Mapping[str, Any]) -> Demand:
    """The dates and the fee of a demand. `setting` is the ordinance's ``demand``.

    `seizure_from` is the day after the tenth day has passed since sending, the day of sending counted (地方税法728条:
    「発した日から起算して十日を経過した日までに完納しないとき」).
    """
    days = table("collection").at("seizure_after_demand", sent).value
    return Demand(
        send_by(due_date, setting),
        sent + timedelta(days=setting["answer_days"]),
        sent + timedelta(days=days) + ONE_DAY,
        _fee(sent, fiscal_year, setting),
    )


def _fee(sent: date, fiscal_year: int, setting: Mapping[str, Any]) -> int:
    """督促手数料 in yen, until its abolition by day of sending or by fiscal year."""
    fee: int = setting["fee"]
    abolished = setting["fee_abolished_from"]
    if abolished is None:
        return fee
    if setting["fee_key"] == "fiscal_year":
        return 0 if fiscal_year >= int(abolished) else fee
    return 0 if sent >= date.fromisoformat(abolished) else fee
