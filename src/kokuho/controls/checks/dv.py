"""DV: protected persons."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from kokuho.controls import crawl, fixture, samples
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.scene import Scene, another, text, with_only
from kokuho.core import dossier, seals
from kokuho.core.actions import entries as pending
from kokuho.core.models import AuditRecord, Entry
from kokuho.desks.people import queries as people
from kokuho.desks.people.actions import registrations
from kokuho.desks.people.models import Contact, MailDestination, Protection
from kokuho.exchange import doors

PLACES = (
    f"/persons/{fixture.P_DV}/",
    f"/households/{fixture.SHELTER}/",
    f"/households/{fixture.FORMER}/",
    f"/persons/{fixture.P_DV_HEAD}/",
)
SEARCHES = (
    fixture.SECRET_TOWN,
    f"{fixture.SECRET_TOWN}77-7",
    fixture.SECRET_POSTCODE,
    f"{fixture.SECRET_POSTCODE[:3]}-{fixture.SECRET_POSTCODE[3:]}",
)
KNOWN = {"household_no": fixture.SHELTER, "atena_no": fixture.P_DV, "fiscal_year": 2026}


PHONE, SAFE, ENTERED = "0485556611", "秘匿市守町9-9-9", "0485556622"


def _secrets(body: str) -> list[str]:
    return [word for word in (*fixture.SECRETS, PHONE, SAFE, ENTERED) if word in body]


def _reachable(scene: Scene) -> Entry:
    """The protected person has a telephone and a safe destination; another telephone waits for its confirmation."""
    known: dict[str, Any] = {"valid": DateRange(scene.on - timedelta(days=9), None), "recorded_by": "chkSys", "origin": "check"}
    Contact.objects.create(atena_no=fixture.P_DV, priority=1, kind=Contact.PHONE, value=PHONE, search_value=PHONE, **known)
    MailDestination.objects.create(
        atena_no=fixture.P_DV, name="点検相談室", postal_code="9990001", address=SAFE, safe=True, reason="点検", **known
    )
    columns = {column.name: column.initial for column in registrations.REGISTRATIONS["contact"].columns}
    told = {**columns, "priority": 2, "kind": str(Contact.PHONE), "value": ENTERED}
    by = with_only("mail.change", "protected.read", "person.read")
    return registrations.enter(by=by, on=scene.on, code="contact", atena_no=fixture.P_DV, values=told, valid_from=scene.on, reason="点検")


def opened(client: Any, address: str) -> Any:
    """Open a protected record the way the counter does: with a reason on the alert."""
    token = text(client.get(address)).partition('name="token" value="')[2].partition('"')[0]
    client.post("/people/protected/", {"occasion": "counter", "reason": "点検", "token": token})
    return client.get(address)


@check("DV-01", commits=True)
def protection_never_lifts_itself(scene: Scene, seen: Evidence) -> None:
    """The register's protection holds at once; past its end and after the register drops it, it stays; one person cannot lift it."""
    samples.after_the_full_load()
    protected = {
        "protection": "1",
        "protected_from": scene.on - timedelta(days=1),
        "protected_until": scene.on + timedelta(days=300),
    }
    by = scene.actor("U-SYS")
    doors.receive_bytes(
        by=by,
        on=scene.on,
        data=samples.changes(scene.on, samples.change(scene.on, fixture.P_2, **protected)),
        file_name="a.csv",
    )
    held = Protection.objects.filter(atena_no=fixture.P_2, superseded_at__isnull=True)
    seen.equal(held.count(), 1, "住民記録の支援措置は届いた時から効く")
    unprotected = samples.change(scene.on, fixture.P_2, sequence=2, event_date=scene.on, notified_on=scene.on)
    doors.receive_bytes(by=by, on=scene.on, data=samples.changes(scene.on, unprotected), file_name="b.csv")
    seen.equal(held.count(), 1, "住民記録から印が消えても外れない")
    much_later = held.get().until + timedelta(days=400)
    row = held.filter(valid__contains=much_later)
    seen.equal(row.count(), 1, f"終わりの日の400日後（{much_later}）も効いている")
    one = with_only("protected.change", "protected.confirm", "protected.read", "person.read")
    entry = registrations.enter_end(
        by=one, on=scene.on, code="protection", fact=held.get().pk, last=scene.on, reason="点検"
    )
    seen.equal((entry.state, held.count()), (Entry.PENDING, 1), "解除の入力だけでは外れない")
    seen.refused(
        "入力した本人が解除を確認する", pending.confirm, by=one, on=scene.on, entry_id=entry.pk, code="ENTRY-02"
    )
    _by_sql(seen, held.get())


