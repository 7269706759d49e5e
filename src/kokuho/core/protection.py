"""How terminals, servers and 国保総合PC are protected (NET-05), and the conditions of cloud hosting (NET-07): reports with day and source.

The product cannot look into a terminal: it takes the reports of whoever can (a management tool's list, a person's attestation), judges
them by the parameters `net.*`, and refuses the sign-in of a terminal that falls short where `net.block_noncompliant` says so.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from django.db import transaction
from django.db.models import QuerySet

from kokuho.core import audit, parameters
from kokuho.core.access import Actor
from kokuho.core.clock import midnight
from kokuho.core.coded import CodedError
from kokuho.core.models import AuditRecord, HostingFact, ProtectionReport, Terminal
from kokuho.core.reads import seen

COLUMNS = ("host", "kind", "reported_on", "pattern_on", "patched_on")


class ProtectionError(CodedError):
    """Refused. `code` is stable."""


@cache
def raw() -> dict[str, Any]:
    """`core/data/hosting.yaml`."""
    loaded: dict[str, Any] = yaml.safe_load(files("kokuho.core").joinpath("data", "hosting.yaml").read_text("utf-8"))
    return loaded


def items(kind: str) -> dict[str, str]:
    """What is asked of a kind of machine: code → words."""
    return {code: entry["title"] for code, entry in raw()["items"].items() if kind in entry["kinds"]}


@transaction.atomic
def report(
    *, by: Actor, on: date, host: str, kind: str, reported_on: date, source: str, pattern_on: date | None, patched_on: date | None,
    fulfilled: Sequence[str],
) -> ProtectionReport:  # fmt: skip
    """Enter the state of one machine. `fulfilled` are the items that hold. Needs `conduct.write`.

    Raises `ProtectionError`: NET-05-HOST no machine, kind or source, NET-05-DATE a day in the future, NET-05-ITEM an unknown item.
    """
    by.require("conduct.write")
    if kind not in dict(ProtectionReport.KINDS) or not host.strip() or not source.strip():
        raise ProtectionError("NET-05-HOST", "機器・種類・出所を入力してください。")
    if any(day is not None and day > on for day in (reported_on, pattern_on, patched_on)):
        raise ProtectionError("NET-05-DATE", "先の日付があります。")
    asked = items(kind)
    if strange := set(fulfilled) - set(asked):
        raise ProtectionError("NET-05-ITEM", f"項目 {'、'.join(sorted(strange))} はこの種類の機器にはありません。")
    made = ProtectionReport.objects.create(
        host=host.strip(), kind=kind, reported_on=reported_on, source=source.strip(), pattern_on=pattern_on, patched_on=patched_on,
        missing=[code for code in asked if code not in fulfilled], recorded_by=by.staff_no,
    )  # fmt: skip
    audit.record(by, function="protection.report", operation="add", row_count=1, detail={"host": made.host})
    return made


@transaction.atomic
def take_list(*, by: Actor, on: date, data: bytes, source: str) -> int:
    """Take a list of machines (CSV, UTF-8, with a heading) from a management tool: host, kind, reported_on, pattern_on, patched_on and a
    column for each item (1 holds). All or nothing. Needs `conduct.write`. Raises `ProtectionError` NET-05-LIST with the line."""
    by.require("conduct.write")
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ProtectionError("NET-05-LIST", "一覧を読めません（UTF-8のCSV）。") from error
    if missing := set(COLUMNS) - set(reader.fieldnames or ()):
        raise ProtectionError("NET-05-LIST", f"列がありません: {'、'.join(sorted(missing))}")
    for number, row in enumerate(rows, start=2):
        try:
            days = {key: date.fromisoformat(row[key]) if row[key] else None for key in COLUMNS[2:]}
            if days["reported_on"] is None:
                raise ValueError("reported_on")
            report(
                by=by, on=on, host=row["host"] or "", kind=row["kind"] or "", source=source, reported_on=days["reported_on"],
                pattern_on=days["pattern_on"], patched_on=days["patched_on"],
                fulfilled=[code for code in items(row["kind"] or "") if (row.get(code) or "").strip() == "1"],
            )  # fmt: skip
        except (ValueError, ProtectionError) as error:
            raise ProtectionError("NET-05-LIST", f"{number}行目: {error}") from error
    return len(rows)


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine with its newest report and what is wrong with it, in words; nothing when all is in order."""

    host: str
    kind: str
    report: ProtectionReport | None
    problems: tuple[str, ...]


def state(on: date) -> list[Machine]:
    """Every registered terminal and every reported machine, the troubled first, for the checks that have asked for their own right."""
    newest = {r.host: r for r in ProtectionReport.objects.order_by("host", "-reported_on", "-pk").distinct("host")}
    value = parameters.current().value
    hosts = dict.fromkeys(registered(on), ProtectionReport.TERMINAL)
    hosts |= {host: entry.kind for host, entry in newest.items() if host in hosts or entry.kind != ProtectionReport.TERMINAL}
    found = [Machine(host, kind, newest.get(host), problems(newest.get(host), on, value)) for host, kind in hosts.items()]
    return sorted(found, key=lambda m: (not m.problems, m.kind, m.host))


def registered(on: date) -> list[str]:
    """The terminals in use on a day."""
    return list(in_use(on).values_list("code", flat=True))


