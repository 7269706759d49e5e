"""Opening the record of a protected person: an alert without data, a reason, a record of its own (DV-02).

A view that shows people asks `alert` first and answers with what it returns.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from django import forms
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core import audit
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest, first, is_part
from kokuho.desks.people import queries
from kokuho.desks.people.models import Person
from kokuho.desks.people.queries import PersonView

# An opening holds for the work on one case, not for the day.
HOLDS_SECONDS = 20 * 60
_SALT = "kokuho.people.opening"
_SESSION = "opened"

OCCASIONS = (
    ("counter", "窓口に本人が来ている"),
    ("inquiry", "本人からの電話・照会"),
    ("notice", "通知・証の作成に必要"),
    ("levy", "賦課・収納の事務に必要"),
    ("agency", "他の機関からの法令に基づく照会"),
    ("other", "その他（下に書く）"),
)


class OpeningForm(forms.Form):
    """Why the record is opened."""

    occasion = forms.ChoiceField(label="閲覧する理由", choices=OCCASIONS, widget=forms.RadioSelect(attrs={"data-focus": ""}))
    reason = forms.CharField(
        label="補足", max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    token = forms.CharField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, object]:
        """``other`` says what it is."""
        cleaned = super().clean() or {}
        if cleaned.get("occasion") == "other" and not str(cleaned.get("reason", "")).strip():
            self.add_error("reason", "「その他」を選んだときは理由を書いてください。")
        return cleaned


def alert(request: HttpRequest, protected: Sequence[int]) -> HttpResponse | None:
    """The alert page when one of these protected persons is not opened in this session; None when the view may go on."""
    now = time.time()
    opened = request.session.get(_SESSION, {})
    if all(opened.get(str(atena_no), 0) > now for atena_no in protected):
        return None
    if is_part(request):
        response = HttpResponse(status=204)
        response.headers["HX-Redirect"] = request.get_full_path()
        return response
    first(request)
    token = signing.dumps({"persons": list(protected), "next": request.get_full_path()}, salt=_SALT)
    return render(request, "people/protected_alert.html", {"form": OpeningForm(initial={"token": token})})


def members(request: StaffRequest, household_no: int, protected: Sequence[int]) -> tuple[list[PersonView], list[PersonView]]:
    """The members of a household that was opened, and the former ones. `Http404` for a household that nobody knows."""
    try:
        return queries.household(request.actor, household_no, protected=protected, on=request.business_date)
    except Person.DoesNotExist as error:
        raise Http404 from error


@screen("person.read")
@require_POST
def answer(request: StaffRequest) -> HttpResponse:
    """Open with a reason, or leave; both are recorded."""
    try:
        asked = signing.loads(request.POST.get("token", ""), salt=_SALT, max_age=3600)
    except signing.BadSignature:
        return HttpResponseRedirect(reverse("home"))
    persons, onward = asked["persons"], asked["next"]
    if "cancel" in request.POST:
        audit.record(request.actor, function="people.protected", operation="cancel", persons=persons)
        return HttpResponseRedirect(reverse("search"))
    form = OpeningForm(request.POST)
    if not form.is_valid():
        return render(request, "people/protected_alert.html", {"form": form}, status=422)
    occasion = dict(OCCASIONS)[form.cleaned_data["occasion"]]
    reason = "：".join(part for part in (occasion, form.cleaned_data["reason"].strip()) if part)
    audit.record(request.actor, function="people.protected", operation="open", persons=persons, reason=reason)
    until = int(time.time()) + HOLDS_SECONDS
    now = time.time()
    still = {key: end for key, end in request.session.get(_SESSION, {}).items() if end > now}
    request.session[_SESSION] = {**still, **{str(atena_no): until for atena_no in persons}}
    return HttpResponseRedirect(onward)
