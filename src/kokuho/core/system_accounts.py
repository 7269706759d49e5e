"""Accounts that are no 利用者ID: database roles that may log in, and the OS accounts that run the product or own its folders (AUTH-09).

Whose an account is and what for stands where the account is: in the comment of a database role (`COMMENT ON ROLE x IS '…'`) and in
the name of an OS account (GECOS). What the product makes itself, it names itself.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from django.db import connection

from kokuho.core import config, database, parameters
from kokuho.core.access import Actor
from kokuho.core.clock import JAPAN
from kokuho.core.models import AccountSighting
from kokuho.core.reads import seen

_OWN: Mapping[str, str] = {
    database.OWNER_ROLE: "Kokuho: 表の持ち主（準備・更新・消去・点検）",
    database.APP_ROLE: "Kokuho: 画面と処理係",
    database.VAULT_ROLE: "Kokuho: 個人番号の保管庫",
}
_RULER = "Kokuho: 組み込みのデータベースの管理者（この機械のOSアカウントからだけ入れる）"
# The first role (10) of a server that listens to no network is the bundled one's; any other server's says itself whose it is.
_ROLES = """
SELECT rolname, rolsuper, rolcreaterole OR rolcreatedb, coalesce(shobj_description(oid, 'pg_authid'), ''),
       oid = 10 AND current_setting('listen_addresses') = ''
  FROM pg_roles WHERE rolcanlogin ORDER BY rolname
"""
# Who is connected now, and who wrote since the last look: also a short visit between two looks leaves its writing. The application's
# role is not told what kind of process another role's is, but to which database it is connected: the server's own are to none.
_AT_WORK = """
INSERT INTO core_accountsighting (kind, name, seen_at)
SELECT 'database', name, max(at) FROM (
    SELECT usename::text AS name, %(at)s::timestamptz AS at FROM pg_stat_activity
     WHERE datid IS NOT NULL AND usename IS NOT NULL
    UNION ALL
    SELECT name, %(at)s::timestamptz FROM unnest(%(visited)s::text[]) AS visited(name)
    UNION ALL
    SELECT split_part(database_role, ' as ', 1), at FROM core_writerecord
     WHERE at > coalesce((SELECT max(seen_at) FROM core_accountsighting), %(at)s::timestamptz - interval '1 day') AND database_role <> ''
) found GROUP BY name
UNION ALL SELECT 'system', %(system)s, %(at)s
ON CONFLICT (kind, name) DO UPDATE SET seen_at = greatest(core_accountsighting.seen_at, excluded.seen_at)
"""
# A line that the bundled server writes when it has let somebody in.
_LET_IN = re.compile(rb"LOG:  connection authorized: user=(\S+) ")
_read: dict[tuple[Path, int], int] = {}
# Bytes after which the server's log is begun anew; the former one is kept beside it until the next time.
_LONGEST_LOG = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SystemAccount:
    """An account, whose it is and what for (`owner`, empty when nobody said), what it may (`power`), when it was last seen at work,
    and what is to be looked at (`why`)."""

    kind: str
    name: str
    owner: str
    power: str
    seen_at: datetime | None
    why: str


def note(at: datetime) -> int:
    """Write down which accounts are at work or were since the last look: every five minutes, by the worker. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_AT_WORK, {"at": at, "system": _name(os.getuid()), "visited": sorted(_visitors())})
        return int(cursor.rowcount)


def _visitors() -> set[str]:
    """Roles that the bundled server has let in since this process last looked, however short their visit; nothing of a server elsewhere.
    The first look begins where the log ends: what was before, another worker has seen."""
    if (path := database.server_log()) is None:
        return set()
    with path.open("rb") as log:
        key, end = (path, os.fstat(log.fileno()).st_ino), log.seek(0, os.SEEK_END)
        begin = _read.get(key, end)
        begin = begin if begin <= end else 0  # shorter than before: it was emptied
        log.seek(begin)
        told = log.read()
    whole = told.rfind(b"\n") + 1  # a line that is still being written is read next time
    _read[key] = begin + whole
    if end > _LONGEST_LOG:
        shutil.copyfile(path, path.with_name(f"{path.name}.1"))
        os.truncate(path, 0)
    return {name.decode("utf-8", "replace") for name in _LET_IN.findall(told[:whole])}


def system_accounts(by: Actor, *, on: date) -> list[SystemAccount]:
    """Every account of the database and the operating system that reaches the product's data, with what is to be looked at on a day.
    Needs `staff.read`."""
    by.require("staff.read")
    at = {(row.kind, row.name): row.seen_at for row in AccountSighting.objects.all()}
    first = min(at.values(), default=None)
    unused = timedelta(days=parameters.value("rights.unused_days"))

    def account(kind: str, name: str, owner: str, power: str) -> SystemAccount:
        last = at.get((kind, name))
        reasons = [] if owner else ["持ち主と用途が記されていない"]
        since = known.astimezone(JAPAN).date() if (known := last or first) else on
        # An owner of folders need not work by himself; only what logs in is found unused.
        if kind == AccountSighting.DATABASE and on - since > unused:
            reasons.append(f"{unused.days}日以上使われていない")
        return SystemAccount(dict(AccountSighting.KINDS)[kind], name, owner, power, last, "、".join(reasons))

    found = [account(AccountSighting.DATABASE, *row) for row in _roles()] + [account(AccountSighting.SYSTEM, *row) for row in _system()]
    seen(by, "access.system_accounts", row_count=len(found))
    return found


def _roles() -> list[tuple[str, str, str]]:
    """(role, owner, power) of the roles that may log in."""
    with connection.cursor() as cursor:
        cursor.execute(_ROLES)
        rows = cursor.fetchall()
    return [
        (name, said or _OWN.get(name, _RULER if bundled else ""), _power(ruler, maker)) for name, ruler, maker, said, bundled in rows
    ]


def _power(ruler: bool, maker: bool) -> str:
    if ruler:
        return "管理者（すべてできる）"
    return "役割・データベースを作れる" if maker else "与えた権限だけ"


def _system() -> list[tuple[str, str, str]]:
    """(OS account, owner, what it has to do with the product): who runs this process, and who owns the folders of the data."""
    home = config.home()
    folders = [home, *(path for path in home.iterdir() if path.is_dir())] if home.is_dir() else []
    held: dict[int, list[str]] = {os.getuid(): ["Kokuhoを動かす"]}
    for folder in folders:
        held.setdefault(folder.stat().st_uid, []).append(_folder(folder, home))
    return [(_name(number), _said(number), "、".join(words)) for number, words in sorted(held.items())]


def _folder(folder: Path, home: Path) -> str:
    return "KOKUHO_HOMEの持ち主" if folder == home else f"{folder.name}の持ち主"


def _name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)  # the account is gone, or a container has none for it


def _said(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_gecos.strip(", ")
    except KeyError:
        return ""
