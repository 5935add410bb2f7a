"""A picture as PNG, without an imaging library."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray


def png(image: NDArray[np.uint8]) -> bytes:
    """(H, W) or (H, W, 3) uint8 as a PNG file (RFC 2083: signature, IHDR, IDAT, IEND; filter 0 in every line)."""
    height, width = image.shape[:2]
    colour_type = 0 if image.ndim == 2 else 2
    lines = np.ascontiguousarray(image, dtype=np.uint8).reshape(height, -1)
    filtered = np.concatenate([np.zeros((height, 1), dtype=np.uint8), lines], axis=1)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    body = zlib.compress(filtered.tobytes(), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def data_address(image: NDArray[Any]) -> str:
    """The PNG as a ``data:`` address."""
    return f"data:image/png;base64,{base64.b64encode(png(image)).decode('ascii')}"
