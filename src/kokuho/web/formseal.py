"""What a form may bring back is what its page offered (ENTRY-01), and it is taken once.

Every form of every page that is sent by POST leaves the house with a seal: the names of its fields, which of them may come more than
once, how long each may be, where the form goes, and a number of its own, signed for the session that it was shown to. What comes back
without a seal, with the seal of another form, page or session, or with a field that the page did not offer, is refused as a whole
before any view sees it. Nobody who writes a screen can forget this: the seal is put into the page on its way out.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from html import unescape
from urllib.parse import parse_qsl, urljoin, urlsplit

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from kokuho.core.coded import CodedError
from kokuho.core.screens.guard import Declaration
from kokuho.web import sessions

NAME = "seal"
CSRF = "csrfmiddlewaretoken"
# Where the page says nothing: a line, a text, what the page itself filled in.
LONGEST = {"input": 1000, "textarea": 10_000, "hidden": 20_000}
_SALT = "kokuho.form"
_TAG = re.compile(r"<(/?)(form|input|select|textarea|button)\b((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w:-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
# Pressed, not filled in: of several with one name, one is sent.
_PRESSED = frozenset({"submit", "image", "button", "reset"})


class FormRefused(CodedError):
    """A form that is not taken: FORM-SEAL, FORM-FIELD, FORM-TWICE, FORM-LONG."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a form may bring: name → (longest value in characters, whether it may come more than once); and its own number."""

    number: str
    fields: dict[str, tuple[int, bool]]


@dataclass(slots=True)
class _Form:
    action: str | None
    start: int
    fields: dict[str, list[tuple[str, int, bool]]]
    place: tuple[int, int] | None = None


def close(request: HttpRequest, response: HttpResponseBase) -> None:
    """Put a seal into every form of a page that is sent by POST."""
    if not isinstance(response, HttpResponse) or not response.headers.get("Content-Type", "").startswith("text/html"):
        return
    if b'method="post"' not in response.content:
        return
    page = response.content.decode(response.charset)
    places = sorted(((form.place or (form.start, form.start)), _seal(request, form)) for form in _forms(page))
    made, last = [], 0
    for (start, end), seal in places:
        made += [page[last:start], f'<input type="hidden" name="{NAME}" value="{seal}">']
        last = end
    response.content = "".join([*made, page[last:]]).encode(response.charset)
    if response.has_header("Content-Length"):
        # Counted before the seals were put in: a browser would cut off the end of the page.
        response.headers["Content-Length"] = str(len(response.content))


def _forms(page: str) -> list[_Form]:
    """The forms of a page that are sent by POST, with the fields in them and those elsewhere that name them."""
    found: list[_Form] = []
    named: dict[str, _Form] = {}
    apart: list[tuple[str, str, dict[str, str]]] = []
    inside: _Form | None = None
    for tag in _TAG.finditer(page):
        closing, kind = tag[1], tag[2].lower()
        if closing:
            inside = None if kind == "form" else inside
            continue
        given = {name.lower(): unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(tag[3])}
        if kind == "form":
            inside = _Form(given.get("action"), tag.end(), {})
            if given.get("method", "").lower() == "post":
                found.append(inside)
                if "id" in given:
                    named[given["id"]] = inside
        elif "form" in given:
            apart.append((given["form"], kind, given))
        elif inside is not None:
            # A part that is loaded anew brings the seal with it: the page says where it stands.
            if given.get("name") == NAME:
                inside.place = tag.span()
            _add(inside, kind, given)
    for owner, kind, given in apart:
        if (form := named.get(owner)) is not None:
            _add(form, kind, given)
    return found


