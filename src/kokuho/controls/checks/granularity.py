"""RIGHTS-02: rights by person, 担当, class of account, and the area that a unit looks after."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from kokuho.controls import crawl, fixture
from kokuho.controls.framework import Evidence, check
from kokuho.controls.officers import CONTRACTOR, Officers, appoint, contractor, put
from kokuho.controls.scene import Scene, by_hand, text
from kokuho.core import territory, vault
from kokuho.core.access import actor_for, catalogue
from kokuho.core.actions import accounts
from kokuho.core.models import AuditRecord, Unit
from kokuho.desks.people.models import Town

U_A, U_B = fixture.STAFF["U-A"].staff_no, fixture.STAFF["U-B"].staff_no
OWN, OTHER = "点検区", "別区"
ELSEWHERE = fixture.P_DV_HEAD


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
