"""lime and eli5, set up as a user sets them up to explain word 4 of one sentence, and the truth in each neighbourhood.

Every tool is judged by the truth of its own neighbourhood, found by asking the CRF for all 2^13 masks: lime and
ner-lime by the limit of their linear fit, eli5 by the optimum of its own penalised logistic regression.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from crfs import CRFsuite, prepare
from eli5.lime import TextExplainer
from eli5.lime.samplers import MaskingTextSampler
from lime.lime_text import LimeTextExplainer
from scipy.optimize import minimize
from scipy.special import expit

from ner_lime import Bernoulli, Cosine, CRFTagger, MaskString, NERExplainer, Options, UniformCount
from ner_lime.lime.law import Law
from ner_lime.lime.masks import all_masks
from ner_lime.types import FloatArray, Masks

TEXT = "6+ years of Web UI/UX design experience Proven mobile web application design experience"
TOKENS = tuple(TEXT.split())
WORD = 4
MASK = "UNK"
WORDS = r"\S+"
"""eli5's pattern for a token."""

ALPHA, L1_SHARE = 1e-3, 0.15
"""Of eli5's own local model, an SGDClassifier."""

Predict = Callable[[Sequence[str]], FloatArray]


@dataclass(frozen=True, slots=True)
class Local:
    """One explanation of word 4: T weights, and the local model's probability of the label for masks (n, T)."""

    weights: FloatArray
    predict: Callable[[Masks], FloatArray]


@dataclass(frozen=True, slots=True)
class Truth:
    """A neighbourhood, the weights (T,) that a tool would find with all its masks, and the CRF's answers to them."""

    neighbourhood: Law
    weights: FloatArray
    answers: FloatArray


def one_by_one(tagger: CRFTagger, word: int) -> Predict:
    """What a user writes for python-crfsuite: one text after the other."""
    crfsuite = CRFsuite(tagger)

    def predict(texts: Sequence[str]) -> FloatArray:
        rows = []
        for (features,) in (crfsuite.features([text.split()]) for text in texts):
            crfsuite.tagger.set(features)
            rows.append([crfsuite.tagger.marginal(label, word) for label in tagger.labels])
        return np.array(rows)

    return predict


def by_lime(predict: Predict, label: int, n: int, seed: int) -> Local:
    """lime at its defaults, but with the CRF's own words as features, and all of them told."""
    explainer = LimeTextExplainer(bow=False, mask_string=MASK, split_expression=str.split, random_state=seed)
    found = explainer.explain_instance(TEXT, predict, labels=[label], num_features=len(TOKENS), num_samples=n)
    weights = np.zeros(len(TOKENS))
    for word, weight in found.local_exp[label]:
        weights[word] = weight
    bias = found.intercept[label]
    return Local(weights, lambda masks: bias + masks @ weights)


def eli5_explainer(n: int, seed: int) -> TextExplainer:
    """As the tutorial sets it (a mask that keeps the words' places), but with the CRF's own words as tokens."""
    sampler = MaskingTextSampler(replacement=MASK, max_replace=0.7, token_pattern=WORDS, bow=False, random_state=seed)
    return TextExplainer(n_samples=n, sampler=sampler, position_dependent=True, token_pattern=WORDS, random_state=seed)


def by_eli5(predict: Predict, label: int, n: int, seed: int) -> Local:
    """eli5 at its defaults; the weights are its log-odds, the prediction its probability."""
    model = eli5_explainer(n, seed).fit(TEXT, predict).clf_
    if label not in model.classes_:  # it never drew the label, and has no weights for it
        return Local(np.zeros(len(TOKENS)), lambda masks: np.zeros(len(masks)))
    column = model.classes_.tolist().index(label)
    return Local(model.coef_[column], lambda masks: model.predict_proba(masks.astype(float))[:, column])


def by_us(tagger: CRFTagger, label: int, n: int | None, seed: int) -> Local:
    """As the user gets it; with a number of samples, by sampling alone."""
    explainer = NERExplainer(tagger) if n is None else sampling(tagger, n, seed)
    found = explainer.explain(TEXT, positions=[WORD])
    weights, bias = found.weights[0, label], found.bias[0, label]
    return Local(weights, lambda masks: bias + masks @ weights)


def sampling(tagger: CRFTagger, n: int, seed: int) -> NERExplainer:
    """By sampling alone, all n samples."""
    return NERExplainer(tagger, engine="sample", n_samples=n, random_state=seed, options=Options(half_width=0.0))


def answers_to_all(tagger: CRFTagger, mask: str) -> FloatArray:
    """(2^13, L): what the CRF says of word 4 under every mask."""
    return prepare(tagger, TOKENS, (mask,) * len(TOKENS)).marginals(all_masks(len(TOKENS)))[:, WORD]


def linear_truth(tagger: CRFTagger, neighbourhood: Law, label: int, mask: str) -> FloatArray:
    """The limit of the linear fit, from all masks."""
    explainer = NERExplainer(
        tagger, neighbourhood=neighbourhood, masking=MaskString(mask), engine="exact", n_samples=2 ** len(TOKENS)
    )
    found = explainer.explain(TEXT, positions=[WORD])
    assert found.settings.estimator == "all masks", found.settings
    return found.weights[0, label]


def logistic_truth(masks: Masks, answers: FloatArray) -> FloatArray:
    """The optimum of eli5's own objective over all masks: log-loss of a label against the rest, elastic-net penalty.

    Split into what is above and below zero the weights are bounded and the penalty is smooth: L-BFGS-B finds it.
    """
    share = UniformCount().probability(masks) * UniformCount().weight(masks)
    features, width = masks.astype(float), masks.shape[1]

    def objective(split: FloatArray) -> tuple[float, FloatArray]:
        weights, bias = split[:width] - split[width:-1], split[-1]
        score = features @ weights + bias
        loss = share @ (np.logaddexp(0.0, score) - answers * score)
        penalty = L1_SHARE * split[:-1].sum() + (1.0 - L1_SHARE) / 2.0 * weights @ weights
        error = share * (expit(score) - answers)
        slope = features.T @ error + ALPHA * (1.0 - L1_SHARE) * weights
        gradient = np.concatenate([ALPHA * L1_SHARE + slope, ALPHA * L1_SHARE - slope, [error.sum()]])
        return loss + ALPHA * penalty, gradient

    bounds = [(0.0, None)] * (2 * width) + [(None, None)]
    settings = {"ftol": 1e-15, "gtol": 1e-10, "maxiter": 5000, "maxfun": 20000}
    found = minimize(objective, np.zeros(2 * width + 1), jac=True, method="L-BFGS-B", bounds=bounds, options=settings)
    return found.x[:width] - found.x[width:-1]


def truths(tagger: CRFTagger, label: int) -> dict[str, Truth]:
    """By tool."""
    masks, neutral = all_masks(len(TOKENS)), tagger.mask_string(TOKENS)
    hidden = {mask: answers_to_all(tagger, mask)[:, label] for mask in (MASK, neutral)}
    linear = partial(linear_truth, tagger, label=label)
    return {
        "lime": Truth(Cosine(), linear(neighbourhood=Cosine(), mask=MASK), hidden[MASK]),
        "eli5": Truth(UniformCount(), logistic_truth(masks, hidden[MASK]), hidden[MASK]),
        "ner-lime": Truth(Bernoulli(), linear(neighbourhood=Bernoulli(), mask=neutral), hidden[neutral]),
    }
