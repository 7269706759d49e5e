"""RIGHTS-02: rights by person, 業務, unit, 担当, class of account, and the area that a unit looks after."""

from __future__ import annotations

import pkgutil
from datetime import timedelta
from functools import partial
from itertools import combinations
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from kokuho import desks
from kokuho.controls import crawl, fixture
from kokuho.controls.framework import Evidence, check, undone
from kokuho.controls.officers import CONTRACTOR, OTHER_UNIT, OTHER_UNIT_NAME, Officers, appoint, contractor, enrol, put
from kokuho.controls.scene import Scene, by_hand, text
from kokuho.core import territory, vault
from kokuho.core.access import LOOKING, actor_for, catalogue, conflict
from kokuho.core.actions import accounts
from kokuho.core.models import AuditRecord, Staff, Unit
from kokuho.desks.people.models import Town

U_A, U_B = fixture.STAFF["U-A"].staff_no, fixture.STAFF["U-B"].staff_no
OWN, OTHER = "点検区", "別区"
ELSEWHERE = fixture.P_DV_HEAD
KNOWN = {"household_no": fixture.HOUSEHOLD, "atena_no": fixture.P_1, "fiscal_year": 2026}
# The desks of the product → the 業務 of the paragraph whose work is done there; one desk is common to all of them.
BUSINESSES = {"people": "共通", "eligibility": "資格", "assessment": "賦課", "collection": "収納"}


@check("RIGHTS-02", commits=True)
def each_person_has_the_own_rights(scene: Scene, seen: Evidence) -> None:
    """Two clerks of a unit with different 担当 do different things; what one gets the other does not; a right for 職員 only is not given
    to a contractor."""
    office = appoint(scene.on)
    roles = catalogue()["roles"]

    def may(number: str) -> frozenset[str]:
        return actor_for(number, on=scene.on, terminal="t").capabilities

    levy = fixture.STAFF["U-LEVY"]
    defined = [frozenset().union(*(roles[role]["may"] for role in held)) for held in (fixture.STAFF["U-A"].roles, levy.roles)]
    seen.must([may(U_A), may(levy.staff_no)] == defined and defined[0] != defined[1], "同じ係の二人の機能は、担当ごとに定めたとおり異なる")
    before = may(U_A)
    office.approved(office.grant(U_B, "assessment"))
    seen.must("levy.run" in may(U_B) and may(U_A) == before, "一人の担当を増やしても、もう一人は変わらない")
    contractor(office)
    office.approved(office.apply(accounts.UNIT, by=office.admin, **_unit(office)))
    seen.refused("職員に限る役割を委託先のIDに申請する", office.grant, CONTRACTOR, "mynumber", code="RIGHTS-02")


@check("RIGHTS-02", commits=True)
def each_business_has_its_own(scene: Scene, seen: Evidence) -> None:
    """Rights are set for each 業務: no role of one does what only another does, and somebody who holds two works under one at a time."""
    here = {module.name for module in pkgutil.iter_modules(desks.__path__)}
    seen.none(sorted(here ^ set(BUSINESSES)), "業務を割り当てていない机")
    roles = catalogue()["roles"]
    named = [business for business in BUSINESSES.values() if business != "共通"]
    clerks = {business: [name for name, role in roles.items() if role["duty"] == business] for business in named}
    seen.none([business for business, held in clerks.items() if not held], "役割のない業務")
    seen.value("業務ごとの役割", {business: [roles[name]["title"] for name in held] for business, held in clerks.items()})
    works = {business: _works(frozenset().union(*(roles[name]["may"] for name in held))) for business, held in clerks.items()}
    alike = [f"{one}・{other}" for one, other in combinations(works, 2) if works[one] == works[other]]
    seen.none(alike, "操作の権限の同じ二つの業務")
    for place, (business, own) in enumerate(works.items()):
        by = enrol(f"chkBiz{place}", *_together(clerks[business]), on=scene.on)
        beyond = _works(by.capabilities) - own
        seen.none(sorted(beyond), f"「{business}」の役割だけを持つ職員の、他の業務の操作の権限（持つもの{len(_works(by.capabilities))}）")
    # U-LEVY holds a role of 賦課 and one of 収納.
    client, levy = scene.client("U-LEVY"), fixture.STAFF["U-LEVY"].staff_no
    for business, other in (("賦課", "収納"), ("収納", "賦課")):
        client.post("/access/duty/", {"duty": business})
        by, beyond = scene.actor("U-LEVY", purpose=business), works[other] - works[business]
        seen.none(sorted(by.capabilities & beyond), f"二つの業務を持つ職員が「{business}」で働くときの、「{other}」の操作の権限")
        refused = [route for route in crawl.routes() if route.declared and route.declared.capability in beyond]
        opened = [route.name for route in refused if client.get(route.address(KNOWN)).status_code != 403]
        seen.none(opened, f"そのとき開いた「{other}」の操作の画面（{len(refused)}画面）")
    switched = AuditRecord.objects.filter(staff_no=levy, function="duty").order_by("pk").values_list("detail__duty", flat=True)
    seen.equal(list(switched), ["賦課", "収納"], "業務を切り替えた記録")


