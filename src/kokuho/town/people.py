"""People and households of the town, and the row of the resident register that describes one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from kokuho.town.days import iso
from kokuho.town.names import Name
from kokuho.town.places import Address

# Insurance of a person (制度)
NHI, EMPLOYEE, ELDERLY, WELFARE, GUILD = "nhi", "employee", "elderly", "welfare", "guild"

# 国保資格喪失事由 of the layouts
LOST_DEPARTURE, LOST_EMPLOYEE, LOST_DEATH, LOST_WELFARE, LOST_ELDERLY, LOST_GUILD, LOST_OTHER = (
    "01", "02", "03", "04", "05", "06", "07",
)  # fmt: skip
# 住民状態
RESIDENT, MOVED_OUT, DEAD, STRUCK_OFF, LEFT_JAPAN = "1", "2", "3", "4", "5"
# 続柄
HEAD, HUSBAND, WIFE, CHILD, CHILDS_WIFE, CHILDS_HUSBAND, GRANDCHILD = "02", "11", "12", "20", "25", "26", "30"
UNMARRIED_HUSBAND, UNMARRIED_WIFE = "15", "16"
FATHER, MOTHER, SIBLING, RELATIVE, LODGER = "51", "52", "61", "80", "99"
SPOUSES = (HUSBAND, WIFE, UNMARRIED_HUSBAND, UNMARRIED_WIFE)


@dataclass(slots=True)
class Person:
    """A person as the register has them, and what the register does not say: `work`, by which incomes are made."""

    number: str  # 宛名番号
    my_number: str
    household_number: str
    sex: str
    relation: str
    birth: date
    scheme: str
    work: str
    name: Name
    address: Address
    foreign: bool = False
    state: str = RESIDENT
    birth_text: str = ""  # when part of the birth date is unknown
    resident_since: date = date.min
    resident_reason: str = "01"
    address_since: date = date.min
    left_on: date | None = None
    previous_address: str = ""
    moved_to: str = ""
    nationality: str = ""
    residence_status: str = ""
    residence_until: date | None = None
    nhi_from: date | None = None
    nhi_lost: date | None = None
    nhi_reason: str = ""
    elderly_from: date | None = None
    protected_from: date | None = None
    protected_until: date | None = None

    @property
    def here(self) -> bool:
        """Whether the person lives in the municipality (現住)."""
        return self.state == RESIDENT

    @property
    def insured(self) -> bool:
        """Whether the register calls the person 被保険者."""
        return self.nhi_from is not None and self.nhi_lost is None and self.state == RESIDENT

    @property
    def nhi_state(self) -> str:
        """国保資格区分."""
        return "0" if self.nhi_from is None else "1" if self.nhi_lost is None else "2"

    def acquire(self, day: date) -> None:
        """国保 from a day; the former period, if any, is no longer shown by the register."""
        self.nhi_from, self.nhi_lost, self.nhi_reason, self.scheme = day, None, "", NHI

    def lose(self, day: date, reason: str) -> None:
        """喪失. A period that would end before it began ends on the day it began."""
        if self.nhi_from is not None and self.nhi_lost is None:
            self.nhi_lost, self.nhi_reason = max(day, self.nhi_from), reason

    def row(self) -> tuple[str | None, ...]:
        """The person in the order of juki-full, texts as on the wire."""
        name = self.name
        here = self.address
        return (
            self.number, self.household_number, self.my_number or None, "2" if self.foreign else "1", self.state,
            name.text, name.kana, name.former, name.former_kana, name.alias, name.alias_kana, name.roman,
            self.birth_text or iso(self.birth), self.sex, self.relation,
            here.postal_code, here.town, here.block, here.building,
            iso(self.resident_since), self.resident_reason, iso(self.address_since),
            iso(self.left_on) if self.left_on else None, self.previous_address or None, self.moved_to or None,
            self.nationality or None, self.residence_status or None,
            iso(self.residence_until) if self.residence_until else None,
            self.nhi_state, iso(self.nhi_from) if self.nhi_from else None,
            iso(self.nhi_lost) if self.nhi_lost else None, self.nhi_reason or None,
            iso(self.elderly_from) if self.elderly_from else None,
            "1" if self.protected_from else "0", iso(self.protected_from) if self.protected_from else None,
            iso(self.protected_until) if self.protected_until else None,
        )  # fmt: skip


@dataclass(slots=True)
class Household:
    """People who share a 世帯番号 (and those struck from it), from one place of the town."""

    index: int
    form: str
    address: Address
    members: list[Person] = field(default_factory=list)
    case: str = ""
    next_place: int = 0  # first free person place of the town's numbers

    def here(self) -> Iterator[Person]:
        """現住 members."""
        return (person for person in self.members if person.state == RESIDENT)

    @property
    def head(self) -> Person | None:
        """世帯主 among the 現住."""
        return next((person for person in self.here() if person.relation == HEAD), None)
