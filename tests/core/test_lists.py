"""Lists: what the address asks for, read with care."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def units() -> Any:
    from kokuho.core.models import Unit

    for number in range(1, 131):
        Unit.objects.create(code=f"{number:04d}", name=f"{'国保' if number % 2 else '収納'}{number}係")
    return Unit.objects.all()


def listed(units: Any, query: str, **more: Any) -> Any:
    from django.http import QueryDict

    from kokuho.core.screens import lists

    columns = (lists.Column("code", "コード", ("code",)), lists.Column("name", "名前"))
    filters = (
        lists.Filter("name", "名前", lambda rows, value: rows.filter(name__startswith=value)),
        lists.number("from", "番号", "pk__gte"),
        lists.choice("kind", "種類", "code", (("0001", "一番"),)),
    )
    return lists.listing(QueryDict(query), units, columns=columns, filters=filters, order=("code",), **more)


def test_a_page_knows_its_place_in_the_whole(units: Any) -> None:
    found = listed(units, "page=3")
    assert (found.count, found.pages, found.first, found.last, len(found.rows)) == (130, 3, 101, 130, 30)
    assert found.previous == "?page=2" and found.following == "" and found.to_first == "?"


@pytest.mark.parametrize("page", ["0", "-1", "99", "abc", "１", "9" * 30])
def test_a_page_that_is_not_there_is_the_nearest_one(units: Any, page: str) -> None:
    assert listed(units, f"page={page}").page in (1, 3)


def test_sorting_turns_round_and_ignores_what_is_no_column(units: Any) -> None:
    assert listed(units, "sort=-code").rows[0].code == "0130"
    assert listed(units, "sort=code").headings[0].query == "?sort=-code"
    assert listed(units, "sort=password").rows[0].code == "0001"
    assert listed(units, "sort=name").rows[0].code == "0001"


def test_filters_narrow_and_are_kept_in_the_addresses(units: Any) -> None:
    found = listed(units, "name=国保&sort=-code")
    assert found.count == 65 and found.narrowed
    assert "name=" in found.headings[0].query and "sort=code" in found.headings[0].query


def test_what_cannot_be_read_finds_nothing_and_says_so(units: Any) -> None:
    found = listed(units, "from=百")
    assert found.count == 0 and "番号として読めません" in found.errors[0].error


def test_full_width_digits_and_commas_are_numbers() -> None:
    from kokuho.core.screens.lists import whole_number

    assert whole_number("１，２３４") == 1234 and whole_number("12-34") == 1234
    with pytest.raises(ValueError):
        whole_number("9" * 19)


def test_figures_that_a_batch_counted_stand_for_the_unfiltered_list(units: Any) -> None:
    assert listed(units, "", known={"count": 7}).count == 7
    assert listed(units, "name=国保", known={"count": 7}).count == 65


def test_rows_of_another_table_may_be_counted_instead(units: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from kokuho.core.models import Unit
    from kokuho.core.screens import lists

    def as_many(narrowing: Any) -> Any:
        return Unit.objects.filter(pk__lte=max(unit.pk for unit in units[:50])) if narrowing else None

    assert (listed(units, "", known=as_many).count, listed(units, "name=国保", known=as_many).count) == (130, 50)
    monkeypatch.setattr(lists, "MOST_COUNTED", 20)
    assert listed(units, "name=国保", known=as_many).uncounted


def test_a_long_list_is_counted_no_further_than_anybody_turns(units: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from kokuho.core.screens import lists

    monkeypatch.setattr(lists, "MOST_COUNTED", 60)
    long, short = listed(units, ""), listed(units, "from=100000")
    assert (long.count, long.uncounted, long.pages) == (60, True, 2) and (short.count, short.uncounted) == (0, False)
    assert not listed(units, "", known={"count": 60}).uncounted
    summed = listed(units, "", totals=("pk",))
    assert (summed.count, summed.uncounted) == (130, False)


def test_staff_of_an_area_turn_the_same_pages_and_their_list_is_counted_as_far_as_they_turn(
    units: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kokuho.core.screens import lists

    asked = ("", "page=3", "page=99", "sort=-code&page=2", "name=国保", "from=百", "from=100000", "kind=0001")
    whole = [listed(units, query) for query in asked]
    monkeypatch.setattr(lists.territory, "limited", lambda: object())
    walked = [listed(units, query, known={"count": 7}) for query in asked]
    assert [(each.count, each.page, each.rows) for each in walked] == [(each.count, each.page, each.rows) for each in whole]
    assert listed(units.filter(pk__in=[]), "page=2").rows == []
    monkeypatch.setattr(lists, "DEEPEST", 60)
    long, summed = listed(units, "page=2"), listed(units, "page=9", totals=("pk",))
    assert (long.count, long.uncounted, len(long.rows)) == (60, True, 10)
    assert (summed.count, summed.page, summed.uncounted) == (130, 2, False)
    assert summed.totals["pk"] == sum(unit.pk for unit in units) and summed.rows[0].code == "0051"
