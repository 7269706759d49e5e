"""Before and after: the history of values of a person's facts and registers, and what a statement wrote (LOG-03)."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import reverse

from kokuho.core import dossier
from kokuho.core import queries as core
from kokuho.core.dossier import Change
from kokuho.core.functions import function_title
from kokuho.core.models import WriteRecord
from kokuho.core.queries import values as queries
from kokuho.core.reads import page
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Cell, Rows, Sheet, cell, name
from kokuho.core.templatetags.ja import origin as in_words
from kokuho.desks.people import queries as people
from kokuho.desks.people.labels import label
from kokuho.desks.people.models import Person
from kokuho.desks.people.screens import opening


@screen("values.read")
def person(request: StaffRequest, atena_no: int) -> HttpResponse:
    """The tables that hold something about a person."""
    actor = request.actor
    if alert := opening.alert(request, sorted(people.protected_among([atena_no]))):
        return alert
    with page(actor, "values.person"):
        found = queries.person_tables(actor, atena_no)
    rows = [
        (cell(entry.title, reverse("values", args=[atena_no, entry.code])), dossier.KIND_WORDS[entry.kind], number)
        for entry, number in found
    ]
    table = sheet.table("記録のある表", ("表", "種類", "行数"), rows, empty="この宛名番号の記録はありません。")
    up = (("個人", reverse("person", args=[atena_no])),) if actor.may("person.read") else ()
    return sheet.show(request, Sheet(f"変更の前後　宛名番号 {atena_no}", [table], up=up,
        intro="事実は上書きされません。表を開くと、変更の前後・処理者・出所が見られます。"))


@screen("values.read")
def rows(request: StaffRequest, atena_no: int, code: str) -> HttpResponse:
    """The rows of a person in one table, before → after."""
    actor = request.actor
    protected = people.protected_among([atena_no])
    if alert := opening.alert(request, sorted(protected)):
        return alert
    with page(actor, "values.rows"):
        try:
            entry, found = queries.person_values(actor, atena_no, code, protected=bool(protected))
        except KeyError as error:
            raise Http404 from error
    names = core.staff_names([row.by for row in found])
    written = actor.may("audit.read")
    lines = []
    for row in found:
        changes = [_coded(code, change) for change in row.changes]
        said = "\n".join(f"{c.label}　{c.before} → {c.after}" if c.before else f"{c.label}　{c.after}" for c in changes)
        origin = in_words(row.origin) if row.origin else function_title(row.writer.function) if row.writer else ""
        link = reverse("written", args=[row.writer.write_id]) if row.writer and written else ""
        reason = row.writer.reason if row.writer else ""
        lines.append((name(row.pk, link), row.at, names[row.by], origin, reason, row.standing, Cell(said or "（変更なし）", fine=True)))
    table = sheet.table(entry.title, ("行", "処理日時", "処理者", "出所・機能", "理由", "状態", "変更前 → 変更後"), lines,
                        note=f"新しいものから{queries.NEWEST}行まで。")  # fmt: skip
    up = ((f"変更の前後　宛名番号 {atena_no}", reverse("values_person", args=[atena_no])),)
    return sheet.show(request, Sheet(entry.title, [table], up=up))


# The columns of the register that hold a code of its layout.
_CODED = {
    str(Person._meta.get_field(name).verbose_name): name
    for name in ("resident_kind", "resident_state", "resident_reason", "sex", "relation")
}


def _coded(code: str, change: Change) -> Change:
    """A change of the register with the words of its codes."""
    if not code.startswith("people.person") or change.label not in _CODED:
        return change
    return Change(change.label, *(label(_CODED[change.label], text) if text else text for text in (change.before, change.after)))


@screen("audit.read")
def writes(request: StaffRequest) -> HttpResponse:
    """The record of writes."""
    found = queries.writes(request.actor, request.GET, on=request.business_date)
    names = core.staff_names([w.staff_no for w in found.rows])
    operations = dict(queries.WRITES)
    lines = [
        sheet.row(
            cell(str(w.pk), reverse("written", args=[w.pk])), w.at, names[w.staff_no] or Cell("（名乗りなし）", tone="attention"),
            w.terminal,
            queries.table_title(w.table_name), operations.get(w.operation, w.operation), w.row_count,
            function_title(w.function) if w.function else w.application, w.reason,
        )
        for w in found.rows
    ]
    found.rows = lines  # type: ignore[assignment]
    intro = "行を書き換えた文の記録です。SQLや管理者の操作も含みます。期間も表も指定しないときは、この7日を表示します。"
    blocks = [Rows(found, "該当する書込みはありません")]  # type: ignore[arg-type]
    return sheet.show(request, Sheet("書込みの記録", blocks, up=(("操作記録", reverse("audit")),), intro=intro))


@screen("audit.read")
def written(request: StaffRequest, write_id: int) -> HttpResponse:
    """What a statement wrote."""
    try:
        found = queries.written(request.actor, write_id)
    except WriteRecord.DoesNotExist as error:
        raise Http404 from error
    write = found.write
    names = core.staff_names([write.staff_no])
    blocks = [
        sheet.facts(
            "書込み", ("日時", write.at), ("表", found.title), ("操作",
            dict(queries.WRITES).get(write.operation, write.operation)),
            ("行数", write.row_count), ("行番号", f"{write.first_id}～{write.last_id}"), ("職員",
            names[write.staff_no] or "（名乗りなし）"),
            ("端末", write.terminal),
            ("機能", function_title(write.function)), ("理由", write.reason), ("データベースの役割", write.database_role),
            ("トランザクション", name(write.transaction)), span=5,
        ),
        sheet.table(
            "この書込みのままの行", ("行", "値"),
            [(name(pk), Cell("\n".join(f"{v.label}　{v.text}" for v in values), fine=True)) for pk, values in found.rows], span=7,
            empty="この書込みのまま残っている行はありません（後で書き換えられたか、行番号のない表です）。", note="先頭の50行まで。",
        ),
    ]  # fmt: skip
    return sheet.show(request, Sheet(f"書込み {write.pk}", blocks, up=(("操作記録", reverse("audit")),)))
