"""Reads of what others tell: findings of another insurance, the prefecture's dates and IDs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import QueryDict

from kokuho.core.access import Actor
from kokuho.core.queries import staff_names
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing
from kokuho.desks.eligibility.actions.regularisation import judge
from kokuho.desks.eligibility.models import (
    BELIEVED,
    FindingStep,
    InsuredPeriod,
    MemberId,
    OtherInsuranceFinding,
    PrefectureStay,
)
from kokuho.desks.people import queries as people
from kokuho.desks.people.queries import PersonView
from kokuho.law.eligibility.notification import ExOfficioLoss
from kokuho.law.eligibility.stays import Seam, Stay, seams


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding with the person and whether they are still insured here on the day of the finding."""

    finding: OtherInsuranceFinding
    person: PersonView | None
    insured: bool
    decided_name: str

    @property
    def kind_label(self) -> str:
        """他保険に加入した疑い …"""
        return str(self.finding.get_kind_display())

    @property
    def source_label(self) -> str:
        """国民年金の資格喪失 …"""
        return str(self.finding.get_source_display())

    @property
    def state_label(self) -> str:
        """未処理 …"""
        return str(self.finding.get_state_display())

    @property
    def result_label(self) -> str:
        """届出があった …"""
        return str(self.finding.get_result_display())


FINDING_COLUMNS = (
    Column("id", "番号", ("pk",), numeric=True),
    Column("kind", "種類", ("kind", "event_on")),
    Column("person", "氏名・宛名番号"),
    Column("birth", "生年月日"),
    Column("event_on", "加入・離脱の日", ("event_on", "pk")),
    Column("scheme", "相手の制度"),
    Column("source", "もと"),
    Column("insured", "今の国保"),
    Column("state", "状態"),
)


def findings(by: Actor, params: QueryDict, *, on: date) -> Listing[FindingRow]:
    """他保険との突合: persons to write to, oldest event first."""
    by.require("eligibility.read")
    found = lists.listing(
        params,
        OtherInsuranceFinding.objects.all(),
        columns=FINDING_COLUMNS,
        filters=(
            lists.choice("state", "状態", "state", OtherInsuranceFinding.STATES, default=OtherInsuranceFinding.OPEN),
            lists.choice("kind", "種類", "kind", OtherInsuranceFinding.KINDS),
            lists.choice("source", "もと", "source", OtherInsuranceFinding.SOURCES),
            lists.number("atena", "宛名番号", "atena_no"),
            lists.day("from", "加入・離脱の日（から）", "event_on__gte"),
        ),
        order=("event_on", "pk"),
        convert=lambda rows: _finding_rows(by, rows, on),
    )
    seen(by, "eligibility.findings", persons=[row.finding.atena_no for row in found.rows])
    return found


def finding(by: Actor, finding_id: int, *, on: date) -> FindingRow:
    """One finding. Raises DoesNotExist."""
    by.require("eligibility.read")
    row = _finding_rows(by, [OtherInsuranceFinding.objects.get(pk=finding_id)], on)[0]
    seen(by, "eligibility.finding", persons=[row.finding.atena_no], detail={"finding": finding_id})
    return row


def finding_steps(
    by: Actor, found: OtherInsuranceFinding, *, on: date
) -> tuple[list[tuple[FindingStep, str]], ExOfficioLoss | None]:
    """The steps of a finding with the names of who wrote them, newest first, and whether 職権喪失 may be made."""
    by.require("eligibility.read")
    rows = list(FindingStep.objects.filter(finding=found).order_by("-happened_on", "-pk"))
    names = staff_names(row.recorded_by for row in rows)
    seen(by, "eligibility.finding_steps", persons=[found.atena_no])
    return [(row, names.get(row.recorded_by, row.recorded_by)) for row in rows], judge(found, rows, on)


def _finding_rows(by: Actor, rows: Sequence[OtherInsuranceFinding], on: date) -> list[FindingRow]:
    numbers = [row.atena_no for row in rows]
    shown = people.persons(by, numbers, on=on)
    names = staff_names(row.decided_by for row in rows)
    insured = set(
        InsuredPeriod.objects.filter(BELIEVED, atena_no__in=numbers, valid__contains=on).values_list("atena_no", flat=True)
    )
    return [FindingRow(row, shown.get(row.atena_no), row.atena_no in insured, names[row.decided_by]) for row in rows]


@dataclass(frozen=True, slots=True)
class Outside:
    """What the federation told about a person, beside the stays here; `seams` are 重複・空白 within the prefecture."""

    prefecture: tuple[PrefectureStay, ...]
    ids: tuple[MemberId, ...]
    seams: tuple[Seam, ...]


def outside(by: Actor, atena_nos: Iterable[int], *, municipality: str) -> dict[int, Outside]:
    """Prefecture's stays, member IDs and seams of persons; `municipality` is this one's name."""
    by.require("eligibility.read")
    wanted = list(dict.fromkeys(atena_nos))
    dates: defaultdict[int, list[PrefectureStay]] = defaultdict(list)
    for stay in PrefectureStay.objects.filter(BELIEVED, atena_no__in=wanted).order_by("-valid"):
        dates[stay.atena_no].append(stay)
    ids: defaultdict[int, list[MemberId]] = defaultdict(list)
    for member in MemberId.objects.filter(BELIEVED, atena_no__in=wanted).order_by("-stay_from"):
        ids[member.atena_no].append(member)
    own: defaultdict[int, list[InsuredPeriod]] = defaultdict(list)
    for period in InsuredPeriod.objects.filter(BELIEVED, atena_no__in=wanted).order_by("valid"):
        own[period.atena_no].append(period)
    seen(by, "eligibility.outside", persons=wanted)
    return {
        atena_no: Outside(
            tuple(dates[atena_no]), tuple(ids[atena_no]), tuple(_seams(own[atena_no], dates[atena_no], municipality))
        )
        for atena_no in wanted
    }


def _seams(own: Sequence[InsuredPeriod], told: Sequence[PrefectureStay], municipality: str) -> Iterable[Seam]:
    """The stays here and, before the first and after the last of them, the part that the prefecture counts elsewhere."""
    stays = [Stay(p.valid.lower, p.valid.upper, municipality) for p in own if p.valid.lower is not None]
    if not stays:
        return ()
    first, last = min(stay.start for stay in stays), max(stays, key=lambda stay: stay.end or date.max).end
    for stay in told:
        if stay.acquired_on < first:
            stays.append(Stay(stay.acquired_on, min(stay.lost_on or first, first), "県内の他市町村"))
        if stay.lost_on is not None and last is not None and last < stay.lost_on:
            stays.append(Stay(max(last, stay.acquired_on), stay.lost_on, "県内の他市町村"))
    return seams(stays)