def _add(form: _Form, kind: str, given: dict[str, str]) -> None:
    name = given.get("name", "")
    if not name or name in (NAME, CSRF):
        return
    type_ = given.get("type", "text" if kind == "input" else kind).lower()
    usual = LONGEST["textarea" if kind == "textarea" else "hidden" if type_ == "hidden" else "input"]
    longest = int(given["maxlength"]) if given.get("maxlength", "").isdecimal() else usual
    several = "multiple" in given or (type_ == "checkbox" and given.get("value", "on") not in ("on", "1", "true", "True"))
    form.fields.setdefault(name, []).append((type_, longest, several))


def _seal(request: HttpRequest, form: _Form) -> str:
    told = []
    for name, controls in form.fields.items():
        lone = len([1 for type_, _, _ in controls if type_ not in _PRESSED and type_ != "radio"]) < 2
        several = any(several for _, _, several in controls) or not lone
        told.append([name, max(longest for _, longest, _ in controls), int(several)])
    here = request.get_full_path()
    target = urlsplit(urljoin(here, form.action) if form.action else here)
    # A part of a page is put into the page as it stands, under the address that it had or under the one that was asked for.
    address = target.query if form.action else f"{target.query}&{urlsplit(request.headers.get('HX-Current-URL', '')).query}"
    asked = sorted({name for name, _ in parse_qsl(address, keep_blank_values=True)})
    return signing.dumps([secrets.token_urlsafe(12), told, asked], salt=_salt(request, target.path), compress=True)


def _salt(request: HttpRequest, path: str) -> str:
    return f"{_SALT}|{_holder(request)}|{path}"


def _holder(request: HttpRequest) -> str:
    """Whose form it is: the session's number; before signing in, the secret of the browser's own cookie."""
    session = getattr(request, "session", None)
    number = sessions.number(request) if session is not None else ""
    return number or str(request.META.get("CSRF_COOKIE", ""))


def offered(request: HttpRequest, declared: Declaration) -> Sealed | None:
    """What a form that was sent may bring, when it brings nothing else; None when no form was sent. Raises FormRefused."""
    if request.method != "POST":
        return None
    if declared.bare:
        if request.POST or request.FILES:
            raise FormRefused("FORM-FIELD", "画面にない項目が含まれているため、全体を受け付けませんでした。")
        return None
    if NAME not in request.POST and getattr(request, "_dont_enforce_csrf_checks", False):
        # The product's own checks send forms without having seen a page; Django's check of forms lets the same requests through.
        return None
    return _opened(request)


def _opened(request: HttpRequest) -> Sealed:
    seals = request.POST.getlist(NAME)
    if len(seals) != 1:
        raise FormRefused("FORM-SEAL", "画面から送られたものではないため、受け付けませんでした。")
    try:
        number, told, asked = signing.loads(seals[0], salt=_salt(request, request.path))
    except signing.BadSignature as error:
        raise FormRefused("FORM-SEAL", "この画面又はこの利用のために作られたものではないため、受け付けませんでした。") from error
    sealed = Sealed(number, {name: (longest, bool(several)) for name, longest, several in told})
    given = {name: [str(value) for value in values] for name, values in request.POST.lists() if name not in (NAME, CSRF)}
    for name, files in request.FILES.lists():
        given.setdefault(name, []).extend(file.name or "" for file in files)
    if {name for name, _ in request.GET.lists()} - set(asked):
        raise FormRefused("FORM-FIELD", "画面にない項目が含まれているため、全体を受け付けませんでした。")
    for name, values in given.items():
        if name not in sealed.fields:
            raise FormRefused("FORM-FIELD", "画面にない項目が含まれているため、全体を受け付けませんでした。")
        longest, several = sealed.fields[name]
        if len(values) > 1 and not several:
            raise FormRefused("FORM-TWICE", "1つだけ送る項目が2つ以上含まれているため、全体を受け付けませんでした。")
        # A browser counts a line break as one character and sends two.
        if any(len(value.replace("\r\n", "\n")) > longest for value in values):
            raise FormRefused("FORM-LONG", "長すぎる項目が含まれているため、全体を受け付けませんでした。")
    return sealed
