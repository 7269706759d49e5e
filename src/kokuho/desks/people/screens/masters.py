"""共通マスタ: towns, facilities, banks, senders; each list with its days, each change from a day on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html

from kokuho.core import era
from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.core.reads import page
from kokuho.core.screens import sheet
from kokuho.core.screens.fields import DayField
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.people.actions import masters as actions
from kokuho.desks.people.masters import MASTERS, Master
from kokuho.desks.people.models import SealImage
from kokuho.desks.people.queries import masters as queries
from kokuho.desks.people.screens.forms import field_of

# Codes that are written with leading zeros.
_DIGITS = {"banks": 7, "municipalities": 6}


def _master(slug: str) -> Master:
    try:
        return MASTERS[slug]
    except KeyError as error:
        raise Http404 from error


@screen("master.read", past=True)
def overview(request: StaffRequest) -> HttpResponse:
    """The masters."""
    rows = [(sheet.Cell(master.label, reverse("people:master", args=[slug])), master.note) for slug, master in MASTERS.items()]
    rows.append((sheet.Cell("文字変換表", reverse("people:characters")), "統合マスタから受け取る縮退・外字・異体字の表です。"))
    return sheet.show(request, sheet.Sheet("共通マスタ", [sheet.table("一覧", ("マスタ", "内容"), rows)]))


@screen("master.read", past=True)
def listing(request: StaffRequest, slug: str) -> HttpResponse:
    """The rows of one master."""
    master, on = _master(slug), request.business_date
    with page(request.actor, "people.master", master=slug):
        found = queries.master_rows(request.actor, slug, request.GET, on=on)
    may = request.actor.may(master.enter)

    def row(it: Any) -> list[sheet.Cell]:
        last = era.short(it.valid.upper - timedelta(days=1)) if it.valid.upper else ""
        link = sheet.Cell("変更", f"{reverse('people:master_new', args=[slug])}?code={it.code}") if may else ""
        code = sheet.name(master.code.words(it.code) if master.code.kind == "choice" else f"{it.code:0{_DIGITS.get(slug, 1)}d}")
        items = [sheet.Cell(column.words(getattr(it, column.name)) or "—") for column in master.columns]
        return sheet.row(code, *items, f"{era.short(it.valid.lower) if it.valid.lower else ''} – {last}", link)

    found.rows = [row(it) for it in found.rows]
    links = ((f"{master.label}を登録する", reverse("people:master_new", args=[slug])),) if may else ()
    if slug == "seals":
        links = (*links, ("公印の画像", reverse("people:seal_images")))
    return sheet.show(request, sheet.Sheet(
        master.label, [sheet.Rows(found, "登録はありません")], intro=master.note, links=links,
        up=(("共通マスタ", reverse("people:masters")),),
    ))  # fmt: skip


class SealImageForm(forms.Form):
    """A picture of a seal."""

    title = forms.CharField(label="公印の名称", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    picture = forms.FileField(
        label="画像（PNG、1MBまで）", help_text="縦横とも120画素から3000画素まで", widget=forms.FileInput(attrs={"accept": "image/png"})
    )


@screen("master.read")
def seal_images(request: StaffRequest) -> HttpResponse:
    """The pictures of seals that were uploaded, and uploading one."""
    actor = request.actor
    form = SealImageForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        actor.require("master.seal")
        if form.is_valid():
            try:
                kept = actions.keep_seal_image(by=actor, title=form.cleaned_data["title"], data=form.cleaned_data["picture"].read())
            except CodedError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, f"画像 {kept.pk} を登録しました。帳票と期間を入力し、別の職員の確認を受けてください。")
                return HttpResponseRedirect(f"{reverse('people:master_new', args=['seals'])}?image={kept.pk}")
    with page(actor, "people.seal_images"):
        found = queries.seal_images(actor)
    rows = (
        (sheet.name(it.pk), sheet.Cell(it.title, reverse("people:seal_image", args=[it.pk])), f"{it.width}×{it.height}",
         it.uploaded_name, it.uploaded_at, sheet.Cell(it.sha256[:16], code=True))
        for it in found
    )  # fmt: skip
    blocks: list[Any] = [sheet.table("画像", ("番号", "名称", "画素", "登録者", "登録日時", "SHA-256"), rows, empty="画像はありません。")]
    if actor.may("master.seal"):
        blocks.append(sheet.Ask("画像を登録する", form, (("keep", "登録する", False),), span=8, files=True))
    return sheet.show(request, sheet.Sheet(
        "公印の画像", blocks,
        intro="登録した画像は変わりません。どの帳票にいつから印刷するかは「公印」のマスタに入力し、別の職員が確認します。",
        up=(("共通マスタ", reverse("people:masters")), ("公印", reverse("people:master", args=["seals"]))),
    ))  # fmt: skip


@screen("master.read")
def seal_image(request: StaffRequest, image_id: int) -> HttpResponse:
    """One picture as it is printed."""
    try:
        with page(request.actor, "people.seal_image", image=image_id):
            data = queries.seal_picture(request.actor, image_id)
    except SealImage.DoesNotExist as error:
        raise Http404 from error
    return HttpResponse(data, content_type="image/png")


class MasterForm(forms.Form):
    """Items of a master's row, its days, and why."""

    def __init__(self, master: Master, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for column in (master.code, *master.columns):
            self.fields[column.name] = field_of(column)
        self.fields["since"] = DayField(label="いつから")
        self.fields["last"] = DayField(label="いつまで", required=False, help_text="この日を含みます。空欄は期限なし")
        self.fields["reason"] = forms.CharField(
            label="根拠", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
        )


def _picture_field(actor: Actor) -> forms.Field:
    """The choice of a seal's picture, each with the picture itself."""
    choices = [
        (it.pk, format_html('<img class="seal" src="{}" alt="">{}（{}×{}画素）', reverse("people:seal_image", args=[it.pk]), it.title,
                            it.width, it.height))
        for it in queries.seal_images(actor)
    ]  # fmt: skip
    told = "" if choices else "画像が登録されていません。先に「公印の画像」で登録してください。"
    return forms.TypedChoiceField(label="画像", choices=choices, coerce=int, widget=forms.RadioSelect, help_text=told)


@screen("master.change")
def enter(request: StaffRequest, slug: str) -> HttpResponse:
    """Enter a row of a master; with `?code=` what is registered now is filled in."""
    master, actor, on = _master(slug), request.actor, request.business_date
    actor.require(master.enter)
    initial: dict[str, Any] = {column.name: column.initial for column in master.columns if column.initial is not None} | {"since": on}
    asked = request.GET.get("code", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 16:
        held = master.model._base_manager.filter(superseded_at__isnull=True, code=int(asked), valid__contains=on).first()
        initial |= {"code": int(asked)}
        if held is not None:
            initial |= {column.name: getattr(held, column.name) for column in master.columns}
    if (image := request.GET.get("image", "")).isdigit() and slug == "seals":
        initial["image"] = int(image)
    form = MasterForm(master, request.POST or None, initial=initial)
    if slug == "seals":
        form.fields["image"] = _picture_field(actor)
    if request.method == "POST" and form.is_valid():
        values = {**form.cleaned_data}
        own = {key: values.pop(key) for key in ("code", "since", "last", "reason")}
        try:
            entry = actions.enter(by=actor, on=on, slug=slug, values=values, **own)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "入力しました。別の職員の確認を待ちます。" if entry.state == entry.PENDING else "登録しました。")
            return HttpResponseRedirect(reverse("people:master", args=[slug]))
    ask = sheet.Ask("入力", form, (("enter", "入力する", False),), span=8)
    up = (("共通マスタ", reverse("people:masters")), (master.label, reverse("people:master", args=[slug])))
    return sheet.show(request, sheet.Sheet(f"{master.label}の登録", [ask], intro=master.note, up=up))
