"""Whole inputs, and how they are damaged."""

from __future__ import annotations

import bz2
import copy
import gzip
import io
import json
import lzma
import random
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

ROWS = 40
TOKENS = [
    b'"', b'""', b"\n", b"\r\n", b"\r", b",", b";", b"\t", b"|", b"\0", b"\xff", b"\xef\xbb\xbf", b"NaN", b"Infinity",
    b"1e400", b"-1e308", b"99999999999999999999", b"2024-02-30", b"2024-05-01T25:61:61Z", b"0000-00-00", b" ", b"'",
    b"{", b"}", b"[" * 50, b"]", b"null", b"true", b"\\u0000", b"\\", b"\x1b[31m", "é".encode(), "１".encode(), b"customer_id,",
]  # fmt: skip
VALUES = [None, True, "x", "", -1, 0, 1, 2**40, -1e308, 1e308, 0.5, [], {}, [[]], ["a"], {"a": 1}, "\x1b[31m"]


class Seed(NamedTuple):
    """A whole input, and the command lines that read it; @in is the damaged file, @x another one of the folder."""

    data: bytes
    lines: list[list[str]]
    is_model: bool = False


@cache
def seeds(folder: Path) -> list[Seed]:
    """A log, tables, JSON Lines, what is compressed, subscriptions, profiles, models; and whole files beside."""
    from churnkit import cli

    rng = random.Random(0)
    events = "".join(
        f"c{rng.randrange(9)},2024-0{rng.randint(1, 6)}-{rng.randint(10, 28)}T0{rng.randint(0, 9)}:00:00,"
        f"{rng.choice(['buy', 'call', 'cancel'])},{rng.choice(['', '12.50', '3'])},{rng.choice('ab')}\n"
        for _ in range(ROWS)
    )
    log = f"customer_id,timestamp,event,amount,plan\n{events}".encode()
    rows = [
        (f"c{k}", k % 7, rng.choice(["a", "b", '"q, r"']), int(rng.random() < (k % 7) / 7))
        for k in range(120)
    ]
    table = (
        "customer_id,x,plan,churned\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)
    ).encode()
    lines = "".join(
        json.dumps(dict(zip(("customer_id", "x", "plan", "churned"), row, strict=True))) + "\n"
        for row in rows
    )
    subscriptions = b"customer_id,start,end,mrr\n" + b"".join(
        f"s{k % 9},2024-0{1 + k % 5}-01,{'' if k % 3 else '2024-08-01'},{k}.5\n".encode() for k in range(30)
    )
    (folder / "log.csv").write_bytes(log)
    (folder / "table.csv").write_bytes(table)
    models = []
    for kind in ("logistic", "tree"):
        out = folder / f"{kind}.json"
        if cli.run(["fit", "-q", "--model", kind, "-o", str(out), str(folder / "table.csv")]):
            raise SystemExit("fit failed")
        models.append(out.read_bytes())
    if cli.run(["profile", "-q", "-o", str(folder / "p.jsonl"), str(folder / "table.csv")]):
        raise SystemExit("profile failed")
    for_logs = [
        ["featurize", "--as-of", "2024-06-01", "--horizon", "30d", "@in"], ["measure", "--inactive", "30d", "@in"],
        ["measure", "--churn-event", "cancel", "--by", "plan", "@in"], ["measure", "--return-rate", "@in"], ["profile", "@in"],
        ["sample", "--rate", "0.5", "@in"], ["sample", "--by", "customer_id", "-n", "3", "@in"], ["events", "@in"],
    ]  # fmt: skip
    for_tables = [
        ["fit", "--model", "tree", "@in"], ["backtest", "--model", "tree", "@in"], ["score", "@tree.json", "@in"], ["explain", "@logistic.json", "@in"],
        ["explain", "--to", "csv", "@tree.json", "@in"], ["profile", "--target", "churned", "@in"],
        ["diff", "--metric", "churned", "--by", "plan", "@table.csv", "@in"], ["drift", "@in", "@table.csv"],
        ["drift", "@table.csv", "@in"], ["drift", "@tree.json", "@in"], ["drift", "@p.jsonl", "@in"],
        ["check", "@table.csv", "@in"], ["check", "@tree.json", "@in"],
    ]  # fmt: skip
    for_models = [
        ["score", "@in", "@table.csv"], ["explain", "@in", "@table.csv"], ["explain", "--overall", "--to", "text", "@in"],
        ["explain", "--overall", "--to", "svg", "@in"], ["drift", "@in", "@table.csv"],
    ]  # fmt: skip
    for_subscriptions = [
        ["measure", "--start", "start", "--end", "end", "--value", "mrr", "@in"],
        ["events", "--start", "start", "--end", "end", "--value", "mrr", "@in"],
    ]
    if cli.run(
        ["measure", "-q", "--inactive", "30d", "-o", str(folder / "months.csv"), str(folder / "log.csv")]
    ):
        raise SystemExit("measure failed")
    for_months = [
        ["forecast", "@in"],
        ["forecast", "--to", "svg", "@in"],
        ["forecast", "--to", "text", "@in"],
    ]
    return [
        Seed(log, for_logs),
        Seed(log.replace(b",", b"\t"), for_logs),
        Seed(table, for_tables),
        Seed(lines.encode(), for_tables),
        Seed(_zipped(gzip.compress(table)), for_tables),
        Seed(bz2.compress(table), for_tables),
        Seed(lzma.compress(table), for_tables),
        Seed((folder / "months.csv").read_bytes(), for_months),
        Seed(subscriptions, for_subscriptions),
        Seed(
            (folder / "p.jsonl").read_bytes(),
            [["drift", "@in", "@table.csv"], ["check", "@in", "@table.csv"], ["check", "--suggest", "@in"]],
        ),
        *(Seed(model, for_models, True) for model in models),
    ]


