"""The ONNX adapter against the model that was exported."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ner_lime import Corpus, NERExplainer, as_tagger
from ner_lime.errors import InputError, ModelFileError, UnsupportedTaggerError
from ner_lime.taggers.onnx import OnnxTagger
from ner_lime.taggers.transformers import TransformersTagger

NEEDS = "needs torch, transformers and onnxruntime: scripts/test --all"
pytest.importorskip("torch", reason=NEEDS)
pytest.importorskip("onnx", reason=NEEDS)
onnxruntime = pytest.importorskip("onnxruntime", reason=NEEDS)


pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def exported(onnx_folder: Path) -> OnnxTagger:
    return OnnxTagger.from_model(onnx_folder)


def test_the_exported_model_says_the_same(exported: OnnxTagger, tagger: TransformersTagger, test_part: Corpus) -> None:
    sentences = [sentence.tokens for sentence in test_part]
    assert exported.labels == tagger.labels
    for one, other in zip(exported.predict_proba(sentences), tagger.predict_proba(sentences), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


@pytest.mark.parametrize("aggregation", ["first", "mean", "max"])
def test_long_sentences_strange_words_and_masks_too(onnx_folder: Path, transformer: Path, aggregation: str) -> None:
    ours = OnnxTagger.from_model(onnx_folder, aggregation=aggregation)
    theirs = TransformersTagger.from_folder(transformer, aggregation=aggregation)
    words = ["6+", "years", "of", "\u200b", "multidisciplinary", "UI/UX", "[MASK]", "🦊"] * 40
    np.testing.assert_allclose(ours.predict_proba([words])[0], theirs.predict_proba([words])[0], atol=1e-4)
    masks = np.random.default_rng(0).random((5, 8)) < 0.6
    answers = [
        prepared.marginals(masks)
        for prepared in (each.under_masks(words, [each.mask_string(words)] * 320, 16, 24) for each in (ours, theirs))
        if prepared is not None
    ]
    assert len(answers) == 2
    np.testing.assert_allclose(answers[0], answers[1], atol=1e-4)


def test_sentences_are_explained_alike(exported: OnnxTagger, tagger: TransformersTagger) -> None:
    words = ["two", "years", "of", "bookkeeping", "in", "SAP", "and", "a", "Bachelor's", "degree", "or", "so"]
    one, other = (NERExplainer(each, n_samples=64).explain(words) for each in (exported, tagger))
    np.testing.assert_allclose(one.weights, other.weights, atol=1e-4)


def test_folder_and_file_are_recognised(onnx_folder: Path) -> None:
    assert isinstance(as_tagger(onnx_folder), OnnxTagger)
    assert isinstance(as_tagger(str(onnx_folder / "model.onnx"), max_length=64), OnnxTagger)
    with pytest.raises(InputError, match="at most 128"):
        OnnxTagger.from_model(onnx_folder, max_length=200)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
def test_missing_and_broken_files_are_named(onnx_folder: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(onnx_folder, folder)
    (folder / name).write_text('{"id2label": {"1": "O"}}')
    with pytest.raises(ModelFileError):
        OnnxTagger.from_model(folder)
    (folder / name).unlink()
    with pytest.raises(ModelFileError, match=f"found no .*{name}"):
        OnnxTagger.from_model(folder)


def test_a_tokenizer_that_cuts_and_pads_does_not_do_so_here(onnx_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(onnx_folder, folder)
    path = folder / "tokenizer.json"
    settings = json.loads(path.read_text())
    settings["truncation"] = {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0}
    settings["padding"] = {
        "strategy": {"Fixed": 16}, "direction": "Right", "pad_to_multiple_of": None,
        "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]",
    }  # fmt: skip
    path.write_text(json.dumps(settings))
    words = ["multidisciplinary", "bookkeeping", "and", "subcontracting"]
    expected = OnnxTagger.from_model(onnx_folder).predict_proba([words])[0]
    np.testing.assert_allclose(OnnxTagger.from_model(folder).predict_proba([words])[0], expected)


def test_a_missing_file_is_named_by_as_tagger_too(onnx_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(onnx_folder, folder)
    (folder / "config.json").unlink()
    with pytest.raises(ModelFileError, match=r"found no .*config\.json"):
        as_tagger(folder)


def test_the_model_may_have_another_name_or_its_own_subfolder(onnx_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(onnx_folder, folder)
    words = ["years", "of", "bookkeeping"]
    expected = OnnxTagger.from_model(onnx_folder).predict_proba([words])[0]
    for place in ("model_quantized.onnx", "onnx/model.onnx"):
        (folder / "onnx").mkdir(exist_ok=True)
        next(folder.rglob("*.onnx")).rename(folder / place)
        for source in (folder, folder / place):
            np.testing.assert_array_equal(as_tagger(source).predict_proba([words])[0], expected)
    for name in ("a.onnx", "b.onnx"):
        shutil.copy(folder / "onnx" / "model.onnx", folder / name)
    with pytest.raises(ModelFileError, match=r"found a\.onnx, b\.onnx: name one of them"):
        as_tagger(folder)


def test_the_mask_token_is_the_tokenizers_own(onnx_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(onnx_folder, folder)
    tokenizer = folder / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text().replace("[MASK]", "<hidden>"))
    for token in ("<hidden>", {"content": "<hidden>", "lstrip": True}):
        (folder / "tokenizer_config.json").write_text(json.dumps({"mask_token": token, "model_max_length": 100}))
        tagger = OnnxTagger.from_model(folder)
        assert tagger.mask_string(["a"]) == "<hidden>"
        assert repr(tagger) == f"OnnxTagger({len(tagger.labels)} labels, max_length=100)"


def test_positions_are_numbered_as_the_model_type_does(tmp_path: Path, export_onnx: Callable[..., None]) -> None:
    import torch
    from transformers import RobertaConfig, RobertaForTokenClassification

    from ner_lime.taggers.subword.config import limit_of

    torch.manual_seed(0)
    config = RobertaConfig(
        vocab_size=40, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=102, pad_token_id=1, num_labels=2, type_vocab_size=1,
    )  # fmt: skip
    export_onnx(RobertaForTokenClassification(config), tmp_path)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    limit = limit_of(config, None)
    assert limit == 100
    for length in (limit, limit + 1):
        ids = np.full((1, length), 7)
        feed = {node.name: ids * (node.name == "input_ids") for node in session.get_inputs()}
        feed["attention_mask"] = np.ones_like(ids)
        if length == limit:
            assert session.run(["logits"], feed)[0].shape == (1, length, 2)
        else:
            with pytest.raises(Exception, match="out of data bounds"):
                session.run(["logits"], feed)


def test_an_export_for_one_size_only_is_refused(
    onnx_folder: Path, transformer: Path, tmp_path: Path, export_onnx: Callable[..., None]
) -> None:
    from transformers import AutoModelForTokenClassification

    shutil.copytree(onnx_folder, tmp_path / "fixed")
    export_onnx(AutoModelForTokenClassification.from_pretrained(transformer), tmp_path / "fixed", fixed=True)
    with pytest.raises(UnsupportedTaggerError, match=r"any batch size and length, found .*\[2, 8\].*dynamic axes"):
        OnnxTagger.from_model(tmp_path / "fixed")


def test_a_model_for_another_task_is_refused(onnx_folder: Path, tmp_path: Path) -> None:
    from onnx import TensorProto, helper, save

    folder = tmp_path / "copy"
    shutil.copytree(onnx_folder, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"architectures": ["BertForSequenceClassification"]}))
    with pytest.raises(ModelFileError, match=r"config\.json: .*found BertForSequenceClassification"):
        OnnxTagger.from_model(folder)
    (folder / "config.json").write_text(json.dumps(config | {"architectures": None}))
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", "s"])
    out = helper.make_tensor_value_info("logits", TensorProto.INT64, ["n", "s"])
    graph = helper.make_graph([helper.make_node("Identity", ["input_ids"], ["logits"])], "g", [ids], [out])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), folder / "model.onnx")
    with pytest.raises(UnsupportedTaggerError, match=r"labels\), found \['n', 's'\]: is this a model for token"):
        OnnxTagger.from_model(folder)


def test_a_model_with_other_inputs_is_refused(tmp_path: Path, onnx_folder: Path) -> None:
    from onnx import TensorProto, helper, save

    pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n"])
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n"])
    graph = helper.make_graph([helper.make_node("Identity", ["pixels"], ["out"])], "g", [pixels], [out])
    folder = tmp_path / "copy"
    shutil.copytree(onnx_folder, folder)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    save(model, folder / "model.onnx")
    with pytest.raises(UnsupportedTaggerError, match="pixels"):
        OnnxTagger.from_model(folder)
