"""利用停止 as the rest of the house asks for it: whose data of an item may not be used, taken out or provided (OPS-06)."""

from __future__ import annotations

from collections.abc import Collection

from kokuho.core.access import item_of
from kokuho.core.models import UseSuspension

# How an output says that it left somebody out.
WORDS = "利用停止"


def standing(atena_nos: Collection[int], capability: str) -> set[int]:
    """Of these persons: those whose data behind a capability (its 情報項目) stands under 利用停止."""
    if not atena_nos:
        return set()
    found = UseSuspension.objects.filter(atena_no__in=atena_nos, item=item_of(capability), lifted_on__isnull=True)
    return set(found.values_list("atena_no", flat=True))


def suspended(items: Collection[str]) -> set[int]:
    """Everybody of whom one of these 情報項目 stands under 利用停止: for what goes through the whole city."""
    return set(UseSuspension.objects.filter(item__in=items, lifted_on__isnull=True).values_list("atena_no", flat=True))
