"""The weights of a linear-chain CRF, read from CRFsuite's own binary model.

CRFsuite's text dump rounds weights to six decimals; the binary model holds them whole. A model is a header of 48 bytes
and five chunks: features (the weights), labels and attributes (databases of strings), and two tables of references that
only repeat what the features say. Everything is checked before it is used.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from ner_lime.crf.attributes import attributes
from ner_lime.crf.features import Features
from ner_lime.errors import ModelFileError
from ner_lime.types import FloatArray

_HEADER = struct.Struct("<4sI4sIIIIIIIII")
_CHUNK = struct.Struct("<4sII")
_DATABASE = struct.Struct("<4sIIIII")
_RECORD = np.dtype([("kind", "<u4"), ("source", "<u4"), ("target", "<u4"), ("weight", "<f8")])
_BYTE_ORDER = 0x62445371
_FIRST_STRING = _DATABASE.size + 256 * 8  # after the database's header come references to its 256 hash tables
_MAX_WEIGHTS = 2**29
"""Maximum number of state weights (4 GiB)."""

_BLOCK = 4096
"""Number of tokens scored at once: bounds the memory of a long text."""


@dataclass(frozen=True, slots=True, eq=False)
class CRFWeights:
    """A linear-chain CRF of L labels and A attributes.

    Attributes
    ----------
    labels : tuple of str
        The L labels, in the model's order.
    attributes : dict
        Attribute to its row of `state`.
    state : (A, L) float64
        Log-score that a unit of the attribute gives to the label.
    transitions : (L, L) float64
        Log-score of going from a label (row) to the next (column).

    Examples
    --------
    >>> weights = CRFWeights(("B", "O"), {"bias": 0}, np.array([[0.5, -0.5]]), np.zeros((2, 2)))
    >>> weights.emissions([{"bias": 1.0}]).tolist()
    [[0.5, -0.5]]
    """

    labels: tuple[str, ...]
    attributes: dict[str, int]
    state: FloatArray
    transitions: FloatArray

    def known(self, features: Features) -> list[tuple[int, float]]:
        """List (row of `state`, weight) for the attributes of one token that the model knows and that are not 0."""
        index = self.attributes
        if not isinstance(features, dict):
            return [(index[name], weight) for name, weight in attributes(features) if weight and name in index]
        found = []
        for name, value in features.items():
            # Nearly all features are strings or flags: they are looked up without a detour.
            if type(name) is str and type(value) is str and "\0" not in value and "\0" not in name:
                if (row := index.get(f"{name}:{value}")) is not None:
                    found.append((row, 1.0))
            elif value is not False:
                found += [(index[key], weight) for key, weight in attributes({name: value}) if weight and key in index]
        return found

    def emissions(self, items: Iterable[Features]) -> FloatArray:
        """Log-scores of the labels for n tokens.

        Parameters
        ----------
        items : iterable of features
            One a token.

        Returns
        -------
        (n, L) float64

        Raises
        ------
        InputError
            A feature has a value that is no finite number, string or nested features.
        """
        items = iter(items)
        blocks = [np.zeros((0, len(self.labels)))]
        while block := [self.known(features) for features in islice(items, _BLOCK)]:
            blocks.append(self._score(block))
        return np.concatenate(blocks)

    def _score(self, block: list[list[tuple[int, float]]]) -> FloatArray:
        counts = np.array([len(known) for known in block])
        width = int(counts.max())
        if not width:
            return np.zeros((len(block), len(self.labels)))
        # Rows are padded with weight 0 of attribute 0: one gather and one contraction serve all the tokens.
        rows = np.zeros((len(block), width), dtype=np.int64)
        values = np.zeros((len(block), width))
        filled = np.arange(width) < counts[:, None]
        rows[filled] = [row for known in block for row, _ in known]
        values[filled] = [value for known in block for _, value in known]
        return np.asarray(np.einsum("nk,nkl->nl", values, self.state[rows]))


def read_weights(source: str | Path | bytes) -> CRFWeights:
    """Read a CRFsuite model of type FOMC, version 100: what every linear-chain trainer of CRFsuite writes.

    Parameters
    ----------
    source : path or bytes
        The model file, or what it holds.

    Raises
    ------
    ModelFileError
        No such file, no CRFsuite model, or one that is truncated or altered.
    """
    where = "<bytes>" if isinstance(source, bytes) else str(source)
    try:
        return _read(source if isinstance(source, bytes) else Path(source).read_bytes())
    except OSError as error:
        raise ModelFileError(f"{where}: expected a CRFsuite model file: {error.strerror or error}") from error
    except ModelFileError as error:
        raise ModelFileError(f"{where}: {error}") from None


def _read(data: bytes) -> CRFWeights:
    if len(data) < _HEADER.size or data[:4] != b"lCRF":
        raise ModelFileError(f"expected a CRFsuite model, found {data[:4]!r} and {len(data)} bytes")
    _, size, kind, version, n_features, n_labels, n_attributes, *offsets = _HEADER.unpack_from(data)
    if size != len(data):
        raise ModelFileError(f"expected {size} bytes, found {len(data)}: the model is truncated or altered")
    if (kind, version) != (b"FOMC", 100):
        raise ModelFileError(f"expected model type FOMC, version 100, found {kind!r}, version {version}")
    if not n_labels:
        raise ModelFileError("expected a model with labels, found none")
    if n_labels * (n_attributes + n_labels) > _MAX_WEIGHTS:
        raise ModelFileError(
            f"{n_attributes} attributes x {n_labels} labels exceed the limit of {_MAX_WEIGHTS} weights"
        )
    at_features, at_labels, at_attributes, at_label_refs, at_attribute_refs = offsets
    for offset, magic, least in ((at_label_refs, b"LFRF", n_labels), (at_attribute_refs, b"AFRF", n_attributes)):
        if _chunk(data, offset, magic) < least:
            raise ModelFileError(f"the {magic.decode()} chunk at byte {offset} is too short: the model is altered")
    records = _records(data, at_features)
    if n_features not in (0, len(records)):  # CRFsuite itself leaves a 0 there
        raise ModelFileError(f"the header promises {n_features} weights, found {len(records)}")
    names = _strings(data, at_labels, n_labels)
    known = _strings(data, at_attributes, n_attributes)
    try:
        labels = tuple(name.decode("utf-8") for name in names)
    except UnicodeDecodeError as error:
        raise ModelFileError(f"expected labels in UTF-8: {error}") from error
    index = {name.decode("utf-8", "surrogateescape"): row for row, name in enumerate(known)}
    if len(set(labels)) < n_labels or len(index) < n_attributes:
        raise ModelFileError("a label or an attribute stands twice: the model is altered")
    return CRFWeights(labels, index, *_fill(records, n_attributes, n_labels))


def _chunk(data: bytes, offset: int, magic: bytes) -> int:
    """Check the header of a chunk; return how many items it says it has."""
    if offset + _CHUNK.size <= len(data):
        found, size, count = _CHUNK.unpack_from(data, offset)
        if found == magic and offset + size <= len(data):
            return int(count)
    raise ModelFileError(f"expected a {magic.decode()} chunk at byte {offset}: the model is truncated or altered")


def _records(data: bytes, offset: int) -> np.ndarray:
    """Read the (n,) records of kind, source, target and weight."""
    count = _chunk(data, offset, b"FEAT")
    start = offset + _CHUNK.size
    if start + count * _RECORD.itemsize > len(data):
        raise ModelFileError(f"{count} weights do not fit into the file: the model is truncated or altered")
    return np.frombuffer(data, dtype=_RECORD, count=count, offset=start)


def _fill(records: np.ndarray, n_attributes: int, n_labels: int) -> tuple[FloatArray, FloatArray]:
    """Make the (A, L) state and (L, L) transition tables."""
    is_state, is_transition = records["kind"] == 0, records["kind"] == 1
    sources = np.where(is_state, n_attributes, n_labels)
    if not np.all(
        (is_state | is_transition)
        & (records["source"] < sources)
        & (records["target"] < n_labels)
        & np.isfinite(records["weight"])
    ):
        raise ModelFileError("a weight has no such attribute or label, or is not finite: the model is altered")
    tables = []
    for rows, chosen in ((n_attributes, is_state), (n_labels, is_transition)):
        table = np.zeros((rows, n_labels))
        part = records[chosen]
        table[part["source"], part["target"]] = part["weight"]
        table.flags.writeable = False
        tables.append(table)
    return tables[0], tables[1]


def _strings(data: bytes, start: int, count: int) -> list[bytes]:
    """Read the strings 0 .. count - 1 of a constant quark database, through its array from number to position."""
    broken = ModelFileError(f"expected {count} strings at byte {start}: the model is truncated or altered")
    if start + _FIRST_STRING > len(data):
        raise broken
    magic, size, _, byte_order, n_positions, at_positions = _DATABASE.unpack_from(data, start)
    end = start + size
    if magic != b"CQDB" or byte_order != _BYTE_ORDER or end > len(data):
        raise broken
    if not count:
        return []
    if n_positions < count or at_positions + 4 * count > size:
        raise broken
    positions = np.frombuffer(data, "<u4", count, start + at_positions).astype(np.int64)
    if positions.max() + 8 > size:
        raise broken
    # A record is its number, the length of its string with the closing NUL, and the string.
    heads = np.frombuffer(data, np.uint8)[start + positions[:, None] + np.arange(8)].view("<u4").astype(np.int64)
    first = start + positions + 8
    last = first + heads[:, 1] - 1
    if (heads[:, 0] != np.arange(count)).any() or (last < first).any() or last.max() >= end:
        raise broken
    spans = list(zip(first.tolist(), last.tolist(), strict=True))
    if any(data.find(0, a, b + 1) != b for a, b in spans):
        raise broken
    return [data[a:b] for a, b in spans]
