"""The household page: everything on one page, within its budget, recorded once with everybody it showed."""

from __future__ import annotations

import re
from typing import Any

from weboffice import CHILD, DAY, HEAD, HOUSEHOLD, WIFE, City

ADDRESS = f"/households/{HOUSEHOLD}/"


def view(client: Any, opened: Any, address: str = ADDRESS) -> Any:
    return opened(client, address)


def test_members_insurance_levy_and_account_are_on_one_page(city: City, sign_in: Any, opened: Any) -> None:
    page = view(sign_in("shikaku"), opened).content.decode()
    assert "渡邉󠄂　太郎" in page, "the variant of the character reaches the page"
    for shown in (
        "世帯主",
        "S55.5.5",
        "未就学児",
        "R6.4.1 取得",
        "国・00000077",
        "青木２丁目１番１号",
        "2600000010",
        "3,000,000円",
    ):
        assert shown in page, shown
    assert "2026年" not in page


def test_the_figures_are_those_of_the_decision_and_add_up(city: City, sign_in: Any, opened: Any) -> None:
    from kokuho.desks.assessment.models import Decision

    answer = view(sign_in("shikaku"), opened)
    decision = Decision.objects.get(pk=city.decision_id)
    [shown] = answer.context["decisions"]
    assert shown.total == decision.total == sum(line.amount for line in shown.components)
    assert sum(term.amount for term in shown.terms) == decision.total == answer.context["account_total"]
    for line in shown.components:
        parts = (line.income or 0) + (line.asset or 0) + (line.per_capita or 0) + (line.per_household or 0)
        assert parts - line.over_cap - line.relief - line.rest == line.amount
    assert f"{decision.total:,}" in answer.content.decode()


def test_the_page_keeps_its_budget_of_queries(city: City, sign_in: Any, opened: Any) -> None:
    client = sign_in("shikaku")
    view(client, opened)
    timing = client.get(ADDRESS).headers["Server-Timing"]
    assert int(re.search(r"(\d+) queries", timing)[1]) <= 20  # type: ignore[index]


def test_one_record_names_everybody_the_page_showed(city: City, sign_in: Any, opened: Any) -> None:
    from kokuho.core.models import AuditRecord

    client = sign_in("shikaku")
    view(client, opened)
    [record] = AuditRecord.objects.filter(function="household")
    assert record.operation == "view" and record.staff_no == "shikaku" and record.session and record.duty == "資格"
    assert set(record.persons) == {HEAD, CHILD, WIFE}
    assert (
        "assessment.decisions_of_household" not in record.detail["parts"]
        and "people.household" in record.detail["parts"]
    )
    assert "渡邉" not in str(record.detail)


def test_what_a_role_does_not_permit_is_absent(city: City, sign_in: Any, opened: Any) -> None:
    """The collection clerk has no right to incomes: the figures are not in the page at all (RIGHTS-03)."""
    page = view(sign_in("shuno"), opened).content.decode()
    assert "総所得金額等" not in page and "3,000,000円" not in page and "確定申告" not in page
    assert "調定額" in page


def test_an_unknown_household_is_not_found(city: City, sign_in: Any) -> None:
    assert sign_in("shikaku").get("/households/4711/").status_code == 404


def test_a_person_has_a_history_of_names_insurance_and_incomes(city: City, sign_in: Any, opened: Any) -> None:
    page = view(sign_in("shikaku"), opened, f"/persons/{HEAD}/").content.decode()
    for shown in ("営業等所得", "3,000,000円", "令和8年度", "R6.4.1", "R2.4.1"):
        assert shown in page, shown


