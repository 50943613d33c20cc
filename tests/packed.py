"""Each compression as a function of bytes, for the tests of what unpacks them."""

from __future__ import annotations

import bz2
import gzip
import lzma

try:
    from compression import zstd  # type: ignore[import-not-found]
except ImportError:
    from backports import zstd

PACKERS = {"gzip": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zstd": zstd.compress}
