"""AUTH-02: factors of different kinds, for every class of account, with every plug-in; lost factors; a class with one kind only."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.webauthn.internal.auth import STATE_SESSION_KEY, WebAuthn
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.cache import cache
from django.test import Client, override_settings
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from kokuho.controls import fixture
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.officers import CONTRACTOR, appoint, contractor, put, terminal, window
from kokuho.controls.scene import HOST, Scene, another, code, fresh_client, text, with_only
from kokuho.core import clock, mnscan, parameters
from kokuho.core.actions import accounts, entries, leaving
from kokuho.core.actions import parameters as changing
from kokuho.core.models import AuditRecord, Staff
from kokuho.web.terminals import CERTIFICATE_HEADER, COOKIE

U_A, U_B = fixture.STAFF["U-A"].staff_no, fixture.STAFF["U-B"].staff_no
SECOND = "/accounts/second/"
WRONG = "wrong password 99"
APP = ["password+totp"]


def _knock(staff_no: str, password: str = fixture.PASSWORD, *, at: str = "", **headers: Any) -> Client:
    """The first factor, at the registered terminal or at one of its own."""
    cache.clear()
    client = fresh_client(**headers)
    if at:
        client.cookies[COOKIE] = at
    client.post("/accounts/login/", {"login": staff_no, "password": password})
    return client


def _open(client: Client) -> bool:
    client.post("/notice/")
    return client.get("/").status_code == 200


def _tries(staff_no: str) -> list[tuple[str, list[str]]]:
    """Every attempt of an account: (result, factors that were right or the one that was not)."""
    rows = AuditRecord.objects.filter(staff_no=staff_no, function="sign-in", operation__in=("login", "factor")).order_by("pk")
    return [(r.operation if r.operation == "factor" else r.result, r.detail.get("factors") or [r.detail.get("factor")]) for r in rows]


@check("AUTH-02", commits=True)
def two_kinds_for_every_class(scene: Scene, seen: Evidence) -> None:
    """For each class of account: password alone, wrong password, somebody else's code, both. Only both open, and each is recorded."""
    put(scene.on, {f"auth.factors.{name}": APP for name in ("staff", "administrator", "contractor")})
    office = appoint(scene.on)
    worker = contractor(office)
    now = clock.now()
    office.approved(window(office, now - timedelta(minutes=1), now + timedelta(hours=1)))
    put(scene.on, {"vendor.place": "work_terminals"})
    work = terminal("T-WORK", "work", scene.on)
    held = ((Staff.STAFF, U_A, scene.secrets["U-A"], ""), (Staff.TEMPORARY, U_B, scene.secrets["U-B"], ""),
            (Staff.ADMINISTRATOR, fixture.STAFF["U-SYS"].staff_no, scene.secrets["U-SYS"], ""),
            (Staff.CONTRACTOR, CONTRACTOR, worker, work))  # fmt: skip
    foreign = scene.secrets["U-LEVY"]
    for kind, number, secret, at in held:
        Staff.objects.filter(staff_no=number).update(account_class=kind)
        before = len(_tries(number))
        opened = []
        for password, key in ((fixture.PASSWORD, ""), (WRONG, secret), (fixture.PASSWORD, foreign), (fixture.PASSWORD, secret)):
            client = _knock(number, password, at=at)
            if key:
                client.post(SECOND, {"code": code(key)})
            opened.append(_open(client))
        label = dict(Staff.CLASSES)[kind]
        ways = "パスワードだけ・誤ったパスワードと正しいコード・他人のコード・両方"
        seen.equal(opened, [False, False, False, True], f"「{label}」のIDが開いたか（{ways}）")
        one, both = ("factor", ["password"]), ("ok", ["password", "totp"])
        seen.equal(_tries(number)[before:], [one, ("failed", ["password"]), one, ("failed", ["totp"]), one, both],
                   f"「{label}」の試行の記録（結果と要素の種類）")  # fmt: skip
    known = mnscan.known_canaries([fixture.PASSWORD])
    told = AuditRecord.objects.filter(function="sign-in").values_list("pk", "detail")
    hidden = (fixture.PASSWORD, WRONG, worker, *scene.secrets.values())
    seen.none([pk for pk, detail in told if known(str(detail)) or any(word in str(detail) for word in hidden)],
              f"パスワード・秘密の値を含む試行の記録（{len(told)}件）")  # fmt: skip
    kept = list(Authenticator.objects.values_list("pk", "data"))
    seen.must(len(kept) >= len(held), "登録された認証手段", len(kept))
    seen.none([pk for pk, data in kept if any(word in str(data) for word in (worker, *scene.secrets.values()))],
              f"秘密が読める形で保管された認証手段（{len(kept)}件）")  # fmt: skip