def _by_sql(seen: Evidence, row: Protection) -> None:
    """What the application's role may write does not end or shorten a protection either: the database asks for the confirmed entry."""
    columns = [f'"{f.column}"' for f in Protection._meta.concrete_fields if f.column not in ("id", "superseded_at")]
    closing = "UPDATE people_protection SET superseded_at = now() WHERE id = %(row)s"
    for what, changed in (
        ("終わりの付いた", {"valid": "daterange(lower(valid), lower(valid) + 5)"}),
        ("始まりを遅らせた", {"valid": "daterange(lower(valid) + 5, NULL)"}),
        ("更新を確かめる日を早めた", {"until": "until - 90"}),
    ):  # fmt: skip
        told = {**{name: name for name in columns}, **{f'"{name}"': value for name, value in changed.items()}, '"recorded_at"': "now()"}
        values = ", ".join(told[name] for name in columns)
        copied = f"INSERT INTO people_protection ({', '.join(columns)}) SELECT {values} FROM people_protection WHERE id = %(row)s"
        seen.refused(f"アプリケーションの役割のSQLで、{what}行に替える", _sql, closing, copied, row=row.pk)
    seen.refused("アプリケーションの役割のSQLで外す", _sql, closing, row=row.pk)
    seen.refused("外すことの記録だけを先の日時で書く", _sql, closing.replace("now()", "now() + interval '1 year'"), row=row.pk)
    seen.equal(Protection.objects.filter(pk=row.pk, superseded_at__isnull=True).count(), 1, "その後も効いている支援措置")


def _sql(*statements: str, **values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, values)


@check("DV-01", place=REAL)
def renewals_are_seen(seen: Evidence) -> None:
    """In the installation: how many are protected, and for how many the renewal is to be confirmed."""
    from kokuho.core.clock import business_date

    on = business_date()
    held = Protection.objects.filter(superseded_at__isnull=True, valid__contains=on)
    seen.value("支援措置対象者", held.count())
    seen.value("更新を確かめる日を過ぎた者（措置は継続）", held.filter(until__lt=on).count())
    ended = held.exclude(valid__contains=on + timedelta(days=36500)).filter(origin__startswith="file:")
    seen.none(ended.values_list("pk", flat=True), "ファイルの取込みで終わりが付いた支援措置")


@check("DV-01", commits=True)
def renewals_come_in_time(scene: Scene, seen: Evidence) -> None:
    """From 30 days before the end, and every day after it, a protection stands on the list of renewals; lifting leaves its history."""
    row = Protection.objects.get(atena_no=fixture.P_DV)
    reader = with_only("protected.read", "person.read")
    listed = {
        days: people.renewals_due(reader, on=row.until + timedelta(days=days)).filter(atena_no=fixture.P_DV).exists()
        for days in (-31, -30, 0, 1, 400)
    }
    seen.equal(listed, {-31: False, -30: True, 0: True, 1: True, 400: True}, "更新の一覧に載るか（終わりの日から数えた日）")
    one = with_only("protected.change", "protected.confirm", "protected.read", "person.read")
    entry = registrations.enter_end(by=one, on=scene.on, code="protection", fact=row.pk, last=scene.on, reason="点検")
    pending.confirm(by=another(one), on=scene.on, entry_id=entry.pk)
    held = Protection.objects.filter(atena_no=fixture.P_DV).order_by("pk")
    rows = [(fact.superseded_at is None, fact.valid.upper is None) for fact in held]
    seen.equal(rows, [(False, True), (True, False)], "二人による解除の後の履歴（前の行は訂正済み、後の行は終わりのある有効な行）")


