"""The notice that use is recorded (AUTH-08): shown at sign-in, acknowledged once for each version."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from kokuho.core import audit, parameters
from kokuho.core.access import Actor
from kokuho.core.models import AuditRecord
from kokuho.core.screens.guard import entrance

FUNCTION = "sign-in.notice"


@cache
def _product() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files("kokuho.web").joinpath("data", "notice.yaml").read_text("utf-8"))
    return loaded


def text() -> dict[str, Any]:
    """`version`, `title` and `paragraphs` of the notice in force: the municipality's text, or the product's while it has none."""
    now = parameters.current()
    own = [line.strip() for line in now.value("auth.notice.text").splitlines() if line.strip()]
    # A new text of the product counts like a new one of the municipality.
    version = _product()["version"] + now.value("auth.notice.version") - 1
    return {**_product(), "version": version, "paragraphs": own or _product()["paragraphs"]}


def acknowledged(request: HttpRequest, by: Actor) -> bool:
    """True when this person has acknowledged the version in force; asked of the records once a session."""
    version = text()["version"]
    if request.session.get("notice") == version:
        return True
    if AuditRecord.objects.filter(staff_no=by.staff_no, function=FUNCTION, detail__version=version).exists():
        request.session["notice"] = version
        return True
    return False


@entrance
def show(request: HttpRequest) -> HttpResponse:
    """The notice; answering it records who saw which version when."""
    onward = request.POST.get("next") or request.GET.get("next") or reverse("home")
    if not url_has_allowed_host_and_scheme(onward, allowed_hosts=None):
        onward = reverse("home")
    if request.method == "POST":
        version = text()["version"]
        audit.record(request.actor, function=FUNCTION, operation="acknowledge", detail={"version": version})  # type: ignore[attr-defined]
        request.session["notice"] = version
        return HttpResponseRedirect(onward)
    return render(request, "web/notice.html", {"notice": text(), "next": onward})
