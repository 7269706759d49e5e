"""取得・喪失の事由 as this desk uses them. The reasons themselves are the law's (`law.eligibility.reasons`)."""

from __future__ import annotations

from datetime import date

from kokuho.law.eligibility.ages import has_reached
from kokuho.law.eligibility.reasons import DateRule, ReasonKind, reason, reasons
from kokuho.law.errors import LawError

# nhi_lost_reason of the register's file → the law's reason.
FROM_REGISTER = {"01": "201", "02": "204", "03": "208", "04": "209", "05": "210", "06": "207", "07": "216"}

BY_AGE, BY_DISABILITY = "210", "211"


def from_register(code: str, birth_date: date, lost_on: date) -> str:
    """The law's reason of a loss in the register's file. The file tells one code for both ways into 後期高齢者医療: who goes over
    before 75 does so by 障害認定."""
    found = FROM_REGISTER[code]
    return BY_DISABILITY if found == BY_AGE and not has_reached(birth_date, 75, lost_on) else found


_LOSSES = [entry for entry in reasons().values() if entry.kind is ReasonKind.LOSS]
# Lost on the day of the event itself (国民健康保険法第8条第2項); every other loss is the day after the event.
SAME_DAY = frozenset(entry.code for entry in _LOSSES if entry.rule is DateRule.SAME_DAY)
# 法第6条第1号〜第8号: the month of the event, not of the loss, ends the levy (条例参考例の「該当することとなった日」).
COUNTED_BY_EVENT = frozenset(
    entry.code for entry in _LOSSES if entry.exclusion is not None and "EX01" <= entry.exclusion <= "EX08"
)
# 後期高齢者医療へ移る喪失（75歳到達・障害認定）
TO_ELDERLY = frozenset(entry.code for entry in _LOSSES if entry.rule is DateRule.ELDERLY)


def label(code: str) -> str:
    """The Japanese name of a reason; the code itself when it is not one."""

    try:
        return reason(code).label
    except LawError:
        return code


def kind(code: str) -> str:
    """acquisition, loss or household. Raises `LawError` for a code that does not exist."""
    return reason(code).kind.value
