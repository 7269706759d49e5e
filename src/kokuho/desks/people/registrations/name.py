"""印字する氏名 as a registration."""

from __future__ import annotations

from datetime import date

from kokuho.core.access import Actor
from kokuho.desks.people.models import BELIEVED, NameChoice, Person
from kokuho.desks.people.models.mail import BUSINESSES, EVERY
from kokuho.desks.people.registrations.kind import Column, Registration, RegistrationError, Values


def _check(by: Actor, on: date, atena_no: int, values: Values) -> None:
    """Who has no such name cannot have it printed."""
    person = Person.objects.filter(BELIEVED, atena_no=atena_no).order_by("-valid").first()
    form = values.get("form")
    if person is None:
        raise RegistrationError("A01", f"宛名番号 {atena_no} は登録されていません。")
    if form == NameChoice.FORMER and not person.former_family_name:
        raise RegistrationError("A40", "住民記録に旧氏の記載がありません。旧氏は住民記録に記載されてから印字できます。")
    if form in (NameChoice.ALIAS, NameChoice.BOTH) and not person.alias_name:
        raise RegistrationError("A41", "住民記録に通称の記載がありません。通称は住民記録に記載されてから印字できます。")


NAME = Registration(
    code="printed_name", label="印字する氏名", model=NameChoice, key=("business",),
    columns=(Column("business", "帳票の種類", "choice", BUSINESSES, initial=EVERY),
             Column("form", "印字する氏名", "choice", NameChoice.FORMS), Column("reason", "理由", help="本人の申出など")),
    describe=lambda v: f"{dict(BUSINESSES)[v.get('business') or EVERY]}　{dict(NameChoice.FORMS)[v['form']]}　{v['reason']}",
    enter="note.change", confirm="note.confirm", check=_check,
    follows="次に作る証・通知書から、この氏名を印字します。作成済みの帳票の氏名は変わりません。",
)  # fmt: skip
