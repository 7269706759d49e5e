"""4情報の突合: name, sex, birth date and address of an application beside the register's, item by item (ENTRY-04).

Two spellings are the same when their search forms are (`core.folding`: full and half width, spaces, variants of characters,
丁目・番地・号 and hyphens). A name also matches by 通称, 旧氏 with the given name, roman letters or kana.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kokuho.core import era, folding
from kokuho.core.access import Actor
from kokuho.core.models import Municipality
from kokuho.core.reads import seen
from kokuho.desks.people.models import BELIEVED, Person
from kokuho.desks.people.queries.persons import persons

SAME, VARIANT, DIFFERENT, BLANK, HIDDEN = "same", "variant", "different", "blank", "hidden"
STATES = {
    SAME: "一致", VARIANT: "一致（表記の違い）", DIFFERENT: "不一致", BLANK: "記入なし", HIDDEN: "確認できません（支援措置）",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FourItem:
    """One of the four: what was typed, what the register says, how they compare (`STATES`)."""

    name: str
    label: str
    typed: str
    registered: str
    state: str

    @property
    def words(self) -> str:
        """The state for the screen."""
        return STATES[self.state]

    @property
    def agrees(self) -> bool:
        """True when nothing speaks against it. What was not filled in or may not be seen does not agree."""
        return self.state in (SAME, VARIANT)


def compare_four(by: Actor, atena_no: int, typed: Mapping[str, str], *, on: date) -> list[FourItem]:
    """Compare `name`, `kana` (optional), `sex` (男・女 or code), `birth_date` (any typed form) and `address` of an application
    with the register on a day. Raises Person.DoesNotExist."""
    by.require("person.read")
    view = persons(by, [atena_no], on=on).get(atena_no)
    if view is None:
        raise Person.DoesNotExist(atena_no)
    row = Person.objects.filter(BELIEVED, atena_no=atena_no).order_by("-valid").first()
    assert row is not None
    given = row.name.partition("\u3000")[2]
    names = [
        view.name, view.registered_name, view.roman_name, f"{view.former_family_name}{given}" if view.former_family_name else ""
    ]  # fmt: skip
    found = [
        _words(
            "name",
            "氏名",
            typed.get("name", ""),
            view.name,
            [folding.name(name) for name in names if name],
            folding.name,
        )
    ]
    if typed.get("kana"):
        kanas = [folding.kana(kana) for kana in (view.kana, view.registered_kana) if kana]
        found.append(_words("kana", "氏名カナ", typed["kana"], view.kana, kanas, folding.kana))
    found.append(_sex(typed.get("sex", ""), row.sex))
    found.append(_birth(typed.get("birth_date", ""), view.birth_date))
    if view.address_hidden:
        found.append(FourItem("address", "住所", typed.get("address", ""), "", HIDDEN))
    else:
        found.append(_address(typed.get("address", ""), row))
    seen(
        by,
        "people.compare_four",
        persons=[atena_no],
        detail={"differs": [item.name for item in found if not item.agrees]},
    )
    return found


def _words(name: str, label: str, typed: str, registered: str, forms: Sequence[str], fold: object) -> FourItem:
    assert callable(fold)
    if not typed.strip():
        state = BLANK
    elif typed.strip() == registered:
        state = SAME
    else:
        state = VARIANT if fold(typed) in forms else DIFFERENT
    return FourItem(name, label, typed.strip(), registered, state)


def _sex(typed: str, code: str) -> FourItem:
    told = {"男": "1", "女": "2", "男性": "1", "女性": "2"}.get(typed.strip(), typed.strip())
    state = BLANK if not told else SAME if told == code else DIFFERENT
    return FourItem("sex", "性別", Person.SEX.get(told, typed.strip()), Person.SEX.get(code, code), state)


def _birth(typed: str, born: date) -> FourItem:
    if not typed.strip():
        return FourItem("birth_date", "生年月日", "", era.long(born), BLANK)
    try:
        told = era.parse(typed)
    except ValueError:
        return FourItem("birth_date", "生年月日", typed.strip(), era.long(born), DIFFERENT)
    return FourItem("birth_date", "生年月日", era.long(told), era.long(born), SAME if told == born else DIFFERENT)


def _tight(place: str) -> str:
    """Without the hyphen that 号 leaves before the name of a building."""
    return re.sub(r"-(?!\d)", "", place)


def _address(typed: str, row: Person) -> FourItem:
    city = Municipality.objects.get()
    text = typed.strip()
    told = folding.place(text)
    for prefix in (folding.place(f"{city.prefecture}{city.name}"), folding.place(city.name)):
        told = told.removeprefix(prefix)
    if not text:
        state = BLANK
    elif text in (row.address, f"{city.prefecture}{city.name}{row.address}"):
        state = SAME
    else:
        # With or without the name of the building: 方書 is left out on many forms.
        forms = {_tight(folding.place(text)) for text in (row.town + row.block, row.town + row.block + row.building)}
        state = VARIANT if _tight(told) in forms else DIFFERENT
    return FourItem("address", "住所", text, f"{city.prefecture}{city.name}{row.address}", state)
