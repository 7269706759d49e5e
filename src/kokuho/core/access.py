"""Who may do what: the one place that every screen, command, print and file entry asks. The answer is no by default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import DateField, Q, QuerySet, Value

from kokuho.core import parameters, territory, vendors

if TYPE_CHECKING:
    from kokuho.core.models import Staff

# What a capability does, after the dot, when it only shows something.
LOOKING = ("read", "search", "report")


class Refused(Exception):
    """The actor lacks a capability. `code` is stable; the message is for the screen."""

    code = "RIGHTS-01"

    def __init__(self, capability: str) -> None:
        label = catalogue()["capabilities"].get(capability, capability)
        super().__init__(f"この操作の権限がありません（{label}）。必要なときは所属長を通じて権限を申請してください。")
        self.capability = capability


class Unmapped(Refused):
    """An item of information that the 事務 does not need, by the purpose table in force (RIGHTS-03)."""

    code = "RIGHTS-03"

    def __init__(self, item: str | None, duty: str) -> None:
        super().__init__("sign-in")
        words = items().get(item or "", "この表")
        self.args = (f"「{words}」は、今の事務（{duty or 'なし'}）で使う情報項目ではないか、見る権限がありません。",)


class OutsideTerritory(Refused):
    """A person of another 区・支所・出張所 than the reader's unit looks after (RIGHTS-02)."""

    code = "RIGHTS-02"

    def __init__(self) -> None:
        super().__init__("person.read")
        self.args = ("所属の管轄区域の外の人です。管轄する所属に確かめてください。",)


class OutsideWindow(Refused):
    """A contractor without an approved window now (VENDOR-02)."""

    code = "VENDOR-02"

    def __init__(self, problem: str) -> None:
        super().__init__("sign-in")
        self.args = (f"承認された作業の時間帯の外です（{problem}）。市の担当者に確かめてください。",)


@cache
def catalogue() -> dict[str, Any]:
    """The purpose table of `core/data/rights.yaml`, checked for names that do not exist."""
    table: dict[str, Any] = yaml.safe_load(files("kokuho.core").joinpath("data", "rights.yaml").read_text("utf-8"))
    known = set(table["capabilities"])
    if unlisted := {item_of(capability) for capability in known} - set(items()):
        raise ValueError(f"purposes.yaml: list the 情報項目 {sorted(unlisted)} under items")
    for role, entry in table["roles"].items():
        if unknown := set(entry["may"]) - known:
            raise ValueError(f"rights.yaml: role {role} names unknown capabilities {sorted(unknown)}")
        if entry["duty"] not in duties():
            raise ValueError(f"purposes.yaml: list the 事務 {entry['duty']} (role {role}) under duties")
        if outside := {item_of(capability) for capability in entry["may"]} - set(duties()[entry["duty"]]["items"]):
            raise ValueError(f"purposes.yaml: 事務 {entry['duty']} does not list {sorted(outside)}, which role {role} uses")
    for entry in table["exclusive"]:
        if strange := (set(entry["one"]) | set(entry["other"])) - set(table["roles"]):
            raise ValueError(f"rights.yaml: exclusive names unknown roles {sorted(strange)}")
    return table


@cache
def _purposes() -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load(files("kokuho.core").joinpath("data", "purposes.yaml").read_text("utf-8"))
    if strange := set(table["tables"].values()) - set(table["items"]):
        raise ValueError(f"purposes.yaml: tables name unknown items {sorted(strange)}")
    for duty, entry in table["duties"].items():
        if unknown := set(entry["items"]) - set(table["items"]):
            raise ValueError(f"purposes.yaml: duty {duty} names unknown items {sorted(unknown)}")
    return table


def items() -> dict[str, str]:
    """情報項目: the part of a capability before the dot → words."""
    found: dict[str, str] = _purposes()["items"]
    return found


def duties() -> dict[str, dict[str, Any]]:
    """事務: name → `basis`, `items`, `my_number` (個人番号利用事務). The table of the product; `purpose_table` is the one in force."""
    found: dict[str, dict[str, Any]] = _purposes()["duties"]
    return found


def item_of(capability: str) -> str:
    """The 情報項目 that a capability is about."""
    return capability.partition(".")[0]


def item_of_table(label: str) -> str | None:
    """The 情報項目 that a table's rows are (`people.bankaccount` → bank), by its own line or that of its desk; a table of changes
    counts as what it tells of. None: values of this table are shown to nobody."""
    known: dict[str, str] = _purposes()["tables"]
    own = label.removesuffix("event")
    return known.get(label) or known.get(own) or known.get(label.partition(".")[0])


