"""Names of models: what is written of them, and whether they are still the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ner_lime import CRFTagger
from ner_lime.batch import ModelName
from ner_lime.batch.fingerprint import describe_folder, digest_of
from ner_lime.errors import InputError, ModelFileError
from ner_lime.testing import TriggerTagger


def test_a_folder_is_known_by_its_content(crf: CRFTagger, tmp_path: Path) -> None:
    crf.save(tmp_path / "model")
    name = ModelName(str(tmp_path / "model"))
    before = name.fingerprint()
    os.utime(tmp_path / "model" / "model.json", (1, 1))
    assert name.fingerprint()["sha256"] == name.fingerprint(before)["sha256"] == before["sha256"]
    file = tmp_path / "model" / "model.json"
    file.write_bytes(file.read_bytes() + b"\n")
    assert name.fingerprint(before)["sha256"] != before["sha256"]


def test_files_that_were_not_touched_are_not_read_again(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"one")
    before = describe_folder(tmp_path)
    before["weights"]["sha256"] = "as stated"
    assert describe_folder(tmp_path, before)["weights"]["sha256"] == "as stated"
    (tmp_path / "weights").write_bytes(b"more")
    assert describe_folder(tmp_path, before)["weights"]["sha256"] != "as stated"


def test_names_of_files_are_part_of_it(tmp_path: Path) -> None:
    digests = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_bytes(b"same")
        digests.add(digest_of(describe_folder(tmp_path / name)))
    assert len(digests) == 2


def test_no_key_is_written() -> None:
    options = {"headers": {"Authorization": "Bearer s3cret"}, "labels": ["O"]}
    name = ModelName("https://example.org/tag?key=s3cret", options=options)
    assert name.holds_secrets
    assert "s3cret" not in repr(name.public()) + repr(name.fingerprint())
    assert name.public()["options"] == {"labels": ["O"]}


def test_a_factory_is_imported_and_known_by_its_source() -> None:
    name = ModelName("corpus_models:sampled")
    assert name.is_factory
    assert isinstance(name.load(), TriggerTagger)
    assert len(name.fingerprint()["source"]) == 64
    assert name.absolute() == name


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("no/such/folder", ModelFileError, "no/such/folder: expected the folder"),
        ("no_such_module:make", InputError, "found no module 'no_such_module'"),
    ],
)
def test_what_is_not_there_is_refused(name: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ModelName(name).fingerprint()


def test_a_factory_that_fails_is_told_in_one_line() -> None:
    with pytest.raises(InputError, match="corpus_models:broken: expected a model, found RuntimeError: the weights"):
        ModelName("corpus_models:broken").load()
