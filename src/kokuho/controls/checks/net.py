"""NET: network, encryption, hosting, as far as software can see it."""

from __future__ import annotations

import http.client
import os
import re
import socket
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.conf import settings
from django.contrib.staticfiles import finders

import kokuho
from kokuho.controls import crawl, fixture, samples
from kokuho.controls.checks.pull import LEVY_RIGHTS, fill_town, levied
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.scene import Scene, owner, text, with_all, with_only
from kokuho.core import backup, config, database, mnscan, netplan, pgtools, protection, sealing, vault, vault_keys
from kokuho.core.clock import business_date
from kokuho.core.models import AuditRecord, Municipality
from kokuho.exchange import doors, registry
from kokuho.jobs import notices, papers
from kokuho.web import middleware, uploads

KNOWN = {"household_no": fixture.HOUSEHOLD, "atena_no": fixture.P_1, "fiscal_year": 2026}
_FOREIGN = re.compile(rb"""(?:src|href|action|url)\s*[=(]\s*["']?(?:https?:)?//(?!localhost)""", re.IGNORECASE)
_HOME = ("127.0.0.1", "::1", "localhost")


@contextmanager
def watched_connections() -> Iterator[list[str]]:
    """Notes and refuses every connection that leaves this machine."""
    attempts: list[str] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in _HOME and address[0] != database.app_address().host:
            attempts.append(str(address[0]))
            raise ConnectionRefusedError("connections to outside are watched")
        connect(self, address)

    def asked(host: Any, *more: Any, **named: Any) -> Any:
        if host not in (*_HOME, None, "", database.app_address().host):
            attempts.append(str(host))
            raise socket.gaierror("names of outside are watched")
        return look_up(host, *more, **named)

    socket.socket.connect = guarded  # type: ignore[method-assign, assignment]
    socket.getaddrinfo = asked
    try:
        yield attempts
    finally:
        socket.socket.connect = connect  # type: ignore[method-assign]
        socket.getaddrinfo = look_up


@check("NET-01", commits=True)
def nothing_outside_is_asked(scene: Scene, seen: Evidence) -> None:
    """With connections to outside refused, every screen and a file through a door work, and nothing tried to connect."""
    broken, foreign = [], []
    with watched_connections() as attempts:
        for title in ("U-A", "U-LEVY", "U-SYS"):
            client = scene.client(title)
            for route in crawl.routes():
                answer = client.get(route.address(KNOWN))
                if answer.status_code >= 500:
                    broken.append(f"{title} {route.name} {answer.status_code}")
                if _FOREIGN.search(text(answer).encode()):
                    foreign.append(route.name)
        samples.after_the_full_load()
        data = samples.changes(scene.on, samples.change(scene.on, fixture.P_1))
        doors.receive_bytes(by=scene.actor("U-SYS"), on=scene.on, data=data, file_name="check.csv")
    seen.none(attempts, "外への接続・名前の問合せ")
    seen.none(broken, "外への接続なしでは動かない画面")
    seen.none(sorted(set(foreign)), "外の部品を読み込む画面")
    styles = [
        path for path, file in _static() if path.endswith((".css", ".js")) and _FOREIGN.search(Path(file).read_bytes())
    ]
    pages = "".join(page.read_text("utf-8") for page in Path(next(iter(kokuho.__path__))).rglob("templates/**/*.html"))
    seen.none([path for path in styles if path in pages], "外の部品を読み込む様式・プログラム")


def _static() -> Iterator[tuple[str, str]]:
    for finder in finders.get_finders():
        for path, storage in finder.list([]):
            yield path, str(storage.path(path))


