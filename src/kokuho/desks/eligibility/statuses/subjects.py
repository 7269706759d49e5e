"""The person a status is about, gathered from the register and the stays, without any view or log: for rules only."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from kokuho.core.models import Municipality
from kokuho.desks.eligibility.models import BELIEVED, ElderlyPeriod, InsuredPeriod
from kokuho.desks.eligibility.statuses.base import Insured, StatusError, Subject
from kokuho.desks.people import municipalities
from kokuho.desks.people.models import Person


def subject(atena_no: int, on: date) -> Subject:
    """What the rules need to know of a person on a day. Raises `StatusError` STA20 for an unknown person."""
    holding = Q(valid__contains=on)
    row = (
        Person.objects.filter(BELIEVED, atena_no=atena_no).order_by("-valid").filter(holding).first()
        or Person.objects.filter(BELIEVED, atena_no=atena_no).order_by("-valid").first()
    )
    if row is None:
        raise StatusError("STA20", f"宛名番号 {atena_no} の人は台帳にいません。")
    stays = InsuredPeriod.objects.filter(BELIEVED, atena_no=atena_no).order_by("-valid")
    elderly = ElderlyPeriod.objects.filter(BELIEVED, atena_no=atena_no).order_by("-valid").first()
    city = Municipality.objects.values_list("code", flat=True).first() or ""
    return Subject(
        atena_no, row.household_no, row.birth_date, city,
        [Insured(stay.valid.lower, stay.valid.upper, stay.acquired_on) for stay in stays],
        elderly.valid.lower if elderly else None, merged=municipalities.merged_into(city, on=on),
    )  # fmt: skip
