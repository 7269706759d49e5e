"""資格の特例: the kinds of status, each with its items, its rule and its entries."""

from kokuho.desks.eligibility.statuses import levied, standing
from kokuho.desks.eligibility.statuses.base import Computed, Item, StatusError, StatusKind, Subject

KINDS: dict[str, StatusKind] = {kind.code: kind for kind in (*levied.KINDS, *standing.KINDS)}

__all__ = ["KINDS", "Computed", "Item", "StatusError", "StatusKind", "Subject"]