class Key:
    """An authenticator key without its casing: registers itself and answers challenges."""

    def __init__(self, staff_no: str) -> None:
        self._key, self._id = ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16)
        self._site = sha256(HOST.encode()).digest()
        public = AttestedCredentialData.create(b"\0" * 16, self._id, ES256.from_cryptography_key(self._key.public_key()))
        known = AuthenticatorData.create(self._site, AuthenticatorData.FLAG(0x45), 0, public)
        told = self._told("webauthn.create", websafe_encode(b"check"))
        sent = self._sent(clientDataJSON=told, attestationObject=AttestationObject.create("none", known, {}))
        WebAuthn.add(Staff.objects.get(staff_no=staff_no), "点検", sent)

    def _told(self, kind: str, challenge: str) -> bytes:
        return bytes(CollectedClientData.create(kind, challenge, f"https://{HOST}"))

    def _sent(self, **parts: bytes) -> dict[str, Any]:
        name = websafe_encode(self._id)
        return {"id": name, "rawId": name, "type": "public-key", "clientExtensionResults": {},
                "response": {part: websafe_encode(bytes(value)) for part, value in parts.items()}}  # fmt: skip

    def answer(self, client: Client) -> str:
        """What the browser sends for the challenge that this sign-in has been given."""
        client.get(SECOND)
        told = self._told("webauthn.get", client.session[STATE_SESSION_KEY]["challenge"])
        data = bytes(AuthenticatorData.create(self._site, AuthenticatorData.FLAG(0x05), 1))
        signature = self._key.sign(data + sha256(told).digest(), ec.ECDSA(hashes.SHA256()))
        return json.dumps(self._sent(clientDataJSON=told, authenticatorData=data, signature=signature))


@check("AUTH-02", commits=True)
def plug_ins(scene: Scene, seen: Evidence) -> None:
    """The second factor of a class is changed to a key, a card and a biometric device: each opens for its owner only."""
    put(scene.on, {"auth.factors.staff": ["password+webauthn"]})
    mine, other = Key(U_A), Key(U_B)
    for what, key, opens in (("他人の認証キー", other, False), ("本人の認証キー", mine, True)):
        client = _knock(U_A)
        client.post(SECOND, {"credential": key.answer(client)})
        seen.must(_open(client) is opens, f"{what}（WebAuthn）で{'開く' if opens else '開かない'}")
    seen.equal(_tries(U_A)[-3:], [("failed", ["webauthn"]), ("factor", ["password"]), ("ok", ["password", "webauthn"])],
               "認証キーの試行の記録")  # fmt: skip
    client = _knock(U_A)
    client.post(SECOND, {"code": scene.second_code("U-A")})
    seen.must(not _open(client), "認証キーと定めた区分では、認証アプリのコードでは開かない")
    office = appoint(scene.on)
    for factor, reference in (("ic_card", "aa" * 32), ("biometric", "template-7")):
        told = {"staff_no": U_A, "factor": factor, "reference": reference, "valid_from": scene.on.isoformat(),
                "valid_until": (scene.on + timedelta(days=30)).isoformat()}  # fmt: skip
        office.approved(office.apply(accounts.FACTOR, by=office.admin, **told))
    _card(scene, seen)
    _device(scene, seen)


def _card(scene: Scene, seen: Evidence) -> None:
    put(scene.on, {"auth.factors.staff": ["password+ic_card"], "auth.terminal_register": "warn"})
    header = f"HTTP_{CERTIFICATE_HEADER.upper().replace('-', '_')}"
    https = {"HTTP_X_FORWARDED_PROTO": "https", "wsgi.url_scheme": "https"}
    with override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
        opened = [_open(_knock(U_A, **https, **{header: card})) for card in ("", "bb" * 32, "aa" * 32)]
        wrong = _open(_knock(U_A, WRONG, **https, **{header: "aa" * 32}))
    cards = "カードなし・他人のカード・本人のカード・誤ったパスワードと本人のカード"
    seen.equal([*opened, wrong], [False, False, True, False], f"ICカードで開いたか（{cards}）")


@contextmanager
def _verifier(key: str) -> Iterator[None]:
    before = os.environ.get("KOKUHO_VERIFIER_KEY")
    os.environ["KOKUHO_VERIFIER_KEY"] = key
    try:
        yield
    finally:
        os.environ.pop("KOKUHO_VERIFIER_KEY") if before is None else os.environ.update(KOKUHO_VERIFIER_KEY=before)


