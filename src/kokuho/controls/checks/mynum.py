"""MYNUM: the personal number."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
from django.apps import apps

from kokuho.controls import crawl, fixture
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.scene import Scene, owner, text, with_only
from kokuho.core import config, database, mnscan, parameters, vault
from kokuho.core.access import catalogue
from kokuho.core.models import AuditRecord
from kokuho.formats.load import library

KNOWN = {"household_no": fixture.HOUSEHOLD, "atena_no": fixture.P_1, "fiscal_year": 2026}
SEARCHES = ("点検", "テンケン", "点検甲", "点検町", str(fixture.P_1), "99000001", "1985", "3320031")
# 符号 of the information network, as data dictionaries call them.
CODES = re.compile(r"fugou|fugo_|linkage_code|identifier_code|kikan_betsu|機関別符号|識別符号", re.IGNORECASE)


def _known() -> mnscan.Known:
    return mnscan.known_canaries([*fixture.CANARIES.values(), fixture.SPARE])


@check("MYNUM-01")
def searches_show_no_number(scene: Scene, seen: Evidence) -> None:
    """Every search and every list, as somebody who holds the right to numbers."""
    client, hits, pages = scene.client("U-A"), [], 0
    addresses = [f"/search/?q={word}" for word in SEARCHES]
    addresses += [route.address(KNOWN) for route in crawl.routes() if route.declared and not route.declared.public]
    for address in addresses:
        body = text(client.get(address))
        pages += 1
        hits += [f"{address} {hit.form}" for hit in mnscan.scan_bytes(body.encode(), _known(), address)]
    typed = fixture.CANARIES[fixture.P_1]
    body = text(client.get("/search/", {"q": typed})).replace(typed, "", 2)  # the field repeats what was typed into it
    hits += [f"検索に番号を入れた応答 {hit.form}" for hit in mnscan.scan_bytes(body.encode(), _known(), "search")]
    seen.none(hits, f"個人番号を含む画面（{pages}画面）")


@check("MYNUM-02", commits=True)
def delivered_in_its_duty_only(scene: Scene, seen: Evidence) -> None:
    """Only roles of the 個人番号利用事務 carry the right; for all others the function does not exist."""
    rights = {"mynumber.reveal", "mynumber.search"}
    foreign = [
        name
        for name, role in catalogue()["roles"].items()
        if rights & set(role["may"]) and role["duty"] != "個人番号利用事務"
    ]
    seen.none(foreign, "個人番号利用事務でない役割にある個人番号の権限")
    for title in ("U-OTHER", "U-LEVY", "U-SYS", "U-AUD"):
        seen.refused(f"{title} が個人番号を表示する", vault.reveal, scene.actor(title), fixture.P_1, "点検")
        seen.refused(f"{title} が個人番号で検索する", vault.find, scene.actor(title), fixture.SPARE, "点検")
    shown = vault.reveal(scene.actor("U-A"), fixture.P_1, "点検 受付1号")
    seen.must(shown == fixture.CANARIES[fixture.P_1], "U-A が個人番号利用事務で表示する")
    hits = []
    for title in ("U-OTHER", "U-LEVY", "U-AUD"):
        client = scene.client(title)
        for route in crawl.routes():
            if route.declared and not route.declared.public:
                hits += mnscan.scan_bytes(
                    text(client.get(route.address(KNOWN))).encode(), _known(), f"{title} {route.name}"
                )
    seen.none([hit.place for hit in hits], "権限のない職員の画面にあった個人番号")


@check("MYNUM-03", commits=True)
def masked_until_asked_for(scene: Scene, seen: Evidence) -> None:
    """The mask by default; each display needs a reason and makes a record of its own before the number is read."""
    seen.equal(
        vault.masks([fixture.P_1, fixture.P_BLANK]),
        {fixture.P_1: vault.MASK, fixture.P_BLANK: vault.ABSENT},
        "既定の表示",
    )
    by = scene.actor("U-A")
    seen.refused("理由なしに表示する", vault.reveal, by, fixture.P_1, "  ", code="MYNUM-03")
    for case in range(3):
        vault.reveal(by, fixture.P_1, f"点検 受付{case}号")
    records = AuditRecord.objects.filter(function="mynumber.reveal", operation="view", staff_no=by.staff_no)
    seen.equal(records.count(), 3, "3回の表示に対する記録")
    blank = [
        r.pk
        for r in records
        if not (r.terminal and r.reason and r.duty and r.persons and r.detail.get("type") == "MYNUM_VIEW")
    ]
    seen.none(blank, "端末・理由・事務・宛名番号・種類の欠けた記録")


@check("MYNUM-04", commits=True)
def search_by_number(scene: Scene, seen: Evidence) -> None:
    """Exact, checked, rationed, recorded by a keyed hash."""
    by = scene.actor("U-A")
    seen.equal(vault.find(by, fixture.CANARIES[fixture.P_2], "届出の照合"), fixture.P_2, "完全一致の検索")
    number = fixture.CANARIES[fixture.P_1]
    for what, wrong in (("11桁", number[:11]), ("部分一致", number[:11] + "%"), ("複数", f"{number},{number}"), ("空", ""),
                        ("検査数字の誤り", number[:11] + str((int(number[11]) + 1) % 10))):  # fmt: skip
        seen.refused(f"{what}で検索する", vault.find, by, wrong, "点検", code="MYNUM-05")
    seen.refused("理由なしに検索する", vault.find, by, number, " ", code="MYNUM-04")
    done = AuditRecord.objects.filter(staff_no=by.staff_no, function="mynumber.search").count()
    for _ in range(parameters.value("mynumber.search_per_minute") - done):
        vault.find(by, number, "点検")
    seen.refused("上限を超えて検索する", vault.find, by, number, "点検", code="MYNUM-04")
    records = list(AuditRecord.objects.filter(function="mynumber.search", operation="search"))
    seen.none([r.pk for r in records if len(r.detail.get("hash", "")) != 64], "鍵付きハッシュのない検索の記録")
    seen.none([hit.place for r in records for hit in mnscan.scan_bytes(f"{r.detail}{r.reason}".encode(), _known(), str(r.pk))],
              "番号そのものを含む検索の記録")  # fmt: skip


@check("MYNUM-05", commits=True)
def wrong_digits_are_not_kept(scene: Scene, seen: Evidence) -> None:
    """A number with a wrong check digit, and another person's number, are not stored."""
    number = fixture.SPARE[:11] + str((int(fixture.SPARE[11]) + 1) % 10)
    seen.refused(
        "検査数字の誤った番号を登録する",
        vault.store,
        [(fixture.P_BLANK, number)],
        by="chkSys",
        origin="check",
        code="MYNUM-05",
    )
    stored, conflicts = vault.store([(fixture.P_BLANK, fixture.CANARIES[fixture.P_2])], by="chkSys", origin="check")
    seen.equal(
        (stored, [c.other_atena_no for c in conflicts]),
        (0, [fixture.P_2]),
        "他の人の番号を登録すると、登録せずに相手を示す",
    )
    seen.equal(vault.masks([fixture.P_BLANK])[fixture.P_BLANK], vault.ABSENT, "登録されていないこと")


