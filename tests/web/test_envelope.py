"""What leaves the house: no inline code, no copies on the terminal, no way to take a list along (EXPORT-01, -02)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from weboffice import City

SOURCE = Path(__file__).parents[2] / "src" / "kokuho"
TEMPLATES = sorted(SOURCE.rglob("templates/**/*.html"))


def test_every_answer_forbids_foreign_and_inline_code_and_caching(city: City, sign_in: Any) -> None:
    client = sign_in("fuka")
    for address in ("/", "/accounts/login/", "/search/?q=x", "/nowhere/", "/exchange/receive/"):
        answer = client.get(address)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy, address
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Frame-Options"] == "DENY" and answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_inline_code_and_no_foreign_address(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"\son[a-z]+\s*=|\sstyle\s*=|<style|javascript:", text)
    for script in re.findall(r"<script[^>]*>", text):
        assert "src=" in script or "application/json" in script, script
    assert not re.search(r"""(src|href|action)=["']https?:""", text)
    assert "download" not in text


def test_lists_answer_pages_only_whatever_is_asked(city: City, sign_in: Any) -> None:
    client = sign_in("fuka")
    for query in (
        "?size=10000",
        "?size=10000&page=-1",
        "?page=99999999",
        "?sort=nothing",
        "?sort=-total",
    ):
        answer = client.get(f"/assessment/decisions/{query}")
        assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
        assert answer.context["list"].per_page <= 200
    assert client.get("/assessment/decisions/?format=csv").status_code == 400
    assert (
        client.get("/assessment/decisions/", headers={"Accept": "text/csv"})
        .headers["Content-Type"]
        .startswith("text/html")
    )


def test_what_cannot_be_read_in_a_filter_is_said_and_finds_nothing(city: City, sign_in: Any) -> None:
    client = sign_in("fuka")
    for query, words in (("?notice=abc", "番号として読めません"), ("?reduction=9", "選択肢にありません")):
        answer = client.get(f"/assessment/decisions/{query}")
        assert words in answer.content.decode() and answer.context["list"].count == 0
    assert client.get("/assessment/decisions/?notice=２６００００００10").context["list"].count == 1


def test_an_upload_beyond_the_limit_is_refused_unread(city: City, sign_in: Any) -> None:
    from kokuho.exchange.models import InboxFile
    from kokuho.web import uploads

    before, uploads.LARGEST = uploads.LARGEST, 1000
    try:
        from django.core.files.uploadedfile import SimpleUploadedFile

        given = SimpleUploadedFile("big.csv", b"x" * 2000)
        assert sign_in("densan").post("/exchange/receive/", {"file": given}).status_code == 400
    finally:
        uploads.LARGEST = before
    assert InboxFile.objects.count() == 2


def test_a_form_of_another_session_is_refused(city: City) -> None:
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    answer = client.post("/accounts/login/", {"login": "fuka", "password": "x"})
    assert answer.status_code == 403 and "画面の有効期限が切れました" in answer.content.decode()