def purpose_table() -> dict[str, frozenset[str]]:
    """事務 → 情報項目 as approved now (RIGHTS-03): the table of the product with what the municipality changed. 個人番号 is out of
    every duty that is not marked 個人番号利用事務, whatever the table says."""
    changed = parameters.value("rights.purposes")
    return {
        duty: frozenset(changed.get(duty, entry["items"])) - (frozenset() if entry.get("my_number") else {"mynumber"})
        for duty, entry in duties().items()
    }


@dataclass(frozen=True, slots=True)
class Actor:
    """The person on whose behalf something happens, with the rights that are in force at this moment.

    `duty` is the 事務 in words, `table` the version of the purpose table under which the rights were given (0: the product's),
    `items` are the 情報項目 that it gives to the 事務. `limit` are the areas to which the person's unit is limited, None: the whole city.
    A contractor works in an approved `window`; rights that only its order gives reach `only_persons`, where it names any.
    """

    staff_no: str
    name: str
    unit: str
    capabilities: frozenset[str]
    terminal: str
    session: str = ""
    duty: str = ""
    roles: tuple[str, ...] = field(default=())
    account_class: str = "staff"
    duties: tuple[str, ...] = field(default=())
    table: int = 0
    window: int = 0
    only_persons: tuple[int, ...] = field(default=())
    items: frozenset[str] = frozenset()
    held: frozenset[str] = field(default=frozenset())  # of one who is looking only: what the person may elsewhere
    limit: territory.Limit | None = None

    def is_person(self, staff_no: str) -> bool:
        """True when an account is the actor's own: this one, or another one of the same person (ENTRY-02: persons are counted,
        not accounts)."""
        return same_person(self.staff_no, staff_no)

    def sees(self, item: str) -> bool:
        """True when the 事務 of the actor needs a 情報項目, and the actor holds the right to read it where it has one of its own."""
        if f"{item}.read" in catalogue()["capabilities"]:
            return f"{item}.read" in self.capabilities
        return item in self.items or item in {item_of(capability) for capability in self.capabilities}

    def require_item(self, item: str | None, *, asked: str) -> None:
        """Raises `Refused` (RIGHTS-03), recorded, for an item outside the purpose table or the rights. `asked`: what was asked for."""
        if item is None or not self.sees(item):
            raise self.outside(item, asked)

    def outside(self, item: str | None, asked: str) -> Unmapped:
        """The refusal of an item, after it has been recorded."""
        from kokuho.core import audit

        audit.record(self, function="item", operation="refuse", result="refused", detail={"item": item or "", "asked": asked[:60]})
        return Unmapped(item, self.duty)

    def looking(self) -> Actor:
        """The same person with the rights to look only: in a view of the past nothing can be entered."""
        looks = frozenset(c for c in self.capabilities if c.partition(".")[2] in LOOKING)
        return replace(self, capabilities=looks, held=self.capabilities)

    def holds(self, capability: str) -> bool:
        """True when the person may this, here or elsewhere: what one may enter or confirm one may see, in the past too."""
        return self.may(capability) or capability in self.held

    def may(self, capability: str) -> bool:
        """True when a granted role carries the capability."""
        if capability not in catalogue()["capabilities"]:
            raise ValueError(f"unknown capability {capability}")
        return capability in self.capabilities

    def require(self, capability: str) -> None:
        """Raises `Refused`, after the refusal has been recorded."""
        if not self.may(capability):
            from kokuho.core import audit

            audit.record(self, function=capability, operation="refuse", result="refused")
            raise Refused(capability)


def same_person(one: str, other: str) -> bool:
    """True when two accounts (利用者ID) belong to one person."""
    from kokuho.core.models import Staff

    if one == other:
        return True
    owners = dict(Staff.objects.filter(staff_no__in=(one, other)).values_list("staff_no", "person_no"))
    return one in owners and owners[one] == owners.get(other)


def with_rights(on: date) -> QuerySet[Staff]:
    """Accounts with their unit and the roles that are granted on a day (`granted`, and the day as `granted_on`)."""
    from kokuho.core.models import Staff

    granted_now = Q(grants__valid_from__lte=on, grants__valid_until__gte=on)
    return Staff.objects.select_related("unit").annotate(
        granted=ArrayAgg("grants__role", filter=granted_now, order_by="grants__role", default=[]),
        granted_on=Value(on, output_field=DateField()),
    )