@check("NET-02", place=REAL)
def listening(seen: Evidence) -> None:
    """In the installation: where PostgreSQL listens, and every open socket of the product held against the network plan."""
    with owner() as connection:
        row = connection.execute("SELECT current_setting('listen_addresses')").fetchone()
        others = connection.execute(
            "SELECT DISTINCT host(client_addr) FROM pg_stat_activity WHERE client_addr IS NOT NULL"
        ).fetchall()
    listens = row[0] if row else ""
    seen.must(
        listens in ("", "localhost", "127.0.0.1") or bool(os.environ.get("DATABASE_URL")),
        "データベースの待受け",
        listens or "なし（ソケットのみ）",
    )
    seen.value("データベースに接続している機械", [address for (address,) in others])
    now = netplan.standing()
    seen.value("通信計画", f"{len(now.plan)}行" if now.plan else "なし（この機械の中だけ）")
    seen.none(now.unread, "通信計画の読めない行")
    seen.none(now.beyond, f"通信計画にない待受け・接続（開いている{len(now.ends)}か所のうち）")
    proxied = os.environ.get("KOKUHO_TLS") == "1"
    wide = [end for end in now.ends if end.way == netplan.LISTENS and not end.address.startswith(("127.", "::1"))]
    seen.none([] if proxied else wide, "TLSなしに外から届く待受け")


