"""The transformers adapter against the library's own pipeline and its own alignment of words and subwords."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ner_lime import Corpus, NERExplainer, as_tagger
from ner_lime.errors import InputError, ModelFileError, UnsupportedTaggerError
from ner_lime.taggers.transformers import TransformersTagger

NEEDS = "needs torch and transformers: scripts/test --all"
torch = pytest.importorskip("torch", reason=NEEDS)
transformers = pytest.importorskip("transformers", reason=NEEDS)


pytestmark = pytest.mark.heavy

TEXT = "6+ years of Web UI/UX design experience , fluent German and a Bachelor's degree in Biochemistry"


def by_hand(tagger_folder: Path, words: list[str], hidden: tuple[int, ...] = ()) -> list[np.ndarray[Any, Any]]:
    """For each word the probabilities of its subwords, from the library's word_ids; hidden words are all [MASK]."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(tagger_folder)
    model = transformers.AutoModelForTokenClassification.from_pretrained(tagger_folder).eval()
    encoded = tokenizer(words, is_split_into_words=True, return_tensors="pt")
    owners = encoded.word_ids()
    for place, owner in enumerate(owners):
        if owner in hidden:
            encoded["input_ids"][0, place] = tokenizer.mask_token_id
    with torch.no_grad():
        probabilities = model(**encoded).logits[0].double().softmax(-1).numpy()
    return [probabilities[[owner == word for owner in owners]] for word in range(len(words))]


def test_a_word_is_read_from_its_subwords(transformer: Path) -> None:
    words = TEXT.split()
    subwords = by_hand(transformer, words)
    assert max(len(rows) for rows in subwords) > 2
    expected = {
        "first": [rows[0] for rows in subwords],
        "mean": [rows.mean(axis=0) for rows in subwords],
        "max": [rows[rows.max(axis=1).argmax()] for rows in subwords],
    }
    for aggregation, rows in expected.items():
        tagger = TransformersTagger.from_folder(transformer, aggregation=aggregation)
        np.testing.assert_allclose(tagger.predict_proba([words])[0], rows, atol=1e-5)


def test_the_pipeline_says_the_same(tagger: TransformersTagger, transformer: Path, test_part: Corpus) -> None:
    pipe = transformers.pipeline("token-classification", str(transformer), ignore_labels=[])
    sentences = [list(sentence.tokens) for sentence in test_part if len(sentence.tokens) < 60]
    assert len(sentences) > 100
    compared = 0
    for words, answer in zip(sentences, tagger.predict_proba(sentences), strict=True):
        starts = np.cumsum([0, *[len(word) + 1 for word in words[:-1]]]).tolist()
        found = {entity["start"]: entity for entity in pipe(" ".join(words))}
        for word, start in enumerate(starts):
            entity = found[start]
            assert tagger.labels[answer[word].argmax()] == entity["entity"]
            assert answer[word].max() == pytest.approx(float(entity["score"]), abs=1e-5)
            compared += 1
    assert compared > 3000


@pytest.mark.parametrize(("ours", "theirs"), [("first", "first"), ("mean", "average"), ("max", "max")])
def test_aggregations_are_those_of_the_pipeline(transformer: Path, ours: str, theirs: str) -> None:
    pipe = transformers.pipeline(
        "token-classification", str(transformer), ignore_labels=[], aggregation_strategy=theirs
    )
    tagger = TransformersTagger.from_folder(transformer, aggregation=ours)
    for word in ("Accreditation", "biochemistry", "bookkeeping", "subcontracting", "multidisciplinary"):
        (entity,) = pipe(word)
        assert tagger.predict_proba([[word]])[0].max() == pytest.approx(float(entity["score"]), abs=1e-5)


