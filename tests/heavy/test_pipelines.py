"""What is explained of a text is what the model's own pipeline says of it: ids, words, probabilities, settings."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ner_lime as nl
from ner_lime.corpus.sentence import as_sentence
from ner_lime.errors import ModelFileError, UnsupportedTaggerError
from ner_lime.taggers.answers import ask
from ner_lime.taggers.onnx import OnnxTagger
from ner_lime.taggers.text import TextToken, tagger_tokens
from ner_lime.taggers.transformers import TransformersTagger

from ..texts import odd_texts

for library in ("torch", "transformers", "onnxruntime"):
    pytest.importorskip(library, reason="needs torch, transformers and onnxruntime: scripts/test --all")

pytestmark = pytest.mark.heavy

TEXTS = odd_texts()
LABELS = ["O", "B-PER", "I-PER"]
SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
SPECIAL = {
    "bert": ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
    "roberta": ["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
    "unigram": ["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
}


def trained_tokenizer(kind: str) -> Any:
    """A fast tokenizer of a family, trained on the texts themselves."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    special = SPECIAL[kind]
    if kind == "bert":
        own = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        own.normalizer, own.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(vocab_size=300, special_tokens=special, show_progress=False)
        own.train_from_iterator(TEXTS, trainer)
        own.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
        names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), special, strict=True))
    elif kind == "roberta":
        own = Tokenizer(models.BPE())
        own.pre_tokenizer, own.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(
            vocab_size=500, special_tokens=special, initial_alphabet=alphabet, show_progress=False
        )
        own.train_from_iterator(TEXTS, trainer)
        own.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
        names = dict(zip(("cls_token", "pad_token", "sep_token", "unk_token", "mask_token"), special, strict=True))
    else:
        own = Tokenizer(models.Unigram())
        own.normalizer, own.pre_tokenizer = normalizers.NFKC(), pre_tokenizers.Metaspace()
        trainer = trainers.UnigramTrainer(
            vocab_size=300, special_tokens=special, unk_token="<unk>", show_progress=False
        )
        own.train_from_iterator(TEXTS, trainer)
        own.post_processor = processors.TemplateProcessing(
            single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
        )
        names = dict(zip(("cls_token", "pad_token", "sep_token", "unk_token", "mask_token"), special, strict=True))
    return PreTrainedTokenizerFast(tokenizer_object=own, model_max_length=256, **names)


