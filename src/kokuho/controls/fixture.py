"""The people of the check installation: staff of every class, and persons whose data must never appear in the wrong place.

Nobody of them exists. The My Numbers are canaries: valid check digits, and known, so that a scan can look for each of them.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from kokuho.core import folding, parameters, vault
from kokuho.core.actions.office import fill_holidays
from kokuho.core.actions.staff import register
from kokuho.core.models import Municipality, Parameter, ParameterBaseline, RightsReview, Staff, Terminal, Unit
from kokuho.core.terminals import hashed
from kokuho.desks.eligibility.models import InsuredNumber, InsuredPeriod
from kokuho.desks.people.models import Person, Protection
from kokuho.formats.checkdigits import my_number_digit

P_1, P_2, P_HEAD, P_DEAD, P_EXT, P_BLANK, P_DV, P_DV_HEAD = range(9_990_000_001, 9_990_000_009)
HOUSEHOLD, OUTSIDER, SHELTER, FORMER = range(9_980_000_001, 9_980_000_005)
UNIT, UNIT_NAME = "K99", "点検係"

SECRET_TOWN, SECRET_BLOCK, SECRET_POSTCODE = "隠里町", "７７番７号", "9998877"


@dataclass(frozen=True, slots=True)
class Clerk:
    """A member of the check staff: number, roles, and from which day on, counted from today, the account ends."""

    staff_no: str
    roles: tuple[str, ...]
    ends_in_days: int = 30


STAFF: Mapping[str, Clerk] = {
    "U-A": Clerk("chkA", ("qualification", "mynumber")),
    "U-B": Clerk("chkB", ("qualification", "mynumber")),
    "U-LEVY": Clerk("chkLevy", ("assessment", "collection")),
    "U-OTHER": Clerk("chkOther", ("collection",)),
    "U-HEAD": Clerk("chkHead", ("assessment_approver",)),
    "U-SYS": Clerk("chkSys", ("operation", "records_keeper", "backup", "restore", "key_custodian")),
    "U-AUD": Clerk("chkAud", ("inspection",)),
    "U-DV": Clerk("chkDv", ("qualification", "protection")),
    "U-GONE": Clerk("chkGone", ("qualification",), ends_in_days=-1),
}
# Nobody types it: made anew for every check installation.
PASSWORD = secrets.token_urlsafe(16)
TERMINAL, TERMINAL_KEY = "T-CHECK", secrets.token_urlsafe(16)


def _number(stem: str) -> str:
    return stem + str(my_number_digit(stem))


CANARIES: Mapping[int, str] = {
    atena_no: _number(f"7{place}903{place}8265{place}"[:11])
    for place, atena_no in enumerate((P_1, P_2, P_HEAD, P_DEAD, P_EXT, P_DV, P_DV_HEAD), start=1)
}
# A number that nobody has yet.
SPARE = _number("79903982651")

NAMES: Mapping[int, tuple[str, str]] = {
    P_1: ("点検甲　一子", "テンケンコウ　イチコ"),
    P_2: ("点検甲　二郎", "テンケンコウ　ジロウ"),
    P_HEAD: ("点検甲　主", "テンケンコウ　ヌシ"),
    P_DEAD: ("点検甲　故人", "テンケンコウ　コジン"),
    P_EXT: ("点検乙　外人", "テンケンオツ　ソトヒト"),
    P_BLANK: ("点検乙　空", "テンケンオツ　カラ"),
    P_DV: ("点検丙　護", "テンケンヘイ　マモル"),
    P_DV_HEAD: ("点検丙　元", "テンケンヘイ　モト"),
}
# What of a protected person must not be seen without the right.
SECRETS = (SECRET_TOWN, SECRET_BLOCK, SECRET_POSTCODE, f"{SECRET_POSTCODE[:3]}-{SECRET_POSTCODE[3:]}")


_OWN: Mapping[str, Any] = {
    "auth.hours.mode": "warn", **{f"auth.factors.{name}": ["password+totp"] for name in ("staff", "administrator", "contractor")},
}  # fmt: skip


def adopt(profile: str, values: Mapping[str, Any], exceptions: Mapping[str, str]) -> None:
    """Let the approved values of the real installation hold here, sealed under the check installation's own key."""
    if not values:
        return
    # The check staff hold authenticator apps and work at any hour; what the parameters themselves do is checked by changing them.
    values = {**values, **{key: value for key, value in _OWN.items() if key in values}}
    text = parameters.content(
        number=1, previous=parameters.GENESIS, profile=profile, values=values, exceptions=exceptions
    )
    ParameterBaseline.objects.create(number=1, content=text, seal=parameters.seal(text))
    Parameter.objects.bulk_create(Parameter(key=key, value=value, baseline=1) for key, value in values.items())