@pytest.mark.parametrize("aggregation", ["first", "mean"])
def test_a_hidden_word_is_hidden_in_all_its_subwords(transformer: Path, aggregation: str) -> None:
    words = TEXT.split()
    tagger = TransformersTagger.from_folder(transformer, aggregation=aggregation)
    prepared = tagger.under_masks(words, [tagger.mask_string(words)] * len(words), 0, len(words))
    assert prepared is not None
    masks = np.random.default_rng(0).random((6, len(words))) < 0.6
    for mask, answer in zip(masks, prepared.marginals(masks), strict=True):
        subwords = by_hand(transformer, words, tuple(np.flatnonzero(~mask)))
        expected = [rows[0] if aggregation == "first" else rows.mean(axis=0) for rows in subwords]
        np.testing.assert_allclose(answer, expected, atol=1e-5)


def test_the_mask_string_is_one_mask_token(tagger: TransformersTagger) -> None:
    assert tagger.mask_string(["a"]) == "[MASK]"
    words = ["years", "[MASK]", "Python"]
    hidden = tagger.under_masks(["years", "of", "Python"], ["[MASK]"] * 3)
    assert hidden is not None
    answer = hidden.marginals(np.asarray([[True, False, True]]))[0]
    np.testing.assert_allclose(tagger.predict_proba([words])[0], answer, atol=1e-5)


@pytest.mark.parametrize("strange", ["\u200b", "\x00", "\u202e", " ", "\t", "\ufffd", "🦊", "字", "[SEP]", "a" * 500])
def test_strange_words_have_a_row_like_any_other(tagger: TransformersTagger, strange: str) -> None:
    answer = tagger.predict_proba([["two", strange, "years"]])[0]
    assert answer.shape == (3, len(tagger.labels))
    np.testing.assert_allclose(answer.sum(axis=1), 1.0, atol=1e-9)


def test_a_word_that_the_tokenizer_drops_is_an_unknown_word(tagger: TransformersTagger) -> None:
    dropped, unknown = tagger.predict_proba([["two", "\u200b", "years"], ["two", "[UNK]", "years"]])
    np.testing.assert_allclose(dropped, unknown, atol=1e-6)


def test_long_sentences_go_through_windows(tagger: TransformersTagger) -> None:
    words = ["years", "of", "experience", "with", "the", "design"] * 60  # one subword each
    assert [len(rows) for rows in tagger._vocabulary.words([words])[0]] == [1] * 360
    answer = tagger.predict_proba([words])[0]
    assert answer.shape == (360, len(tagger.labels))
    # The model sees 128 subwords, [CLS] and [SEP] among them; windows overlap by a quarter.
    np.testing.assert_allclose(answer[:110], tagger.predict_proba([words[:126]])[0][:110], atol=1e-5)
    np.testing.assert_allclose(answer[-80:], tagger.predict_proba([words[-126:]])[0][-80:], atol=1e-5)
    prepared = tagger.under_masks(words, ["[MASK]"] * 360, 100, 120)
    assert prepared is not None
    masks = np.ones((2, 20), dtype=bool)
    masks[1, 4:8] = False
    hidden = [*words[:104], *["[MASK]"] * 4, *words[108:]]
    expected = tagger.predict_proba([words, hidden])
    np.testing.assert_allclose(prepared.marginals(masks), [rows[100:120] for rows in expected], atol=1e-5)


