"""Reads of the 確認リスト, and whether a number counts as confirmed (MYNUM-05, MYNUM-06)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.http import QueryDict

from kokuho.core import vault_proposals
from kokuho.core.access import Actor
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing
from kokuho.desks.people.models import BELIEVED, AuthenticityCheck, IntegratedNumber, NumberDoubt, Person

DOUBT_COLUMNS = (
    Column("id", "番号", ("pk",), numeric=True),
    Column("atena", "宛名番号", ("atena_no",)),
    Column("code", "理由", ("code", "pk")),
    Column("other", "相手の宛名番号"),
    Column("origin", "出所"),
    Column("found_on", "見付けた日", ("found_on",)),
    Column("state", "状態", ("state", "pk")),
)


def number_doubts(by: Actor, params: QueryDict) -> Listing[NumberDoubt]:
    """The 確認リスト, what is undecided first. Needs `mynumber.review`; no number is shown."""
    by.require("mynumber.review")
    found: Listing[NumberDoubt] = lists.listing(
        params,
        NumberDoubt.objects.all(),
        columns=DOUBT_COLUMNS,
        filters=(
            lists.choice("state", "状態", "state", NumberDoubt.STATES, default=NumberDoubt.OPEN),
            lists.choice("code", "理由", "code", NumberDoubt.CODES),
            lists.number("atena", "宛名番号", "atena_no"),
        ),
        order=("-pk",),
    )
    seen(by, "mynumber.doubts", operation="search", persons=[n for row in found.rows for n in (row.atena_no, row.other_no)])
    return found


def number_doubt(by: Actor, doubt_id: int) -> NumberDoubt:
    """One case. Needs `mynumber.review`. Raises NumberDoubt.DoesNotExist."""
    by.require("mynumber.review")
    found = NumberDoubt.objects.select_related("entry").get(pk=doubt_id)
    seen(by, "mynumber.doubt", persons=[found.atena_no, found.other_no])
    return found


def number_states(by: Actor, atena_nos: Collection[int]) -> dict[int, str]:
    """How the numbers of these persons stand, in words: 未登録, 登録済み, 未確認 (住登外者 without a check since), 確認リスト. Needs
    `person.read`; opens nothing."""
    by.require("person.read")
    kept = vault_proposals.since(atena_nos)
    outside = set(
        Person.objects.filter(BELIEVED, atena_no__in=kept, resident_kind=Person.OUTSIDE).values_list("atena_no", flat=True)
    )
    latest = {row.atena_no: row for row in AuthenticityCheck.objects.filter(atena_no__in=outside).order_by("pk")}
    listed = set(NumberDoubt.objects.filter(atena_no__in=atena_nos, state=NumberDoubt.OPEN).values_list("atena_no", flat=True))
    states = {}
    for atena in atena_nos:
        check = latest.get(atena)
        if atena in listed:
            states[atena] = "確認リストに載っています"
        elif atena not in kept:
            states[atena] = "未登録"
        elif atena in outside and not (check and check.result == AuthenticityCheck.SAME and check.recorded_at >= kept[atena]):
            states[atena] = "未確認（住基ネットでの真正性の確認がありません）"
        else:
            states[atena] = "登録済み"
    return states


def integrated_numbers(by: Actor, atena_nos: Iterable[int]) -> list[IntegratedNumber]:
    """団体内統合宛名番号 of the numbers of one person, the newest first. Needs `mynumber.integrated`."""
    by.require("mynumber.integrated")
    rows = list(IntegratedNumber.objects.filter(BELIEVED, atena_no__in=list(atena_nos)).order_by("-valid"))
    seen(by, "people.integrated_numbers", persons=[row.atena_no for row in rows], row_count=len(rows))
    return rows
