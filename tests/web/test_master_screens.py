"""共通マスタ on the screen: a seal is uploaded, its days are confirmed by another, and moves between wards are listed."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from weboffice import HEAD, City

ROW = {"code": "2", "title": "市長印", "size_mm": "24", "since": "R8.8.1", "last": "", "reason": "公印規程"}


def picture(colour: str = "red") -> io.BytesIO:
    from PIL import Image

    made = io.BytesIO()
    Image.new("RGB", (200, 200), colour).save(made, "PNG")
    made.seek(0)
    made.name = "seal.png"
    return made


def test_a_seal_is_uploaded_and_its_days_confirmed_by_another(city: City, sign_in: Any) -> None:
    from kokuho.core.models import Entry
    from kokuho.desks.people.models import Seal, SealImage

    clerk, approver = sign_in("fuka"), sign_in("kakari")
    address = "/people/masters/seals/images/"
    assert "画像はありません" in clerk.get(address).content.decode()
    assert clerk.post(address, {"title": "市長印", "picture": io.BytesIO(b"GIF89a")}).status_code == 422
    answer = clerk.post(address, {"title": "市長印", "picture": picture()})
    image = SealImage.objects.get()
    assert answer.status_code == 302 and answer.url == f"/people/masters/seals/new/?image={image.pk}"
    assert f'value="{image.pk}"' in clerk.get(answer.url).content.decode()
    drawn = clerk.get(f"{address}{image.pk}/")
    assert drawn.headers["Content-Type"] == "image/png" and drawn.content == bytes(image.data)
    assert clerk.post("/people/masters/seals/new/", {**ROW, "image": str(image.pk)}).status_code == 302
    entry = Entry.objects.get(kind="people.master.seals")
    assert not Seal.objects.exists() and clerk.post(f"/entries/{entry.pk}/", {"act": "confirm", "reason": ""}).status_code == 403
    told, shown = approver.get(f"/entries/{entry.pk}/").content.decode(), f'src="{address}{image.pk}/" alt="後の画像"'
    assert shown in told and f"市長印（画像 {image.pk}）" in told and "前の画像" not in told, "nobody confirms a seal by its number"
    assert approver.get(f"{address}{image.pk}/").status_code == 200
    assert approver.post(f"/entries/{entry.pk}/", {"act": "confirm", "reason": ""}).status_code == 302
    assert shown in approver.get(f"/entries/{entry.pk}/").content.decode(), "as it looked when it was confirmed"
    assert Seal.objects.get().valid.lower == date(2026, 8, 1)
    assert "市長印" in clerk.get("/people/masters/seals/?when=all").content.decode()
    assert sign_in("shuno").post(address, {"title": "市長印", "picture": picture()}).status_code == 403
    clerk.post(address, {"title": "新市長印", "picture": picture("blue")})
    after = SealImage.objects.latest("pk")
    clerk.post("/people/masters/seals/new/", {**ROW, "image": str(after.pk), "since": "R8.9.1"})
    told = approver.get(f"/entries/{Entry.objects.latest('pk').pk}/").content.decode()
    assert all(part in told for part in (f'{image.pk}/" alt="前の画像"', f'{after.pk}/" alt="後の画像"', "新市長印（画像"))


def test_moves_between_wards_are_listed_and_stand_with_the_person(city: City, sign_in: Any, opened: Any) -> None:
    from kokuho.desks.people.models import WardMove

    WardMove.objects.create(
        atena_no=HEAD, household_no=1000000001, moved_on=date(2026, 5, 1), from_ward="中央区", to_ward="南区", recorded_by="t", origin="t"
    )
    client = sign_in("shikaku")
    page = client.get("/people/ward-moves/?to=南区").content.decode()
    assert "渡邉󠄂　太郎" in page and "R8.5.1" in page
    assert "渡邉󠄂　太郎" not in client.get("/people/ward-moves/?to=中央区").content.decode()
    assert "中央区 → 南区" in opened(client, f"/persons/{HEAD}/").content.decode()
    assert client.post("/people/ward-moves/", {"act": "find"}).status_code == 302


def test_what_a_name_becomes_elsewhere_is_shown_by_the_citys_table(city: City, sign_in: Any) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.core.models import AuditRecord
    from kokuho.desks.people.characters import rule_code
    from kokuho.desks.people.models import CharacterRule

    CharacterRule.objects.create(
        code=rule_code(1, "9089 E0102"), kind=1, source="9089 E0102", target="8FBA", valid=DateRange(date(2026, 4, 1), None),
        recorded_by="t", origin="t",
    )  # fmt: skip
    page = sign_in("fuka").get("/people/masters/characters/", {"text": "渡邉󠄂", "repertoire": "jisx0208"}).content.decode()
    assert "変換後　渡" in page and "U+9089 U+E0102" in page and "縮退" in page
    assert AuditRecord.objects.filter(function="people.characters").exists()


def test_the_decisions_of_a_levy_are_narrowed_by_ward_without_telling_where_the_protected_live(city: City, sign_in: Any) -> None:
    from kokuho.desks.people.models import Person, Protection, Town

    client = sign_in("fuka")

    def found(ward: str) -> int:
        return int(client.get(f"/assessment/decisions/?ward={ward}").context["list"].count)

    assert "行政区" not in client.get("/assessment/decisions/").content.decode(), "a city without wards"
    town = Person.objects.filter(atena_no=HEAD, superseded_at__isnull=True).values_list("town", flat=True)[0]
    for code, name, ward in ((1, town, "青木区"), (2, "ほかの町", "南区")):
        Town.objects.create(
            code=code, name=name, search_name=name, postal_code="3320031", district=ward, valid=(None, None), recorded_by="x", origin="x"
        )
    assert "行政区" in client.get("/assessment/decisions/").content.decode()
    assert (found("青木区"), found("南区"), found("protected")) == (0, 0, 1), "the wife of the payer is protected"
    Protection.objects.update(superseded_at="2026-07-01T00:00:00Z")
    assert (found("青木区"), found("南区"), found("protected"), found("北区")) == (1, 0, 0, 0)
