"""`kokuho bench lists`: every page of the route table in the filled city, signed in as those who may open it.

A page that shows a list (`core.screens.lists`) is asked for its first and last page, by each of its sort keys and by each of
its filters. Two figures stand beside each: the milliseconds from the request's arrival to the finished answer, and those of
them that this process and its database session were at work. The limit is held against the second, which says the same
on a busy machine as on a quiet one; queries are not spread over several cores meanwhile.

With `--known` the pages that can be asked for the past are asked for it, at a moment at which all of the city was known; with
`--area` everybody who asks is limited to one of the city's ten areas (RIGHTS-02).
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kokuho.commands import bench_city, bench_desks
from kokuho.commands.bench_city import DAY, YEAR

LIMIT_MS, LIMIT_QUERIES = 100.0, 15
_SIGN_IN_AGAIN = 120.0  # seconds
# Pages that are made for one person or run at a time, and files.
_SKIP = re.compile(r"(\.pdf|accounts/|/mfa|terminal|progress|passphrase|/print/|notice\.pdf|slip)")


@dataclass(frozen=True, slots=True)
class Page:
    """An address as it was measured: `what` says which view of a list it is."""

    address: str
    what: str
    rows: int
    milliseconds: float
    busy: float
    queries: int

    @property
    def slow(self) -> bool:
        """Over the limit of time."""
        return self.busy > LIMIT_MS


def run(argv: Sequence[str]) -> int:
    """Prints every page with rows, milliseconds and queries; exit status 1 when one is over the limit or fails."""
    parser = bench_city.parser("kokuho bench lists", "一覧と画面の応答時間を測る")
    parser.add_argument("--times", type=int, default=3, help="測る回数（いちばん短い時間を採る）")
    parser.add_argument("--only", default="", help="この文字列を含むアドレスだけ")
    parser.add_argument("--known", action="store_true", help="過去を表示できる画面を、知得日を指定して測る")
    parser.add_argument("--area", action="store_true", help="一つの管轄区域に限られた職員として測る")
    args = parser.parse_args(argv)
    status, _ = bench_city.child(args, "bench_levy.city")
    return status or bench_city.child(args, "bench_lists.inside", KOKUHO_TRAINING="1")[0]


def inside(arguments: str) -> int:
    """The measured process."""
    args = bench_city.options(arguments)
    if bench_city.copied(bench_desks.COPY, anew=args.rebuild):
        bench_desks.filled(args.processes)
    else:
        from kokuho.core.prepare import prepare

        prepare()
    broken: list[str] = []
    found = list(measure(args.times, args.only, broken, known=args.known, area=args.area))
    slow = [page for page in found if page.slow]
    if args.json:
        print(json.dumps([{name: getattr(page, name) for name in Page.__slots__} for page in found], ensure_ascii=False))
    else:
        for page in sorted(found, key=lambda page: -page.busy):
            print(f"{page.busy:7.1f} ms\t({page.milliseconds:.1f})\t{page.queries:3}問合せ\t{page.rows:>9,}行\t{page.address}\t{page.what}")
        print(
            f"被保険者 {args.insured:,}人　{len(found)}画面　{LIMIT_MS:.0f} msを超えたもの {len(slow)}　"
            f"{LIMIT_QUERIES}問合せを超えたもの {sum(page.queries > LIMIT_QUERIES for page in found)}　"
            f"開けなかったもの {len(broken)}　{bench_city.load()}"
        )
    for address in broken:
        print(f"開けませんでした: {address}", file=sys.stderr)
    return 1 if slow or broken else 0


def measure(times: int, only: str, broken: list[str], *, known: bool = False, area: bool = False) -> Iterator[Page]:
    """Every page whose address contains `only` and that answers, with the best of some times; those at which the product fails go to
    `broken`. `known`: only the pages that can be asked for the past, as known at the end of this day; `area`: by staff limited to an
    area."""
    from kokuho.core import clock, manage

    manage.setup()
    from django.db import connection

    from kokuho.core.models import Unit

    Unit.objects.update(areas=[bench_desks.AREA] if area else [])
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
    staff = _Staff()
    dates = f"known={clock.now().astimezone(clock.JAPAN).date():%Y-%m-%d}" if known else ""
    for address, declared in _addresses(area):
        if only not in address or (known and not declared.past):
            continue
        if (client := staff.who_may(declared.capability)) is None:
            continue
        shown = _shown(client, _joined(address, dates), broken)
        if shown is None:
            continue
        for what, query in _views(shown):
            whole = address + query if known and "known=" in query else _joined(address + query, dates)
            if (page := _timed(client, whole, what, shown.count, times, broken)) is not None:
                yield page


def _joined(address: str, dates: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{dates}" if dates else address


class _Staff:
    """The accounts by role, each signed in with the notice acknowledged when it is wanted: whoever waits too long is locked out."""

    def __init__(self) -> None:
        from django.conf import settings

        if "testserver" not in settings.ALLOWED_HOSTS:
            settings.ALLOWED_HOSTS.append("testserver")
        self._clients: dict[str, tuple[Any, float]] = {}

    def of(self, role: str) -> Any:
        """A client of this role."""
        from django.test import Client

        client, since = self._clients.get(role, (None, 0.0))
        if client is None or time.monotonic() - since > _SIGN_IN_AGAIN:
            client = Client(raise_request_exception=False)
            told = {"login": bench_desks.account(role), "password": bench_desks.PASSWORD}
            assert client.post("/accounts/login/", told).status_code == 302, f"{role} cannot sign in"
            client.post("/notice/")
            self._clients[role] = client, time.monotonic()
        return client

    def who_may(self, capability: str | None) -> Any:
        """A client of the first role that has the right; None when none has."""
        from kokuho.core.access import catalogue

        if capability is None:
            return self.of("qualification")
        return next((self.of(role) for role, entry in catalogue()["roles"].items() if capability in entry["may"]), None)


def _addresses(area: bool) -> list[tuple[str, Any]]:
    """Every address that opens by GET, with what its view declares; variable parts are filled with what the city has."""
    from django.urls import NoReverseMatch, get_resolver, reverse

    from kokuho.controls.crawl import routes

    get_resolver()
    known = _known(area)
    found: list[tuple[str, Any]] = []
    search: Any = None
    for route in routes():
        declared = route.declared
        if declared is None or declared.public or declared.entrance:
            continue
        values = {part: known.get(f"{route.name}.{part}", known.get(part)) for part in route.parts}
        if None in values.values():
            continue
        try:
            address = reverse(route.name, kwargs=values)
        except NoReverseMatch:
            continue
        if not _SKIP.search(address):
            found.append((address, declared))
        search = declared if route.name == "search" else search
    typed = ("サトウ", "佐藤", "サトウ H2.5.5", "サ", str(known["atena_no"]), "青木1", "ｻﾄｳ ﾊﾅｺ")
    found += [(f"/search/?q={text}", search) for text in typed]
    return found


def _known(area: bool) -> dict[str, Any]:
    """Numbers for the variable parts of addresses: of a large household, of the largest run of a kind, of a newest row. `area`:
    the household lives there."""
    from django.db import connection

    asked = {
        "household_no": "SELECT household_no FROM bench_households LIMIT 1",
        "atena_no": "SELECT atena_no FROM people_person WHERE superseded_at IS NULL AND is_head AND household_no = "
                    "(SELECT household_no FROM bench_households LIMIT 1) AND resident_state = '1' LIMIT 1",
        "people:corporation.atena_no": "SELECT max(atena_no) FROM people_corporation",
        "people:outside_change.atena_no": "SELECT max(atena_no) FROM people_person WHERE resident_kind = '3'",
        "decision_id": "SELECT max(id) FROM assessment_decision",
        "assessment:trial_explanation.decision_id": "SELECT max(id) FROM assessment_trialdecision",
        "fiscal_year": f"SELECT {YEAR}",
        "certificate_id": "SELECT max(id) FROM eligibility_certificate",
        "status_id": "SELECT max(id) FROM eligibility_status WHERE superseded_at IS NULL",
        "candidate_id": "SELECT max(id) FROM eligibility_changecandidate WHERE state = 'open'",
        "difference_id": "SELECT max(id) FROM eligibility_difference",
        "finding_id": "SELECT max(id) FROM eligibility_otherinsurancefinding",
        "view_id": "SELECT max(id) FROM eligibility_monthview",
        "task_id": "SELECT max(id) FROM people_changetask",
        "pulled_id": "SELECT max(id) FROM people_pulleddocument",
        "item_id": "SELECT max(id) FROM exchange_workitem",
        "file_id": "SELECT file_id FROM exchange_inboxerror ORDER BY id DESC LIMIT 1",
        "exchange:outbox_file.file_id": "SELECT id FROM exchange_outboxfile ORDER BY record_count DESC LIMIT 1",
        "rule_id": "SELECT max(id) FROM exchange_releaserule",
        "approval_id": "SELECT max(id) FROM core_approval",
        "order_id": "SELECT max(id) FROM core_workorder",
        "request_id": "SELECT max(id) FROM core_disclosurerequest",
        "mark_id": "SELECT max(id) FROM core_auditmark",
        "write_id": "SELECT max(id) FROM core_writerecord",
        "run_id": "SELECT max(id) FROM core_batchrun",
        "assessment:run.run_id": "SELECT max(batch_id) FROM assessment_levyrun",
        "assessment:burden_run.run_id": "SELECT max(id) FROM core_batchrun WHERE kind = 'burden'",
        "eligibility:renewal.run_id": "SELECT max(id) FROM core_batchrun WHERE kind = 'renewal'",
        "eligibility:age_run.run_id": "SELECT max(id) FROM core_batchrun WHERE kind = 'age-events'",
        "staff_no": "SELECT 'S001'",
        "people:master.slug": "SELECT 'banks'",
        "access_report.what": "SELECT 'changes'",
        "values.code": "SELECT 'people_person'",
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS bench_households AS SELECT p.household_no FROM people_person p "
            "WHERE p.superseded_at IS NULL AND p.resident_state = '1' AND p.valid @> %s::date "
            "AND NOT EXISTS (SELECT FROM people_protection g WHERE g.atena_no = p.atena_no AND g.superseded_at IS NULL) "
            "AND (%s OR town IN (SELECT name FROM people_town WHERE superseded_at IS NULL AND district = %s)) "
            "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
            [DAY, not area, bench_desks.AREA],
        )
        known = {}
        for name, statement in asked.items():
            cursor.execute(statement)
            row = cursor.fetchone()
            known[name] = row[0] if row else None
    return known


@contextmanager
def _watched() -> Iterator[list[Any]]:
    """The lists that are made meanwhile."""
    from kokuho.core.screens import lists

    made: list[Any] = []
    token = lists.made.set(made)
    try:
        yield made
    finally:
        lists.made.reset(token)


@dataclass(slots=True)
class _Shown:
    """What a page shows when it is opened: its list, or none."""

    listing: Any

    @property
    def count(self) -> int:
        return self.listing.count if self.listing is not None else 0


def _shown(client: Any, address: str, broken: list[str]) -> _Shown | None:
    """The page's list; None when the page does not answer (it asks for a POST, or refuses this one)."""
    with _watched() as made:
        response = client.get(address)
    if response.status_code >= 500:
        broken.append(address)
    return _Shown(made[0] if made else None) if response.status_code == 200 else None


