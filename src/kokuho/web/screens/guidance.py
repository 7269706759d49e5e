"""手続案内: one sheet of all steps for a household at an event of life, on the screen and on paper."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse

from kokuho.core import era
from kokuho.core.clock import fiscal_year
from kokuho.core.reads import page
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.assessment.queries import decisions
from kokuho.desks.eligibility import queries as eligibility
from kokuho.desks.people import queries as people
from kokuho.desks.people.models import Person
from kokuho.desks.people.queries import masters
from kokuho.desks.people.screens import opening
from kokuho.web import guidance


class EventForm(forms.Form):
    """What happens in the household."""

    event = forms.ChoiceField(label="出来事")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["event"].choices = [(code, event["label"]) for code, event in guidance.events().items()]  # type: ignore[attr-defined]


@screen("person.read")
def household(request: StaffRequest, household_no: int) -> HttpResponse:
    """The steps for a household; `?event=` says what happens."""
    actor, on = request.actor, request.business_date
    protected = people.household_protection(actor, household_no)
    if alert := opening.alert(request, protected):
        return alert
    event = request.GET.get("event", "")
    if event and event not in guidance.events():
        raise Http404
    with page(actor, "guidance", household=household_no, event=event):
        try:
            members, _ = people.household(actor, household_no, protected=protected, on=on)
        except Person.DoesNotExist as error:
            raise Http404 from error
        numbers = [member.atena_no for member in members]
        may = actor.may
        standing = eligibility.standing(actor, numbers, household_no=household_no, on=on) if may("eligibility.read") else None
        held = eligibility.certificates_of(actor, numbers, on=on) if may("certificate.read") else {}
        decided = decisions.decisions_of_household(actor, household_no) if may("levy.read") else []
        known = guidance.facts(
            members, standing, people.registered(actor, numbers, on=on), on=on,
            levied=any(decision.fiscal_year == fiscal_year(on) for decision in decided),
            papers=any(paper.state == "held" for papers in held.values() for paper in papers),
            wards=any(masters.district(actor, member.town, on=on) for member in members[:1] if member.town),
        )  # fmt: skip
    form = EventForm(initial={"event": event})
    blocks: list[Any] = []
    if event:
        label = guidance.events()[event]["label"]
        rows = (
            (str(place), step.do, step.who, step.bring, step.by, step.desk, sheet.Cell(step.why, fine=True))
            for place, step in enumerate(guidance.steps(event, known), start=1)
        )
        blocks.append(sheet.table(
            f"{label}のときの手続", ("", "すること", "どなたの", "お持ちいただくもの", "いつまでに", "窓口", "案内する理由"), rows,
            empty="この世帯に当てはまる手続はありません。",
            note=f"{era.long(on)}現在の記録によります。届出の内容により変わることがあります。",
        ))  # fmt: skip
    blocks.append(sheet.Ask("出来事を選ぶ", form, (("", "案内を作る", False),), span=6, kind="look"))
    links = [("届出を入力する", reverse("eligibility:notice_new", args=[household_no]))] if event and may("eligibility.change") else []
    return sheet.show(request, sheet.Sheet(
        "手続案内", blocks, intro=f"世帯 {household_no}　この世帯の記録から、当てはまる手続だけを選んでいます。", links=links, paper=True,
        up=((f"世帯 {household_no}", reverse("household", args=[household_no])),),
    ))  # fmt: skip