@check("NET-02")
def no_way_around_the_intermediate_server(scene: Scene, seen: Evidence) -> None:
    """A receiver cannot be registered with a host of the information network (or any other) as its route."""
    direct = {"code": "jouhouteikyo", "name": "情報提供ネットワークシステム", "owner": "点検", "purpose": "点検",
              "routes": ["https://10.99.0.1/"], "valid_from": scene.on.isoformat()}  # fmt: skip
    seen.refused("情報提供ネットワークシステムの機械を経路とする接続先の登録", registry.check_system, with_all(), scene.on, direct, [],
                 code="REG05")  # fmt: skip


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing to the terminal."""


def over_a_socket(path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    """One answer of the product over a real HTTP socket, static files and outermost middleware included."""
    from kokuho.web.wsgi import application

    with make_server("127.0.0.1", 0, application, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        asked = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
        asked.request("GET", path, headers=headers)
        answer = asked.getresponse()
        answer.read()
        thread.join()
        asked.close()
        return answer


@check("NET-03", commits=True)
def headers_and_transport(scene: Scene, seen: Evidence) -> None:
    """What every answer carries over a real socket; a foreign host is refused; cookies and HSTS behind the TLS proxy."""
    host = {"Host": "localhost", **({"X-Forwarded-Proto": "https"} if settings.SECURE_PROXY_SSL_HEADER else {})}
    for path in ("/accounts/login/", "/nowhere/", "/"):
        answer = over_a_socket(path, host)
        policy = answer.getheader("Content-Security-Policy") or ""
        seen.must("default-src 'none'" in policy and "unsafe" not in policy and "*" not in policy and "http:" not in policy,
                  f"{path} の内容の制限（CSP）", policy[:60])  # fmt: skip
        wanted = {
            "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cache-Control": "no-store",
        }
        seen.none(
            [f"{name}={answer.getheader(name)}" for name, value in wanted.items() if answer.getheader(name) != value],
            f"{path} に欠けた防護の見出し",
        )
    seen.equal(
        over_a_socket("/accounts/login/", {**host, "Host": "evil.example"}).status, 400, "登録のないホスト名での要求"
    )
    seen.equal(middleware.CONTENT_POLICY.count("unsafe"), 0, "CSPの unsafe の数")
    cookies = {
        "HttpOnly": settings.SESSION_COOKIE_HTTPONLY and settings.CSRF_COOKIE_HTTPONLY,
        "SameSite": bool(settings.SESSION_COOKIE_SAMESITE),
    }
    seen.none([name for name, on in cookies.items() if not on], "クッキーに欠けた印")
    seen.must(uploads.LARGEST <= 256 << 20, "一度に送れる大きさの上限", f"{uploads.LARGEST >> 20}MB")


@check("NET-03", place=REAL)
def transport_of_the_installation(seen: Evidence) -> None:
    """In the installation: a database elsewhere is reached by verified TLS only; the screens stand behind a TLS proxy."""
    address = database.app_address()
    remote = address.remote
    seen.value("データベース", "別の機械" if remote else "同じ機械（ソケット）")
    with database.app_address().connect() as connection:
        row = connection.execute("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()
    seen.must(
        not remote or bool(row and row[0]),
        "データベースとの通信の暗号化",
        (row[1] if row and row[0] else "機械の中だけの通信"),
    )
    behind = settings.SECURE_PROXY_SSL_HEADER is not None
    seen.value("KOKUHO_TLS", behind)
    outside = [host for host in settings.ALLOWED_HOSTS if host not in _HOME]
    seen.must(
        behind or not outside, "この機械の外に開く画面はTLSの中継の後ろにある", "、".join(outside) or "この機械だけ"
    )
    seen.must(
        not behind or (settings.SESSION_COOKIE_SECURE and settings.SECURE_HSTS_SECONDS >= 31536000),
        "TLSのときのクッキーの印とHSTS",
    )


@check("NET-04", commits=True)
def sealed_at_rest(scene: Scene, seen: Evidence) -> None:
    """Numbers are nowhere readable in the files of database and installation, names nowhere in the document store, printed papers included;
    keys change while people work; no key, no number."""
    by = scene.actor("U-A")
    _papers_are_sealed(scene, seen)
    with pgtools.administrator().connect(autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        row = connection.execute(
            "SELECT current_setting('data_directory', true), (SELECT oid FROM pg_database WHERE datname = %s)",
            (database.app_address().name,),
        ).fetchone()
    known = mnscan.known_canaries(fixture.CANARIES.values())
    folder = Path(row[0]) / "base" / str(row[1]) if row and row[0] else None
    if folder is not None and os.access(folder, os.R_OK):
        files = [path for path in folder.iterdir() if path.is_file()]
        seen.none({hit.place for path in files for hit in mnscan.scan_bytes(path.read_bytes(), known, path.name)},
                  f"データベースのファイルから読める個人番号（{len(files)}個）")  # fmt: skip
    home = Path(config.home())
    hits, count = mnscan.scan_files(home.rglob("*"), known, home)
    seen.none([hit.place for hit in hits], f"設置フォルダーのファイルから読める個人番号（{count}個）")
    with database.vault_address().connect() as connection:
        before = vault_keys.current_data_key(connection)[0]
    vault.rotate(scene.actor("U-SYS"))
    with database.vault_address().connect() as connection:
        after = vault_keys.current_data_key(connection)[0]
    seen.must(after > before, "鍵の更新", f"{before} → {after}")
    seen.must(vault.reveal(by, fixture.P_1, "点検") == fixture.CANARIES[fixture.P_1], "鍵の更新の後も番号が開く")
    held = sealing.master_key
    sealing.master_key = lambda: os.urandom(32)  # type: ignore[assignment]
    try:
        seen.refused("別のマスター鍵で番号を開く", vault.reveal, by, fixture.P_1, "点検", errors=(Exception,))
    finally:
        sealing.master_key = held


# The product's own folders of kept and passing files. In `handover` lies what a neighbour fetches in the form of its interface.
_STORE = ("inbox", "outbox", "quarantine", "prints", "erasures", "backups", "archives", "extracts", "migration", "anchors", "work")
# Of these every file is sealed; the others hold encrypted archives, hashes and signatures.
_SEALED = ("inbox", "outbox", "quarantine", "prints", "erasures", "backups")


def _left_open(home: Path) -> list[str]:
    """Files of the document store that are not sealed, besides what is being written and empty locks."""
    kept = (path for name in _SEALED for path in (home / name).rglob("*") if path.is_file() and path.suffix != ".part")
    return [path.relative_to(home).as_posix() for path in kept if path.stat().st_size and not sealing.is_sealed(path)]


def _papers_are_sealed(scene: Scene, seen: Evidence) -> None:
    """A levy's notices are printed and backed up: no file of the store shows a name, and only the right of the form opens a paper."""
    fill_town(scene.on)
    printer = with_only(*LEVY_RIGHTS)
    run = notices.run(notices.order(by=printer, on=scene.on, levy_id=levied(scene.on, scene.fiscal_year).pk).pk, by=printer, processes=1)
    backup.take(by=scene.actor("U-SYS"))
    home = Path(config.home())
    seen.none(_left_open(home), "文書の保存場所にある、封をしていないファイル")
    names = [name for name, _ in fixture.NAMES.values()]
    found, count = mnscan.scan_names((path for name in _STORE for path in (home / name).rglob("*")), names, home)
    seen.none(found, f"文書の保存場所から読める氏名（{count}個。PDFと圧縮の中も開く）")
    inside, stranger = home / "work" / "check", with_only("batch.read")
    seen.refused("印刷の権限のない職員が紙を取り出す", papers.take, by=stranger, run_id=run.pk, out=inside, code="RIGHTS-01")
    seen.refused("保存場所の中へ紙を取り出す", papers.take, by=printer, run_id=run.pk, out=inside, code="PRINT-OUT")
    with tempfile.TemporaryDirectory(dir="/tmp") as outside:
        taken = papers.take(by=printer, run_id=run.pk, out=Path(outside) / "out")
        pages = b"".join(mnscan.pdf_text(path.read_bytes()) for path in taken.written if path.suffix == ".pdf")
        page = "".join(pages.decode().split())
        seen.must(any("".join(name.split()) in page for name in names), "権限のある職員が取り出した紙は読める", f"{len(taken.written)}個")
    told = AuditRecord.objects.filter(function="prints.take", operation="export", result="ok", detail__run=run.pk)
    seen.equal(told.count(), 1, "取出しの記録")


