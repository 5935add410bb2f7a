"""`as_tagger`: every kind of model finds its adapter, and what is none is told what would be."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest

from ner_lime import CRFTagger, NERExplainer, Sentence, as_tagger
from ner_lime.errors import (
    InputError,
    LabelsOnlyWarning,
    MissingExtraError,
    ModelFileError,
    NotFittedError,
    UnsupportedTaggerError,
)
from ner_lime.taggers.kinds import OBJECTS, PATHS, adapter_of
from ner_lime.testing import Trigger, TriggerTagger

ROOT = Path(__file__).resolve().parents[3]
LABELS = ["O", "B-X"]


def even(sentences):
    return np.full((len(sentences), len(sentences[0]), 2), 0.5)


def made_in(module, **attributes):
    """An object whose class says that it is from `module`."""
    return type("Model", (), {"__module__": module, **attributes})()


class Predicts:
    def predict(self, sentences):
        return [["O"] * len(sentence) for sentence in sentences]


class Probabilities:
    def predict_proba(self, sentences):
        return even(sentences)


class TestKinds:
    def test_a_tagger_is_taken_as_it_is(self):
        tagger = TriggerTagger([Trigger.all_of("B-X", 0.5, "a")])
        assert as_tagger(tagger) is tagger

    def test_the_labels_of_a_tagger_are_not_asked_for(self):
        class Costly:
            @property
            def labels(self):
                raise AssertionError("asking may cost a call")

            def predict_proba(self, sentences):
                return even(sentences)

        tagger = Costly()
        assert as_tagger(tagger) is tagger

    @pytest.mark.parametrize(
        ("model", "adapter"),
        [
            (made_in("sklearn_crfsuite.estimator"), "crfsuite"),
            (made_in("pycrfsuite._pycrfsuite"), "crfsuite"),
            (made_in("transformers.models.bert", __call__=even), "transformers"),
            ((made_in("torch.nn"), made_in("transformers.tokenization")), "transformers"),
            (made_in("spacy.lang.en", __call__=even), "spacy"),
            (made_in("sklearn.pipeline", predict=even), "sklearn"),
            (made_in("elsewhere", predict=even, classes_=LABELS), "sklearn"),
            (even, "callable"),
            (Probabilities(), "callable"),
            (Predicts(), "labels_only"),
            ("https://example.org/tag", "http"),
            ("HTTP://localhost:8000", "http"),
        ],
    )
    def test_an_object_is_told_by_its_class_or_what_it_can_do(self, model, adapter):
        assert adapter_of(model).partition(":")[0] == adapter

    def test_a_class_that_inherits_from_a_library_is_of_the_library(self):
        base = type("Language", (), {"__module__": "spacy.language"})
        own = type("MyLanguage", (base,), {"__module__": "mine"})
        assert adapter_of(own()).startswith("spacy:")

    @pytest.mark.parametrize(
        ("files", "adapter"),
        [
            (("model.json", "model.crfsuite"), "crfsuite:from_folder"),
            (("config.json", "tokenizer.json", "model.safetensors"), "transformers"),
            (("config.json", "tokenizer.json", "model.safetensors", "model.onnx"), "transformers"),
            (("config.json", "pytorch_model.bin"), "transformers"),
            (("config.json", "tokenizer.json", "model.onnx"), "onnx"),
            (("config.json", "tokenizer.json", "model_quantized.onnx"), "onnx"),
            (("config.json", "tokenizer.json", "onnx/model.onnx"), "onnx"),
            (("model.crfsuite",), "crfsuite:from_folder"),
            (("model.json",), "crfsuite:from_folder"),
            (("config.cfg", "vocab"), "spacy"),
            (("tokenizer.json", "tokenizer_config.json", "model.safetensors"), "transformers"),
            (("config.json", "model.safetensors", "meta.json"), "transformers"),
            (("meta.json", "config.cfg", "vocab"), "spacy"),
        ],
    )
    def test_a_folder_is_told_by_its_files(self, tmp_path, files, adapter):
        for name in files:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).touch()
        assert adapter_of(tmp_path).startswith(adapter)
        assert adapter_of(str(tmp_path)).startswith(adapter)

    @pytest.mark.parametrize(("name", "adapter"), [("model.onnx", "onnx"), ("jobs.crfsuite", "crfsuite")])
    def test_a_file_is_told_by_its_name(self, tmp_path, name, adapter):
        (tmp_path / name).touch()
        assert adapter_of(tmp_path / name).startswith(adapter)

    def test_a_crfsuite_file_of_another_name_is_told_by_its_first_bytes(self, tmp_path):
        (tmp_path / "model").write_bytes(b"lCRF and so on")
        assert adapter_of(tmp_path / "model").startswith("crfsuite")
        for text in ("", "hello"):
            (tmp_path / "model").write_text(text)
            with pytest.raises(UnsupportedTaggerError, match="accepted are"):
                adapter_of(tmp_path / "model")

    @pytest.mark.parametrize("adapter", sorted({kind.adapter for kind in (*OBJECTS, *PATHS) if kind.adapter}))
    def test_every_adapter_exists_without_its_library(self, adapter):
        module, _, name = adapter.partition(":")
        assert callable(attrgetter(name)(import_module(f"ner_lime.taggers.{module}")))


class TestRefusal:
    @pytest.mark.parametrize("model", [None, 3, object(), {"O": 1.0}, [["O"]], TriggerTagger, Predicts])
    def test_what_is_no_model_is_told_what_is_accepted(self, model):
        with pytest.raises(UnsupportedTaggerError) as caught:
            as_tagger(model)
        message = str(caught.value)
        for word in (
            "predict_proba(sentences)",
            "sklearn_crfsuite",
            "Hugging Face",
            "spaCy",
            "ONNX",
            "http",
            "function",
        ):
            assert word in message
        assert "\n" not in message

    def test_a_class_is_named_as_such(self):
        with pytest.raises(UnsupportedTaggerError, match="found the class TriggerTagger itself"):
            as_tagger(TriggerTagger)

    def test_the_explainer_says_it_too(self):
        with pytest.raises(UnsupportedTaggerError, match="found int"):
            NERExplainer(3)

    @pytest.mark.parametrize(
        "path", ["no/such/model", Path("no/such/model"), "dslim/bert-base-NER", "x" * 5000, "nul\0"]
    )
    def test_nothing_at_a_path(self, path):
        with pytest.raises(ModelFileError, match="found nothing there"):
            as_tagger(path)

    def test_a_folder_that_holds_no_model(self, tmp_path):
        (tmp_path / "notes.txt").touch()
        with pytest.raises(UnsupportedTaggerError, match="the folder of a saved CRFTagger"):
            as_tagger(tmp_path)

    @pytest.mark.parametrize("missing", ["model.json", "model.crfsuite"])
    def test_half_a_saved_crf_names_what_is_missing(self, tmp_path, missing):
        CRFTagger().fit([Sentence(("Anna", "saw"), ("B-X", "O"))]).save(tmp_path / "model")
        (tmp_path / "model" / missing).unlink()
        with pytest.raises(ModelFileError, match=f"{missing}: expected"):
            as_tagger(tmp_path / "model")

    @pytest.mark.parametrize(
        ("files", "missing"),
        [
            (("tokenizer.json", "tokenizer_config.json", "model.safetensors"), "config.json"),
            (("config.json", "tokenizer.json", "model.safetensors"), "tokenizer_config.json"),
            (("config.json", "tokenizer.json", "tokenizer_config.json"), "model.safetensors"),
            (("config.json", "model.onnx"), "tokenizer.json"),
            (("tokenizer.json", "onnx/model.onnx"), "config.json"),
            (("config.cfg",), "meta.json"),
            (("meta.json",), "config.cfg"),
        ],
    )
    def test_half_a_folder_names_what_is_missing(self, tmp_path, files, missing):
        for name in files:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).touch()
        with pytest.raises(ModelFileError, match=f"expected .*, found no .*{missing}"):
            as_tagger(tmp_path)

    def test_an_option_of_another_kind(self):
        with pytest.raises(InputError, match=r"made of function takes labels=, batch_size=: found features="):
            as_tagger(even, labels=LABELS, features=len)

    def test_an_option_for_a_tagger(self):
        with pytest.raises(InputError, match=r"made of TriggerTagger takes no options: found labels="):
            as_tagger(TriggerTagger([]), labels=LABELS)

    def test_options_that_a_class_method_hands_on_are_known(self, tmp_path):
        for name in ("config.json", "model.onnx"):
            (tmp_path / name).touch()
        with pytest.raises(InputError, match=r"takes .*aggregation=.*: found colour="):
            as_tagger(tmp_path, colour="red")

    def test_an_untrained_crf(self):
        with pytest.raises(NotFittedError, match="call fit"):
            as_tagger(CRFTagger()).labels  # noqa: B018 - the access is what is tested


class TestRouting:
    def test_a_saved_crf(self, tmp_path):
        trained = CRFTagger().fit([Sentence(("Anna", "saw", "Ben"), ("B-X", "O", "B-X"))])
        trained.save(tmp_path / "model")
        tagger = as_tagger(tmp_path / "model")
        assert isinstance(tagger, CRFTagger)
        assert np.array_equal(tagger.predict_proba([["Anna"]])[0], trained.predict_proba([["Anna"]])[0])

    def test_a_function_reaches_the_explainer(self):
        explanation = NERExplainer(as_tagger(even, labels=LABELS)).explain(["a", "b"])
        assert explanation.labels == ("O", "B-X")
        assert np.abs(explanation.weights).max() == 0.0

    def test_labels_only_warns_where_it_was_called(self):
        with pytest.warns(LabelsOnlyWarning, match="whether a label flips") as caught:
            as_tagger(Predicts(), labels=LABELS)
        assert Path(caught[0].filename) == Path(__file__)

    def test_a_missing_library_is_named(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "httpx", None)
        monkeypatch.delitem(sys.modules, "ner_lime.taggers.http.client", raising=False)
        with pytest.raises(MissingExtraError, match=r"httpx is not installed.*pip install 'ner-lime\[http\]'"):
            as_tagger("http://localhost:1")


HEAVY = (
    "httpx",
    "tenacity",
    "sklearn",
    "sklearn_crfsuite",
    "pycrfsuite",
    "transformers",
    "torch",
    "onnxruntime",
    "spacy",
)


def test_nothing_heavy_is_imported_to_tell_a_kind():
    code = (
        "import sys\n"
        "from ner_lime import as_tagger\n"
        "as_tagger(len, labels=['O'])\n"
        f"print(sorted({set(HEAVY)} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
