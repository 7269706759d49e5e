"""What the municipality decides about eligibility, from `Municipality.settings` (`symbol`, `eligibility`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kokuho.core.models import Municipality

LOCAL, FEDERATION = "local", "federation"


@dataclass(frozen=True, slots=True)
class OfficeSettings:
    """Settings of the desk. `law` overrides `EligibilitySettings` of `law.eligibility`.

    `branch_numbering`: who gives the 枝番, this system or 医療保険者等向け中間サーバー等 (SHI-10). `renumber_on_head_change`,
    `renumber_on_merge`: a new 記号番号 after 世帯主変更 and 世帯合併 (SHI-09). `future_days`: how far ahead of the business date
    an event may lie. `age_letters`: kinds of age event about which a letter goes out (SHI-18).
    """

    symbol: str = "国"
    branch_numbering: str = LOCAL
    renumber_on_head_change: bool = False
    renumber_on_merge: bool = False
    age_letters: tuple[str, ...] = ("elderly", "senior", "care_first_from", "care_second_from")
    future_days: int = 62  # to the end of the next month from any day
    law: Mapping[str, Any] = field(default_factory=dict)
    ex_officio: Mapping[str, Any] = field(default_factory=dict)


def office_settings() -> OfficeSettings:
    """The settings in force. Raises ValueError for a name that is none, so that a typing error is not silently ignored."""
    raw = Municipality.objects.values_list("settings", flat=True).first() or {}
    given = dict(raw.get("eligibility") or {})
    if "symbol" in raw:
        given["symbol"] = raw["symbol"]
    known = set(OfficeSettings.__slots__)
    if strange := set(given) - known:
        raise ValueError(f"資格の設定に知らない名前があります: {', '.join(sorted(strange))}")
    if given.get("branch_numbering", LOCAL) not in (LOCAL, FEDERATION):
        raise ValueError(f"枝番の付番元は {LOCAL} か {FEDERATION} です: {given['branch_numbering']}")
    return OfficeSettings(**given)
