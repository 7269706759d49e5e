"""Where this installation keeps its things, read from the environment once.

| variable | meaning | default |
|---|---|---|
| `KOKUHO_HOME` | folder of data, received files and prints | `./var` |
| `DATABASE_URL` | PostgreSQL of the application role | the bundled server under `KOKUHO_HOME` |
| `KOKUHO_OWNER_URL` | the same database as the role that migrates | `DATABASE_URL` |
| `KOKUHO_SECRET_KEY` | signing key of sessions | made once and kept in `KOKUHO_HOME/secret.key` |
| `KOKUHO_ALLOWED_HOSTS` | host names of the screens, separated by commas | `localhost,127.0.0.1` |
| `KOKUHO_BUSINESS_DATE` | fixes the business date (training, tests) | the day in Japan |
"""

from __future__ import annotations

import os
import secrets
from functools import cache
from pathlib import Path


@cache
def home() -> Path:
    """The folder of this installation, made when missing."""
    path = Path(os.environ.get("KOKUHO_HOME", "var")).resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path


def folder(name: str) -> Path:
    """A sub-folder of `home()`, made when missing, readable by this user only."""
    path = home() / name
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


@cache
def secret_key() -> str:
    """The signing key: from the environment, else from a file that is made on first use with mode 0600."""
    if given := os.environ.get("KOKUHO_SECRET_KEY"):
        return given
    path = home() / "secret.key"
    try:
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(64))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii")


def allowed_hosts() -> list[str]:
    """Host names under which the screens answer."""
    return os.environ.get("KOKUHO_ALLOWED_HOSTS", "localhost,127.0.0.1").split(",")