def fill(on: date) -> None:
    """Staff and persons, committed. Called once in an empty check installation, with the municipality already there."""
    if not Municipality.objects.exists():
        Municipality.objects.create(code="112038", name="川口市", prefecture="埼玉県", levy_kind="tax")
    fill_holidays(on.year - 1, on.year + 1)
    for title, clerk in STAFF.items():
        staff = register(
            staff_no=clerk.staff_no, name=f"点検職員 {title}", unit_code=UNIT, unit_name=UNIT_NAME, password=PASSWORD,
            roles=clerk.roles, applied_by="chkHead", approved_by="chkChief", on=on - timedelta(days=60), reason="点検",
        )  # fmt: skip
        Staff.objects.filter(pk=staff.pk).update(valid_until=on + timedelta(days=clerk.ends_in_days))
    RightsReview.objects.create(
        period_from=on - timedelta(days=60), period_until=on - timedelta(days=1), reviewed_on=on - timedelta(days=1), reviewed_by="chkAud",
        changes=0, leftovers=0, findings="点検用の環境の開設",
    )  # fmt: skip
    Terminal.objects.create(
        code=TERMINAL, place="点検", unit=Unit.objects.get(code=UNIT), valid_from=on - timedelta(days=60),
        valid_until=on + timedelta(days=60), secret_hash=hashed(TERMINAL_KEY), origin="check",
    )  # fmt: skip
    _people(on)
    vault.store(CANARIES.items(), by="chkSys", origin="check")


def _people(on: date) -> None:
    since = on - timedelta(days=800)
    fled = on - timedelta(days=60)
    known = {"recorded_by": "chkSys", "origin": "check"}

    def person(atena_no: int, household_no: int, born: date, **more: Any) -> None:
        name, kana = NAMES[atena_no]
        values: dict[str, Any] = {
            "resident_kind": "1", "resident_state": "1", "sex": "1", "relation": "20", "is_head": False, "postal_code": "3320031",
            "town": "点検町", "block": "１番１号", "resident_since": since, "resident_reason": "01", "address_since": since,
            "valid": DateRange(since, None), **more,
        }  # fmt: skip
        Person.objects.create(
            atena_no=atena_no, household_no=household_no, name=name, name_kana=kana, birth_date=born,
            search_name=folding.name(name), search_kana=folding.kana(kana),
            search_place=folding.place(values["town"] + values["block"]), **values, **known,
        )  # fmt: skip

    person(P_HEAD, HOUSEHOLD, date(1955, 4, 1), is_head=True, relation="02")
    person(P_1, HOUSEHOLD, date(1985, 5, 5), sex="2")
    person(P_2, HOUSEHOLD, date(1990, 6, 6))
    person(P_DEAD, HOUSEHOLD, date(1930, 1, 1), resident_state=Person.DIED, left_on=on - timedelta(days=90))
    person(P_BLANK, HOUSEHOLD, date(2020, 2, 2))
    person(P_EXT, OUTSIDER, date(1970, 7, 7), resident_kind=Person.OUTSIDE, is_head=True, relation="02")
    person(P_DV_HEAD, FORMER, date(1980, 8, 8), is_head=True, relation="02")
    person(P_DV, FORMER, date(1982, 9, 9), sex="2", relation="12", valid=DateRange(since, fled))
    person(P_DV, SHELTER, date(1982, 9, 9), sex="2", relation="02", is_head=True, valid=DateRange(fled, None),
           postal_code=SECRET_POSTCODE, town=SECRET_TOWN, block=SECRET_BLOCK, address_since=fled)  # fmt: skip
    Protection.objects.create(atena_no=P_DV, valid=DateRange(fled, None), until=on + timedelta(days=20), **known)
    for atena_no in (P_1, P_2, P_BLANK, P_DV, P_DV_HEAD):
        InsuredPeriod.objects.create(
            atena_no=atena_no, valid=DateRange(since, None), acquired_on=since, acquired_reason="104", **known
        )
    for household_no, number in ((HOUSEHOLD, "99000001"), (FORMER, "99000002"), (SHELTER, "99000003")):
        InsuredNumber.objects.create(
            household_no=household_no, symbol="点", number=number, valid=DateRange(since, None), **known
        )
