"""Forms of households: who lives together, how old, by what they live and what insures them.

A form gives drafts, head first. Ages are those of the base date; names, numbers and dates come later (`household`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from kokuho.town.days import birth_of_age
from kokuho.town.names import FEMALE, MALE
from kokuho.town.people import (
    CHILD,
    CHILDS_WIFE,
    ELDERLY,
    EMPLOYEE,
    FATHER,
    GRANDCHILD,
    GUILD,
    HEAD,
    HUSBAND,
    LODGER,
    MOTHER,
    NHI,
    SIBLING,
    UNMARRIED_WIFE,
    WELFARE,
    WIFE,
)
from kokuho.town.streams import Stream, Weighted

# Ages of 20 to 64 in equal shares of the insured: few in their twenties, many before the pension
_ADULT_AGES = (20, 23, 26, 30, 36, 42, 47, 52, 56, 60, 62, 65)
_WORKING = Weighted([("part_time", 46), ("self_employed", 19), ("jobless", 21), ("left_employer", 9), ("employee", 5)])


@dataclass(slots=True)
class Draft:
    """A person before names and dates. `work` says by what they live, `scheme` what insures them."""

    relation: str
    sex: str
    birth: date
    scheme: str
    work: str
    foreign: bool = False
    own_family_name: bool = False  # not the head's family name


class Draw:
    """Draws drafts for one household."""

    __slots__ = ("base", "rng")

    def __init__(self, rng: Stream, base: date) -> None:
        self.rng, self.base = rng, base

    def one(self, relation: str, sex: str, age: int, scheme: str, work: str) -> Draft:
        """A draft of that age on the base date; a "child" of 18 or more is a student, later a part-time worker."""
        if work == "child" and age >= 18:
            work = "student" if age <= 22 else "part_time"
        return Draft(relation, sex, birth_of_age(age, self.base, self.rng.random()), scheme, work)

    def sex(self, women: float = 0.5) -> str:
        """A sex, women with this probability."""
        return FEMALE if self.rng.chance(women) else MALE

    def senior_age(self) -> int:
        """65 to 74, the older ones more often."""
        return 65 + max(self.rng.below(10), self.rng.below(10))

    def elderly_age(self) -> int:
        """75 and over."""
        return 75 + min(self.rng.below(26), self.rng.below(26))

    def adult_age(self) -> int:
        """20 to 64 as among the insured."""
        return min(64, self.rng.along(_ADULT_AGES))

    def senior_work(self, age: int) -> str:
        """What people of 65 and over live by beside their pension."""
        point = self.rng.random()
        if age < 70 and point < 0.3:
            return "pension_and_work"
        return "self_employed" if point > 0.93 else "landlord" if point > 0.9 else "pensioner"

    def children(self, parent_age: int, most: int, scheme: str) -> list[Draft]:
        """Children of a parent of that age, the oldest first; grown-up ones do not live here any more."""
        drafts = []
        oldest = max(0, parent_age - self.rng.between(22, 35))
        for n in range(self.rng.between(1, most)):
            age = oldest - n * self.rng.between(2, 4)
            if 0 <= age <= 22:
                drafts.append(self.one(CHILD, self.sex(), age, scheme, "child"))
        return drafts


Form = Callable[[Draw], list[Draft]]


def single_senior(d: Draw) -> list[Draft]:
    age = d.senior_age()
    return [d.one(HEAD, d.sex(0.56), age, NHI, d.senior_work(age))]


def single_adult(d: Draw) -> list[Draft]:
    return [d.one(HEAD, d.sex(0.42), d.adult_age(), NHI, d.rng.draw(_WORKING))]


def student(d: Draw) -> list[Draft]:
    return [d.one(HEAD, d.sex(), d.rng.between(18, 24), NHI, "student")]


def foreign_single(d: Draw) -> list[Draft]:
    young = d.rng.chance(0.62)
    age = d.rng.between(19, 31) if young else d.rng.between(28, 73)
    work = "student" if young and d.rng.chance(0.6) else "pensioner" if age >= 65 else d.rng.draw(_WORKING)
    draft = d.one(HEAD, d.sex(0.48), age, NHI, work)
    draft.foreign = True
    return [draft]


def foreign_family(d: Draw) -> list[Draft]:
    age = d.rng.between(26, 48)
    drafts = [
        d.one(HEAD, MALE, age, NHI, d.rng.pick(("self_employed", "part_time", "part_time", "student"))),
        d.one(WIFE, FEMALE, max(20, age - d.rng.between(-1, 6)), NHI, d.rng.pick(("home", "part_time"))),
        *d.children(age, 2, NHI),
    ]
    for draft in drafts:
        draft.foreign = True
    drafts[1].own_family_name = True
    return drafts


def senior_couple(d: Draw) -> list[Draft]:
    husband = d.senior_age()
    wife = min(74, max(65, husband - d.rng.between(-2, 5)))
    work = "pensioner" if d.rng.chance(0.8) else "part_time"
    return [d.one(HEAD, MALE, husband, NHI, d.senior_work(husband)), d.one(WIFE, FEMALE, wife, NHI, work)]


def senior_and_elderly(d: Draw) -> list[Draft]:
    husband = d.rng.between(75, 79)
    wife = d.rng.between(66, 74)
    if d.rng.chance(0.12):
        older, younger = (WIFE, FEMALE, husband), (HEAD, MALE, wife)
    else:
        older, younger = (HEAD, MALE, husband), (WIFE, FEMALE, wife)
    drafts = [d.one(*older, ELDERLY, "pensioner"), d.one(*younger, NHI, "pensioner")]
    return sorted(drafts, key=lambda draft: draft.relation)


def adult_couple(d: Draw) -> list[Draft]:
    age = d.rng.between(38, 64)
    owner = d.rng.chance(0.45)
    head = d.one(HEAD, MALE, age, NHI, "owner" if owner else d.rng.draw(_WORKING))
    wife = d.one(WIFE, FEMALE, min(64, max(25, age - d.rng.between(-2, 7))), NHI, "home")
    wife.work = d.rng.pick(("family_employee", "home")) if owner else d.rng.pick(("home", "part_time", "part_time"))
    return [head, wife]


def unmarried_couple(d: Draw) -> list[Draft]:
    age = d.rng.between(28, 62)
    partner = d.one(UNMARRIED_WIFE, FEMALE, max(22, age - d.rng.between(-3, 6)), NHI, "part_time")
    partner.own_family_name = True
    return [d.one(HEAD, MALE, age, NHI, d.rng.draw(_WORKING)), partner]


def mixed_couple(d: Draw) -> list[Draft]:
    age = d.rng.between(32, 64)
    wife = d.one(WIFE, FEMALE, max(24, age - d.rng.between(0, 12)), NHI, d.rng.pick(("home", "part_time")))
    wife.foreign = wife.own_family_name = True
    return [d.one(HEAD, MALE, age, NHI, d.rng.pick(("self_employed", "part_time"))), wife, *d.children(age, 2, NHI)]


def self_employed_family(d: Draw) -> list[Draft]:
    age = d.rng.between(32, 58)
    spouse = d.rng.pick(("family_employee", "family_employee", "home", "part_time"))
    wife_age = max(24, age - d.rng.between(-2, 6))
    head, partner = d.one(HEAD, MALE, age, NHI, "owner"), d.one(WIFE, FEMALE, wife_age, NHI, spouse)
    if d.rng.chance(0.12):  # a woman's business
        head.sex, partner.sex, partner.relation = FEMALE, MALE, HUSBAND
    return [head, partner, *d.children(wife_age, 3, NHI)]


def farm_family(d: Draw) -> list[Draft]:
    age = d.rng.between(52, 73)
    drafts = [
        d.one(HEAD, MALE, age, NHI, "farmer"),
        d.one(WIFE, FEMALE, min(74, age - d.rng.between(-1, 5)), NHI, d.rng.pick(("family_employee", "home"))),
    ]
    if d.rng.chance(0.4):
        drafts.append(d.one(CHILD, MALE, age - d.rng.between(24, 33), NHI, d.rng.pick(("part_time", "farm_helper"))))
    if d.rng.chance(0.45):
        drafts.append(d.one(MOTHER, FEMALE, age + d.rng.between(20, 27), ELDERLY, "pensioner"))
    return drafts


def young_family(d: Draw) -> list[Draft]:
    age = d.rng.between(24, 38)
    drafts = [
        d.one(HEAD, MALE, age, NHI, d.rng.pick(("self_employed", "part_time", "left_employer"))),
        d.one(WIFE, FEMALE, max(21, age - d.rng.between(-3, 5)), NHI, d.rng.pick(("home", "part_time"))),
    ]
    first = d.rng.below(min(6, age - 20))
    drafts.append(d.one(CHILD, d.sex(), first, NHI, "child"))
    if first >= 2 and d.rng.chance(0.45):
        drafts.append(d.one(CHILD, d.sex(), first - 2, NHI, "child"))
    return drafts


def single_parent(d: Draw) -> list[Draft]:
    age = d.rng.between(27, 54)
    drafts = [d.one(HEAD, d.sex(0.88), age, NHI, d.rng.pick(("part_time", "part_time", "part_time", "jobless")))]
    return drafts + (d.children(age, 3, NHI) or [d.one(CHILD, d.sex(), max(0, age - 30), NHI, "child")])


def senior_and_child(d: Draw) -> list[Draft]:
    age = d.senior_age()
    child = d.one(CHILD, d.sex(0.4), age - d.rng.between(25, 36), NHI, d.rng.draw(_WORKING))
    return [d.one(HEAD, d.sex(0.6), age, NHI, d.senior_work(age)), child]


def elderly_head(d: Draw) -> list[Draft]:
    age = d.rng.between(76, 93)
    child = d.one(CHILD, d.sex(0.42), min(64, age - d.rng.between(24, 36)), NHI, d.rng.draw(_WORKING))
    return [d.one(HEAD, d.sex(0.55), age, ELDERLY, "pensioner"), child]


def employee_head(d: Draw) -> list[Draft]:
    age = d.rng.between(40, 62)
    head = d.one(HEAD, d.sex(0.18), age, EMPLOYEE, "salaried")
    kind = d.rng.random()
    if kind < 0.45:
        child_age = max(18, age - d.rng.between(23, 33))
        return [head, d.one(CHILD, d.sex(), child_age, NHI, d.rng.pick(("part_time", "jobless")))]
    if kind < 0.75:
        sex = d.sex(0.75)
        parent = min(74, age + d.rng.between(21, 30))
        parent_age = parent if parent >= 65 else 66
        head.birth = birth_of_age(min(age, parent_age - 20), d.base, d.rng.random())
        return [head, d.one(MOTHER if sex == FEMALE else FATHER, sex, parent_age, NHI, "pensioner")]
    partner = (WIFE, FEMALE) if head.sex == MALE else (HUSBAND, MALE)
    family = [d.one(CHILD, d.sex(), max(0, age - d.rng.between(28, 40)), EMPLOYEE, "child")]
    return [head, d.one(*partner, age - d.rng.between(-3, 4), NHI, "self_employed"), *family]


def three_generations(d: Draw) -> list[Draft]:
    age = d.rng.between(66, 74)
    child_age = age - d.rng.between(25, 31)
    drafts = [
        d.one(HEAD, MALE, age, NHI, d.rng.pick(("pensioner", "owner", "farmer"))),
        d.one(WIFE, FEMALE, max(65, age - d.rng.between(0, 5)), NHI, "pensioner"),
        d.one(CHILD, MALE, child_age, NHI, "self_employed"),
        d.one(CHILDS_WIFE, FEMALE, max(24, child_age - d.rng.between(0, 5)), NHI, "part_time"),
    ]
    for n in range(d.rng.between(1, 2)):
        drafts.append(d.one(GRANDCHILD, d.sex(), max(0, child_age - 30 - 3 * n), NHI, "child"))
    if d.rng.chance(0.4):
        drafts.append(d.one(MOTHER, FEMALE, age + d.rng.between(19, 25), ELDERLY, "pensioner"))
    return drafts


def siblings(d: Draw) -> list[Draft]:
    age = d.rng.between(48, 73)
    other = max(40, age - d.rng.between(1, 6))
    work = "pensioner" if age >= 65 else d.rng.draw(_WORKING)
    return [d.one(HEAD, d.sex(), age, NHI, work), d.one(SIBLING, d.sex(), other, NHI, "part_time")]


def housemates(d: Draw) -> list[Draft]:
    drafts = [d.one(HEAD, d.sex(), d.rng.between(22, 45), NHI, "part_time")]
    for _ in range(d.rng.between(1, 2)):
        lodger = d.one(LODGER, d.sex(), d.rng.between(20, 45), NHI, d.rng.pick(("part_time", "student")))
        lodger.own_family_name = True
        drafts.append(lodger)
    return drafts


def employee_family(d: Draw) -> list[Draft]:
    age = d.rng.between(28, 60)
    head = d.one(HEAD, MALE if d.rng.chance(0.85) else FEMALE, age, EMPLOYEE, "salaried")
    partner = (WIFE, FEMALE) if head.sex == MALE else (HUSBAND, MALE)
    work = d.rng.pick(("salaried", "home", "part_time"))
    return [head, d.one(*partner, max(22, age - d.rng.between(-2, 5)), EMPLOYEE, work), *d.children(age, 3, EMPLOYEE)]


def employee_single(d: Draw) -> list[Draft]:
    return [d.one(HEAD, d.sex(0.42), d.rng.between(22, 63), EMPLOYEE, "salaried")]


def elderly_single(d: Draw) -> list[Draft]:
    return [d.one(HEAD, d.sex(0.68), d.elderly_age(), ELDERLY, "pensioner")]


def elderly_couple(d: Draw) -> list[Draft]:
    age = 76 + min(d.rng.below(18), d.rng.below(18))
    wife = max(75, age - d.rng.between(-2, 6))
    return [d.one(HEAD, MALE, age, ELDERLY, "pensioner"), d.one(WIFE, FEMALE, wife, ELDERLY, "pensioner")]


def welfare_single(d: Draw) -> list[Draft]:
    return [d.one(HEAD, d.sex(0.42), d.rng.between(35, 84), WELFARE, "welfare")]


def guild_family(d: Draw) -> list[Draft]:
    age = d.rng.between(30, 62)
    wife = d.one(WIFE, FEMALE, max(24, age - d.rng.between(-2, 6)), GUILD, d.rng.pick(("family_employee", "home")))
    return [d.one(HEAD, MALE, age, GUILD, "owner"), wife, *d.children(age, 2, GUILD)]


FORMS: dict[str, Form] = {
    form.__name__: form
    for form in (
        single_senior, single_adult, student, foreign_single, foreign_family, senior_couple, senior_and_elderly,
        adult_couple, unmarried_couple, mixed_couple, self_employed_family, farm_family, young_family, single_parent,
        senior_and_child, elderly_head, employee_head, three_generations, siblings, housemates, employee_family,
        employee_single, elderly_single, elderly_couple, welfare_single, guild_family,
    )
}  # fmt: skip


def draft_household(form: str, rng: Stream, base: date) -> list[Draft]:
    """The drafts of a form, head first."""
    return FORMS[form](Draw(rng, base))
