"""Reads of inquiries and their answers (ENTRY-06)."""

from __future__ import annotations

from datetime import date

from django.db.models import F
from django.http import QueryDict

from kokuho.core.access import Actor
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing
from kokuho.desks.people.actions.inquiries import inquiry_kinds
from kokuho.desks.people.models import Inquiry, InquiryAnswer

INQUIRY_COLUMNS = (
    Column("number", "文書番号", ("number",)),
    Column("kind", "種類", ("kind", "pk")),
    Column("atena", "宛名番号", ("atena_no",)),
    Column("receiver", "照会先"),
    Column("printed_on", "印刷", ("printed_on",)),
    Column("due_on", "回答の期限", ("due_on",)),
    Column("reminded_on", "督促", ("reminded_on",)),
    Column("state", "状態", ("state", "pk")),
)


def inquiries(by: Actor, params: QueryDict, *, on: date) -> Listing[Inquiry]:
    """Inquiries; what is overdue or doubtful can be chosen. Needs `inquiry.read`."""
    by.require("inquiry.read")
    found: Listing[Inquiry] = lists.listing(
        params,
        Inquiry.objects.all(),
        columns=INQUIRY_COLUMNS,
        filters=(
            lists.choice("state", "状態", "state", Inquiry.STATES),
            lists.choice("kind", "種類", "kind", [(code, kind["label"]) for code, kind in inquiry_kinds().items()]),
            lists.Filter(
                "late", "期限", lambda rows, value: rows.filter(state__in=(Inquiry.SENT, Inquiry.DOUBTFUL), due_on__lt=on),
                (("late", "過ぎたもの"),), "choice",
            ),
            lists.number("atena", "宛名番号", "atena_no"),
        ),
        order=("-pk",),
    )  # fmt: skip
    seen(by, "people.inquiries", persons=[row.atena_no for row in found.rows])
    return found


def inquiry(by: Actor, inquiry_id: int) -> tuple[Inquiry, list[InquiryAnswer]]:
    """An inquiry with its answers, newest first. Needs `inquiry.read`. Raises Inquiry.DoesNotExist."""
    by.require("inquiry.read")
    found = Inquiry.objects.select_related("entry").get(pk=inquiry_id)
    answers = list(found.answers.order_by(F("pk").desc()))
    seen(by, "people.inquiry", persons=[found.atena_no], detail={"inquiry": found.pk})
    return found, answers
