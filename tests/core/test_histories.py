"""The past rests on it: a live row equals the newest state of its history. What was changed behind the triggers' back is found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

pytestmark = pytest.mark.db
TABLE = "core_unit"


@pytest.fixture
def units(committed_db: None) -> Iterator[Any]:
    """Three units, one of them renamed since, and the owner's hands; the triggers are on again afterwards."""
    from kokuho.core.database import owner_address
    from kokuho.core.models import Unit

    for code in ("K1", "K2", "K3"):
        Unit.objects.create(code=code, name=f"係{code}")
    Unit.objects.filter(code="K2").update(name="新しい係")
    with owner_address().connect(autocommit=True) as owner:
        yield owner
        owner.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER USER")


def behind(owner: Any, statement: str) -> None:
    """What an administrator does with the triggers off, and on again."""
    owner.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
    owner.execute(statement)
    owner.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER USER")


def test_rows_changed_added_and_deleted_behind_the_triggers_are_counted_by_table(units: Any) -> None:
    from kokuho.core import histories
    from kokuho.core.models import Unit

    assert histories.compare() == [], "what the product writes agrees, a changed row too"
    first, _, third = Unit.objects.order_by("pk").values_list("pk", flat=True)
    behind(units, f"UPDATE {TABLE} SET name = 'x' WHERE code IN ('K1', 'K2')")
    behind(units, f"DELETE FROM {TABLE} WHERE code = 'K3'")
    behind(units, f"INSERT INTO {TABLE} SELECT (jsonb_populate_record(u, '{{\"id\": 9000, \"code\": \"K9\"}}')).* FROM {TABLE} u LIMIT 1")
    found = [(apart.code, apart.table, apart.rows, apart.first) for apart in histories.compare()]
    assert found == [("HIST-CHANGED", TABLE, 2, str(first)), ("HIST-GONE", TABLE, 1, str(third)), ("HIST-UNKNOWN", TABLE, 1, "9000")]
    with pytest.raises(histories.HistoryApart) as told:
        histories.require_whole()
    assert told.value.code == "HIST-CHANGED" and "2行" in str(told.value) and "入れ直してください" in str(told.value)
    Unit.objects.filter(code__in=("K1", "K2", "K9")).update(name="正しい名")
    assert [apart.code for apart in histories.compare()] == ["HIST-GONE"], "what is entered anew agrees again"


def test_a_trigger_that_is_off_is_named(units: Any) -> None:
    from kokuho.core import histories, verifying

    units.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
    found = histories.compare()
    assert {apart.code for apart in found} == {"HIST-OFF"} and {apart.table for apart in found} == {TABLE}
    assert any(apart.first.startswith("pgtrigger_update_update") for apart in found)
    assert any(finding.kind == "history" and TABLE in finding.table for finding in verifying.verify())


def test_the_nightly_work_stands_as_failed_with_the_table_and_what_to_do(units: Any) -> None:
    from kokuho.core import histories, schedule
    from kokuho.core.models import ScheduledRun
    from kokuho.jobs import nightly

    assert nightly and schedule.run("histories", date(2026, 7, 1)).results == {"tables": len(histories.tracked()), "apart": 0}
    behind(units, f"UPDATE {TABLE} SET name = 'x' WHERE code = 'K1'")
    with pytest.raises(histories.HistoryApart):
        schedule.run("histories", date(2026, 7, 2))
    row = ScheduledRun.objects.get(business_date=date(2026, 7, 2))
    assert row.state == ScheduledRun.FAILED and f"HIST-CHANGED {TABLE}" in row.message and "入れ直してください" in row.message
