"""Reads of the masters: a master's rows on a day, as a list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from kokuho.core import folding
from kokuho.core.access import Actor
from kokuho.core.queries.staff import staff_names
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing
from kokuho.desks.people.masters import MASTERS
from kokuho.desks.people.models import SealImage, Town


def master_rows(by: Actor, slug: str, params: QueryDict, *, on: date) -> Listing[Any]:
    """The rows of a master that hold on a day, or (filter) all with their days. Raises KeyError for an unknown master."""
    by.require("master.read")
    master = MASTERS[slug]

    def when(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows if value == "all" else rows.filter(valid__contains=on)

    def named(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if master.search:
            fold = folding.place if slug == "towns" else folding.name
            return rows.filter(**{f"{master.search}__startswith": fold(value)})
        return rows.filter(code=lists.whole_number(value))

    found: Listing[Any] = lists.listing(
        params,
        master.model._base_manager.filter(superseded_at__isnull=True),
        columns=(
            Column("code", master.code.label, ("code",)), *(Column(column.name, column.label, (column.name,)) for column in master.columns),
            Column("days", "期間", ("valid",)), Column("act", ""),
        ),
        filters=(
            lists.Filter("search", "名前（前方一致）" if master.search else master.code.label, named),
            lists.Filter("when", "期間", when, (("now", "処理日に有効なもの"),), "choice", default="now"),
        ),
        order=master.order,
    )  # fmt: skip
    seen(by, f"people.master.{slug}", row_count=len(found.rows))
    return found


def district(by: Actor, town: str, *, on: date) -> str:
    """行政区 and the office of a town on a day, in words; empty when the town is not in the master."""
    by.require("person.read")
    return district_words(towns_of(town, on=on))


def towns_of(town: str, *, on: date) -> QuerySet[Town]:
    """The row of a 町名 on a day, at most one; none of an empty name."""
    rows = Town.objects.filter(superseded_at__isnull=True, search_name=folding.place(town), valid__contains=on)
    return rows.order_by("pk")[:1] if town else rows.none()


def district_words(towns: Iterable[Town]) -> str:
    """行政区 and office of the first of these rows, in words; empty when there is none."""
    return next(("　".join(part for part in (row.district, row.office) if part) for row in towns), "")


@dataclass(frozen=True, slots=True)
class SealImageView:
    """A picture of a seal without its bytes."""

    pk: int
    title: str
    width: int
    height: int
    sha256: str
    uploaded_name: str
    uploaded_at: datetime


def seal_images(by: Actor) -> list[SealImageView]:
    """The pictures of seals, the newest first."""
    by.require("master.read")
    rows = list(SealImage.objects.defer("data").order_by("-pk"))
    names = staff_names(row.uploaded_by for row in rows)
    seen(by, "people.seal_images", row_count=len(rows))
    return [
        SealImageView(row.pk, row.title, row.width, row.height, row.sha256, names[row.uploaded_by], row.uploaded_at) for row in rows
    ]


def seal_picture(by: Actor, image_id: int) -> bytes:
    """The bytes of a picture. Raises SealImage.DoesNotExist."""
    by.require("master.read")
    data = bytes(SealImage.objects.get(pk=image_id).data)
    seen(by, "people.seal_picture", row_count=1, detail={"image": image_id})
    return data
