"""Transformers and ONNX models of whole inputs: what is adapted says what the model says."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import ner_lime as nl
from ner_lime.errors import InputError, ModelFileError, UnsupportedClassifierError

torch = pytest.importorskip("torch", reason="needs torch and transformers: scripts/test --all")
transformers = pytest.importorskip("transformers", reason="needs torch and transformers: scripts/test --all")

pytestmark = pytest.mark.heavy

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ["hello there Saturn", "a much longer text about baking bread in a hot oven"]
TOPICS = ["astronomy", "baking", "cycling", "gardening"]


@pytest.fixture(scope="module")
def pair():
    sys.path.insert(0, str(ROOT / "scripts"))
    from small_transformer import make_model, make_tokenizer

    mails = [json.loads(line) for line in (ROOT / "data/mail/test.jsonl").read_text(encoding="utf-8").splitlines()]
    tokenizer = make_tokenizer([nl.Sentence(mail["body"].split(), None, 0) for mail in mails])
    torch.manual_seed(0)
    config = make_model(tokenizer, TOPICS, layers=1, hidden=32).config
    config.initializer_range = 0.5
    return transformers.BertForSequenceClassification(config).eval(), tokenizer


@pytest.fixture(scope="module")
def folder(pair, tmp_path_factory):
    path = tmp_path_factory.mktemp("sequence-classifier")
    for part in pair:
        part.save_pretrained(path)
    return path


def expected(pair, texts=TEXTS):
    model, tokenizer = pair
    rows = []
    for text in texts:
        with torch.inference_mode():
            rows.append(torch.softmax(model(**tokenizer(text, return_tensors="pt")).logits, dim=1)[0].numpy())
    return np.array(rows)


def test_pair_pipeline_and_folder(pair, folder):
    classifier = nl.as_classifier(pair)
    assert (classifier.classes, classifier.mask_token) == (tuple(TOPICS), "[MASK]")
    pipeline = transformers.pipeline("text-classification", model=pair[0], tokenizer=pair[1])
    for one in (classifier, nl.as_classifier(pipeline), nl.as_classifier(folder)):
        np.testing.assert_allclose(one(TEXTS), expected(pair), atol=1e-5)


def test_whole_words_are_masked_over_their_subwords(pair):
    explainer = nl.TextExplainer(pair, n_samples=64)
    text = "Saturn was unbelievably bright"
    masks = explainer.mask_function(text)
    assert masks.texts(np.array([[True, True, False, True]])) == ["Saturn was [MASK] bright"]
    e = explainer.explain(text)
    assert e.settings.engine == "exact"
    assert e.probability == pytest.approx(expected(pair, [text]).max(), abs=1e-5)


def test_long_texts_are_cut_where_the_model_ends(pair):
    assert nl.as_classifier(pair)(["word " * 5000]).shape == (1, 4)


def test_onnx_says_the_same(pair, tmp_path, export_onnx):
    pytest.importorskip("onnxruntime")
    model, tokenizer = pair
    export_onnx(model, tmp_path)
    tokenizer.save_pretrained(tmp_path)
    model.config.save_pretrained(tmp_path)
    classifier = nl.as_classifier(tmp_path)
    assert (classifier.classes, classifier.mask_token) == (tuple(TOPICS), "[MASK]")
    np.testing.assert_allclose(classifier(TEXTS), expected(pair), atol=1e-4)


def test_pictures_through_a_transformer():
    from transformers import ViTConfig, ViTForImageClassification

    config = ViTConfig(
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        image_size=32,
        patch_size=8,
        id2label={0: "fox", 1: "owl"},
    )

    def processor(images, return_tensors):
        assert all(image.dtype == np.uint8 and image.shape == (32, 32, 3) for image in images)
        pixels = torch.tensor(np.stack(images).transpose(0, 3, 1, 2) / 255.0, dtype=torch.float32)
        return transformers.BatchFeature({"pixel_values": pixels})

    classifier = nl.as_classifier((ViTForImageClassification(config), processor), input="image")
    image = np.random.default_rng(0).random((32, 32))
    e = nl.ImageExplainer(classifier, segmentation="grid", n_samples=64).explain(image)
    assert set(e.labels) == {"fox", "owl"}


def test_what_is_refused(pair, folder, tmp_path):
    from small_transformer import make_model

    tagger = make_model(pair[1], ["O", "B-X"], layers=1, hidden=32)
    with pytest.raises(UnsupportedClassifierError, match="as_tagger"):
        nl.as_classifier((tagger, pair[1]))
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["BertForTokenClassification"]}))
    with pytest.raises(ModelFileError, match="BertForTokenClassification"):
        nl.as_classifier(tmp_path)
    with pytest.raises(InputError, match="found color="):
        nl.as_classifier(folder, color=1)
