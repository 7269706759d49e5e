"""Reads of extracts and of the 電子媒体管理簿."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.http import QueryDict

from kokuho.core import media
from kokuho.core.access import Actor
from kokuho.core.extracts import catalogue
from kokuho.core.models import Extract, Medium, MediumLine
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing

EXTRACT_COLUMNS = (
    Column("id", "番号", ("pk",), numeric=True),
    Column("definition", "抽出", ("definition", "pk")),
    Column("purpose", "目的"),
    Column("recipient", "提供先", ("recipient",)),
    Column("medium", "媒体"),
    Column("state", "状態", ("state", "pk")),
    Column("applied", "申請", ("applied_at",)),
    Column("use_by", "実行期限", ("use_by",)),
    Column("rows", "行数", ("row_count",), numeric=True),
)


def extracts(by: Actor, params: QueryDict) -> Listing[Extract]:
    """The applications, newest first. Needs `extract.read`."""
    by.require("extract.read")
    known = tuple((code, entry.title) for code, entry in catalogue.definitions().items())
    found: Listing[Extract] = lists.listing(
        params,
        Extract.objects.select_related("medium").defer("passphrase"),
        columns=EXTRACT_COLUMNS,
        filters=(
            lists.choice("state", "状態", "state", Extract.STATES),
            lists.choice("definition", "抽出", "definition", known),
            lists.day("from", "申請日（から）", "applied_at__date__gte"),
        ),
        order=("-pk",),
    )
    seen(by, "extract.list", row_count=len(found.rows))
    return found


def extract(by: Actor, extract_id: int) -> Extract:
    """One application. Needs `extract.read`. Raises Extract.DoesNotExist."""
    by.require("extract.read")
    found = Extract.objects.select_related("medium", "run").get(pk=extract_id)
    seen(by, "extract", row_count=1, detail={"extract": extract_id})
    return found


MEDIUM_COLUMNS = (
    Column("code", "媒体番号", ("code",)),
    Column("kind", "種類", ("kind", "code")),
    Column("serial", "製造番号等"),
    Column("place", "保管場所", ("place",)),
    Column("keeper", "責任者", ("keeper",)),
    Column("state", "状態", ("state", "code")),
    Column("content", "内容"),
    Column("last", "最後の記入"),
)


def media_list(by: Actor, params: QueryDict) -> Listing[Medium]:
    """The media of the book. Needs `media.read`."""
    by.require("media.read")
    found: Listing[Medium] = lists.listing(
        params,
        Medium.objects.prefetch_related("lines"),
        columns=MEDIUM_COLUMNS,
        filters=(lists.choice("state", "状態", "state", Medium.STATES), lists.choice("kind", "種類", "kind", Medium.KINDS)),
        order=("code",),
    )
    seen(by, "media.list", row_count=len(found.rows))
    return found


def medium(by: Actor, code: str) -> tuple[Medium, Sequence[MediumLine]]:
    """A medium with its lines, newest first. Needs `media.read`. Raises Medium.DoesNotExist."""
    by.require("media.read")
    found = Medium.objects.get(code=code)
    seen(by, "media", row_count=1, detail={"medium": code})
    return found, list(found.lines.order_by("-pk")[:200])


def media_overdue(by: Actor, *, on: date) -> Sequence[MediumLine]:
    """Media whose content should be erased and is not confirmed (EXPORT-04). Needs `media.read`."""
    by.require("media.read")
    found = media.overdue(on=on)
    seen(by, "media.overdue", row_count=len(found))
    return found


def usable_media() -> list[tuple[str, str]]:
    """Codes and words of the media that may be chosen in an application."""
    return [(m.code, f"{m.code}　{m.get_kind_display()}（{m.place}）") for m in Medium.objects.filter(state=Medium.USABLE).order_by("code")]
