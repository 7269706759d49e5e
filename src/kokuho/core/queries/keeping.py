"""Reads of retention: the plan in force and those before it, holds, erasure orders and what remains of them."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import QueryDict

from kokuho.core.access import Actor
from kokuho.core.models import ErasureOrder, ErasureRecord, RetentionHold, RetentionPlan
from kokuho.core.reads import seen
from kokuho.core.retention import orders
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing


def plans(by: Actor) -> tuple[RetentionPlan | None, Sequence[RetentionPlan]]:
    """The plan in force, and all versions, newest first. Needs `keep.read`."""
    by.require("keep.read")
    seen(by, "keep.plans", row_count=1)
    return orders.in_force(), list(RetentionPlan.objects.order_by("-pk")[:20])


def plan(by: Actor, plan_id: int) -> RetentionPlan:
    """A version of the plan. Needs `keep.read`. Raises RetentionPlan.DoesNotExist."""
    by.require("keep.read")
    seen(by, "keep.plan", row_count=1, detail={"plan": plan_id})
    return RetentionPlan.objects.get(pk=plan_id)


HOLD_COLUMNS = (
    Column("id", "番号", ("pk",), numeric=True),
    Column("atena", "宛名番号", ("atena_no",)),
    Column("kind", "種類", ("kind", "pk")),
    Column("category", "分類"),
    Column("set_on", "開始日", ("set_on",)),
    Column("lifted_on", "解除日", ("lifted_on",)),
    Column("reason", "理由"),
    Column("set_by", "登録者"),
    Column("lift", "解除"),
)


def holds(by: Actor, params: QueryDict) -> Listing[RetentionHold]:
    """Holds, the standing ones by default. Needs `keep.read`."""
    by.require("keep.read")

    def standing(rows, value):  # type: ignore[no-untyped-def]
        return rows if value == "all" else rows.filter(lifted_on__isnull=value == "standing")

    found: Listing[RetentionHold] = lists.listing(
        params,
        RetentionHold.objects.all(),
        columns=HOLD_COLUMNS,
        filters=(
            lists.Filter("state", "状態", standing, (("standing", "保留中"), ("lifted", "解除")), "choice", default="standing"),
            lists.choice("kind", "種類", "kind", tuple(RetentionHold.KINDS.items())),
            lists.number("atena", "宛名番号", "atena_no"),
        ),
        order=("-pk",),
    )
    seen(by, "keep.holds", persons=[h.atena_no for h in found.rows])
    return found


def hold(by: Actor, hold_id: int) -> RetentionHold:
    """One hold. Needs `keep.read`. Raises RetentionHold.DoesNotExist."""
    by.require("keep.read")
    found = RetentionHold.objects.get(pk=hold_id)
    seen(by, "keep.holds", persons=[found.atena_no], detail={"hold": hold_id})
    return found


ORDER_COLUMNS = (
    Column("id", "番号", ("pk",), numeric=True),
    Column("category", "分類", ("category", "pk")),
    Column("state", "状態", ("state", "pk")),
    Column("business_date", "基準日", ("business_date",)),
    Column("counts", "起案時の行数", numeric=True),
    Column("ordered", "起案", ("ordered_at",)),
    Column("purge_on", "物理消去日", ("purge_on",)),
)


def erasures(by: Actor, params: QueryDict) -> Listing[ErasureOrder]:
    """Erasure orders, newest first. Needs `keep.read`."""
    by.require("keep.read")
    found: Listing[ErasureOrder] = lists.listing(
        params,
        ErasureOrder.objects.all(),
        columns=ORDER_COLUMNS,
        filters=(lists.choice("state", "状態", "state", ErasureOrder.STATES),),
        order=("-pk",),
    )
    seen(by, "keep.orders", row_count=len(found.rows))
    return found


def erasure(by: Actor, order_id: int) -> tuple[ErasureOrder, Sequence[ErasureRecord]]:
    """An erasure order with its records. Needs `keep.read`. Raises ErasureOrder.DoesNotExist."""
    by.require("keep.read")
    found = ErasureOrder.objects.select_related("plan").get(pk=order_id)
    seen(by, "keep.order", row_count=1, detail={"order": order_id})
    return found, list(ErasureRecord.objects.filter(order_no=order_id).order_by("pk"))
