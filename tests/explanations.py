"""Explanations to render: a small seeded model of a tagger, fitted on masks, so that every figure hangs together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ner_lime.explanation import Explanation, Fidelity, Settings

TOKENS = ("6+", "years", "of", "Web", "UI/UX", "design", "experience")
TAGS = ("B-EXPERIENCE", "I-EXPERIENCE", "O", "B-SKILLS", "I-SKILLS", "I-SKILLS", "O")
LABELS = (
    "O",
    *("B-DEGREE", "I-DEGREE", "B-EXPERIENCE", "I-EXPERIENCE", "B-MAJOR", "I-MAJOR", "B-SKILLS", "I-SKILLS"),
)
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "</script><!--",
    "abc\u202etxt.exe",
    "nul\x00",
    "half\ud800",
    "\x1b[31mred\x1b[0m",
    "x" * 10_000,
    "שלום",
    "東京都",
    "👩‍💻",
    "e\u0301" * 3,
    "=1+1",
    "a|b`c`",
    "{{7*7}}",
)


def make(
    tokens: Sequence[str] = TOKENS,
    tags: Sequence[str] | None = None,
    *,
    labels: Sequence[str] = LABELS,
    sampled: bool = False,
    positions: Sequence[int] | None = None,
    components: Sequence[tuple[int, ...]] | None = None,
    seed: int = 0,
) -> Explanation:
    """Explain a made-up tagger whose log-odds add up over the words, nearer words weighing more."""
    rng = np.random.default_rng(seed)
    n_tokens, n_labels = len(tokens), len(labels)
    tags = tags or (TAGS if tuple(tokens) == TOKENS else ("O",) * n_tokens)
    positions = tuple(range(n_tokens)) if positions is None else tuple(positions)
    components = tuple((i,) for i in range(n_tokens)) if components is None else tuple(components)
    n_components = len(components)

    distance = np.abs(np.arange(n_tokens)[:, None] - np.array([component[0] for component in components]))
    effect = rng.normal(size=(n_tokens, n_labels, n_components)) * 1.6 * np.exp(-distance / 1.5)[:, None, :]
    for i, tag in enumerate(tags):
        effect[i, labels.index(tag)] += 1.4 * np.exp(-distance[i] / 1.2)
    base = rng.normal(scale=0.4, size=(n_tokens, n_labels)) - 0.5 * effect.sum(axis=2)
    base[:, 0] += 1.0
    for i, tag in enumerate(tags):
        base[i, labels.index(tag)] += 1.0

    masks = rng.random((256, n_components)) < 0.7
    inside = _softmax(base + np.einsum("ilc,nc->nil", effect, masks))[:, positions]
    design = np.column_stack([np.ones(len(masks)), masks])
    fitted, *_ = np.linalg.lstsq(design, inside.reshape(len(masks), -1), rcond=None)
    guess = (design @ fitted).reshape(inside.shape)
    error = inside - guess
    centred = inside - inside.mean(axis=0)
    variance = np.einsum("npl,npm->plm", centred, centred) / len(masks)
    residual = np.einsum("npl,npm->plm", error, error) / len(masks)
    clipped = np.clip(guess, 1e-6, None)
    clipped /= clipped.sum(axis=2, keepdims=True)
    spread, rest = (np.einsum("pll->pl", array) for array in (variance, residual))
    weights = fitted[1:].T.reshape(len(positions), n_labels, n_components)
    probabilities = _softmax(base + effect.sum(axis=2))

    few = n_components <= 14
    text, offsets = " ".join(tokens), []
    for token in tokens:
        start = offsets[-1][1] + 1 if offsets else 0
        offsets.append((start, start + len(token)))
    noise = np.broadcast_to(3 * np.sqrt(rest / len(masks))[:, :, None], weights.shape)
    return Explanation(
        tokens=tuple(tokens),
        text=text,
        offsets=tuple(offsets),
        labels=tuple(labels),
        positions=positions,
        components=components,
        probabilities=probabilities,
        predicted=tuple(tags),
        gold=None,
        weights=weights,
        bias=fitted[0].reshape(len(positions), n_labels),
        std_errors=noise.copy() if sampled else np.zeros_like(weights),
        fidelity=Fidelity(
            r2=1 - rest / np.maximum(spread, 1e-18),
            kl=(inside * np.log(np.clip(inside, 1e-12, None) / clipped)).sum(axis=2).mean(axis=0),
            top1=(guess.argmax(axis=2) == inside.argmax(axis=2)).mean(axis=0),
            variance=variance,
            residual=residual,
            n_masks=2**n_components if few and not sampled else 256,
            measured_on="256 fresh masks"
            if sampled
            else f"all {2**n_components} masks"
            if few
            else "all masks (R2), 256 fresh masks (KL, top-1)",
        ),
        settings=Settings(
            method="lime",
            neighbourhood="Bernoulli(keep=0.7)",
            masking="MaskString(text='UNK')",
            engine="sample" if sampled else "exact",
            estimator="kernel surrogate" if sampled else "all masks" if few else "merged messages",
            n_calls=256 if sampled else 2**n_components if few else 0,
            random_state=0 if sampled else None,
            tolerance=None if sampled else 0.0,
            context_only=False,
        ),
        agreement=None,
        diagnostics={"entity_probability_all_hidden": 0.08, "o_to_entity_rate": 0.0},
    )


def _softmax(scores: np.ndarray) -> np.ndarray:
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return scores / scores.sum(axis=-1, keepdims=True)
