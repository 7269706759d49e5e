"""Measures how fast large files of the wire formats are decoded, with every check, and how much memory that takes.

`kokuho bench formats [--mb 500] [--format zengin] [--format uke] [--directory DIR]` writes an invented file of that
size, decodes it in a process of its own, prints what it measured and deletes the file. Exit status 1 when a file was
slower than 20 MB/s or took more than 200 MB.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from kokuho.formats.decode import open_decode

MB = 1_000_000
LEAST_MB_PER_SECOND = 20.0
MOST_MEMORY_MB = 200.0


def write_zengin(out: BinaryIO, size: int) -> None:
    """An invented 口座振替 request of about `size` bytes, in groups of half a million debits."""
    head = "1910" + "1234567890" + "ｻﾝﾌﾟﾙｼ ｺｸﾎｶ".ljust(40) + "1130" + "9998" + " " * 15 + "001" + " " * 15 + "11234567"
    names = [f"{family} {given}".ljust(30) for family in ("ﾔﾏﾀﾞ", "ｻﾄｳ", "ﾀｶﾊｼ", "ｳｴﾀﾞ") for given in ("ﾀﾛｳ", "ﾊﾅｺ")]
    count = max(1, size // 122 - 3)
    for first in range(0, count, 500_000):
        last = min(count, first + 500_000)
        out.write((head.ljust(120) + "\r\n").encode("cp932"))
        total = 0
        for start in range(first, last, 10_000):
            lines = []
            for i in range(start, min(last, start + 10_000)):
                amount = 1_000 + i % 90_000
                total += amount
                account = f"1{i % 10_000_000:07}{names[i % 8]}{amount:010}0{i:020}0"
                lines.append(f"2{9900 + i % 97:04}{'ﾃｽﾄ':15}{i % 900:03}{'ﾎﾝﾃﾝ':15}    {account}        \r\n")
            out.write("".join(lines).encode("cp932"))
        out.write((f"8{last - first:06}{total:012}" + "0" * 36).ljust(120).encode() + b"\r\n")
    out.write(b"9".ljust(120) + b"\r\n")


def _uke_claim(number: int) -> str:
    """One invented outpatient claim: five diseases, eight acts, six drugs and a comment on two days."""
    day = number % 20 + 1
    days = "," * (day - 1) + "1,,,,,,,1" + "," * (24 - day)
    common = f"RE,{number % 999_999 + 1},1112,202606,見本　太郎,1,19650401,070,,,,28,,{number}"
    diseases = "".join(f"SY,88395{70 + n},202606{day:02},1,,,{'01' * (n == 0)},\r\n" for n in range(5))
    acts = "".join(f"SI,12,1,{112007410 + n},,{76 + n},2,,,,,,,{days}\r\n" for n in range(8))
    drugs = "".join(f"IY,21,1,{620002023 + n},3.00000,{12 + n},28,,,,,,,{days}\r\n" for n in range(6))
    comment = "CO,21,1,810000001,食後に服用。経過は良好であり、次回の来院時に検査を行う予定\r\n"
    return (
        f"{common}{',' * 23}ミホンタロウ,\r\n"
        f"HO,  138016,００１,{number:07},1,228,,,,,,,,,\r\n"
        "SN,1,01,,,,01,,\r\n"
        f"JD,1,{days}\r\n"
        f"MF,00{',' * 31}\r\n"
        f"{diseases}{acts}{drugs}{comment}"
    )


def write_uke(out: BinaryIO, size: int) -> None:
    """Invented 医科 claims of about `size` bytes, a new institution every hundred thousand."""
    written, number, claims = 0, 0, 0
    while written < size:
        if claims == 0:
            written += out.write("IR,2,13,1,1234569,,サンプル診療所,202607,00,03-0000-0000\r\n".encode("cp932"))
        written += out.write("".join(_uke_claim(number + i) for i in range(1_000)).encode("cp932"))
        number += 1_000
        claims += 1_000
        if claims == 100_000 or written >= size:
            written += out.write(f"GO,{claims},{claims * 228},99\r\n".encode())
            claims = 0
    out.write(b"\x1a")


FILES: dict[str, tuple[str, Callable[[BinaryIO, int], None]]] = {
    "zengin": ("zengin-transfer-request", write_zengin),
    "uke": ("uke-medical", write_uke),
}


def _decode(layout_id: str, path: str) -> int:
    """In the measured process: decode a file and print what it took."""
    with open(path, "rb") as stream:
        started, processor = time.perf_counter(), time.process_time()
        decoding = open_decode(layout_id, stream)
        records = sum(len(batch.rows) for batch in decoding.batches())
        seconds, processor = time.perf_counter() - started, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {
        "records": records,
        "seconds": seconds,
        "processor": processor,
        "peak_mb": peak,
        "errors": decoding.error_count,
    }
    print(json.dumps(found))
    return 0


def run(argv: Sequence[str] | None = None) -> int:
    """`kokuho bench formats`: 0 when every file met the targets, 1 when one did not."""
    parser = argparse.ArgumentParser(prog="kokuho bench formats", description="decoding speed and memory")
    parser.add_argument("--mb", type=int, default=500, help="size of each file in MB (1,000,000 bytes)")
    parser.add_argument("--format", action="append", choices=sorted(FILES), help="only this format")
    parser.add_argument("--directory", help="where the files are written (default: the system's temporary directory)")
    options = parser.parse_args(argv)
    failed = False
    for name in options.format or list(FILES):
        layout_id, write = FILES[name]
        with tempfile.TemporaryDirectory(dir=options.directory) as folder:
            path = Path(folder) / name
            with path.open("wb") as out:
                write(out, options.mb * MB)
            size = path.stat().st_size / MB
            command = [sys.executable, "-m", "kokuho.formats.bench", layout_id, str(path)]
            answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        speed = size / answer["processor"]
        good = speed >= LEAST_MB_PER_SECOND and answer["peak_mb"] <= MOST_MEMORY_MB and not answer["errors"]
        failed = failed or not good
        print(
            f"{layout_id}: {size:.0f} MB, {answer['records']:,} records, {speed:.1f} MB/s on one core "
            f"({answer['processor']:.1f} s of processor, {answer['seconds']:.1f} s by the clock), "
            f"peak {answer['peak_mb']:.0f} MB, {answer['errors']} errors: {'ok' if good else 'MISSED'}"
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(_decode(sys.argv[1], sys.argv[2]))