@check("DV-02", commits=True)
def an_alert_before_anything(scene: Scene, seen: Evidence) -> None:
    """The alert holds no data; turning back and going on are both recorded; opening needs a reason."""
    client = scene.client("U-A")
    names = fixture.NAMES[fixture.P_DV][0].split("　")
    for address in PLACES:
        body = text(client.get(address))
        held = _secrets(body) + [name for name in names[1:] if name in body]
        seen.must("支援措置" in body and not held, f"{address} を開くと、内容のない警告が出る", "、".join(held) or "値・氏名なし")
    token = text(client.get(PLACES[0])).partition('name="token" value="')[2].partition('"')[0]
    before = AuditRecord.objects.filter(operation="cancel").count()
    client.post("/people/protected/", {"cancel": "1", "token": token})
    seen.equal(AuditRecord.objects.filter(operation="cancel").count(), before + 1, "やめたことの記録")
    seen.equal(client.post("/people/protected/", {"reason": "", "token": token}).status_code, 422, "理由なしに開く")
    opened(client, PLACES[0])
    records = AuditRecord.objects.filter(
        function="people.protected", operation="open", persons__contains=[fixture.P_DV]
    )
    seen.must(records.exclude(reason="").exists(), "理由を付けて開いたことの特別の記録")
    head = replace(with_only("protected.report"), unit=fixture.UNIT_NAME)
    told = [(row.staff_no, row.persons, row.opened) for row in people.openings(head, on=seals.today())]
    mine = fixture.STAFF["U-A"].staff_no
    seen.must((mine, (fixture.P_DV,), False) in told and (mine, (fixture.P_DV,), True) in told,
              "所属長への日次の報告に、やめたものと開いたものが載る", f"{len(told)}件")  # fmt: skip
    elsewhere = people.openings(replace(head, unit="別の係"), on=seals.today())
    seen.equal(len(elsewhere), 0, "別の所属の報告に載る件数")
    other = scene.client("U-B")
    other.post("/people/protected/", {"occasion": "counter", "token": "forged"})
    seen.must(
        "支援措置" in text(other.get(PLACES[0])) and not _secrets(text(other.get(PLACES[0]))), "偽の札では開かない"
    )


@check("DV-03", commits=True)
def the_address_is_nowhere(scene: Scene, seen: Evidence) -> None:
    """After opening with a reason, without the right: no screen, no search and no derived data tells the place."""
    waiting = _reachable(scene)
    client = scene.client("U-A")
    for address in PLACES:
        opened(client, address)
    leaking, pages = [], 0
    known_now = {**KNOWN, "entry_id": waiting.pk}
    former = {**KNOWN, "household_no": fixture.FORMER, "atena_no": fixture.P_DV_HEAD}
    for known, past in ((known_now, ""), (former, ""), (KNOWN, f"?on={scene.on - timedelta(days=1)}")):
        for route in crawl.routes():
            about = {"atena_no", "household_no"} & set(route.parts)
            if route.declared is None or route.declared.public or ((known is former or past) and not about):
                continue
            if past and not route.declared.past:
                continue
            pages += 1
            address = route.address(known) + past
            leaking += [f"{address}: {word}" for word in _secrets(text(client.get(address)))]
    for entry in dossier.tables():
        address = f"/control/values/{fixture.P_DV}/{entry.code}/"
        pages += 1
        leaking += [f"{address}: {word}" for word in _secrets(text(client.get(address)))]
    leaking += [f"{address}: {word}" for address in PLACES for word in _secrets(text(client.get(address)))]
    seen.none(leaking, f"権限のない職員の画面（今・元の世帯・過去の日・全部の表の値、{pages + len(PLACES)}画面）にあった保護される値")
    hits = [typed for typed in (*SEARCHES, PHONE, SAFE) if fixture.NAMES[fixture.P_DV][0] in text(client.get("/search/", {"q": typed}))]
    seen.none(hits, "保護される住所・郵便番号で見つかる検索")
    entitled = opened(scene.client("U-DV"), PLACES[0])
    seen.must(fixture.SECRET_TOWN in text(entitled), "支援措置の権限のある職員には、印とともに見える")
    view = people.persons(scene.actor("U-A"), [fixture.P_DV], on=scene.on)[fixture.P_DV]
    seen.must(not _secrets(repr(view)), "画面の下の照会の応答にも値がない")