def test_precision_and_device_are_options(tagger: TransformersTagger, transformer: Path) -> None:
    words = TEXT.split()
    whole = tagger.predict_proba([words])[0]
    half = TransformersTagger.from_folder(transformer, dtype="bfloat16", device="cpu").predict_proba([words])[0]
    assert 0 < np.abs(half - whole).max() < 0.1
    np.testing.assert_allclose(half.sum(axis=1), 1.0, atol=1e-9)
    anywhere = TransformersTagger.from_folder(transformer, device="auto").predict_proba([words])[0]
    np.testing.assert_allclose(anywhere, whole, atol=1e-3)
    with pytest.raises(InputError, match="int8"):
        TransformersTagger.from_folder(transformer, dtype="int8")
    with pytest.raises(InputError, match="at most 128"):
        TransformersTagger.from_folder(transformer, max_length=129)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"device": "gpu"}, "device of this machine.*'gpu'"),
        ({"device": "cuda:99"}, "device of this machine.*'cuda:99'"),
        ({"batch_size": 2.5}, "batch_size"),
        ({"max_length": 0}, "max_length to be a whole number of at least 1"),
        ({"max_length": "12"}, "max_length"),
    ],
)
def test_options_out_of_range_are_refused(transformer: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        TransformersTagger.from_folder(transformer, **options)
    assert "\n" not in str(caught.value)


def test_labels_are_numbered_from_0_and_differ(transformer: Path) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(transformer)
    model = transformers.AutoModelForTokenClassification.from_pretrained(transformer)
    model.config.id2label = {1: "O", 2: "B-X"}
    with pytest.raises(UnsupportedTaggerError, match="labels numbered from 0"):
        as_tagger((model, tokenizer))
    model.config.id2label = {0: "O", 1: "O"}
    with pytest.raises(InputError, match="every label once"):
        as_tagger((model, tokenizer))


def test_a_tagger_shows_what_it_is(tagger: TransformersTagger) -> None:
    assert repr(tagger) == f"TransformersTagger({len(tagger.labels)} labels, max_length=128)"


def test_a_model_in_training_mode_is_put_into_evaluation_mode(transformer: Path) -> None:
    model = transformers.AutoModelForTokenClassification.from_pretrained(transformer).train()
    tagger = as_tagger((model, transformers.AutoTokenizer.from_pretrained(transformer)))
    one, other = tagger.predict_proba([TEXT.split()]), tagger.predict_proba([TEXT.split()])
    np.testing.assert_array_equal(one[0], other[0])


def test_pair_pipeline_and_folder_are_the_same_tagger(tagger: TransformersTagger, transformer: Path) -> None:
    pipe = transformers.pipeline("token-classification", str(transformer))
    expected = tagger.predict_proba([TEXT.split()])[0]
    for source in ((pipe.model, pipe.tokenizer), pipe, transformer, str(transformer)):
        found = as_tagger(source)
        assert isinstance(found, TransformersTagger)
        assert found.labels == tagger.labels
        np.testing.assert_allclose(found.predict_proba([TEXT.split()])[0], expected, atol=1e-6)
    for wrong in (pipe.model, (pipe.tokenizer, pipe.model)):
        with pytest.raises(UnsupportedTaggerError):
            TransformersTagger.from_model(wrong)


def test_only_a_folder_with_a_trained_classifier_in_safetensors_is_read(transformer: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="expected a folder"):
        TransformersTagger.from_folder(tmp_path / "nothing")
    model = transformers.AutoModelForTokenClassification.from_pretrained(transformer)
    tokenizer = transformers.AutoTokenizer.from_pretrained(transformer)

    headless = tmp_path / "headless"
    model.bert.save_pretrained(headless)
    tokenizer.save_pretrained(headless)
    with pytest.raises(ModelFileError, match="expected a model for token classification, found BertModel"):
        TransformersTagger.from_folder(headless)
    shutil.copy(transformer / "config.json", headless)
    with pytest.raises(ModelFileError, match="no weights for classifier"):
        TransformersTagger.from_folder(headless)

    pickled = tmp_path / "pickled"
    tokenizer.save_pretrained(pickled)
    shutil.copy(transformer / "config.json", pickled)
    torch.save(model.state_dict(), pickled / "pytorch_model.bin")
    with pytest.raises(ModelFileError, match=r"no token classifier could be read: .* allow_pickle=True"):
        TransformersTagger.from_folder(pickled)
    allowed = as_tagger(str(pickled), allow_pickle=True)
    words = TEXT.split()
    own = TransformersTagger.from_folder(transformer).predict_proba([words])[0]
    np.testing.assert_allclose(allowed.predict_proba([words])[0], own, atol=1e-6)

    broken = tmp_path / "broken"
    model.save_pretrained(broken)
    tokenizer.save_pretrained(broken)
    (broken / "model.safetensors").write_bytes(b"\x08\x00\x00\x00\x00\x00\x00\x00{}      ")
    with pytest.raises(ModelFileError):
        TransformersTagger.from_folder(broken)


FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")


@pytest.mark.parametrize("missing", FILES)
def test_half_a_folder_names_what_is_missing(transformer: Path, tmp_path: Path, missing: str) -> None:
    folder = tmp_path / "half"
    shutil.copytree(transformer, folder)
    assert {path.name for path in folder.iterdir()} == set(FILES)
    (folder / missing).unlink()
    with pytest.raises(ModelFileError, match=missing) as caught:
        as_tagger(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"), [*itertools.product(FILES, ["", "{", "[]"]), *((name, "{}") for name in FILES[:3])]
)
def test_damaged_files_say_what_the_library_says(transformer: Path, tmp_path: Path, name: str, content: str) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(transformer, folder)
    (folder / name).write_text(content)
    with pytest.raises(ModelFileError, match=r"[A-Z]\w+(Error|Exception)\b|id2label|\bException") as caught:
        as_tagger(folder)
    assert "\n" not in str(caught.value)


def test_a_tokenizer_that_the_library_invents_is_refused(transformer: Path, tmp_path: Path) -> None:
    folder = tmp_path / "invented"
    shutil.copytree(transformer, folder)
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer"}')
    with pytest.raises(ModelFileError, match=r"special tokens only: .*tokenizer\.json"):
        as_tagger(folder)


def test_a_classifier_of_sentences_is_refused(transformer: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sentences"
    shutil.copytree(transformer, folder)
    config = transformers.AutoConfig.from_pretrained(transformer)
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    with pytest.raises(ModelFileError, match="token classification, found BertForSequenceClassification"):
        as_tagger(folder)


def test_code_in_a_folder_runs_only_where_it_is_allowed(
    transformer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    folder, ran = tmp_path / "custom", tmp_path / "ran"
    shutil.copytree(transformer, folder)
    (folder / "modeling_custom.py").write_text(
        f"open({str(ran)!r}, 'w').close()\n"
        "from transformers import BertConfig, BertForTokenClassification\n"
        "class CustomConfig(BertConfig):\n"
        "    model_type = 'custom-tagger'\n"
        "class CustomModel(BertForTokenClassification):\n"
        "    config_class = CustomConfig\n"
    )
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {
        "model_type": "custom-tagger",
        "auto_map": {
            "AutoConfig": "modeling_custom.CustomConfig",
            "AutoModelForTokenClassification": "modeling_custom.CustomModel",
        },
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ModelFileError, match=r"no token classifier could be read: .* allow_code=True"):
        TransformersTagger.from_folder(folder)
    assert not ran.exists()
    tagger = TransformersTagger.from_folder(folder, allow_code=True)
    assert ran.exists()
    own = TransformersTagger.from_folder(transformer).predict_proba([TEXT.split()])[0]
    np.testing.assert_allclose(tagger.predict_proba([TEXT.split()])[0], own, atol=1e-6)


def test_byte_level_tokenizers_see_the_spaces_of_the_text(tmp_path: Path, train_part: Corpus) -> None:
    """RoBERTa's family: a space belongs to the subword, and positions are numbered from 2 on."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=800,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator((" ".join(sentence.tokens) for sentence in train_part), trainer)
    model, tokenizer = in_roberta_frame(made, positions=66)
    tagger = as_tagger((model, tokenizer))
    words = ["two", "years", "of", "Python", "and", "bookkeeping"]
    pipe = transformers.pipeline("token-classification", model=model, tokenizer=tokenizer, ignore_labels=[])
    found = {entity["start"]: entity["score"] for entity in pipe(" ".join(words))}
    starts = np.cumsum([0, *[len(word) + 1 for word in words[:-1]]])
    # Where a byte-level subword begins with a space, the pipeline counts its start from there or from the letter.
    expected = [float(found.get(int(start), found.get(int(start) - 1, np.nan))) for start in starts]
    np.testing.assert_allclose(tagger.predict_proba([words])[0].max(axis=1), expected, atol=1e-5)
    assert tagger.predict_proba([["bookkeeping"] * 200])[0].shape == (200, 3)  # 64 positions are usable
    hidden = tagger.predict_proba([["two", "<mask>"]])[0]
    assert hidden.shape == (2, 3)


def in_roberta_frame(made: Any, *, positions: int) -> tuple[Any, Any]:
    """A small RoBERTa with random weights, and this tokenizer between its <s> and </s>."""
    from tokenizers import processors

    made.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    names = {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>", "mask_token": "<mask>"}
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", unk_token="<unk>", **names
    )
    torch.manual_seed(0)
    config = transformers.RobertaConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=positions, pad_token_id=1, bos_token_id=0, eos_token_id=2, num_labels=3,
        initializer_range=0.5,
    )  # fmt: skip
    return transformers.RobertaForTokenClassification(config).eval(), tokenizer


def cyrillic() -> tuple[Any, Any]:
    """RoBERTa's frame around a vocabulary without Latin letters and without an unknown token of its own."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.train_from_iterator(
        ["опыт работы от трёх лет", "знание языка обязательно"] * 20,
        trainers.BpeTrainer(vocab_size=200, special_tokens=special, show_progress=False),
    )
    return in_roberta_frame(made, positions=102)


def test_a_tokenizer_without_latin_letters_keeps_its_special_tokens() -> None:
    model, tokenizer = cyrillic()
    words = ["опыт", "работы", "от", "трёх", "лет"]
    encoded = tokenizer(words, is_split_into_words=True, return_tensors="pt")
    owners = encoded.word_ids()
    with torch.no_grad():
        expected = model(**encoded).logits[0].double().softmax(-1).numpy()[[owners.index(word) for word in range(5)]]
    tagger = as_tagger((model, tokenizer))
    np.testing.assert_allclose(tagger.predict_proba([words])[0], expected, atol=1e-5)
    assert repr(tagger) == "TransformersTagger(3 labels, max_length=100)"  # positions are numbered from 2 on
    assert tagger.predict_proba([words * 40])[0].shape == (200, 3)


def test_a_short_sentence_is_explained_exactly(tagger: TransformersTagger, transformer: Path) -> None:
    words = ["fluent", "bookkeeping", "and", "biochemistry"]
    explanation = NERExplainer(tagger).explain(words)
    assert explanation.settings.engine == "exact"
    assert explanation.settings.masking == "MaskString('[MASK]')"
    masks = list(itertools.product([False, True], repeat=4))
    answers = np.asarray(
        [[rows[0] for rows in by_hand(transformer, words, tuple(np.flatnonzero(~np.asarray(mask))))] for mask in masks]
    )
    share = np.asarray([0.7 ** sum(mask) * 0.3 ** (4 - sum(mask)) for mask in masks])
    for hidden in range(4):
        kept = np.asarray([mask[hidden] for mask in masks])
        effect = np.einsum("n,npl->pl", share * kept / 0.7 - share * ~kept / 0.3, answers)
        np.testing.assert_allclose(explanation.weights[:, :, hidden], effect, atol=1e-5)


@pytest.mark.parametrize("repeated", [1, 25])
def test_longer_ones_are_sampled_and_repeat_bit_by_bit(tagger: TransformersTagger, repeated: int) -> None:
    words = TEXT.split() * repeated
    explanation = NERExplainer(tagger, n_samples=64).explain(words, positions=[1, 5])
    assert explanation.settings.engine == "sample"
    assert np.abs(explanation.weights).max() > 0.01
    again = NERExplainer(tagger, n_samples=64).explain(words, positions=[1, 5])
    np.testing.assert_array_equal(again.weights, explanation.weights)
    span = explanation.entity(0, 2, "EXPERIENCE")
    assert span is not None
