"""適用除外: recorded by two, it keeps an acquisition out, and it cannot lie over insured days."""

from __future__ import annotations

from datetime import date

import pytest
from eligibilityfacts import DAY, actor, draft, office, periods, person, record


def test_an_exclusion_holds_after_the_second_person_and_blocks_the_acquisition_until_it_ends(db: None) -> None:
    from kokuho.core.actions.entries import confirm
    from kokuho.desks.eligibility.actions.exclusions import ExclusionError, propose_exclusion
    from kokuho.desks.eligibility.models import BELIEVED, Exclusion
    from kokuho.desks.eligibility.plan import NoticeError

    office()
    person(1, 10, date(1980, 5, 5), head=True)
    given = {"by": actor(), "on": DAY, "atena_no": 1, "since": date(2026, 1, 1), "until": None, "review_on": date(2026, 6, 1)}
    for wrong, code in (
        ({"code": "EX99", "confirmed_by": "通知"}, "E31"),
        ({"code": "EX09", "confirmed_by": " "}, "E13"),
        ({"code": "EX09", "confirmed_by": "通知", "until": date(2025, 1, 1)}, "E05"),
    ):
        with pytest.raises(ExclusionError) as refused:
            propose_exclusion(**{**given, **wrong})
        assert refused.value.code == code
    entry = propose_exclusion(**given, code="EX09", confirmed_by="保護開始の通知")
    assert not Exclusion.objects.exists()
    confirm(by=actor("second"), on=DAY, entry_id=entry.pk)
    held = Exclusion.objects.get(BELIEVED)
    with pytest.raises(NoticeError) as blocked:
        record(draft(1, "104", date(2026, 6, 1)))
    assert blocked.value.code == "E10" and periods(1) == []
    ended = propose_exclusion(
        **{**given, "until": date(2026, 5, 1)}, code="EX09", confirmed_by="保護廃止の通知", exclusion_id=held.pk
    )
    confirm(by=actor("second"), on=DAY, entry_id=ended.pk)
    record(draft(1, "109", date(2026, 5, 1)))
    assert periods(1) == [(date(2026, 5, 1), None)]
    with pytest.raises(ExclusionError) as over:
        propose_exclusion(**{**given, "since": date(2026, 6, 1)}, code="EX01", confirmed_by="照会")
    assert over.value.code == "E32"
