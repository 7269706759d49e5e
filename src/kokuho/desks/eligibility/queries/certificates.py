"""Reads of certificates: one issue history for all types, where each paper is, what is to be issued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Count, F, Func, Q, QuerySet
from django.http import QueryDict

from kokuho.core import territory
from kokuho.core.access import Actor
from kokuho.core.counting import rows_together
from kokuho.core.models import Entry
from kokuho.core.queries import staff_names
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing
from kokuho.desks.eligibility import papers
from kokuho.desks.eligibility.actions.duelist import due as count_due
from kokuho.desks.eligibility.decided import REFUSAL
from kokuho.desks.eligibility.due import Due
from kokuho.desks.eligibility.holders import holders, household_holders
from kokuho.desks.eligibility.models import (
    BELIEVED,
    BurdenJudgement,
    CardUse,
    Certificate,
    CertificateDue,
    CertificateEvent,
    CertificateHolding,
    DiseaseApproval,
    LimitApproval,
    SpecialBenefit,
)
from kokuho.desks.eligibility.queries.hearings import HearingView, hearings_of
from kokuho.desks.people import queries as people
from kokuho.desks.people.queries import PersonView


@dataclass(frozen=True, slots=True)
class EventView:
    """Something that happened to a certificate, in words."""

    on: date
    label: str
    text: str
    note: str
    by_name: str


@dataclass(frozen=True, slots=True)
class CertificateView:
    """An issued certificate as a page shows it: what is printed on it, where it is."""

    id: int
    kind: str
    label: str
    atena_no: int
    household_no: int
    symbol: str
    number: str
    branch: str
    issued_on: date
    reason: str
    method: str
    office: str
    valid_from: date | None
    valid_until: date | None
    name: str
    kana: str
    real_name: str
    ratio: str
    income_class: str
    printed: Mapping[str, Any]
    state: str
    state_label: str
    cause: str
    cause_on: date | None
    changed_on: date
    person: PersonView | None = None
    issued_by: str = ""
    former_no: str = ""
    events: Sequence[EventView] = field(default=())

    @property
    def code(self) -> str:
        """What stands under the address and is typed when the post brings the letter back."""
        return f"{self.id:010d}"

    @property
    def withheld(self) -> bool:
        """Whether the reader may not print it: of a protected person or of somebody who lives with one (DV-05)."""
        return self.person is not None and self.person.address_hidden

    @property
    def in_force(self) -> bool:
        """Whether the person has it and it holds."""
        return self.state == CertificateHolding.HELD


def _view(
    row: Certificate, person: PersonView | None = None, names: Mapping[str, str] | None = None
) -> CertificateView:
    holding = row.holding
    return CertificateView(
        row.pk, row.kind, papers.types()[row.kind].label, row.atena_no, row.household_no, row.symbol, row.number, row.branch,
        row.issued_on, papers.reason_label(row.reason), papers.words("methods").get(row.method, row.method),
        row.office, row.valid_from, row.valid_until, row.name, row.kana, row.real_name, row.printed.get("ratio", ""),
        row.printed.get("income_class", ""), row.printed, holding.state, holding.get_state_display(),
        papers.words("collect_causes").get(holding.cause, holding.cause), holding.cause_on, holding.changed_on, person,
        (names or {}).get(row.recorded_by, row.recorded_by), row.former_no,
    )  # fmt: skip


def certificates_of(by: Actor, atena_nos: Sequence[int], *, on: date) -> dict[int, list[CertificateView]]:
    """Every certificate of these persons, newest first."""
    by.require("certificate.read")
    found: dict[int, list[CertificateView]] = {}
    rows = (
        Certificate.objects.filter(atena_no__in=atena_nos, issued_on__lte=on)
        .select_related("holding").order_by("-issued_on", "-pk")
    )  # fmt: skip
    for row in rows:
        found.setdefault(row.atena_no, []).append(_view(row))
    seen(by, "certificate.of", persons=found)
    return found


def certificates_of_entry(by: Actor, entry_id: int, *, on: date) -> list[CertificateView]:
    """What was issued with an entry, in the order of issue, with the persons."""
    by.require("certificate.read")
    return _with_persons(by, list(Certificate.objects.filter(entry_id=entry_id).order_by("pk")), on)


def judged_untold(by: Actor, entry_id: int) -> bool:
    """Whether a notice had its household judged 2割 because an income was not told: it is to be asked for."""
    by.require("certificate.read")
    found = BurdenJudgement.objects.filter(origin=f"entry:{entry_id}", superseded_at__isnull=True, undeclared=True, active=False)
    seen(by, "certificates.judged", detail={"entry": entry_id})
    return found.exists()


def certificate(by: Actor, certificate_id: int, *, on: date) -> CertificateView:
    """One certificate with what happened to it. Raises Certificate.DoesNotExist."""
    by.require("certificate.read")
    row = Certificate.objects.select_related("holding").get(pk=certificate_id)
    events = list(row.events.order_by("-pk"))
    names = staff_names([row.recorded_by, *(event.recorded_by for event in events)])
    person = people.persons(by, [row.atena_no], on=on).get(row.atena_no)
    seen(by, "certificate.one", persons=[row.atena_no], detail={"certificate": certificate_id})
    view = _view(row, person, names)
    shown = tuple(
        EventView(event.on, event.get_kind_display(), _event_text(event), event.note, names.get(event.recorded_by, ""))
        for event in events
    )
    return CertificateView(**{**{name: getattr(view, name) for name in view.__slots__}, "events": shown})


def _event_text(event: CertificateEvent) -> str:
    said = event.detail
    parts = [
        papers.words("return_reasons").get(said.get("reason", ""), ""),
        papers.words("collect_methods").get(said.get("method", ""), ""),
        papers.words("collect_causes").get(said.get("cause", ""), ""),
    ]
    if said.get("cause_on"):
        parts.append(f"事由の発生日 {said['cause_on']}")
    return "、".join(part for part in parts if part)


def certificate_person(by: Actor, certificate_id: int) -> int:
    """Whose certificate it is, before the page is opened. Raises Certificate.DoesNotExist."""
    by.require("certificate.read")
    return int(Certificate.objects.values_list("atena_no", flat=True).get(pk=certificate_id))


def certificate_of_code(by: Actor, code: str) -> int | None:
    """The certificate with the number that was typed or scanned from a returned letter."""
    by.require("certificate.read")
    digits = code.strip().lstrip("0")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        return None
    return Certificate.objects.filter(pk=int(digits)).values_list("pk", flat=True).first()


CERTIFICATE_COLUMNS = (
    Column("issued_on", "交付年月日", ("issued_on", "pk")),
    Column("kind", "種類", ("kind", "pk")),
    Column("person", "氏名"),
    Column("number", "記号・番号"),
    Column("reason", "交付理由"),
    Column("method", "方法・窓口"),
    Column("valid", "有効期限", ("valid_until", "pk")),
    Column("state", "状態"),
    Column("code", "交付番号", ("pk",), numeric=True),
)


# What somebody works on until it is gone, and therefore few.
_WORKED_ON = (CertificateHolding.DUE_BACK, CertificateHolding.RETURNED, CertificateHolding.LOST)


def _in_state(rows: QuerySet[Certificate], value: str) -> QuerySet[Certificate]:
    """The certificates in a state. The few that somebody works on are gathered first: they are the older ones, and a walk from the
    newest would pass most of the house before it came to fifty."""
    if value == "all":
        return rows
    if value not in CertificateHolding.STATES:
        raise ValueError("状態の選択肢にありません。")
    if value not in _WORKED_ON:
        return rows.filter(holding__state=value)
    few = ArraySubquery(CertificateHolding._base_manager.filter(state=value).values("certificate_id"))
    among = Func(F("pk"), few, template="%(expressions)s)", arg_joiner=" = ANY(", output_field=BooleanField())
    return rows.filter(among)


def _as_many(narrowing: Mapping[str, str]) -> QuerySet[CertificateHolding] | None:
    """Every certificate is somewhere: by its state alone it is counted without looking at it."""
    return CertificateHolding.objects.filter(state=narrowing["state"]) if narrowing.keys() == {"state"} else None


def certificate_list(by: Actor, params: QueryDict, *, on: date) -> Listing[CertificateView]:
    """The issue history of the whole office; narrowed by state it is the list of 未回収, of 返戻 and so on."""
    by.require("certificate.read")
    found = lists.listing(
        params,
        Certificate.objects.select_related("holding"),
        known=_as_many,
        columns=CERTIFICATE_COLUMNS,
        filters=(
            replace(lists.choice("state", "状態", "holding__state", tuple(CertificateHolding.STATES.items())), apply=_in_state),
            lists.choice("kind", "種類", "kind", [(code, paper.label) for code, paper in papers.types().items()]),
            lists.number("code", "交付番号", "pk"),
            lists.number("atena", "宛名番号", "atena_no"),
            lists.day("from", "交付日（から）", "issued_on__gte"),
            lists.day("to", "交付日（まで）", "issued_on__lte"),
        ),
        order=("-issued_on", "-pk"),
        convert=lambda rows: _with_persons(by, rows, on),
        keys_first=True,
    )  # fmt: skip
    seen(by, "certificate.list", persons=[row.atena_no for row in found.rows])
    return found


def _with_persons(by: Actor, rows: Sequence[Certificate], on: date) -> list[CertificateView]:
    shown = people.persons(by, (row.atena_no for row in rows), on=on)
    return [_view(row, shown.get(row.atena_no)) for row in rows]


@dataclass(frozen=True, slots=True)
class DueView:
    """A certificate to issue, with the person."""

    id: int
    due: Due
    label: str
    reason: str
    person: PersonView | None

    @property
    def item(self) -> str:
        """As the form of the list sends it back."""
        return (
            f"{self.due.atena_no}:{self.due.kind}:{self.due.reason}:{self.due.disease or ''}:{self.due.held_id or ''}"
        )


DUE_COLUMNS = (
    Column("pick", "", pick=True),
    Column("reason", "理由", ("reason", "household_no")),
    Column("kind", "交付するもの", ("kind", "household_no")),
    Column("person", "氏名"),
    Column("birth", "生年月日"),
    Column("household", "世帯番号", ("household_no", "atena_no")),
    Column("atena", "宛名番号", ("atena_no",)),
)


def due_list(by: Actor, params: QueryDict, *, counted: int | None, on: date) -> Listing[DueView]:
    """交付するもの, as the last count found them; `counted`: how many they are."""
    by.require("certificate.read")
    reasons = papers.words("reasons")
    found = lists.listing(
        params,
        CertificateDue.objects.all(),
        known=None if counted is None else {"count": counted},
        columns=DUE_COLUMNS,
        filters=(
            lists.choice("reason", "理由", "reason", tuple(reasons.items())),
            lists.choice("kind", "種類", "kind", [(code, paper.label) for code, paper in papers.types().items()]),
            lists.choice("review", "見直し", "review", (("True", "認定の見直しが要る"), ("False", "すぐ交付できる"))),
            lists.number("atena", "宛名番号", "atena_no"),
            lists.number("household", "世帯番号", "household_no"),
        ),
        order=("household_no", "atena_no", "kind"),
        convert=lambda rows: _due_views(by, rows, on),
    )  # fmt: skip
    seen(by, "certificate.due", persons=[row.due.atena_no for row in found.rows])
    return found


def _due_views(by: Actor, rows: Sequence[CertificateDue], on: date) -> list[DueView]:
    shown = people.persons(by, (row.atena_no for row in rows), on=on)
    return [
        _due_view(
            row.pk, Due(row.atena_no, row.household_no, row.kind, row.reason, row.review, row.disease, row.held_id),
            shown.get(row.atena_no),
        )
        for row in rows
    ]  # fmt: skip


def _due_view(number: int, due: Due, person: PersonView | None) -> DueView:
    return DueView(number, due, papers.types()[due.kind].label, papers.words("reasons")[due.reason], person)


def due_counted(by: Actor) -> tuple[date | None, int | None]:
    """(day of the last count, how many are due in the city; None for staff of an area, to whom the list says how many theirs are)."""
    by.require("certificate.read")
    day = CertificateDue.objects.order_by("pk").values_list("counted_on", flat=True).first()
    return day, CertificateDue.objects.count() if territory.limited() is None else None


def due_of_household(by: Actor, household_no: int, *, on: date) -> list[DueView]:
    """What is to be issued in a household, counted at this moment."""
    by.require("certificate.read")
    found = household_holders(household_no, on)
    views = [_due_view(0, item, None) for item in count_due(found.values(), on, list(found))] if found else []
    seen(by, "certificate.due_of_household", persons=found)
    return views


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides the papers of a person: マイナ保険証, 認定, 特別療養費, the household's judgement."""

    card: CardUse | None
    limits: Sequence[LimitApproval]
    diseases: Sequence[DiseaseApproval]
    special: Sequence[SpecialBenefit]
    ratio: str
    income_class: str
    senior: bool
    insured: bool
    due: Sequence[DueView]
    refused: Sequence[tuple[Entry, str]] = ()
    hearings: Sequence[tuple[HearingView, tuple[str, str]]] = ()


