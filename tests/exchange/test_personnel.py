"""RIGHTS-05: the personnel file through its door stops at once what a transfer and a retirement end."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from neighbour_files import made

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)


def test_who_moved_or_left_has_no_rights_from_this_file_on(db: None, office: Any) -> None:
    from kokuho.core.access import Refused, actor_for
    from kokuho.core.models import AccountTask, Staff
    from kokuho.exchange import doors

    staff = office()
    assert actor_for("as", on=DAY, terminal="t").may("levy.run")
    rows = [
        {"staff_number": "as", "name": "職員as", "unit": "77", "unit_name": "市民課", "valid_from": DAY},
        {"staff_number": "ap", "name": "職員ap", "unit": "01", "valid_from": date(2020, 4, 1), "valid_until": date(2026, 6, 30)},
        {"staff_number": "cl", "name": "職員cl", "unit": "01", "valid_from": date(2020, 4, 1)},
    ]
    file = doors.receive(by=staff.operator, on=DAY, stream=io.BytesIO(made("kyotsu-staff", rows)), file_name="kyotsu-staff.csv")
    assert (file.state, file.applied_count) == ("applied", 3)
    assert actor_for("as", on=DAY, terminal="t").capabilities == frozenset()
    with pytest.raises(Refused):
        actor_for("ap", on=DAY, terminal="t")
    assert actor_for("cl", on=DAY, terminal="t").may("eligibility.change")
    assert Staff.objects.get(staff_no="as").unit.name == "市民課"
    assert sorted(AccountTask.objects.values_list("staff_no", flat=True)) == ["ap", "as"]
