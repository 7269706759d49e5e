"""EXPORT-07: what is printed is a registered form, by right, recorded, without My Numbers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from weboffice import HEAD, City


def test_every_printing_in_the_code_is_of_a_registered_form(database_name: str) -> None:
    import kokuho
    from kokuho.core.access import catalogue
    from kokuho.core.printing import forms
    from kokuho.documents.kinds import KINDS
    from kokuho.documents.listing import PRINT_HEAD

    source = "".join(p.read_text("utf-8") for p in Path(kokuho.__file__).parent.rglob("*.py"))
    printed = set(re.findall(r'printing\.printed\(\s*[\w.]+, "([a-z_.]+)"', source)) | {"assessment.explanation"}
    assert printed == set(forms())
    assert not re.findall(r'(?:audit\.record|seen)\([^()]*"[a-z_.]+",\s*operation="print"', source)
    assert {entry["kind"] for entry in forms().values() if "kind" in entry} == set(KINDS)
    for entry in forms().values():
        assert entry["capability"] in catalogue()["capabilities"] and entry["content"] and entry["my_number"] is False
        assert not entry["outsourced"] or tuple(entry["list"]) == PRINT_HEAD


def test_who_printed_what_is_found(city: City, sign_in: Any) -> None:
    from weboffice import DAY

    from kokuho.core import printing
    from kokuho.core.access import actor_for
    from kokuho.core.models import Terminal, Unit

    Terminal.objects.create(
        code="t9", place="窓口", unit=Unit.objects.all()[0], printer="窓口プリンター2", valid_from=DAY, valid_until=DAY, origin="t"
    )
    printing.printed(actor_for("fuka", on=DAY, terminal="t9"), "notice.pdf", persons=[HEAD], case={"notice": 26})
    page = sign_in("kansa").get(f"/control/prints/?atena={HEAD}").content.decode()
    assert "納入通知書・納税通知書（一通）" in page and "t9" in page and "notice 26" in page
    assert "窓口プリンター2" in page and "copies" not in page
    assert sign_in("fuka").get("/control/prints/").status_code == 403
