"""送信ファイル: everything that leaves goes through here, and nothing leaves that the registry does not permit (LINK-02 to -04).

    prepared → released → handed → answered          withdrawn (before it is handed over)

`make` writes the bytes sealed, `enter` puts them into the books; `release` is the word of a second person; `hand_over` puts the
file where the receiver takes it and leaves the record of the provision, both or neither, also across a kill; `answer` notes what the
receiver said.
The same content goes out once. Sending it again is `resend`: a file of its own, with a reason and a release of its own.
"""

from kokuho.exchange.outbox.books import OutboxError
from kokuho.exchange.outbox.deciding import may_release, release, require_releaser, resend, withdraw
from kokuho.exchange.outbox.files import folder, path, reopen
from kokuho.exchange.outbox.making import Made, Outgoing, enter, make
from kokuho.exchange.outbox.packing import discard, is_package, pack, passphrase, tells
from kokuho.exchange.outbox.sending import answer, hand_over, unfinished

__all__ = [
    "Made", "OutboxError", "Outgoing", "answer", "discard", "enter", "folder", "hand_over", "is_package", "make", "may_release", "pack",
    "passphrase", "path", "release", "reopen", "require_releaser", "resend", "tells", "unfinished", "withdraw",
]  # fmt: skip