def _zipped(data: bytes) -> bytes:
    """Two members, as `cat a.gz b.gz` makes them; a table whose header stands again."""
    return io.BytesIO(data + data).getvalue()


def damaged(rng: random.Random, data: bytes, others: list[Seed]) -> bytes:
    """One to four blows: a byte turned, a piece cut out, doubled, moved or put in, the end torn off."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) + 1)
        span = at + rng.choice([1, 2, 8, 64])
        blow = rng.randrange(6)
        if blow == 0 and data:
            place = at % len(data)
            data = data[:place] + bytes([data[place] ^ (1 << rng.randrange(8))]) + data[place + 1 :]
        elif blow == 1:
            data = data[:at] + data[span:]
        elif blow == 2:
            data = data[:span] + data[at:]
        elif blow == 3:
            data = data[:at] + rng.choice(TOKENS) * rng.choice([1, 1, 1, 3, 300]) + data[at:]
        elif blow == 4:
            data = data[:at]
        else:
            other = rng.choice(others).data
            start = rng.randrange(len(other))
            data = data[:at] + other[start : start + 200] + data[at:]
    return data


def damaged_model(rng: random.Random, data: bytes) -> bytes:
    """One to three places of the JSON replaced, taken out, or doubled."""
    model = json.loads(data)
    for _ in range(rng.randint(1, 3)):
        _strike(rng, model)
    return json.dumps(model).encode() + b"\n"


def _strike(rng: random.Random, node: Any) -> None:
    while True:
        places: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not places:
            return
        place = rng.choice(places)
        below = node[place]
        if isinstance(below, (dict, list)) and below and rng.random() < 0.8:
            node = below
            continue
        blow = rng.randrange(4)
        if blow == 0:
            node[place] = copy.deepcopy(rng.choice(VALUES))
        elif blow == 1:
            del node[place]
        elif blow == 2 and isinstance(node, list):
            node.append(copy.deepcopy(below))
        elif type(below) in (int, float):
            node[place] = rng.choice([below + 1, -below, below * 1e300, int(below), 2**31])
        return
