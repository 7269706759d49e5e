"""Whatever may be entered in the demo, two different persons of its staff can enter and confirm it."""

from __future__ import annotations

import pytest

from kokuho.commands.demo import STAFF
from kokuho.core import access, entries


@pytest.mark.db
def test_two_of_the_demo_staff_enter_and_confirm_every_kind(db: object) -> None:
    may = {number: access.rights_of(roles).capabilities for number, _, roles, _ in STAFF}
    alone = [
        kind.label for kind in entries.kinds().values()
        if not any(one != other and kind.enter in may[one] and kind.confirm in may[other] for one in may for other in may)
    ]  # fmt: skip
    assert entries.kinds() and not alone


def test_the_staff_of_the_demo_hold_no_roles_that_exclude_each_other() -> None:
    for number, _, roles, _ in STAFF:
        for one, other, why in access.exclusive_roles():
            assert not (one & set(roles) and other & set(roles)), (number, why)
