"""Several counts in one statement."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.db


def test_every_list_is_counted_by_one_statement_also_one_that_can_hold_nothing(db: None) -> None:
    from datetime import date

    from django.db import connection
    from django.db.models import Q
    from django.test.utils import CaptureQueriesContext

    from kokuho.core.counting import rows_together, together, with_part
    from kokuho.core.models import Holiday

    Holiday.objects.bulk_create(Holiday(on=date(2099, 8, n), name=f"{n}%") for n in range(1, 8))
    rows = Holiday.objects.filter(on__year=2099)
    with CaptureQueriesContext(connection) as asked:
        found = together(
            rows.order_by("name"), rows.filter(name__in=[]), rows.filter(on__lte=date(2099, 8, 3)).exclude(name="2%"), rows.none()
        )
    assert found == [7, 0, 2, 0] and len(asked) == 1
    assert together() == []
    before = Q(on__lte=date(2099, 8, 2))
    with CaptureQueriesContext(connection) as asked:
        late, none, all_of_them = rows_together(rows.filter(before).order_by("-on"), rows.filter(name__in=[]), rows.order_by("on")[:3])
    assert [row.on.day for row in late] == [2, 1] and none == [] and [row.on.day for row in all_of_them] == [1, 2, 3]
    assert len(asked) == 1 and late[0] == rows.get(on=date(2099, 8, 2)) and late[0].name == "2%"
    assert with_part((rows, before), (rows.filter(name__in=[]), before), (rows, None)) == [(7, 2), (0, 0), (7, 0)]