@check("MYNUM-07", commits=True)
def one_store_one_path(scene: Scene, seen: Evidence) -> None:
    """Numbers stand in the vault only; the application's role has no way to it; the dead are kept like the living."""
    with owner() as connection:
        hits, rows = mnscan.scan_tables(connection, _known())
    seen.none([f"{hit.place} {hit.form}" for hit in hits], f"保管庫の外の表にある個人番号（{rows}行）")
    with database.app_address().connect(autocommit=True) as connection:
        for table in ("vault.my_number", "vault.data_key"):
            seen.refused(f"アプリケーションの役割が {table} を読む",
                         connection.execute, f"SELECT * FROM {table}", errors=(psycopg.Error,))  # fmt: skip
    with owner() as connection:
        sealed = connection.execute("SELECT sealed, blind FROM vault.my_number").fetchall()
    plain = [1 for row in sealed for column in row if mnscan.scan_bytes(bytes(column), _known(), "vault")]
    seen.none(plain, f"保管庫の中に平文で読める番号（{len(sealed)}件）")
    by = scene.actor("U-A")
    seen.must(
        vault.reveal(by, fixture.P_DEAD, "点検") == fixture.CANARIES[fixture.P_DEAD], "死亡者の番号も同じ経路だけで開く"
    )
    seen.refused("権限のない者が死亡者の番号を開く", vault.reveal, with_only("person.read"), fixture.P_DEAD, "点検")


@check("MYNUM-07", place=REAL)
def the_store_is_closed(seen: Evidence) -> None:
    """In the installation: who has rights on the schema of the vault."""
    with owner() as connection:
        open_to = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND has_schema_privilege(rolname, 'vault', 'USAGE') "
            "AND rolname NOT IN ('kokuho_owner', 'kokuho_vault')"
        ).fetchall()
    seen.none([row[0] for row in open_to], "保管庫に入れるその他の役割")


@check("MYNUM-08", commits=True)
def nowhere_else(scene: Scene, seen: Evidence) -> None:
    """After every address was asked for, with numbers typed where they do not belong: records, tables, files, names."""
    client = scene.client("U-A")
    for route in crawl.routes():
        client.get(route.address(KNOWN))
    number = fixture.CANARIES[fixture.P_1]
    client.get("/search/", {"q": number})
    client.get("/nowhere/", {"number": number})
    fresh = scene.client("")
    fresh.post("/accounts/login/", {"login": number, "password": number})
    with owner() as connection:
        hits, rows = mnscan.scan_tables(connection, _known(), beside=("vault", "pg_catalog"))
    seen.none([f"{hit.place} {hit.form}" for hit in hits], f"番号を打ち込んだ後の表と記録（{rows}行）")
    home = config.home()
    hits, count = mnscan.scan_files(
        (p for p in Path(home).rglob("*") if "pg" not in p.relative_to(home).parts[:1]), _known(), home
    )
    seen.none([hit.place for hit in hits], f"番号を打ち込んだ後のファイルとその名前（{count}個）")


@check("MYNUM-09")
def no_code_of_the_network(scene: Scene, seen: Evidence) -> None:
    """No column, no item of an interface that could hold a 符号."""
    columns = [
        f"{model._meta.db_table}.{field.name}" for model in apps.get_models() for field in model._meta.concrete_fields
        if CODES.search(f"{field.name} {field.verbose_name}")
    ]  # fmt: skip
    seen.none(columns, "符号を持ち得る列")
    fields = [
        f"{layout.id}.{field.name}"
        for versions in library().values() for layout in versions for record in layout.records.values() for field in record.fields
        if CODES.search(f"{field.name} {field.title}")
    ]  # fmt: skip
    seen.none(fields, "符号を持つ連携の項目")
