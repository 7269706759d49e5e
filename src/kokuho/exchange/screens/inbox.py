"""The doors' inbox: what came, what was wrong with it, what waits, and receiving a file by hand."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kokuho.core.reads import page
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.exchange import doors, queries
from kokuho.exchange.models import ConnectedSystem, InboxFile

# A whole register of a big city is received by the command or the watched folder, not through a browser.
LARGEST = 50 * 1024 * 1024


class ReceiveForm(forms.Form):
    """A file to take in."""

    file = forms.FileField(
        label="ファイル", help_text="連携の決まりのCSV（UTF-8）。50MBまで。同じ内容のファイルは1回だけ受け付けます。"
    )

    def clean_file(self) -> object:
        """Refuses what is too big for a browser."""
        given = self.cleaned_data["file"]
        if given.size > LARGEST:
            raise forms.ValidationError("50MBを超えるファイルは、電算担当がコマンドで受け付けます。")
        return given


@screen("exchange.read")
def listing(request: StaffRequest) -> HttpResponse:
    """Files, newest first."""
    found = queries.inbox(request.actor, request.GET)
    return render(request, "exchange/inbox.html", {"list": found})


@screen("exchange.read")
def detail(request: StaffRequest, file_id: int) -> HttpResponse:
    """One file with its faults, or with the records of it that wait."""
    actor = request.actor
    with page(actor, "exchange.file", file=file_id):
        try:
            row = queries.file(actor, file_id)
        except InboxFile.DoesNotExist as error:
            raise Http404 from error
        refused = row.file.state == InboxFile.REFUSED
        faults = queries.errors(actor, request.GET, row) if refused else None
        work = None if refused else queries.work(actor, request.GET, on=request.business_date, file_id=file_id)
    return render(request, "exchange/file.html", {"row": row, "list": faults or work, "refused": refused})


@screen("exchange.receive")
def receive(request: StaffRequest) -> HttpResponse:
    """Receive a file that is at hand."""
    form = ReceiveForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        try:
            file = doors.receive(
                by=request.actor, on=request.business_date, stream=given.file, file_name=given.name, route=ConnectedSystem.SCREEN
            )
        except doors.Refusal as refusal:
            if refusal.file is not None:
                messages.error(request, str(refusal))
                return HttpResponseRedirect(reverse("exchange:file", args=[refusal.file.pk]))
            form.add_error("file", f"{refusal.code} {refusal}")
        else:
            messages.success(request, f"受け付けました（受付番号 {file.pk}）。{file.applied_count:,}件を反映しました。")
            return HttpResponseRedirect(reverse("exchange:file", args=[file.pk]))
    return render(request, "exchange/receive.html", {"form": form}, status=422 if form.errors else 200)