@pytest.fixture(scope="module", params=["bert", "roberta", "unigram"])
def pair(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    """A model of random weights, and its tokenizer."""
    import torch
    from transformers import (
        BertConfig,
        BertForTokenClassification,
        RobertaConfig,
        RobertaForTokenClassification,
        XLMRobertaConfig,
        XLMRobertaForTokenClassification,
    )

    tokenizer = trained_tokenizer(request.param)
    configuration, made = {
        "bert": (BertConfig, BertForTokenClassification),
        "roberta": (RobertaConfig, RobertaForTokenClassification),
        "unigram": (XLMRobertaConfig, XLMRobertaForTokenClassification),
    }[request.param]
    torch.manual_seed(0)
    config = configuration(
        vocab_size=len(tokenizer),
        max_position_embeddings=260,
        id2label=dict(enumerate(LABELS)),
        label2id={label: number for number, label in enumerate(LABELS)},
        initializer_range=0.3,
        pad_token_id=tokenizer.pad_token_id,
        **SIZES,
    )
    return made(config).eval(), tokenizer


@pytest.fixture(scope="module", params=["transformers", "onnx"])
def tagger(
    request: pytest.FixtureRequest, pair: tuple[Any, Any], export_onnx: Any, tmp_path_factory: pytest.TempPathFactory
) -> TransformersTagger | OnnxTagger:
    model, tokenizer = pair
    if request.param == "transformers":
        return TransformersTagger(model, tokenizer)
    folder = tmp_path_factory.mktemp("onnx")
    export_onnx(model, folder)
    tokenizer.save_pretrained(folder)
    model.config.save_pretrained(folder)
    return OnnxTagger.from_model(folder)


def words_of(tagger: Any, text: str) -> Any:
    return tagger_tokens(tagger, as_sentence(text, tagger.tokenize))


@pytest.fixture(scope="module")
def pipe(pair: tuple[Any, Any], tagger: Any) -> Callable[[str], list[dict[str, Any]]]:
    """What the model's own pipeline finds in a text: the label and score of every subword, and where it stands.

    An ONNX file has no pipeline here: its session is run on what the tokenizer makes of the text.
    """
    from transformers import pipeline

    model, tokenizer = pair
    if isinstance(tagger, TransformersTagger):
        return pipeline("token-classification", model=model, tokenizer=tokenizer, ignore_labels=[])

    def run(text: str) -> list[dict[str, Any]]:
        encoding = tokenizer(text, return_offsets_mapping=True, return_special_tokens_mask=True)
        ids = np.asarray([encoding["input_ids"]])
        logits = tagger._forward(ids, np.ones_like(ids))[0]
        scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        return [
            {"entity": LABELS[row.argmax()], "score": row.max(), "start": start, "end": end}
            for row, (start, end), special in zip(
                scores, encoding["offset_mapping"], encoding["special_tokens_mask"], strict=True
            )
            if not special
        ]

    return run


def test_the_ids_of_a_text_are_the_pipeline_s(pair: tuple[Any, Any], tagger: Any) -> None:
    assert len(TEXTS) == 200
    _, tokenizer = pair
    vocabulary = tagger._vocabulary
    for text in TEXTS:
        words = words_of(tagger, text)
        (encoded,) = vocabulary.sentences([words])
        ids = [*vocabulary.prefix, *encoded.ids.tolist(), *vocabulary.suffix]
        assert ids == tokenizer(text)["input_ids"], text


def test_the_probabilities_of_a_text_are_the_pipeline_s(pipe: Any, tagger: Any) -> None:
    """Of every word the first subword's, at 1e-6."""
    compared = 0
    for text in TEXTS:
        sentence = as_sentence(text, tagger.tokenize)
        if not sentence.tokens:
            assert not [found for found in pipe(text) if text[found["start"] : found["end"]].strip()]
            continue
        (answer,) = ask(tagger, [tagger_tokens(tagger, sentence)])
        firsts: dict[int, Any] = {}
        for found in pipe(text):
            start = found["start"]
            while start < found["end"] and text[start].isspace():
                start += 1
            if start < found["end"]:  # not a space of its own
                firsts.setdefault(start, found)
        for (start, _), row in zip(sentence.offsets or (), answer, strict=True):
            assert LABELS[row.argmax()] == firsts[start]["entity"]
            assert row.max() == pytest.approx(float(firsts[start]["score"]), abs=1e-6)
            compared += 1
    assert compared > 700


def test_words_cover_what_is_no_space(tagger: Any) -> None:
    """But for characters that the tokenizer drops."""
    for text in TEXTS:
        tokens, offsets = tagger.tokenize(text)
        assert all(
            text[start:end] == token and token.strip() == token
            for token, (start, end) in zip(tokens, offsets, strict=True)
        )
        assert all(end <= start for (_, end), (start, _) in pairwise(offsets))
        assert all(isinstance(word, TextToken) for word in words_of(tagger, text))


def test_a_hidden_word_is_masked_within_the_text(pair: tuple[Any, Any], tagger: Any) -> None:
    """Nothing else changes, no space either."""
    _, tokenizer = pair
    mask = tokenizer.mask_token_id
    for text in TEXTS[::5]:
        words = words_of(tagger, text)
        if not words:
            continue
        prepared = tagger.under_masks(words, (tagger.mask_string(words),) * len(words))
        assert prepared is not None
        for k in range(len(words)):
            own = prepared.owner == k
            assert own.any()
            changed = prepared.shown != prepared.hidden
            assert (prepared.hidden[own] == mask).all()
            assert not changed[prepared.owner < 0].any()
        shown = prepared.marginals(np.ones((1, len(words)), dtype=bool))[0]
        assert shown == pytest.approx(tagger.predict_proba([words])[0], abs=1e-6)


def test_a_replaced_word_is_the_pipeline_on_the_other_text(pipe: Any, tagger: Any) -> None:
    text = "Ana Lund, an engineer (from Oslo), can't come."
    words = words_of(tagger, text)
    explainer = nl.NERExplainer(tagger, masking=nl.MaskString("Ulrika"), n_samples=8)
    function = explainer.mask_function(text)
    hide = words.index("Lund") if "Lund" in words else words.index("Lund,")
    mask = np.ones((1, len(words)), dtype=bool)
    mask[0, hide] = False
    other = text.replace("Lund," if "Lund," in words else "Lund", "Ulrika")
    answer = function(mask)[0]
    first = pipe(other)[0]
    assert answer[0].max() == pytest.approx(float(first["score"]), abs=1e-6)


def test_the_explainer_explains_the_text(pipe: Any, tagger: Any) -> None:
    text = "  Ana Lund, an engineer (from Oslo),\nworks at Acme-Labs.  "
    explanation = nl.NERExplainer(tagger, n_samples=8).explain(text)
    assert explanation.text == text
    first = next(found for found in pipe(text) if text[found["start"] : found["end"]].strip())
    assert explanation.probabilities[0].max() == pytest.approx(float(first["score"]), abs=1e-6)
    again = nl.Explanation.from_dict(json.loads(json.dumps(explanation.to_dict())))
    assert again.tokens == explanation.tokens


@pytest.fixture(scope="module")
def bert() -> tuple[Any, Any]:
    import torch
    from transformers import BertConfig, BertForTokenClassification

    torch.manual_seed(5)
    tokenizer = trained_tokenizer("bert")
    names = dict(enumerate(LABELS))
    config = BertConfig(vocab_size=len(tokenizer), id2label=names, initializer_range=0.5, **SIZES)
    return BertForTokenClassification(config).eval(), tokenizer


class TestSettings:
    """Settings and inputs of a model are taken, or the model is refused."""

    WORDS = "anaworks oslojob engineerlab"

    @pytest.mark.parametrize(("strategy", "own"), [("first", "first"), ("average", "mean"), ("max", "max")])
    def test_the_aggregation_of_a_pipeline_is_its_own(self, bert: tuple[Any, Any], strategy: str, own: Any) -> None:
        from transformers import pipeline

        pipe = pipeline("token-classification", model=bert[0], tokenizer=bert[1], aggregation_strategy=strategy)
        answer, expected = (
            nl.as_tagger(model, **options).predict_proba([self.WORDS.split()])[0]
            for model, options in ((pipe, {}), (bert, {"aggregation": own}))
        )
        assert np.array_equal(answer, expected)
        assert nl.as_tagger(pipe, aggregation="first")._aggregation == "first"

    @pytest.mark.parametrize("strategy", ["none", "simple"])
    def test_a_pipeline_that_labels_subwords_says_nothing_of_words(self, bert: tuple[Any, Any], strategy: str) -> None:
        from transformers import pipeline

        pipe = pipeline("token-classification", model=bert[0], tokenizer=bert[1], aggregation_strategy=strategy)
        assert nl.as_tagger(pipe)._aggregation == "first"

    def test_a_model_that_reads_boxes_is_refused(self, bert: tuple[Any, Any]) -> None:
        from transformers import LayoutLMConfig, LayoutLMForTokenClassification

        config = LayoutLMConfig(vocab_size=len(bert[1]), id2label=dict(enumerate(LABELS)), **SIZES)
        with pytest.raises(UnsupportedTaggerError, match="LayoutLMForTokenClassification, which also reads bbox"):
            nl.NERExplainer((LayoutLMForTokenClassification(config), bert[1]))

    def test_a_model_of_several_labels_a_token_is_refused(self, bert: tuple[Any, Any], tmp_path: Path) -> None:
        from copy import deepcopy

        model = deepcopy(bert[0])
        model.config.problem_type = "multi_label_classification"
        with pytest.raises(UnsupportedTaggerError, match="several labels a token"):
            nl.as_tagger((model, bert[1]))
        model.save_pretrained(tmp_path)
        bert[1].save_pretrained(tmp_path)
        with pytest.raises(ModelFileError, match="several labels a token"):
            nl.as_tagger(tmp_path)


def test_a_dynamically_quantised_model_is_asked_one_by_one(
    transformer: Path, onnx_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its answers depend on the other rows of a batch; one by one they are those of a function."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    for name in ("config.json", "tokenizer.json"):
        shutil.copy(onnx_folder / name, tmp_path)
    quantize_dynamic(onnx_folder / "model.onnx", tmp_path / "model.onnx", weight_type=QuantType.QInt8)
    with caplog.at_level("WARNING", logger="ner_lime"):
        tagger = nl.as_tagger(tmp_path)
    assert "one sequence at a time" in caplog.text
    assert tagger.batch_size == 1
    sentences = [["Web", "design"], ["Proven", "experience", "with", "Java"], ["6+", "years", "of", "C++"]]
    for words, answer in zip(sentences, tagger.predict_proba(sentences), strict=True):
        assert np.array_equal(answer, tagger.predict_proba([words])[0])
    explanation = nl.NERExplainer(tagger, n_samples=32).explain(["Web", "design"])
    assert explanation.weights.shape[2] == 2
    caplog.clear()
    assert nl.as_tagger(onnx_folder).batch_size > 1
    assert not caplog.text
