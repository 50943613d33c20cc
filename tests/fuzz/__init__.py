"""Fuzzers, and the command line that they share."""

from __future__ import annotations

import argparse


def asked(program: str, about: str | None) -> argparse.Namespace:
    """seconds, and the seed of chance, as typed."""
    parser = argparse.ArgumentParser(prog=program, description=about)
    parser.add_argument("seconds", nargs="?", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()
