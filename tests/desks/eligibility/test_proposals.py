"""異動整理: what each kind of change of the register proposes, and what deciding it does."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from eligibilityfacts import DAY, actor, branches, draft, office, periods, person, record

CHANGE: dict[str, Any] = {
    "household_no": 10, "resident_state": "1", "resident_reason": "01", "relation": "20", "previous_address": "",
    "moved_to_address": "", "notified_on": date(2026, 6, 12), "nhi_state": "0", "nhi_acquired_on": None, "nhi_lost_on": None,
    "nhi_lost_reason": "", "name": "試験　1", "sex": "1", "birth_date": date(1980, 5, 5), "event_date": date(2026, 6, 10),
}  # fmt: skip


def propose(atena_no: int, event: str, label: str = "異動", file: int = 9, **more: Any) -> Any:
    from kokuho.desks.eligibility.actions.proposals import propose as proposing

    row = {**CHANGE, "atena_no": atena_no, "event": event, **more}
    return proposing(by=actor("densan"), origin=f"file:{file}#{atena_no}", row=row, event_label=label)


def decide(candidate: Any, **more: Any) -> Any:
    from kokuho.desks.eligibility.actions.candidates import decide_candidate

    return decide_candidate(by=actor(), on=DAY, candidate_id=candidate.pk, **{"apply": True, **more})


@pytest.fixture
def insured(db: None) -> None:
    office()
    person(1, 10, date(1980, 5, 5), head=True)
    record(draft(1, "101", date(2020, 4, 1)))


@pytest.mark.parametrize(
    ("event", "more", "expected"),
    [
        ("01", {"nhi_state": "1", "nhi_acquired_on": date(2026, 6, 10), "previous_address": "新潟県新潟市"}, ("acquire", "101")),
        ("01", {"nhi_state": "1", "nhi_acquired_on": date(2020, 4, 1), "previous_address": "埼玉県戸田市"}, ("acquire", "103")),
        ("01", {"nhi_state": "1", "nhi_acquired_on": date(2026, 6, 10), "resident_reason": "03"}, ("acquire", "102")),
        ("02", {"birth_date": date(2026, 6, 10)}, ("acquire", "108")),
        ("14", {"nhi_state": "1", "nhi_acquired_on": date(2026, 6, 1)}, ("acquire", "104")),
        ("12", {}, None),
    ],
)  # fmt: skip
def test_who_comes_is_proposed_by_where_from(insured: None, event: str, more: dict[str, Any], expected: Any) -> None:
    person(2, 10, more.get("birth_date", date(1982, 5, 5)))
    found = propose(2, event, **more)
    assert (found and (found.act, found.proposal["reason"])) == expected
    if expected and expected[1] == "103":
        decide(found)
        assert periods(2) == [(date(2026, 6, 10), None)], "the stay begins here, the prefecture's date is the earlier one"


@pytest.mark.parametrize(
    ("event", "more", "expected"),
    [
        ("05", {"resident_state": "2", "moved_to_address": "新潟県新潟市"}, ("lose", "201")),
        ("05", {"resident_state": "2", "moved_to_address": "埼玉県戸田市"}, ("lose", "203")),
        ("05", {"resident_state": "5"}, ("lose", "202")),
        ("06", {"resident_state": "3"}, ("lose", "208")),
        ("08", {"resident_state": "4"}, ("lose", "212")),
        ("14", {"nhi_state": "2", "nhi_lost_on": date(2026, 6, 11), "nhi_lost_reason": "02"}, ("lose", "204")),
        ("14", {"nhi_state": "2", "nhi_lost_on": date(2026, 6, 11), "nhi_lost_reason": "05"}, ("lose", "211")),
        ("14", {"nhi_state": "2", "nhi_lost_on": date(2026, 6, 11), "nhi_lost_reason": "05", "birth_date": date(1951, 6, 11)},
         ("lose", "210")),
        ("03", {}, ("change", "309")),
        ("04", {}, ("change", "305")),
        ("11", {}, ("change", "302")),
        ("13", {}, ("change", "311")),
    ],
)  # fmt: skip
def test_what_changes_for_the_insured_is_proposed(
    insured: None, event: str, more: dict[str, Any], expected: tuple[str, str]
) -> None:
    found = propose(1, event, relation="02", **more)
    assert (found.act, found.proposal["reason"]) == expected
    assert found.due_on == date(2026, 6, 24)
    decide(found)
    if expected[0] == "lose":
        assert periods(1)[0][1] in (date(2026, 6, 10), date(2026, 6, 11))
    else:
        assert periods(1) == [(date(2020, 4, 1), None)]


def test_a_split_household_gets_a_number_when_it_is_decided(insured: None) -> None:
    from kokuho.desks.people.models import Person

    person(2, 10, date(2000, 5, 5), until=date(2026, 6, 10))
    record(draft(2, "101", date(2020, 4, 1)))
    person(2, 30, date(2000, 5, 5), head=True, since=date(2026, 6, 10))
    before = branches(2)
    found = propose(2, "04", household_no=30, relation="02")
    assert found.proposal["reason"] == "303" and branches(2) == before
    decide(found)
    first, second = branches(2)
    assert first[0] != second[0] and second[2] == date(2026, 6, 10) and Person.objects.filter(household_no=30).exists()


def test_a_cancelled_departure_gives_the_insurance_back(insured: None) -> None:
    record(draft(1, "201", date(2026, 6, 10)))
    assert periods(1) == [(date(2020, 4, 1), date(2026, 6, 11))]
    found = propose(1, "15")
    assert found.act == "cancel"
    decide(found)
    assert periods(1) == [(date(2020, 4, 1), None)]


def test_a_corrected_birth_date_lists_what_it_touches_and_tells_the_desks_above(insured: None) -> None:
    from django.db.models.functions import Now

    from kokuho.desks.eligibility.actions.candidates import touched_by
    from kokuho.desks.eligibility.models import EligibilityChange
    from kokuho.desks.people.models import Person

    Person.objects.filter(atena_no=1).update(superseded_at=Now())
    person(1, 10, date(1985, 5, 5), head=True)
    found = propose(1, "09", relation="02", birth_date=date(1985, 5, 5))
    assert found.proposal["corrected"] == ["birth_date"]
    touched = touched_by(found, DAY)
    assert any("40歳到達" in line for line in touched.lines) and any("令和7年度の賦課" in line for line in touched.lines)
    decide(found)
    change = EligibilityChange.objects.get(kind="basics")
    assert change.affected.lower == touched.since and touched.since < DAY


def test_what_is_not_done_is_closed_with_a_result_and_a_reason(insured: None) -> None:
    from kokuho.desks.eligibility.actions.candidates import CandidateError

    found = propose(1, "05", resident_state="2")
    for given in ({"reason": ""}, {"reason": "x", "result": "nonsense"}):
        with pytest.raises(CandidateError) as refused:
            decide(found, apply=False, **given)
        assert refused.value.code == "E04"
    closed = decide(found, apply=False, reason="住民記録の誤り", result="register_error")
    assert (closed.state, closed.get_result_display()) == ("dismissed", "住民記録の誤り・取消し")


def test_a_loss_that_waits_is_not_proposed_again_by_the_next_change(insured: None) -> None:
    gone = {"nhi_state": "2", "nhi_lost_on": date(2026, 6, 11), "nhi_lost_reason": "02"}
    first = propose(1, "14", **gone)
    assert propose(1, "03", file=10, event_date=date(2026, 6, 20), **gone) is None
    corrected = propose(1, "14", file=11, **{**gone, "nhi_lost_on": date(2026, 6, 12)})
    assert (corrected.act, corrected.proposal["lost_on"]) == ("lose", "2026-06-12"), "another day is another proposal"
    decide(first, apply=False, reason="書類で確かめた", result="no_effect")
    assert propose(1, "03", file=12, event_date=date(2026, 6, 20), **gone).act == "lose"


def test_changes_stand_by_their_deadline_and_those_without_one_behind_the_newest_first(db: None) -> None:
    from django.http import QueryDict

    from kokuho.desks.eligibility import queries
    from kokuho.desks.eligibility.models import ChangeCandidate

    office()
    person(1, 10, date(1980, 5, 5), head=True)
    may, june, july = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)
    for number, (event, due) in enumerate(((june, None), (july, None), (june, july), (may, june), (july, june), (july, None)), start=1):
        ChangeCandidate.objects.create(
            atena_no=1, household_no=10, act="change", event=f"異動{number}", event_date=event, due_on=due, origin=f"file:{number}"
        )

    def listed(asked: str = "") -> list[str]:
        return [row.candidate.event[-1] for row in queries.candidates(actor(), QueryDict(asked), on=DAY).rows]

    assert listed() == ["5", "4", "3", "6", "2", "1"]
    assert listed("sort=event_date") == ["4", "1", "3", "2", "5", "6"] and listed("due=past") == ["5", "4"]
    assert [row.candidate.event[-1] for row in queries.candidates_due(actor(), on=DAY, count=3)] == ["5", "4", "3"]
