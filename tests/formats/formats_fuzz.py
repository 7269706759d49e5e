"""Mutated files against every decoder: none may crash, hang, or keep memory.

The tests run a few thousand; the long run is a command: `python tests/formats/formats_fuzz.py --count 1000000`.
"""

from __future__ import annotations

import argparse
import io
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable

from formats_samples import sample_file

from kokuho.formats import library, open_decode
from kokuho.formats.checkdigits import CHECKS
from kokuho.formats.customer_barcode import CustomerBarcodeError, address_number, customer_barcode_ok, read_bars
from kokuho.formats.elqr import ElQrError, read_elqr
from kokuho.formats.gs1 import PaymentBarcodeError, read_payment_barcode
from kokuho.formats.kana import cut, narrow
from kokuho.formats.model import Layout
from kokuho.formats.names import Reducer, search_key
from kokuho.formats.uke import Claims

SLOWEST_SECONDS = 2.0
INTERESTING = (
    *(b"", b"\0", b"\r", b"\n", b"\r\n", b"\x1a", b'"', b'""', b",", b"\xff", b"\x81", b"\xed\x40", b"\xef\xbb\xbf"),
    *(b"9" * 40, b"-", b"\xe3\x81", b"<", b"<!DOCTYPE a>", b"&#0;"),
)
ELQR = (
    "000201010212279600051380001830000000000000000000128002138000001000000099999999999999999999999999"
    "099999000000000054110000001280062262026202606202611302026122580850" + "0" * 84 + "0630510230"
)


def mutate(data: bytes, rng: random.Random) -> bytes:
    """One to four changes: flipped bits, replaced, doubled, dropped or moved pieces, a cut end."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(out) + 1)
        size = rng.choice((1, 1, 2, 7, 40, 130))
        kind = rng.randrange(7)
        if kind == 0 and out:
            out[at % len(out)] ^= 1 << rng.randrange(8)
        elif kind == 1:
            out[at : at + size] = rng.choice(INTERESTING)
        elif kind == 2:
            out[at:at] = out[at : at + size]
        elif kind == 3:
            del out[at : at + size]
        elif kind == 4:
            del out[at:]
        elif kind == 5:
            piece = bytes(out[at : at + size])
            del out[at : at + size]
            to = rng.randrange(len(out) + 1)
            out[to:to] = piece
        else:
            out[at:at] = rng.choice(INTERESTING) * rng.choice((1, 3, 200))
    return bytes(out)


def decode(layout: Layout, data: bytes, rng: random.Random) -> bool:
    """Decode in every way and look at all that came; True when the file was still valid."""
    decoding = open_decode(layout, io.BytesIO(data), block=rng.choice((16, 100, 1 << 16)), max_errors=20)
    way = rng.randrange(3)
    if way == 0:
        for record in decoding.records(include_bad=True):
            record.as_json()
    elif way == 1:
        for batch in decoding.batches():
            assert len(batch.rows) == len(batch.numbers) == len(batch.offsets)
    else:
        for _ in decoding.rows():
            pass
    assert len(decoding.errors) <= 20
    for error in decoding.errors:
        assert 0 <= error.offset <= len(data) + 2, error
        str(error)
    assert decoding.framing
    return decoding.ok


def _refusing(call: Callable[[str], object], *refusals: type[Exception]) -> Callable[[str], object]:
    def tried(text: str) -> object:
        try:
            return call(text)
        except refusals:
            return None

    return tried


_REDUCER = Reducer("jisx0208")
TEXT_DECODERS: list[tuple[str, Callable[[str], object]]] = [
    (ELQR, _refusing(read_elqr, ElQrError)),
    ("91912345000000012345202607010026113000128001", _refusing(read_payment_barcode, PaymentBarcodeError)),
    ("LD" + "LTT" * 21 + "DL", _refusing(read_bars, CustomerBarcodeError)),
    ("10000131-3-2-503CC4CC4CC4CC49", customer_barcode_ok),
    ("東3丁目-20-5　郵便・A&bコーポB604号", address_number),
    ("ヤマダ　タロウガッコウ", lambda text: cut(narrow(text).text, 7)),
    ("髙﨑葛\U000e0100城𠮷", lambda text: (_REDUCER.reduce(text), search_key(text))),
    *(("123456789018", check) for check in CHECKS.values()),
]


def run(count: int, seed: int = 0) -> Counter[str]:
    """Feed `count` mutated inputs; returns how many were valid, refused, slow. Raises what a decoder raised."""
    rng = random.Random(seed)
    layouts = [lay for versions in library().values() for lay in versions]
    seeds = {lay.id: [sample_file(lay, s) for s in range(3)] for lay in layouts if not lay.read_only}
    seeds["el-qr"] = [ELQR.encode()]
    found: Counter[str] = Counter()
    for number in range(count):
        started = time.process_time()
        if number % 5 == 4:
            text, decoder = rng.choice(TEXT_DECODERS)
            decoder(mutate(text.encode(), rng).decode("utf-8", "replace"))
            found["text"] += 1
        else:
            layout = layouts[number % len(layouts)]
            data = mutate(rng.choice(seeds[layout.id]), rng)
            try:
                found["valid" if decode(layout, data, rng) else "refused"] += 1
                if layout.id.startswith("uke"):
                    list(Claims(layout.id, io.BytesIO(data)))
            except Exception as error:
                error.add_note(f"layout {layout.id}, seed {seed}, input {number}: {data!r}")
                raise
        if time.process_time() - started > SLOWEST_SECONDS:
            found["slow"] += 1
    return found


def main() -> int:
    """The long run, in rounds, watching memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    total: Counter[str] = Counter()
    after_first = 0
    rounds = max(1, options.count // 20_000)
    for number in range(rounds):
        total += run(options.count // rounds, options.seed + number)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        after_first = after_first or peak
        print(f"{(number + 1) * (options.count // rounds):,} inputs {dict(total)}, peak {peak} MB", flush=True)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 - after_first
    print(f"memory grew by {grown} MB after the first round")
    return 1 if total["slow"] or grown > 50 else 0


if __name__ == "__main__":
    sys.exit(main())