def _views(shown: _Shown) -> Iterator[tuple[str, str]]:
    """(what, query) of everything worth asking of a page."""
    found = shown.listing
    yield "", ""
    if found is None:
        return
    if last := found.to_last:
        yield "最後の頁", last
    elif found.pages > 1:
        yield "深い頁", found.query(page=10_000 // found.per_page)
    yield f"{found.page_sizes[-1]}行", found.query(size=found.page_sizes[-1])
    for heading in found.headings:
        if heading.column.order:
            for key in (heading.column.key, f"-{heading.column.key}"):
                yield f"並べ替え {key}", found.query(sort=key)
    wide = {"text": "サト", "number": "1000000001", "date": DAY.isoformat()}
    for state in found.filters:
        told = state.filter
        if told.choices:
            for value, label in (("all", "すべて"), *told.choices)[:8]:
                if value != state.value:
                    yield f"{told.label}={label}", found.query(**{told.name: value})
        else:
            yield f"{told.label}で絞る", found.query(**{told.name: wide.get(told.kind, "サト")})


_TIMING = re.compile(r'desc="(\d+) queries".*total;dur=([\d.]+)')


def _timed(client: Any, address: str, what: str, rows: int, times: int, broken: list[str]) -> Page | None:
    best = None
    for _ in range(times):
        begun = _busy()
        with _watched() as made:
            response = client.get(address)
        busy = _busy() - begun
        if response.status_code != 200:
            broken.append(address)
            return None
        told = _TIMING.search(response.headers["Server-Timing"])
        assert told is not None
        page = Page(address, what, made[0].count if made else rows, float(told[2]), busy, int(told[1]))
        if best is None:
            best = page
        best = replace(best, milliseconds=min(best.milliseconds, page.milliseconds), busy=min(best.busy, page.busy))
        if best.busy > 10 * LIMIT_MS:
            break
    return best


def _busy() -> float:
    """Milliseconds that this process and its database session have been at work; only of this process where the session's
    are not to be seen (another machine)."""
    from django.db import connection

    spent = time.process_time() * 1000
    try:
        told = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text("ascii")
    except OSError:
        return spent
    return spent + int(told.split()[0]) / 1e6
