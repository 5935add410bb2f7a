"""Model folders: whole or not at all, and refused where anything in them is not as it was written."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from ner_lime.corpus.corpus import Corpus
from ner_lime.corpus.sentence import Sentence
from ner_lime.crf import CRFTagger, WindowFeatures
from ner_lime.errors import ModelFileError

TRAIN = [
    Sentence(("Anna", "lives", "in", "Berlin"), ("B-PER", "O", "O", "B-LOC"), postags=("NNP", "V", "IN", "NNP")),
    Sentence(("She", "saw", "Köln"), ("O", "O", "B-LOC"), postags=("PRP", "V", "NNP")),
]
TOKENS = ["Anna", "saw", "Köln"]


def shape(tokens, i):
    return {"word": tokens[i].lower(), "title": tokens[i].istitle()}


def other_shape(tokens, i):
    return {"word": tokens[i].upper(), "title": tokens[i].istitle()}


@pytest.fixture(scope="module")
def tagger():
    return CRFTagger(window=2, c1=0.02).fit(TRAIN)


@pytest.fixture
def folder(tagger, tmp_path):
    tagger.save(tmp_path / "model")
    return tmp_path / "model"


def proba(tagger):
    return tagger.predict_proba([TOKENS])[0]


def siblings(folder):
    return sorted(path.name for path in folder.parent.iterdir())


class TestRoundTrip:
    def test_the_loaded_tagger_is_the_saved_one(self, tagger, folder):
        loaded = CRFTagger.load(folder)
        assert np.array_equal(proba(loaded), proba(tagger))
        assert loaded.labels == tagger.labels
        assert loaded.get_params() == tagger.get_params()
        assert loaded.mask_string() == tagger.mask_string()

    def test_the_label_scheme(self, tmp_path, tagger):
        assert tagger.scheme == "IOB2"  # detected
        tags = ("E-MAIL", "E-MAIL", "O", "NAME")
        corpus = Corpus((Sentence(("Bo", "@x.org", "or", "Cy"), tags),), "plain")
        plain = CRFTagger(max_iterations=20).fit(corpus)
        assert plain.scheme == "plain"
        plain.save(tmp_path / "plain")
        loaded = CRFTagger.load(tmp_path / "plain")
        assert loaded.scheme == "plain"
        support = {kind: score.support for kind, score in loaded.evaluate(list(corpus)).entities.items()}
        assert support == {"E-MAIL": 1, "NAME": 1}

    @pytest.mark.parametrize("scheme", ["BIO", "IOB2:B", 7, ["plain"]])
    def test_a_label_scheme_that_is_none(self, folder, scheme):
        rewrite(folder, scheme=scheme)
        with pytest.raises(ModelFileError, match="'scheme' to be a label scheme"):
            CRFTagger.load(folder)

    def test_parts_of_speech(self, tmp_path):
        tagger = CRFTagger(postags=True).fit(TRAIN)
        tagger.save(tmp_path / "model")
        loaded = CRFTagger.load(tmp_path / "model")
        assert loaded.feature_function == WindowFeatures(1, postags=True)
        assert np.array_equal(*(each.predict_proba([TRAIN[0]])[0] for each in (loaded, tagger)))

    def test_two_files_and_nothing_else(self, folder):
        assert sorted(path.name for path in folder.iterdir()) == ["model.crfsuite", "model.json"]
        assert siblings(folder) == ["model"]
        assert (folder / "model.crfsuite").read_bytes()[:4] == b"lCRF"

    def test_what_the_description_says(self, tagger, folder):
        text = (folder / "model.json").read_text(encoding="utf-8")
        found = json.loads(text)
        assert found["format"] == "ner-lime crf"
        assert found["format_version"] == 1
        assert found["labels"] == list(tagger.labels)
        assert found["parameters"] == {"c1": 0.02, "c2": 0.1, "max_iterations": 100, "all_possible_transitions": True}
        assert found["features"] == {"name": "window", "window": 2, "postags": False}
        assert found["sha256"]["model.crfsuite"] == sha256((folder / "model.crfsuite").read_bytes()).hexdigest()
        assert str(folder.parent) not in text

    def test_it_can_be_trained_again(self, folder):
        loaded = CRFTagger.load(folder)
        loaded.fit(TRAIN[:1])
        assert set(loaded.labels) == {"B-PER", "O", "B-LOC"}

    def test_folders_above_are_made(self, tagger, tmp_path):
        tagger.save(str(tmp_path / "a" / "b" / "model"))
        assert np.array_equal(proba(CRFTagger.load(tmp_path / "a" / "b" / "model")), proba(tagger))


class TestOwnFeatures:
    @pytest.fixture
    def folder(self, tmp_path):
        CRFTagger(features=shape).fit(TRAIN).save(tmp_path / "own")
        return tmp_path / "own"

    def test_given_again(self, folder):
        loaded = CRFTagger.load(folder, features=shape)
        assert np.array_equal(proba(loaded), proba(CRFTagger(features=shape).fit(TRAIN)))
        assert loaded.window == 0

    def test_not_given(self, folder):
        with pytest.raises(ModelFileError, match=r"is not stored: .*features="):
            CRFTagger.load(folder)

    def test_another_one(self, folder):
        with pytest.raises(ModelFileError, match="not the one"):
            CRFTagger.load(folder, features=other_shape)

    def test_given_without_need(self, tagger, tmp_path):
        tagger.save(tmp_path / "model")
        with pytest.raises(ModelFileError, match="without features="):
            CRFTagger.load(tmp_path / "model", features=shape)


class TestReplacing:
    def test_an_older_model_is_replaced_as_a_whole(self, folder):
        newer = CRFTagger(window=0).fit(TRAIN)
        newer.save(folder)
        assert np.array_equal(proba(CRFTagger.load(folder)), proba(newer))
        assert siblings(folder) == ["model"]

    def test_an_empty_folder(self, tagger, tmp_path):
        (tmp_path / "model").mkdir()
        tagger.save(tmp_path / "model")
        assert np.array_equal(proba(CRFTagger.load(tmp_path / "model")), proba(tagger))

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("thesis.txt", "do not lose me", "'thesis.txt', which is no part"),
            ("model.json", '{"format": "something else"}', "no model of ner-lime"),
            ("model.json", "not json", "expected JSON"),
            ("model.crfsuite", "alone", "expected a file of the model"),
        ],
    )
    def test_a_folder_that_is_no_model_stays(self, tagger, tmp_path, name, content, message):
        folder = tmp_path / "things"
        folder.mkdir()
        (folder / name).write_text(content)
        with pytest.raises(ModelFileError, match=message):
            tagger.save(folder)
        assert (folder / name).read_text() == content
        assert siblings(folder) == ["things"]

    def test_a_model_with_something_beside_it_stays(self, tagger, folder):
        (folder / "notes.md").write_text("mine")
        with pytest.raises(ModelFileError, match=r"notes\.md"):
            tagger.save(folder)
        assert (folder / "notes.md").read_text() == "mine"

    def test_a_file_stays(self, tagger, tmp_path):
        (tmp_path / "model").write_text("a file")
        with pytest.raises(ModelFileError, match="found a file"):
            tagger.save(tmp_path / "model")
        assert (tmp_path / "model").read_text() == "a file"

    @pytest.mark.parametrize("failing", ["first", "second"])
    def test_a_failing_disk_leaves_the_old_model(self, tagger, folder, monkeypatch, failing):
        rename, calls = Path.rename, []

        def fail(self, target):
            calls.append(self)
            if len(calls) == (1 if failing == "first" else 2):
                raise OSError("disk")
            return rename(self, target)

        monkeypatch.setattr(Path, "rename", fail)
        with pytest.raises(OSError, match="disk"):
            CRFTagger(window=0).fit(TRAIN).save(folder)
        monkeypatch.undo()
        assert np.array_equal(proba(CRFTagger.load(folder)), proba(tagger))
        assert siblings(folder) == ["model"]

    def test_a_full_disk_leaves_nothing_behind(self, tagger, tmp_path, monkeypatch):
        def fail(descriptor):
            raise OSError("full")

        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="full"):
            tagger.save(tmp_path / "model")
        assert list(tmp_path.iterdir()) == []


def rewrite(folder, **changes):
    """Change the description and mend its own digest, as a careful forger would."""
    path = folder / "model.json"
    found = {**json.loads(path.read_text(encoding="utf-8")), **changes}
    digests = found.pop("sha256")
    digests["model.json"] = sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()
    path.write_text(json.dumps({**found, "sha256": digests}), encoding="utf-8")


class TestRefusal:
    def test_a_rewritten_description_is_accepted_where_it_says_the_same(self, tagger, folder):
        rewrite(folder)
        assert np.array_equal(proba(CRFTagger.load(folder)), proba(tagger))

    @pytest.mark.parametrize("name", ["model.crfsuite", "model.json"])
    def test_a_missing_file(self, folder, name):
        (folder / name).unlink()
        with pytest.raises(ModelFileError, match=name):
            CRFTagger.load(folder)

    @pytest.mark.parametrize("name", ["model.crfsuite", "model.json"])
    def test_every_change_of_a_byte(self, folder, name):
        data = (folder / name).read_bytes()
        for at in range(0, len(data), max(1, len(data) // 60)):
            (folder / name).write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            with pytest.raises(ModelFileError):
                CRFTagger.load(folder)

    @pytest.mark.parametrize("name", ["model.crfsuite", "model.json"])
    def test_every_truncation(self, folder, name):
        data = (folder / name).read_bytes()
        for size in range(0, len(data) - 1, max(1, len(data) // 40)):
            (folder / name).write_bytes(data[:size])
            with pytest.raises(ModelFileError):
                CRFTagger.load(folder)

    def test_a_setting_changed_by_hand(self, folder):
        path = folder / "model.json"
        path.write_text(path.read_text(encoding="utf-8").replace('"window": 2', '"window": 1'), encoding="utf-8")
        with pytest.raises(ModelFileError, match="altered"):
            CRFTagger.load(folder)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"format_version": 2, "ner_lime_version": "9.9"}, r"found 2 of ner-lime '9\.9': update ner-lime"),
            ({"format": "other"}, "no model of ner-lime"),
            ({"labels": ["O"]}, "its labels are"),
            ({"labels": None}, "'labels' to be a list"),
            ({"parameters": {"c3": 1}}, "unknown parameters"),
            ({"parameters": []}, "'parameters' to be a dict"),
            ({"features": {"name": "window", "window": 7, "postags": False}}, "0 to 3"),
            ({"features": {"name": "window"}}, "expected features"),
            ({"features": {}}, "is not stored"),
        ],
    )
    def test_a_description_that_does_not_fit(self, folder, changes, message):
        rewrite(folder, **changes)
        with pytest.raises(ModelFileError, match=message):
            CRFTagger.load(folder)

    @pytest.mark.parametrize("text", ["", "[]", "null", "[" * 100_000, '{"format": "ner-lime crf"', "\udcff"])
    def test_a_description_that_is_no_json(self, folder, text):
        (folder / "model.json").write_bytes(text.encode("utf-8", "surrogateescape"))
        with pytest.raises(ModelFileError, match="expected"):
            CRFTagger.load(folder)

    def test_nothing_there(self, tmp_path):
        with pytest.raises(ModelFileError, match="nothing there"):
            CRFTagger.load(tmp_path / "missing")

    def test_a_plain_file(self, folder):
        with pytest.raises(ModelFileError, match="from_crfsuite"):
            CRFTagger.load(folder / "model.crfsuite")
