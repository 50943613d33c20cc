"""Each compression as a function of bytes, for the tests of what unpacks them."""

from __future__ import annotations

import bz2
import gzip
import lzma
from functools import partial

try:
    from compression import zstd  # type: ignore[import-not-found]
except ImportError:
    from backports import zstd

# xz at its quickest: at its usual level each call fills 90 MB with zeros
PACKERS = {
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": partial(lzma.compress, preset=0),
    "zstd": zstd.compress,
}