def certificate_standing(by: Actor, atena_no: int, household_no: int, *, on: date) -> Standing:
    """Everything that decides which papers a person gets on a day."""
    by.require("certificate.read")
    holder = holders([atena_no], on).get(atena_no)
    mine = Q(BELIEVED, atena_no=atena_no)
    due = [_due_view(0, item, None) for item in count_due([holder], on, [atena_no])] if holder else []
    cards, limits, diseases, special, refusals = rows_together(
        CardUse.objects.filter(mine, valid__contains=on).order_by("pk")[:1],
        LimitApproval.objects.filter(mine).order_by("-valid"),
        DiseaseApproval.objects.filter(mine).order_by("-valid"),
        SpecialBenefit.objects.filter(BELIEVED, household_no=household_no).order_by("-valid"),
        # The newest refusals.
        Entry.objects.filter(kind=REFUSAL, state=Entry.CONFIRMED, persons__contains=[atena_no]).order_by("-pk")[:20],
    )
    found = Standing(
        card=cards[0] if cards else None,
        limits=limits,
        diseases=diseases,
        special=special,
        ratio=holder.ratio if holder else "",
        income_class=(holder.over_70 if holder.senior else holder.under_70) if holder else "",
        senior=bool(holder and holder.senior),
        insured=holder is not None,
        due=due,
        refused=[(row, papers.words("applications")[row.payload["application"]]) for row in refusals],
        hearings=[(view, view.state(on)) for view in hearings_of(by, [household_no]).get(household_no, ())],
    )
    seen(by, "certificate.standing", persons=[atena_no])
    return found


def certificate_counts(by: Actor) -> dict[str, int]:
    """How many papers are in each state that somebody works on, for the home page and the tabs."""
    by.require("certificate.read")
    rows = (
        CertificateHolding.objects.filter(state__in=(CertificateHolding.DUE_BACK, CertificateHolding.RETURNED))
        .values_list("state").annotate(Count("pk"))
    )  # fmt: skip
    return {"due_back": 0, "returned": 0, **dict(rows)}
