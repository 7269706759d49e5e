"""Changing security parameters: requested by one person, approved by another, sealed as a whole (OPS-07)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction

from kokuho.core import audit, entries, factors, parameters
from kokuho.core.access import Actor
from kokuho.core.actions.entries import submit
from kokuho.core.models import Entry, Parameter, ParameterBaseline, ParameterChange
from kokuho.core.parameters import ParameterError

KIND = "parameter.change"
_LOCK = 0x504152414D  # one change at a time: the sets are a chain


def request(
    *, by: Actor, on: date, changes: Mapping[str, Any], reason: str, profile: str = "", exception: str = ""
) -> Entry:
    """Ask for other values. `changes` holds stored values by key; `exception` is the reference of the approval under which a
    single kind of factor is accepted.

    Raises `ParameterError`: PARAM-VALUE, PARAM-KEY, PARAM-REASON, PARAM-SAME, PARAM-FACTORS, PARAM-ORDER; and at the approval
    PARAM-STALE when one of the values is no longer what it was at the request.
    """
    if not reason.strip():
        raise ParameterError("PARAM-REASON", "変更の理由を入力してください。")
    labels = [entry.label for key in changes if (entry := parameters.catalogue().get(key))]
    title = f"設定の型の採用（{profile}）" if profile else f"設定の変更: {'、'.join(labels)}"[:200]
    now = parameters.current()
    before = {key: now.value(key) for key in changes if key in parameters.catalogue()}
    payload = {"changes": dict(changes), "before": before, "profile": profile, "exception": exception.strip()}
    return submit(by=by, on=on, kind=KIND, title=title, payload=payload, reason=reason)


def request_profile(*, by: Actor, on: date, profile: str, reason: str) -> Entry:
    """Ask for the values of a published profile. Raises `ParameterError` (PARAM-PROFILE, PARAM-SAME)."""
    now = parameters.current()
    wanted = parameters.profile_values(profile)
    changes = {key: value for key, value in wanted.items() if value != now.value(key)}
    return request(by=by, on=on, changes=changes, reason=reason, profile=profile)


@transaction.atomic
def adopt_at_opening(*, profile: str, applied_by: str, approved_by: str, reason: str) -> ParameterBaseline:
    """The first approved set of an installation that is being opened, on the application of one and the approval of another
    person. Raises `ParameterError`: PARAM-OPEN once there is an approved set, ENTRY-02 when both are one."""
    if parameters.current().number:
        raise ParameterError("PARAM-OPEN", "承認された設定が既にあります。変更は申請と承認によります。")
    if not applied_by or applied_by == approved_by:
        raise ParameterError("ENTRY-02", "申請者と承認者は別の職員にしてください。")
    return _write(
        parameters.profile_values(profile), profile=profile, exceptions={}, requested_by=applied_by, approved_by=approved_by,
        reason=reason, origin="opening",
    )  # fmt: skip


@transaction.atomic
def restore(*, by: Actor, reason: str) -> int:
    """Put running values that drifted back to the approved ones. Returns how many. Raises `ParameterError`: PARAM-REASON without a
    reason, PARAM-BROKEN when the approved set itself is damaged."""
    by.require("parameter.request")
    if not reason.strip():
        raise ParameterError("PARAM-REASON", "理由を入力してください。")
    now = parameters.current()
    if now.broken:
        raise ParameterError("PARAM-BROKEN", f"{now.broken}原因を調べ、値を申請し直してください。")
    keys = [drift.key for drift in now.drift]
    for key in keys:
        if key in now.values:
            Parameter.objects.update_or_create(key=key, defaults={"value": now.values[key], "baseline": now.number})
        else:
            # The application may not delete rows: a key that was never approved is marked as not in force.
            Parameter.objects.filter(key=key).update(key=f"-{key}"[:60])
    audit.record(
        by, function="parameter.restore", operation="update", reason=reason, row_count=len(keys), detail={"keys": keys}
    )
    parameters.forget()
    return len(keys)


def reseal(master: bytes) -> int:
    """Seal the approved set under a coming master key, as a new set with the same values. Returns 1, or 0 without a set."""
    with transaction.atomic():
        _lock()
        now = parameters.current()
        newest = ParameterBaseline.objects.order_by("-number").first()
        if newest is None or now.broken or newest.seal == parameters.seal(newest.content, master):
            return 0
        text = parameters.content(
            number=newest.number + 1, previous=parameters.fingerprint(newest.content), profile=now.profile, values=now.values,
            exceptions=now.exceptions,
        )  # fmt: skip
        ParameterBaseline.objects.create(number=newest.number + 1, content=text, seal=parameters.seal(text, master))
        return 1


_reported: set[tuple[int, str, tuple[parameters.Drift, ...]]] = set()


def report_drift(now: parameters.Snapshot) -> None:
    """Record that running values differ from the approved ones: once by each process for what it has not reported yet."""
    state = (now.number, now.broken, now.drift)
    if state in _reported or not (now.broken or now.drift):
        return
    _reported.add(state)
    system = Actor("", "システム", "", frozenset(), "server")
    audit.record(
        system, function="parameter.drift", operation="alert", result="failed", row_count=len(now.drift),
        detail={"keys": [drift.key for drift in now.drift], "broken": now.broken, "baseline": now.number},
    )  # fmt: skip


# --- the kind of entry --------------------------------------------------------------------------------------------------


def _check(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    now, changes = parameters.current(), payload["changes"]
    if now.broken:
        audit.record(by, function=KIND, operation="alert", detail={"broken": now.broken})
    if not changes:
        raise ParameterError("PARAM-SAME", "変わる値がありません。")
    known = parameters.catalogue()
    for key, value in changes.items():
        entry = known.get(key)
        if entry is None:
            raise ParameterError("PARAM-KEY", f"設定 {key} はありません。")
        if entry.elsewhere:
            raise ParameterError("PARAM-KEY", f"{entry.label}は{entry.elsewhere}で決めます。")
        if entry.checked(value) != value:
            raise ParameterError("PARAM-VALUE", f"{entry.label}: 値の並びが正しくありません。")
        if key.startswith("auth.factors."):
            _check_factors(entry, value, str(payload.get("exception", "")))
        # Whoever approves a whole value (a table, a list) would take back what another approval changed in it meanwhile.
        if now.value(key) != payload.get("before", {}).get(key, now.value(key)):
            raise ParameterError(
                "PARAM-STALE", f"{entry.label}は、申請の後に別の承認で変わりました。差し戻して、今の値から申請し直してください。"
            )
    if all(now.value(key) == value for key, value in changes.items()) and now.number:
        raise ParameterError("PARAM-SAME", "今の値と同じです。")
    merged = {key: changes.get(key, now.value(key)) for key in known}
    for name in ("", *(f".{name}" for name in parameters.CLASSES)):
        lock = merged[f"auth.idle_lock_minutes{name}"] or merged["auth.idle_lock_minutes"]
        end = merged[f"auth.idle_end_minutes{name}"] or merged["auth.idle_end_minutes"]
        if end <= lock:
            raise ParameterError(
                "PARAM-ORDER", "利用を終えるまでの時間は、画面をロックするまでの時間より長くしてください。"
            )
    if merged["auth.notice.text"] != now.value("auth.notice.text") and merged["auth.notice.version"] <= now.value("auth.notice.version"):
        raise ParameterError("PARAM-ORDER", "告知の文面を変えるときは、告知の版を進めてください。全員がもう一度確認します。")
    if merged["auth.hours.closes"] <= merged["auth.hours.opens"]:
        raise ParameterError("PARAM-ORDER", "利用時間の終わりは、始まりより後にしてください。")


def _check_factors(entry: parameters.Definition, value: list[str], exception: str) -> None:
    single = [item for item in value if len(factors.kinds(item)) < 2]
    if single and not exception:
        words = "、".join(entry.options()[item] for item in single)
        raise ParameterError(
            "PARAM-FACTORS",
            f"{entry.label}: 「{words}」は種類の異なる二つの手段になりません。例外として認める決裁の番号が必要です（AUTH-02）。",
        )


def _lines(by: Actor, on: date, entry: Entry) -> list[entries.Line]:
    now, known = parameters.current(), parameters.catalogue()
    before = dict(ParameterChange.objects.filter(origin=f"entry:{entry.pk}").values_list("key", "before"))
    lines = []
    for key, value in entry.payload["changes"].items():
        definition = known[key]
        was = before[key] if key in before else now.value(key)
        note = definition.control
        if key.startswith("auth.factors.") and entry.payload.get("exception"):
            note += f"　例外の決裁: {entry.payload['exception']}"
        if definition.kind == "table":
            lines += _table_lines(definition, was, value)
        else:
            lines.append(entries.Line(definition.label, definition.shown(was), definition.shown(value), note))
    return lines


def _table_lines(definition: parameters.Definition, was: Mapping[str, Any], value: Mapping[str, Any]) -> list[entries.Line]:
    """A line for each row of the table that changes, with what is added to it and taken from it."""
    before, after = parameters.table(was), parameters.table(value)
    return [
        entries.Line(
            f"事務「{row}」の情報項目", parameters.named(before[row]), parameters.named(after[row]),
            f"{parameters.differing(before[row], after[row])}（{definition.control}）",
        )
        for row in after if before[row] != after[row]
    ]  # fmt: skip


def _apply(by: Actor, on: date, entry: Entry) -> None:
    now, changes = parameters.current(), entry.payload["changes"]
    exceptions = {key: text for key, text in now.exceptions.items() if key not in changes}
    for key, value in changes.items():
        if key.startswith("auth.factors.") and any(len(factors.kinds(item)) < 2 for item in value):
            exceptions[key] = entry.payload["exception"]
    _write(
        changes, profile=entry.payload["profile"] or now.profile, exceptions=exceptions, requested_by=entry.entered_by,
        approved_by=entry.decided_by, reason=entry.reason, origin=f"entry:{entry.pk}",
    )  # fmt: skip


def _write(
    changes: Mapping[str, Any], *, profile: str, exceptions: Mapping[str, str], requested_by: str, approved_by: str, reason: str,
    origin: str,
) -> ParameterBaseline:  # fmt: skip
    """The changes, the running values and the sealed set, together. Parameters that were never approved take their defaults."""
    _lock()
    now = parameters.current()
    newest = ParameterBaseline.objects.order_by("-number").first()
    number = newest.number + 1 if newest else 1
    full = {key: now.value(key) for key, entry in parameters.catalogue().items() if not entry.elsewhere} | dict(changes)
    text = parameters.content(
        number=number, previous=parameters.fingerprint(newest.content) if newest else parameters.GENESIS, profile=profile,
        values=full, exceptions=exceptions,
    )  # fmt: skip
    made = ParameterBaseline.objects.create(number=number, content=text, seal=parameters.seal(text))
    ParameterChange.objects.bulk_create(
        ParameterChange(
            key=key, before=now.value(key), after=value, requested_by=requested_by, approved_by=approved_by, reason=reason,
            origin=origin, baseline=number,
        )
        for key, value in changes.items()
    )  # fmt: skip
    Parameter.objects.bulk_create(
        [Parameter(key=key, value=value, baseline=number) for key, value in full.items()],
        update_conflicts=True, unique_fields=["key"], update_fields=["value", "baseline"],
    )  # fmt: skip
    parameters.forget()
    return made


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def register_kind() -> None:
    """Make the kind of entry known; called when the groundwork is ready."""
    entries.register(
        entries.EntryKind(
            code=KIND, label="設定値の変更", enter="parameter.request", confirm="parameter.approve",
            items=frozenset({"changes", "before", "profile", "exception"}), check=_check, lines=_lines, apply=_apply, always=True,
        )
    )  # fmt: skip
