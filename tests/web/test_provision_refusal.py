"""自己情報提供不可 (DV-06): entered by one, confirmed by another, kept by period, listed, and set in the files that have the item."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from weboffice import DAY, HEAD, City

SET = {"reason": "本人の申出（窓口）", "valid_from": "R8.7.1", "last": ""}


def flag(atena_no: int, on: date) -> str:
    from django.db import connection, transaction

    from kokuho.exchange.federation import staging

    with transaction.atomic(), connection.cursor() as cursor:
        staging.stage(cursor, on=on)
        cursor.execute("SELECT undisclosed FROM report_person WHERE atena_no = %s", (atena_no,))
        found: str = cursor.fetchone()[0]
        transaction.set_rollback(True)
    return found


def test_the_setting_takes_two_is_listed_and_reaches_the_files(
    city: City, sign_in: Callable, opened: Callable, hire: Callable
) -> None:
    from kokuho.core.models import Entry
    from kokuho.desks.people.closed import closed_to_self
    from kokuho.desks.people.models import ProvisionRefusal

    hire("hogo2", "qualification", "protection")
    clerk, colleague, outsider = sign_in("hogo"), sign_in("hogo2"), sign_in("shikaku")
    address = f"/people/{HEAD}/register/provision_refusal/"
    opened(clerk, address)
    assert clerk.post(address, {**SET, "reason": ""}).status_code == 422
    assert clerk.post(address, SET).status_code == 302
    entry = Entry.objects.latest("pk")
    assert not ProvisionRefusal.objects.exists() and closed_to_self(DAY) == set()
    clerk.post(f"/entries/{entry.pk}/", {"act": "confirm", "reason": ""})
    assert not ProvisionRefusal.objects.exists(), "not by who entered it"
    opened(colleague, f"/entries/{entry.pk}/")
    assert colleague.post(f"/entries/{entry.pk}/", {"act": "confirm", "reason": ""}).status_code == 302
    assert closed_to_self(DAY) == {HEAD} and closed_to_self(DAY - timedelta(days=1)) == set()
    assert "自己情報提供不可の設定" in clerk.get(f"/persons/{HEAD}/").content.decode()
    page = clerk.get("/people/provision-refusals/").content.decode()
    assert "本人の申出（窓口）" in page and str(HEAD) in page
    assert "本人の申出（窓口）" not in clerk.get("/people/provision-refusals/", {"state": "ended"}).content.decode()
    assert outsider.get("/people/provision-refusals/").status_code == 403
    assert (flag(HEAD, DAY), flag(HEAD, DAY - timedelta(days=1))) == ("1", "0")
