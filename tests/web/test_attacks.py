"""What somebody who means harm would try at the screens: each is refused or harmless, and what is refused is recorded."""

from __future__ import annotations

import io
import time
import zipfile
from html.parser import HTMLParser
from typing import Any

import pytest
from weboffice import HEAD, HOUSEHOLD, PASSWORD, WIFE, City

MARKUP = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
SQL = "1' OR '1'='1'; DROP TABLE people_person; --"
ODD = (MARKUP, SQL, "\x00\x1b[2J", "%s%n{{7*7}}{% debug %}", "../../../../etc/passwd", "９" * 4000, "-1", "2026-99-99")
STAFF = ("shikaku", "fuka", "kakari", "densan", "shuno", "kansa", "sysad", "anzen")
# For tests of all pages of a person, which one process runs: it looks at the pages once.
EACH = [pytest.param(staff_no, marks=pytest.mark.xdist_group(f"pages-{staff_no}")) for staff_no in STAFF]


class Forms(HTMLParser):
    """The forms of a page: (action, method, names of the fields)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((given.get("action", ""), given.get("method", "get").lower(), {}))
        elif tag in ("input", "select", "textarea", "button") and self.found and given.get("name"):
            self.found[-1][2][given["name"]] = given.get("value", "")


def forms(page: str) -> list[tuple[str, str, dict[str, str]]]:
    parser = Forms()
    parser.feed(page)
    return parser.found


def refusals(**conditions: Any) -> int:
    from kokuho.core.models import AuditRecord

    return int(AuditRecord.objects.filter(**conditions).exclude(result="ok").count())


def pages(city: City, client: Any) -> dict[str, str]:
    """Address → the page, for everything that this person may open."""
    from test_routes import addresses

    found = {}
    for address, _ in addresses(city).values():
        if "/accounts/" in address or "logout" in address:
            continue
        answer = client.get(address)
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
            found[address] = answer.content.decode()
    return found


_looked_at: dict[str, tuple[dict[str, Any], str, dict[str, str]]] = {}


def first_pages(city: City, client: Any, staff_no: str) -> dict[str, str]:
    """`pages` as this person finds them who has just signed in. Every test finds the same office, so that they are asked for once; the
    session goes on as the one that they were shown to, for which their forms are sealed."""
    if staff_no not in _looked_at:
        found = pages(city, client)
        _looked_at[staff_no] = {**client.session}, client.cookies["csrftoken"].value, found
    held, token, found = _looked_at[staff_no]
    session = client.session
    session.update({**held, "seen_at": session["seen_at"], "signed_in_at": session["signed_in_at"]})
    session.save()
    client.cookies["csrftoken"] = token
    return dict(found)


@pytest.mark.proof
@pytest.mark.parametrize("staff_no", EACH)
def test_every_field_of_every_form_takes_anything_without_harm(city: City, sign_in: Any, staff_no: str) -> None:
    from kokuho.desks.people.models import Person

    client = sign_in(staff_no)
    client.raise_request_exception = False
    before, filled = Person.objects.count(), 0
    asked: set[Any] = set()
    for address, page in first_pages(city, client, staff_no).items():
        for action, method, fields in forms(page):
            target = action or address
            if "/accounts/" in target or target.startswith(("/lock", "/notice")):
                continue
            typed = [name for name in fields if name not in ("csrfmiddlewaretoken", "token", "act")]
            # A button alone orders something; it is pressed once, for a second order of the same is refused by the database.
            for odd in ODD if method == "get" else ODD[: 2 if typed else 1]:
                values = {
                    name: value if name in ("csrfmiddlewaretoken", "token", "act") else odd
                    for name, value in fields.items()
                }
                # A form that stands on many pages asks the same from each of them.
                request = (target, method, *sorted((name, value) for name, value in values.items() if name != "csrfmiddlewaretoken"))
                if request in asked:
                    continue
                asked.add(request)
                refused = refusals() if method == "post" else 0
                answer = client.post(target, values) if method == "post" else client.get(target, values)
                filled += 1
                if method == "post" and answer.status_code in (400, 403, 404, 405, 409, 422):
                    assert refusals() > refused, f"{target} turned it away without a record"
                body = answer.content.decode("utf-8", "ignore")
                assert answer.status_code < 500, (target, method, odd[:20])
                assert "<script>alert(1)" not in body and "onerror=alert" not in body.replace(
                    "onerror=alert(1)&gt;", ""
                ), target
                assert body.strip() != "49" and "Traceback" not in body and "psycopg" not in body, target
    assert filled > 5 and Person.objects.count() == before
    for address, page in pages(city, client).items():
        assert "<script>alert(1)" not in page, f"{address} shows what was stored as markup"


@pytest.mark.parametrize("staff_no", ["kansa", "densan"])
def test_ids_of_persons_that_are_not_ones_business(city: City, sign_in: Any, staff_no: str) -> None:
    client = sign_in(staff_no)
    before = refusals(staff_no=staff_no, operation="refuse")
    for number in (HEAD, WIFE, 0, 9_999_999_999):
        assert client.get(f"/persons/{number}/").status_code == 403
    assert client.get(f"/households/{HOUSEHOLD}/").status_code == 403
    assert client.get(f"/decisions/{city.decision_id}/notice.pdf").status_code == 403
    assert refusals(staff_no=staff_no, operation="refuse") == before + 6


def test_numbers_beyond_everything_are_not_found(city: City, sign_in: Any) -> None:
    client = sign_in("fuka")
    client.raise_request_exception = False
    for number in ("99999999999999999999", "1" * 300, "-1", "1e9", "0x10", "١٢٣"):
        for place in ("persons", "households", "batches"):
            assert client.get(f"/{place}/{number}/").status_code in (400, 404), (place, number[:25])


def test_a_decision_cannot_be_forged_or_made_twice(city: City, sign_in: Any) -> None:
    from kokuho.core.models import Approval

    enterer = sign_in("fuka")
    address = f"/approvals/{city.approval_id}/"
    for values in (
        {"act": "approve"},
        {"act": "approve", "decided_by": "kakari", "entered_by": "kakari", "state": "approved"},
    ):
        enterer.post(address, values)
        assert Approval.objects.get(pk=city.approval_id).state == "pending"
    stranger = sign_in("kansa")
    assert stranger.post(address, {"act": "approve"}).status_code in (403, 404)
    assert Approval.objects.get(pk=city.approval_id).state == "pending"
    chief = sign_in("kakari")
    chief.post(address, {"act": "approve"})
    first = Approval.objects.get(pk=city.approval_id)
    assert (first.state, first.decided_by) == ("approved", "kakari")
    again = chief.post(address, {"act": "return", "reason": "やはり"})
    assert again.status_code in (302, 404, 422)
    assert Approval.objects.get(pk=city.approval_id).state == "approved"


def test_the_applications_own_sql_cannot_decide_for_somebody(city: City) -> None:
    from django.db import connection, transaction
    from django.db.utils import DatabaseError

    for statement in (
        "UPDATE core_approval SET state = 'approved', decided_by = entered_by", "UPDATE core_approval SET entered_by = 'x'",
        "DELETE FROM core_approval", "UPDATE core_auditrecord SET staff_no = 'x'", "DELETE FROM core_auditrecord",
        "UPDATE people_person SET name = 'x'", "DELETE FROM people_protection", "UPDATE assessment_decision SET total = 0",
        "DELETE FROM collection_posting", "SELECT * FROM vault.my_number", "CREATE TABLE mine (x int)", "ALTER ROLE kokuho_app SUPERUSER",
        "ALTER TABLE people_person DISABLE TRIGGER ALL", "SET ROLE kokuho_owner", "COPY people_person TO PROGRAM 'cat'",
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_form_of_another_session_is_refused(city: City, sign_in: Any) -> None:
    from django.test import Client

    first, second = sign_in("kakari"), sign_in("fuka")
    page = first.get(f"/approvals/{city.approval_id}/").content.decode()
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["sessionid"] = second.cookies["sessionid"].value
    answer = strict.post(f"/approvals/{city.approval_id}/", {"act": "approve", "csrfmiddlewaretoken": token})
    assert answer.status_code == 403 and "画面の有効期限が切れました" in answer.content.decode()
    outside = strict.post("/lock/", {}, headers={"Origin": "https://evil.example", "Referer": "https://evil.example/"})
    assert outside.status_code == 403


def test_a_stolen_session_does_not_open_elsewhere(city: City, sign_in: Any) -> None:
    from django.test import Client

    from kokuho.core.models import AuditRecord

    client = sign_in("fuka")
    thief = Client(REMOTE_ADDR="203.0.113.9", HTTP_USER_AGENT="other")
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    answer = thief.get(f"/persons/{HEAD}/")
    assert answer.status_code == 302 and answer.url.startswith("/accounts/login/")
    assert client.get("/").status_code == 302, "the session is closed for both: nobody knows which one is the thief"
    assert AuditRecord.objects.filter(staff_no="fuka", function="sign-in", detail__cause="moved").count() == 1


def test_an_ended_account_and_an_ended_session_open_nothing(city: City, sign_in: Any) -> None:
    from kokuho.core.models import Staff

    client = sign_in("fuka")
    Staff.objects.filter(staff_no="fuka").update(is_active=False)
    assert client.get(f"/persons/{HEAD}/").status_code == 302
    Staff.objects.filter(staff_no="fuka").update(is_active=True)
    assert client.get(f"/persons/{HEAD}/").status_code == 302, "the session does not come back"
    other = sign_in("shuno")
    kept = other.cookies["sessionid"].value
    other.post("/accounts/logout/")
    other.cookies["sessionid"] = kept
    assert other.get("/").status_code == 302
    fixed = sign_in("shuno")
    assert fixed.cookies["sessionid"].value != kept


def test_a_session_given_by_somebody_else_is_not_taken(city: City) -> None:
    from django.test import Client

    client = Client()
    client.cookies["sessionid"] = "chosenbytheattacker0000000000000"
    client.post("/accounts/login/", {"login": "fuka", "password": PASSWORD})
    assert client.cookies["sessionid"].value != "chosenbytheattacker0000000000000"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "\thttps://evil.example"],
)
def test_nobody_is_sent_elsewhere(city: City, sign_in: Any, target: str) -> None:
    from django.test import Client

    client = Client()
    answer = client.post("/accounts/login/", {"login": "fuka", "password": PASSWORD, "next": target})
    assert "evil" not in answer.headers.get("Location", "") and "javascript" not in answer.headers.get("Location", "")
    answer = client.post("/notice/", {"next": target})
    assert answer.status_code == 302 and answer.url == "/"
    part = client.get("/search/?q=x", headers={"HX-Request": "true", "HX-Current-URL": "https://evil.example/x"})
    assert "evil" not in part.headers.get("HX-Redirect", "")


def test_headers_cannot_be_smuggled_and_hosts_not_made_up(city: City, sign_in: Any) -> None:
    client = sign_in("fuka")
    client.raise_request_exception = False
    answer = client.get("/search/?q=%0d%0aSet-Cookie:%20x=1&next=%0d%0aX-Evil:1")
    assert "X-Evil" not in answer.headers and "x" not in answer.cookies
    for host in ("evil.example", "localhost:80@evil.example", "evil.example:8000", ""):
        answer = client.get("/", headers={"Host": host}, SERVER_NAME=host or "none.example")
        assert answer.status_code == 400, host
        assert "evil.example" not in answer.content.decode()
    answer = client.get(
        "/", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "203.0.113.9", "X-Original-URL": "/audit/"}
    )
    assert answer.status_code == 200 and b"evil.example" not in answer.content


def upload(client: Any, name: str, data: bytes) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return client.post("/exchange/receive/", {"file": SimpleUploadedFile(name, data)})


def test_hostile_uploads_are_refused_and_leave_nothing_outside(city: City, sign_in: Any) -> None:
    from kokuho.core import config
    from kokuho.exchange.models import InboxFile

    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../evil.csv", b"0" * (20 << 20))
    client = sign_in("densan")
    client.raise_request_exception = False
    begun = time.process_time()
    before = InboxFile.objects.count()
    samples = {
        "../../../../tmp/evil.csv": b'"CTL","112038","juki-full","x","1"\r\n"x"\r\n"y"\r\n',
        "a\x00b.csv": b"x",
        "CON.csv": b"\xff\xfe" * 500,
        "bomb.zip": bomb.getvalue(),
        "x.csv": b'"' * 100_000,
        "y.csv": b'"CTL","112038","juki-full","2026-07-01T00:00:00","1"\r\n' + b"," * 50_000,
        "eicar.csv": rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
        "empty.csv": b"",
        "<script>.csv": b"<script>alert(1)</script>",
    }
    for name, data in samples.items():
        answer = upload(client, name, data)
        assert answer.status_code in (302, 400, 422), name
        assert b"<script>alert(1)" not in answer.content
    assert not InboxFile.objects.filter(pk__gt=0, state="applied").exclude(file_name="juki-full.csv").exists()
    assert InboxFile.objects.count() > before and time.process_time() - begun < 60
    assert not any("/" in name or ".." in name for name in InboxFile.objects.values_list("file_name", flat=True))
    home = config.home()
    assert not (home.parent / "evil.csv").exists() and not list(home.glob("evil*"))
    assert refusals(staff_no="densan", function="exchange.receive") >= 3
    assert "<script>" not in client.get("/exchange/").content.decode().split("<main")[1]


def test_methods_that_no_page_has_are_refused(city: City, sign_in: Any) -> None:
    client = sign_in("kakari")
    client.raise_request_exception = False
    for method in ("put", "delete", "patch", "trace", "options"):
        answer = getattr(client, method)(f"/approvals/{city.approval_id}/")
        assert answer.status_code < 500
    from kokuho.core.models import Approval

    assert Approval.objects.get(pk=city.approval_id).state == "pending"


def test_guessing_is_slowed_down_and_does_not_tell_who_exists(city: City) -> None:
    from django.test import Client

    known = Client().post("/accounts/login/", {"login": "fuka", "password": "wrong password 1"}).content.decode()
    unknown = Client().post("/accounts/login/", {"login": "nobody", "password": "wrong password 1"}).content.decode()
    message = "職員番号またはパスワードが違います。"
    assert message in known and message in unknown
    answers = [
        Client().post("/accounts/login/", {"login": f"guess{n}", "password": "x"}).status_code for n in range(40)
    ]
    assert 429 in answers or answers.count(200) == 40


def test_a_my_number_typed_into_the_search_is_not_searched_for_and_not_repeated(city: City, sign_in: Any) -> None:
    client = sign_in("shikaku")
    for typed in ("123456789018", "1234 5678 9018", "１２３４５６７８９０１８", "1234-5678-9018"):
        answer = client.get("/search/", {"q": typed}, follow=True)
        body = answer.content.decode()
        assert "個人番号は検索欄に入力しないでください" in body
        assert (
            "123456789018" not in body
            and "１２３４" not in body
            and "1234 5678" not in body
            and "1234-5678" not in body
        )
    assert refusals(staff_no="shikaku", function="search", detail__why="my-number") == 4
