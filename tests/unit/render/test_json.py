"""JSON: lossless to the bit, and every fault of a document has its own message."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import numpy as np
import pytest
from explanations import HOSTILE, make

from ner_lime.errors import DetachedError, InputError
from ner_lime.explanation import Explanation, Fidelity
from ner_lime.render.json import from_dict, to_dict, to_json


def assert_same(a: object, b: object) -> None:
    """Field by field, arrays bit by bit."""
    for field in fields(a):
        left, right = getattr(a, field.name), getattr(b, field.name)
        if isinstance(left, Fidelity):
            assert_same(left, right)
        elif isinstance(left, np.ndarray):
            assert (left.shape, left.dtype) == (right.shape, right.dtype), field.name
            assert left.tobytes() == right.tobytes(), field.name
        else:
            assert left == right, field.name


def there_and_back(explanation: Explanation) -> Explanation:
    return Explanation.from_dict(json.loads(to_json(explanation)))


@pytest.mark.parametrize(
    "explanation",
    [
        make(),
        make(sampled=True, positions=(4, 1)),
        make(components=((0, 1), (2,), (3, 4, 5), (6,))),
        make(HOSTILE),
        make(labels=("O", "B", "I"), tags=("B", "I", "O", "O", "O", "O", "O")),
        replace(make(), gold=("O",) * 7, agreement=np.linspace(-1, 1, 7), diagnostics={"rate": 0.1}),
        make(positions=()),
    ],
    ids=["exact", "sampled, two words", "groups", "hostile", "bare labels", "all optional parts", "no position"],
)
def test_round_trip(explanation: Explanation) -> None:
    assert_same(there_and_back(explanation), explanation)


def test_numbers_that_json_lacks_survive() -> None:
    explanation = make()
    for place, value in enumerate([np.nan, np.inf, -np.inf, -0.0, 5e-324, 0.1 + 0.2]):
        explanation.weights[0, 0, place] = value
    explanation = replace(explanation, agreement=np.full(7, np.nan), diagnostics={"a": np.inf})
    back = there_and_back(explanation)
    assert back.weights.tobytes() == explanation.weights.tobytes()
    assert np.isnan(back.agreement).all()
    assert back.diagnostics == {"a": np.inf}


def test_numpy_numbers_become_plain_ones() -> None:
    explanation = make()
    settings = replace(explanation.settings, n_calls=np.int64(3), tolerance=np.float64(0.5))
    found = to_dict(replace(explanation, settings=settings))["settings"]
    assert type(found["n_calls"]) is int
    assert type(found["tolerance"]) is float


def test_json_is_ascii_and_indents() -> None:
    explanation = make(HOSTILE)
    assert to_json(explanation).isascii()
    assert "\n" not in to_json(explanation)
    assert to_json(explanation, indent=2).startswith('{\n  "format": "ner-lime/explanation",\n  "version": 1,\n')


def test_what_was_read_answers_as_before_but_not_what_needs_the_tagger() -> None:
    explanation = make()
    back = there_and_back(explanation)
    assert back[4].contributions("B-SKILLS") == explanation[4].contributions("B-SKILLS")
    assert back[4].verdict == explanation[4].verdict
    with pytest.raises(DetachedError, match="explain the sentence again"):
        back.entity(3, 6)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("format",), "lime", "expected an explanation .*found 'lime'"),
        (("version",), 2, "expected an explanation of version 1, found 2"),
        (("tokens",), ["a", 1], r"tokens: expected a list of strings, found \['a', 1\]"),
        (("tokens",), None, "tokens: expected list, found None"),
        (("text",), "other text", r"offsets: expected 7 pairs \[start, end\]"),
        (("offsets", 0), [0], r"offsets: expected 7 pairs \[start, end\]"),
        (("predicted",), ["O"], "predicted: expected 7 strings, one a token, found 1"),
        (("positions",), [0, 0], "positions: expected different word indices from 0 to 6"),
        (("positions",), [7], "positions: expected different word indices from 0 to 6"),
        (("components",), [], "components: expected at least one"),
        (("components", 1), [1.5], "components: expected different word indices"),
        (("weights",), [[1.0]], r"weights: expected numbers of shape \(7, 9, 7\), found shape \(1, 1\)"),
        (("weights", 3), [], r"weights: expected numbers of shape \(7, 9, 7\), found \[\["),
        (("bias",), "none", r"bias: expected numbers of shape \(7, 9\), found 'none'"),
        (("bias", 0, 0), 10**400, r"bias: expected numbers of shape \(7, 9\)"),
        (("fidelity",), None, "fidelity: expected dict, found None"),
        (("fidelity", "kl"), [0.1], r"fidelity.kl: expected numbers of shape \(7,\), found shape \(1,\)"),
        (("fidelity", "n_masks"), True, "fidelity.n_masks: expected int, found True"),
        (("settings", "method"), 3, "settings.method: expected str, found 3"),
        (("settings", "random_state"), "x", "settings.random_state: expected int, found 'x'"),
        (("settings", "tolerance"), "x", "settings.tolerance: expected a number, found 'x'"),
        (("agreement",), [1.0], r"agreement: expected numbers of shape \(7,\)"),
        (("diagnostics",), {"a": None}, "diagnostics: expected a number, found None"),
    ],
)
def test_a_fault_is_named(path: tuple[str | int, ...], value: object, message: str) -> None:
    document = json.loads(to_json(make()))
    *parents, last = path
    inner = document
    for key in parents:
        inner = inner[key]
    inner[last] = value
    with pytest.raises(InputError, match=message) as caught:
        from_dict(document)
    assert "\n" not in str(caught.value)


def test_a_document_of_another_kind_is_refused() -> None:
    with pytest.raises(InputError, match="found 'list'"):
        from_dict([])
    with pytest.raises(InputError, match="found None"):
        from_dict({})


def test_the_label_scheme_is_kept() -> None:
    explanation = replace(make(), scheme="IOB2:B_PER")
    assert there_and_back(explanation).scheme == "IOB2:B_PER"
    assert "scheme" not in to_dict(make())
    for scheme in ("BIO", "IOB2:PER", 5):
        with pytest.raises(InputError, match="scheme: expected a"):
            from_dict({**to_dict(make()), "scheme": scheme})