def actor_for(
    staff_no: str, *, on: date, terminal: str, session: str = "", purpose: str | None = None, account: Staff | None = None
) -> Actor:
    """The actor of a staff member with the roles in force on a day. `account`: the account as `with_rights` has just read it.

    `purpose` is the 事務 under which the person works now: only roles of that 事務 count, and roles that join any; empty, the first
    that the person holds. None (commands, workers): every role counts, each within the 情報項目 of its own 事務. Raises `Refused`
    for someone who is unknown, not yet or no longer on duty.
    """
    from kokuho.core.models import Staff

    read = account is not None and account.staff_no == staff_no and getattr(account, "granted_on", None) == on
    staff = account if read else with_rights(on).filter(staff_no=staff_no).first()
    if staff is None or not staff.is_active or not staff.valid_from <= on <= staff.valid_until:
        raise Refused("sign-in")
    rights = rights_of(staff.granted, purpose)
    capabilities, order = rights.capabilities, None
    if staff.account_class == Staff.CONTRACTOR:
        order = vendors.window(staff.person_no, on=on)
        if order.problem:
            raise OutsideWindow(order.problem)
        capabilities = capabilities - vendors.never() | order.capabilities
    limit = None
    if staff.unit.areas and parameters.value("rights.territory"):
        limit, capabilities = territory.Limit(tuple(staff.unit.areas), on), capabilities - territory.whole_city()
    return Actor(
        staff_no=staff.staff_no,
        name=staff.name,
        unit=staff.unit.name,
        capabilities=capabilities,
        terminal=terminal,
        session=session,
        duty="・".join(rights.acting),
        roles=rights.titles,
        account_class=staff.account_class,
        duties=rights.duties,
        table=parameters.current().number,
        window=(order.number or 0) if order else 0,
        only_persons=order.persons if order else (),
        items=rights.items,
        limit=limit,
    )


MACHINE = "定時処理"


def machine(name: str, capabilities: frozenset[str]) -> Actor:
    """Nobody in person: scheduled work, in its own name and with no more rights than it needs. Raises ValueError for an unknown right."""
    if unknown := capabilities - set(catalogue()["capabilities"]):
        raise ValueError(f"unknown capabilities {sorted(unknown)}")
    return Actor(MACHINE, name, "", capabilities, "worker")


@dataclass(frozen=True, slots=True)
class Rights:
    """What roles come to: capabilities, titles, every 事務 that may be chosen, and those under which the person acts now."""

    capabilities: frozenset[str]
    titles: tuple[str, ...]
    duties: tuple[str, ...]
    acting: tuple[str, ...]
    items: frozenset[str]


def rights_of(granted: Iterable[str], purpose: str | None = None) -> Rights:
    """The rights of granted roles under the purpose table in force (RIGHTS-03)."""
    roles: Mapping[str, Any] = catalogue()["roles"]
    table = purpose_table()
    held = [role for role in dict.fromkeys(granted) if role in roles]
    own = [role for role in held if not roles[role].get("joins")]
    # Who has nothing but joining roles works under their 事務.
    bearing = own or held
    order = {duty: place for place, duty in enumerate(table)}
    possible = sorted({roles[role]["duty"] for role in bearing}, key=order.__getitem__)
    acting = tuple(possible) if purpose is None else (purpose,) if purpose in possible else tuple(possible[:1])
    needed = {duty: table[duty] for duty in acting}
    every = frozenset().union(*needed.values())
    capabilities = {
        item for role in held for item in roles[role]["may"]
        if item_of(item) in (every if role not in bearing else needed.get(roles[role]["duty"], ()))
    }  # fmt: skip
    counted = [role for role in held if role not in bearing or roles[role]["duty"] in needed]
    return Rights(
        frozenset(capabilities), tuple(roles[role]["title"] for role in counted), tuple(possible), acting, every
    )


def exclusive_roles() -> list[tuple[frozenset[str], frozenset[str], str]]:
    """Pairs of sets of roles that one person may not hold together, and why (職務の分離, RIGHTS-07)."""
    return [(frozenset(entry["one"]), frozenset(entry["other"]), entry["why"]) for entry in catalogue()["exclusive"]]


def conflict(roles: Iterable[str]) -> str:
    """Why these roles may not be held by one person, as a sentence; empty when they may."""
    held, titles = set(roles), catalogue()["roles"]
    for one, other, why in exclusive_roles():
        if (first := held & one) and (second := held & (other - first)):
            names = [titles[role]["title"] for role in (min(first), min(second))]
            return f"「{names[0]}」と「{names[1]}」は一人に兼ねさせられません（{why}）。"
    return ""