def _works(capabilities: frozenset[str]) -> frozenset[str]:
    """Capabilities of doing something, not of looking."""
    return frozenset(name for name in capabilities if name.partition(".")[2] not in LOOKING)


def _together(held: list[str]) -> list[str]:
    """As many of these roles as one person may hold."""
    taken: list[str] = []
    for name in held:
        taken += [] if conflict([*taken, name]) else [name]
    return taken


@check("RIGHTS-02", commits=True)
def each_class_and_unit_has_its_own(scene: Scene, seen: Evidence) -> None:
    """Every role is asked for with an account of each class: it is given to the classes of the table and to no other. A unit's staff get
    what the unit may hold."""
    office, roles, classes = appoint(scene.on), catalogue()["roles"], dict(Staff.CLASSES)
    contractor(office)
    office.approved(office.apply(accounts.UNIT, by=office.admin, **_unit(office, roles=list(roles))))
    numbers = {Staff.CONTRACTOR: CONTRACTOR}
    for kind in (Staff.STAFF, Staff.TEMPORARY, Staff.ADMINISTRATOR):
        numbers[kind] = f"chk{kind.capitalize()}"[:20]
        enrol(numbers[kind], on=scene.on, account_class=kind)
    for kind, number in numbers.items():
        defined = {name for name, role in roles.items() if kind not in role.get("classes", classes)}
        refused = {name for name in roles if _refused(office, number, name) == "RIGHTS-02"}
        titles = "、".join(roles[name]["title"] for name in sorted(defined)) or "なし"
        seen.equal(refused, defined, f"{classes[kind]}のIDに申請できない役割（全{len(roles)}役割を申請。定め: {titles}）")
    limited = {Staff.TEMPORARY, Staff.CONTRACTOR}
    seen.none([classes[kind] for kind in limited if not any(kind not in role.get("classes", classes) for role in roles.values())],
              "付けられない役割が一つもない区分")  # fmt: skip
    away = enrol("chkAway", on=scene.on, unit=(OTHER_UNIT, OTHER_UNIT_NAME)).staff_no
    head = enrol("chkAwayHd", "unit_head", on=scene.on, unit=(OTHER_UNIT, OTHER_UNIT_NAME))
    seen.refused("所属に認められていない役割を、その所属の職員に申請する", office.grant, away, "assessment", by=head, code="RIGHTS-07-MORE")
    seen.refused("よその所属の職員に役割を申請する", office.grant, away, "assessment", by=office.head, code="RIGHTS-07-UNIT")


def _refused(office: Officers, number: str, role: str) -> str:
    """The code with which an application for a role is refused; empty when it was taken. Nothing of it stays."""
    with undone():
        try:
            office.grant(number, role)
        except accounts.AccountError as refusal:
            return refusal.code
    return ""


