"""What is shown when something is refused, missing or broken. Never a trace, never data."""

from __future__ import annotations

import logging
import secrets
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from kokuho.core.coded import CodedError
from kokuho.core.models import FormReceipt

_log = logging.getLogger("kokuho.web")


def _page(
    request: HttpRequest, status: int, title: str, text: str, advice: str = "", mark: str = "", **more: str
) -> HttpResponse:
    context = {"title": title, "text": text, "advice": advice, "mark": mark, "status": status, **more}
    part = request.headers.get("HX-Request")
    return render(request, "errors/part.html" if part else "errors/page.html", context, status=status)


def refused(request: HttpRequest, text: str) -> HttpResponse:
    """403: the right is missing. The refusal has been recorded by who refused."""
    return _page(request, 403, "この画面は開けません", text, "拒否したことは操作記録に残りました。")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403 from inside Django."""
    return refused(request, "この操作は許可されていません。")


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404. In a view of the past: what is not there was not known then, or never was."""
    then = getattr(request, "asof", None)
    return _page(
        request,
        404,
        "見つかりません",
        "指定した時点には、この番号の記録はありません。" if then and then.past else "指定された番号又は画面はありません。",
        "番号を確かめて、検索からやり直してください。",
    )


def past_is_closed(request: HttpRequest) -> HttpResponse:
    """409: something was to be entered from a view of the past."""
    return _page(
        request, 409, "過去の時点の画面からは入力できません", "指定した時点の内容を見ているため、何も登録していません。",
        "「今に戻る」で今の画面を開いてから入力してください。",
    )  # fmt: skip


def no_law_then(request: HttpRequest) -> HttpResponse:
    """422: a page of a past day needs the law of a day before the dated values begin."""
    return _page(
        request, 422, "指定した業務日では表示できません", "この画面に要る法令の基準が、指定した業務日については登録されていません。",
        "業務日を改めるか、業務日を空欄にして知得日だけを指定してください。",
    )  # fmt: skip


def malformed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return _page(
        request,
        400,
        "読み取れない要求です",
        "送られた内容を処理できません。",
        "画面を開き直してから、もう一度操作してください。",
    )


def unaccepted(request: HttpRequest, refusal: CodedError) -> HttpResponse:
    """400, with its code: a form or an address with what the page did not offer. Leads to the page anew."""
    if request.method == "POST":
        text = f"{refusal}何も登録していません。"
        advice = "「戻る」で前の画面に戻ると、入力した内容が残っています。続けて起きるときは、画面を開き直して入力し直してください。"
        place, label = _before(request), "画面を開き直す"
    else:
        text, advice = str(refusal), "条件を付けずに画面を開き直し、画面の欄から条件を指定してください。"
        place, label = request.path, "条件なしで開き直す"
    told = {"result": place, "label": label} if place else {}
    return _page(
        request, 400, "受け付けませんでした", text, f"{advice}受け付けなかったことは操作記録に残りました。", code=refusal.code, **told
    )


def _before(request: HttpRequest) -> str:
    """The page of this house from which a form was sent; empty when the browser does not say."""
    place = urlsplit(request.headers.get("Referer", ""))
    if place.netloc != request.get_host() or not place.path.startswith("/") or place.path.startswith("//"):
        return ""
    return place.path + (f"?{place.query}" if place.query else "")


def received(request: HttpRequest, receipt: FormReceipt) -> HttpResponse:
    """409: the same form a second time. Leads to what the first time came to."""
    told = {"result": receipt.result, "label": "受け付けた結果を見る"} if receipt.result else {}
    return _page(
        request, 409, "この送信はすでに受け付けています",
        f"同じ画面から送られた内容は、{timezone.localtime(receipt.at):%H時%M分%S秒}に受け付けました。2回目の送信では何も登録していません。",
        "" if told else "処理の途中で終わった恐れがあります。登録されているかを画面で確かめてください。", code="FORM-AGAIN", **told,
    )  # fmt: skip


def unknown_method(request: HttpRequest) -> HttpResponse:
    """405: neither looked at nor sent by a form."""
    response = _page(request, 405, "受け付けませんでした", "この画面にはない操作です。何も登録していません。", code="FORM-METHOD")
    response.headers["Allow"] = "GET, HEAD, POST"
    return response


def broken(request: HttpRequest) -> HttpResponse:
    """500. The number ties what the person saw to the server's log."""
    mark = secrets.token_hex(4)
    _log.error("internal error %s at %s", mark, request.path)
    title, text = "処理できませんでした", "システムの内部で誤りが起きました。入力した内容は登録されていません。"
    advice = "続けて起きるときは、次の番号と時刻を電算担当に伝えてください。"
    try:
        return _page(request, 500, title, text, advice, mark)
    except Exception:
        return HttpResponse(f"{title}。{text}{advice} {mark}", status=500, content_type="text/plain; charset=utf-8")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form was not made by this session, or the page had been open for too long."""
    request.kokuho_csrf = True  # type: ignore[attr-defined]
    return _page(
        request, 403, "画面の有効期限が切れました", "安全のため、この送信は受け付けませんでした。何も登録されていません。",
        "前の画面を開き直してから、もう一度操作してください。",
    )  # fmt: skip