def test_the_explanation_opens_beside_the_figures_and_as_a_page_for_paper(
    city: City, sign_in: Any, opened: Any
) -> None:
    from kokuho.core.models import AuditRecord
    from kokuho.desks.assessment.models import Decision

    client = sign_in("fuka")
    total = Decision.objects.get(pk=city.decision_id).total
    address = f"/assessment/decisions/{city.decision_id}/explanation/"
    whole = view(client, opened, address)
    text = whole.content.decode()
    for shown in (
        "所得割額（医療分）",
        "× 7.45%",
        "地方税法703条の4",
        "軽減の判定",
        "計算に用いた事実",
        f"{total:,}円",
        "渡邉󠄂　太郎",
    ):
        assert shown in text, shown
    assert [section.code for section in whole.context["view"].sections][-1] == "total"
    part = client.get(f"{address}?part=support", headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode() and "data-wanted" in part.content.decode()
    assert 'class="paper"' in client.get(f"{address}?paper=1").content.decode()
    assert [r.operation for r in AuditRecord.objects.filter(function="assessment.explanation").order_by("pk")] == [
        "view", "view", "print",
    ]  # fmt: skip


def test_periods_are_words_beside_their_bars_and_what_waits_leads_on(city: City, sign_in: Any, opened: Any) -> None:
    """The household over time: in the household, its head, insured, statuses; what waits, differs and comes next has its link."""
    client = sign_in("shikaku")
    answer = view(client, opened)
    lanes = {
        (lane.person.atena_no, lane.label): [bar.words for bar in lane.bars]
        for lane in answer.context["timeline"].lanes
    }
    assert lanes[HEAD, "国保の資格"] == ["R6.4.1 – 続く（社会保険の資格喪失（本人））"]
    assert lanes[HEAD, "世帯主"] == ["R2.4.1 – 続く"] and lanes[WIFE, "世帯"] == ["R2.4.1 – R8.4.30"]
    assert lanes[HEAD, "非自発的失業"] == ["R8.4.1 – R10.3.31"]
    page = answer.content.decode()
    for address in (
        f"/eligibility/differences/{city.difference_id}/",
        f"/eligibility/statuses/{city.status_id}/",
        f"/eligibility/persons/{CHILD}/statuses/",
        f"/eligibility/candidates/{city.candidate_id}/",
    ):
        assert address in page, address
    assert "style=" not in page.split("<main")[1]
    noted = client.get(f"{ADDRESS}noted/").content.decode()
    assert "送付先・連絡先・メモ" in noted


def test_the_bars_have_lengths_a_browser_can_draw(city: City) -> None:
    """A full lane is 1000 long, not 1,000."""
    from types import SimpleNamespace as Thing

    from django.template.loader import render_to_string

    bar = Thing(link="", words="H23.3.8 – 続く", x=0, width=1000)
    lane = Thing(first=True, person=Thing(name="試験"), label="世帯", tone="household", bars=[bar])
    shown = {"timeline": Thing(lanes=[lane], today=1000, years=[]), "asof": Thing(on=DAY)}
    drawn = "".join(re.findall(r"<(?:rect|line)[^>]*>", render_to_string("web/household_timeline.html", shown)))
    lengths = re.findall(r' (?:width|x|x1|x2)="([^"]*)"', drawn)
    assert lengths.count("1000") == 4 and all(length.isdigit() for length in lengths)


def test_next_steps_come_from_age_review_and_residence(city: City, sign_in: Any) -> None:
    from datetime import date

    from weboffice import insured

    from kokuho.core import folding
    from kokuho.core.access import actor_for
    from kokuho.desks.eligibility import queries as eligibility
    from kokuho.desks.people import queries as people
    from kokuho.desks.people.models import Person
    from kokuho.web.next_steps import next_steps

    [row] = Person.objects.filter(atena_no=HEAD)
    row.pk, row.atena_no, row.household_no, row.birth_date = None, 77, 77, date(1951, 8, 2)  # type: ignore[assignment]
    row.resident_kind, row.residence_until, row.search_name = "2", date(2026, 6, 30), folding.name("外")
    row.save(force_insert=True)
    insured({77: 77}, date(2024, 4, 1))
    on, actor = date(2026, 7, 1), actor_for("shikaku", on=date(2026, 7, 1), terminal="t")
    members, _ = people.household(actor, 77, protected=[], on=on)
    steps = next_steps(actor, members, eligibility.standing(actor, [77], household_no=77, on=on), on)
    assert [step.urgent for step in steps] == [True, False]
    assert "在留期間 R8.6.30" in steps[0].text and "R8.8.2 75歳到達" in steps[1].text