def _unit(office: Officers, **more: Any) -> dict[str, Any]:
    unit = Unit.objects.get(code=fixture.UNIT)
    return {"code": unit.code, "name": unit.name, "opens": "", "closes": "", "roles": unit.roles, **more}


@check("RIGHTS-02", commits=True)
def a_unit_sees_its_own_area(scene: Scene, seen: Evidence) -> None:
    """A clerk of one 区 finds nobody of another: not by searching, by any address of the product, by number or in bulk."""
    office = appoint(scene.on)
    for number, (town, area) in enumerate((("点検町", OWN), ("別町", OTHER)), start=1):
        Town.objects.create(
            code=number, name=town, search_name=town, postal_code="3320031", district=area, recorded_by="chkSys", origin="check",
            valid=DateRange(scene.on - timedelta(days=900), None),
        )  # fmt: skip
    by_hand("people_person", "UPDATE people_person SET town = '別町' WHERE atena_no = %s", ELSEWHERE)
    try_area = partial(office.apply, accounts.UNIT, by=office.admin, **_unit(office, areas=["ない区"]))
    seen.refused("住所辞書にない区域を所属に申請する", try_area, code="RIGHTS-02-AREA")
    office.approved(office.apply(accounts.UNIT, by=office.admin, **_unit(office, areas=[OWN])))
    # U-B searches, U-A opens every page: a search page repeats the words that its reader has typed.
    client, family = scene.client("U-B"), fixture.NAMES[ELSEWHERE]

    def hits(words: str) -> int:
        answer = client.get("/search/", {"q": words})
        page = text(answer)
        found = f"/persons/{ELSEWHERE}/" in page or f"/households/{fixture.FORMER}/" in page
        return -1 if answer.status_code not in (200, 302) else int(answer.status_code == 302 or found)

    put(scene.on, {"rights.territory": False})
    seen.equal(hits(family[0]), 1, "限らない設定で、別の区の人を検索する")
    put(scene.on, {"rights.territory": True})
    _by_any_address(scene, seen)
    seen.equal([hits(family[0]), hits(family[1]), hits(str(ELSEWHERE)), hits("点検丙")], [0, 0, 0, 0],
               "限る設定で、別の区の人を氏名・カナ・宛名番号・姓で検索した件数")  # fmt: skip
    page = text(client.get("/search/", {"q": "点検"}))
    seen.must(fixture.NAMES[fixture.P_1][0] in page and family[0] not in page, "両方の区の人に当たる検索は、自分の区の人だけを返す")
    seen.equal(client.get(f"/persons/{fixture.P_1}/").status_code, 200, "自分の区の人の画面を開く")
    by = scene.actor("U-A")
    seen.refused("別の区の人の個人番号を表示する", vault.reveal, by, ELSEWHERE, "点検", code="RIGHTS-02")
    found = AuditRecord.objects.filter(staff_no=U_A, function="territory", result="refused").count()
    seen.must(found > 0, "拒否の記録", f"{found}件")
    seen.none(sorted(by.capabilities & territory.whole_city()), "区域の限られた職員が持つ、全市を対象とする権限（一括処理・抽出・送受信）")


def _by_any_address(scene: Scene, seen: Evidence) -> None:
    """Every address of the product with the numbers of the other 区's person and household."""
    known = {"atena_no": ELSEWHERE, "household_no": fixture.FORMER, "fiscal_year": scene.fiscal_year}
    client, told, opened = scene.client("U-A"), [], []
    routes = [r for r in crawl.routes() if r.declared and r.declared.capability]
    for route in routes:
        answer = client.get(route.address(known))
        if any(part in text(answer) for part in (*fixture.NAMES[ELSEWHERE], "別町")):
            told.append(route.name)
        if {"atena_no", "household_no"} & set(route.parts) and answer.status_code not in (302, 400, 403, 404, 405, 409):
            opened.append(f"{route.name} {answer.status_code}")
    seen.none(told, f"別の区の人の氏名・住所が出た画面（{len(routes)}画面）")
    seen.none(opened, "別の区の人・世帯の番号で開いた画面")