@check("NET-04", place=REAL)
def database_rests_on_an_encrypted_volume(seen: Evidence) -> None:
    """In the installation: nothing of the document store lies open; names in the database's own files rest on the volume, which the
    product cannot see: somebody has to declare its encryption, with evidence and an end."""
    seen.none(_left_open(Path(config.home())), "文書の保存場所にある、封をしていないファイル")
    told = protection.volume(business_date())
    shown = told.problem or f"{told.fact.value}（証跡 {told.fact.evidence}、{told.fact.valid_until} まで）" if told.fact else told.problem
    seen.must(not told.problem, "データベース自身のファイルの氏名等は、ボリュームの暗号化で守る。その申告", shown)


@check("NET-04", place=REAL)
def keys_are_kept_apart(seen: Evidence) -> None:
    """In the installation: where the master key comes from and who can read its file; folders are closed to others."""
    home = Path(config.home())
    seen.value(
        "マスター鍵",
        "鍵サービス（環境変数）" if os.environ.get("KOKUHO_MASTER_KEY") else "鍵ファイル（KOKUHO_HOME/keys）",
    )
    loose = [
        path.name for path in [*home.glob("keys/*"), home / "secret.key"]
        if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]  # fmt: skip
    seen.none(loose, "他の利用者が読める鍵のファイル")
    openly = [
        name
        for name in ("inbox", "outbox", "backups", "prints", "anchors")
        if (home / name).is_dir() and (home / name).stat().st_mode & 0o007
    ]
    seen.none(openly, "他の利用者が入れる業務のフォルダー")


@check("NET-06", commits=True)
def one_city_one_database(scene: Scene, seen: Evidence) -> None:
    """The database serves one municipality; another's file is refused; another's key opens nothing."""
    seen.equal(Municipality.objects.count(), 1, "このデータベースの団体")
    samples.after_the_full_load()
    data = samples.defective(scene.on)["他の団体のファイル"]
    seen.refused("他の団体のファイルを受け付ける", doors.receive_bytes, by=scene.actor("U-SYS"), on=scene.on, data=data, file_name="x.csv",
                 code="X03", errors=(doors.Refusal,))  # fmt: skip
    writer = sealing.SealedWriter(config.folder("work") / "other.check", master=os.urandom(32))
    writer.write(b"x" * 100)
    path = writer.commit()
    opened: Callable[[], bytes] = lambda: b"".join(sealing.unsealed(path))  # noqa: E731
    seen.refused("他の団体の鍵で封をしたファイルを開く", opened, errors=(Exception,))
    path.unlink()
    mine = fixture.HOUSEHOLD
    client = scene.client("U-A")
    absent, present = client.get("/households/1/").status_code, client.get(f"/households/{mine}/").status_code
    seen.equal((absent, present), (404, 200), "この団体にない世帯番号と、ある世帯番号")
