"""shap as it is, on the predict function: with the masker that its docstring names, and without."""

from __future__ import annotations

import numpy as np
import pytest

from ner_lime import Corpus, CRFTagger
from ner_lime.eli5 import predict_function
from ner_lime.errors import InputError, WordIndexError

shap = pytest.importorskip("shap", reason="needs shap: scripts/test --all")

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.filterwarnings("ignore:::shap"),
    pytest.mark.filterwarnings("ignore:.*tqdm"),
]

TEXT = "6+ years of Web UI/UX design experience"


@pytest.fixture(scope="module")
def tagger(train_part: Corpus) -> CRFTagger:
    return CRFTagger(max_iterations=30).fit(train_part[:300])


def test_the_masker_of_the_docstring_keeps_every_word_in_its_place(tagger: CRFTagger) -> None:
    f = predict_function(tagger, word_index=4, tokenizer=str.split, sentence=TEXT)
    masker = shap.maskers.Text(r"\s+", mask_token="UNK ", collapse_mask_token=False)
    found = shap.Explainer(f, masker, output_names=list(f.labels))([TEXT], silent=True)
    assert found.values.shape == (1, 7, len(f.labels))
    shown, hidden = f([TEXT, " ".join(["UNK"] * 7)])
    np.testing.assert_allclose(found.values[0].sum(axis=0), shown - hidden, atol=1e-9)


def test_shap_by_itself_joins_mask_strings_and_is_told_what_to_change(tagger: CRFTagger) -> None:
    for f, error in (
        (predict_function(tagger, 4, tokenizer=str.split, sentence=TEXT), InputError),
        (predict_function(tagger, 4, tokenizer=str.split), WordIndexError),
    ):
        with pytest.raises(error, match=r"shap: maskers\.Text\(.*collapse_mask_token=False"):
            shap.Explainer(f, shap.maskers.Text(r"\W+"), output_names=list(f.labels))([TEXT], silent=True)