def in_use(on: date) -> QuerySet[Terminal]:
    """The registered terminals at which one may sign in on a day."""
    return Terminal.objects.filter(is_active=True, valid_from__lte=on, valid_until__gte=on)


def problems(found: ProtectionReport | None, on: date, value: Any) -> tuple[str, ...]:
    """What is wrong with a machine of which this is the newest report, by the values of the parameters `net.*`."""
    if found is None:
        return ("申告がない",)
    told = []
    if found.reported_on < on - timedelta(days=value("net.report_max_days")):
        told.append(f"申告が{value('net.report_max_days')}日より古い")
    for day, key, words in (
        (found.pattern_on, "net.pattern_max_days", "対策ソフトの定義"), (found.patched_on, "net.patch_max_days", "更新プログラムの適用"),
    ):  # fmt: skip
        if day is None or day < on - timedelta(days=value(key)):
            told.append(f"{words}が{value(key)}日より古い" if day else f"{words}の日が分からない")
    asked = items(found.kind)
    return (*told, *(f"満たしていない: {asked.get(code, code)}" for code in found.missing))


def blocked(terminal: Terminal, *, on: date) -> bool:
    """Whether nobody may sign in at a terminal because its protection falls short (`net.block_noncompliant`)."""
    if not parameters.value("net.block_noncompliant"):
        return False
    newest = ProtectionReport.objects.filter(host=terminal.code).order_by("-reported_on", "-pk").first()
    return bool(problems(newest, on, parameters.current().value))


def strangers(since: date) -> list[str]:
    """What showed itself as a terminal since a day, wanted to sign in and is not registered, as it stands in the operation record."""
    tried = AuditRecord.objects.filter(at__gte=midnight(since), function="sign-in", result="refused", detail__why="unknown")
    return sorted({str(name) for name in tried.order_by("-pk").values_list("detail__terminal", flat=True)[:2000]})


# --- cloud ----------------------------------------------------------------------------------------------------------------


@transaction.atomic
def declare(
    *, by: Actor, topic: str, value: str, holds: bool, evidence: str = "", valid_until: date | None = None
) -> HostingFact:
    """Enter a condition of cloud hosting. Needs `conduct.write`. Raises `ProtectionError`: NET-07-TOPIC, NET-07-VALUE, NET-07-UNTIL a
    certificate without its number and end."""
    by.require("conduct.write")
    entry = raw()["topics"].get(topic)
    if entry is None:
        raise ProtectionError("NET-07-TOPIC", "条件を選んでください。")
    if not value.strip():
        raise ProtectionError("NET-07-VALUE", "内容を入力してください。")
    if entry.get("certificate") and holds and (valid_until is None or not evidence.strip()):
        raise ProtectionError("NET-07-UNTIL", "証明書の番号等の証跡と有効期限を入力してください。")
    made = HostingFact.objects.create(
        topic=topic, value=value.strip(), holds=holds, evidence=evidence.strip(), valid_until=valid_until, recorded_by=by.staff_no
    )
    audit.record(by, function="hosting.declare", operation="add", row_count=1, detail={"topic": topic})
    return made


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of cloud hosting with the newest that was said of it. `problem` is empty when it holds; `warning` when it ends soon."""

    topic: str
    title: str
    fact: HostingFact | None
    problem: str
    warning: str = ""


def on_premises() -> bool:
    """Whether the municipality runs the system at its own place: then NET-07 does not apply."""
    return bool(parameters.value("net.hosting") == "on_premises")


def hosting(by: Actor, *, on: date) -> list[Condition]:
    """The conditions that this installation has to declare (`topics`). Needs `conduct.read`."""
    by.require("conduct.read")
    found = conditions(on)
    seen(by, "hosting.conditions", row_count=len(found))
    return [condition for condition in found if condition.topic in topics()]


def topics() -> dict[str, str]:
    """What this installation has to declare: code → words. At the municipality's own place only what holds everywhere."""
    here = on_premises()
    return {code: entry["title"] for code, entry in raw()["topics"].items() if not here or entry.get("everywhere")}


def volume(on: date) -> Condition:
    """What was declared of the encryption of the volumes under database and backups (NET-04): the product cannot see below its files."""
    return next(condition for condition in conditions(on) if condition.topic == "volume_encryption")


def conditions(on: date, region: str = "") -> list[Condition]:
    """As `hosting`, for the checks that have asked for their own right. `region`: what the platform itself reports."""
    newest = {f.topic: f for f in HostingFact.objects.order_by("topic", "-pk").distinct("topic")}
    return [_condition(code, entry, newest.get(code), on, region) for code, entry in raw()["topics"].items()]


def _condition(code: str, entry: Mapping[str, Any], fact: HostingFact | None, on: date, region: str) -> Condition:
    problem = warning = ""
    if fact is None:
        problem = "申告がない"
    elif not fact.holds:
        problem = "満たしていない"
    elif fact.valid_until is not None and fact.valid_until < on:
        problem = f"有効期限 {fact.valid_until} を過ぎている"
    elif fact.valid_until is not None and fact.valid_until < on + timedelta(days=raw()["warn_days"]):
        warning = f"有効期限 {fact.valid_until} が近い"
    if code == "region":
        told = region or (fact.value if fact else "")
        if told and told not in raw()["regions"]:
            problem = f"日本国外の地域（{told}）"
    return Condition(code, entry["title"], fact, problem, warning)