def _device(scene: Scene, seen: Evidence) -> None:
    put(scene.on, {"auth.factors.staff": ["password+biometric"]})
    device = Ed25519PrivateKey.generate()

    def signed(challenge: str, subject: str) -> str:
        told = {"factor": "biometric", "subject": subject, "challenge": challenge, "at": clock.now().isoformat()}
        payload = json.dumps(told).encode()
        return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (payload, device.sign(payload)))

    with _verifier(device.public_key().public_bytes_raw().hex()):
        client, opened = _knock(U_A), []
        asked = text(client.get("/accounts/outside/")).partition('data-challenge="')[2].partition('"')[0]
        for challenge, subject in ((asked, "template-8"), ("another", "template-7"), (asked, "template-7")):
            client.post("/accounts/outside/", {"answer": signed(challenge, subject)})
            opened.append(_open(client))
    seen.equal(opened, [False, False, True], "生体認証で開いたか（他人・別の照合の写し・本人）")
    last = AuditRecord.objects.filter(staff_no=U_A, function="sign-in", operation="login").order_by("pk").last()
    seen.equal(last and last.detail.get("kinds"), ["inherence", "knowledge"], "生体認証の記録にある要素の種類")


@check("AUTH-02", commits=True)
def a_lost_factor(scene: Scene, seen: Evidence) -> None:
    """A spare code works once; a factor is taken away by another person only, and then nothing opens but enrolling anew."""
    put(scene.on, {"auth.factors.staff": APP})
    spare = RecoveryCodes.activate(Staff.objects.get(staff_no=U_A)).get_unused_codes()[0]
    opened = []
    for _ in range(2):
        client = _knock(U_A)
        client.post(SECOND, {"code": spare})
        opened.append(_open(client))
    seen.equal(opened, [True, False], "予備コードは一度だけ使える（一度目・二度目に開いたか）")
    office = appoint(scene.on)
    reset: Callable[..., Any] = leaving.reset_factors
    seen.refused("権限のない職員が認証手段を外す", reset, by=scene.actor("U-B"), staff_no=U_A, reason="点検", code="RIGHTS-01")
    own: dict[str, Any] = {"by": office.admin, "staff_no": office.admin.staff_no, "reason": "点検"}
    seen.refused("管理の職員が自分の認証手段を外す", reset, **own, code="RIGHTS-SELF")
    working = _knock(U_A)
    working.post(SECOND, {"code": code(scene.secrets["U-A"])})
    seen.must(_open(working), "失くす前の利用")
    reset(by=office.admin, staff_no=U_A, reason="端末を失くした")
    seen.equal(working.get("/").status_code, 302, "外した後、開いたままの利用は次の操作で終わる")
    client = _knock(U_A)
    client.post(SECOND, {"code": code(scene.secrets["U-A"])})
    at = client.get(f"/persons/{fixture.P_1}/").headers.get("Location", "")
    seen.must("/accounts/factors/" in at, "外した後は、登録し直すまで業務の画面は開かない", at)


@check("AUTH-02", commits=True)
def one_kind_needs_an_approval(scene: Scene, seen: Evidence) -> None:
    """One kind of factor for a class is refused; with the number of an approval and a second person it is taken and stays listed."""
    by = with_only("parameter.read", "parameter.request", "parameter.approve")
    for name in ("staff", "administrator", "contractor"):
        asked: dict[str, Any] = {"by": by, "on": scene.on, "changes": {f"auth.factors.{name}": ["password"]}, "reason": "点検"}
        seen.refused(f"決裁の番号なしに、一種類の要素を定める（{name}）", changing.request, **asked, code="PARAM-FACTORS")
    entry = changing.request(
        by=by, on=scene.on, changes={"auth.factors.contractor": ["password"]}, reason="点検", exception="令8情第1号"
    )
    seen.refused("申請した者が承認する", entries.confirm, by=by, on=scene.on, entry_id=entry.pk, code="ENTRY-02")
    entries.confirm(by=another(by), on=scene.on, entry_id=entry.pk)
    parameters.forget()
    seen.equal(dict(parameters.current().exceptions), {"auth.factors.contractor": "令8情第1号"}, "決裁の番号とともに例外の一覧に残る")


@check("AUTH-02", place=REAL)
def not_a_training_installation(seen: Evidence) -> None:
    """The installation itself asks for both factors; what was approved as an exception is told."""
    seen.value("KOKUHO_TRAINING", settings.KOKUHO_TRAINING)
    seen.must(not settings.KOKUHO_TRAINING, "研修用の設定（パスワードだけのログイン）になっていない",
              "研修用の設定になっている" if settings.KOKUHO_TRAINING else "二要素を求める設定")  # fmt: skip
    labels = parameters.catalogue()
    found = {labels[key].label: number for key, number in parameters.current().exceptions.items()}
    seen.value("一種類の要素を認めた例外（決裁の番号）", found or "なし")
