"""The truth by brute force: plain sums over all masks, all coalitions, all orders and all label sequences.

A mask is a tuple of 0 and 1, one cell a component, 1 = kept. Answers are an array with one row a mask, in the order of
the masks. Nothing here is meant to be fast.
"""

from __future__ import annotations

from itertools import combinations, pairwise, permutations, product
from math import comb, exp, factorial, prod, sqrt

import numpy as np

from ner_lime.corpus.labels import scheme_of_labels, spans

# ---------------------------------------------------------------- masks and laws


def masks_of(n):
    """All 2^n masks."""
    return list(product((0, 1), repeat=n))


def as_array(masks):
    """(m, n) booleans, also where there is no component."""
    return np.array(masks, dtype=bool).reshape(len(masks), -1)


def bernoulli_share(mask, keep):
    return prod(keep if bit else 1 - keep for bit in mask)


def always(keep):
    """One Bernoulli law as the keep-rates that `moments` is asked for."""
    return lambda _level: [(keep, 1.0)]


def cosine_share(mask, width):
    """lime: how many are hidden is uniform on 1..n, which ones too; times the kernel of the cosine distance."""
    n, hidden = len(mask), len(mask) - sum(mask)
    if hidden == 0:
        return 0.0
    return exp(-((1 - sqrt(1 - hidden / n)) ** 2) / (2 * width**2)) / n / comb(n, hidden)


def uniform_count_share(mask, most, sigma=None):
    """eli5: how many are hidden is uniform on 1..most; times the cosine similarity, or a Gaussian of it."""
    n, hidden = len(mask), len(mask) - sum(mask)
    if not 1 <= hidden <= most:
        return 0.0
    similarity = sqrt((n - hidden) / n)
    weight = similarity if sigma is None else exp(-((1 - similarity) ** 2) / (2 * sigma**2))
    return weight / most / comb(n, hidden)


def normalised(shares):
    return np.array(shares) / sum(shares)


def mean(shares, values):
    """The expectation of the answers."""
    return sum(share * np.asarray(row) for share, row in zip(shares, values, strict=True)) / sum(shares)


def mean_where(masks, shares, values, j, bit):
    """The expectation given that component j is kept (bit 1) or hidden (bit 0)."""
    chosen = [k for k, mask in enumerate(masks) if mask[j] == bit]
    return mean([shares[k] for k in chosen], [values[k] for k in chosen])


# ---------------------------------------------------------------- coefficients


def least_squares(masks, shares, values, ridge=0.0):
    """argmin sum share (f - b - z beta)^2 + ridge |beta|^2: bias (K,) and weights (n, K)."""
    n = len(masks[0])
    root = np.sqrt(np.asarray(shares, dtype=float))[:, None]
    design = np.column_stack([np.ones(len(masks)), np.array(masks, dtype=float).reshape(len(masks), n)])
    penalty = np.sqrt(ridge) * np.eye(n, n + 1, k=1)
    values = np.asarray(values, dtype=float).reshape(len(masks), -1)
    left = np.vstack([design * root, penalty])
    right = np.vstack([values * root, np.zeros((n, values.shape[1]))])
    solution = np.linalg.lstsq(left, right, rcond=None)[0]
    return solution[0], solution[1:]


def banzhaf(masks, values, keep):
    """The weighted Banzhaf value: what adding j changes, averaged over coalitions of the others kept with rate q."""
    of_mask = dict(zip(masks, np.asarray(values, dtype=float), strict=True))
    n = len(masks[0])
    rows = []
    for j in range(n):
        total = 0.0
        for others in product((0, 1), repeat=n - 1):
            hidden, kept = (*others[:j], 0, *others[j:]), (*others[:j], 1, *others[j:])
            total = total + bernoulli_share(others, keep) * (of_mask[kept] - of_mask[hidden])
        rows.append(total)
    return np.array(rows)


def shapley_by_orders(masks, values):
    """What each component adds when it joins, averaged over all orders of joining."""
    of_mask = dict(zip(masks, np.asarray(values, dtype=float), strict=True))
    n = len(masks[0])
    totals = [0.0] * n
    for order in permutations(range(n)):
        mask = [0] * n
        before = of_mask[tuple(mask)]
        for j in order:
            mask[j] = 1
            after = of_mask[tuple(mask)]
            totals[j] = totals[j] + (after - before)
            before = after
    return np.array(totals) / factorial(n)


def shapley_by_subsets(masks, values):
    """The same as a sum over coalitions: |S|! (n - |S| - 1)! / n! (f(S + j) - f(S))."""
    of_mask = dict(zip(masks, np.asarray(values, dtype=float), strict=True))
    n = len(masks[0])
    rows = []
    for j in range(n):
        others = [k for k in range(n) if k != j]
        total = 0.0
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for coalition in combinations(others, size):
                hidden = tuple(int(k in coalition) for k in range(n))
                kept = tuple(int(k in coalition or k == j) for k in range(n))
                total = total + weight * (of_mask[kept] - of_mask[hidden])
        rows.append(total)
    return np.array(rows)


def pair_interaction(masks, values, i, j, keep):
    """The mixed second difference over i and j, averaged over the others kept with rate q."""
    of_mask = dict(zip(masks, np.asarray(values, dtype=float), strict=True))
    total = 0.0
    for mask in masks:
        if mask[i] or mask[j]:
            continue

        def with_bits(a, b, mask=mask):
            return of_mask[tuple(a if k == i else b if k == j else bit for k, bit in enumerate(mask))]

        rest = [bit for k, bit in enumerate(mask) if k not in (i, j)]
        second = with_bits(1, 1) - with_bits(1, 0) - with_bits(0, 1) + with_bits(0, 0)
        total = total + bernoulli_share(rest, keep) * second
    return total


def lime_limit(masks, values, width):
    """The closed form of lime's estimator with infinitely many samples (Mardaoui, Garreau, AISTATS 2021)."""
    n = len(masks[0])

    def psi(t):
        return exp(-((1 - sqrt(1 - t)) ** 2) / (2 * width**2))

    def alpha(p):
        return sum(psi(s / n) * prod((n - s - k) / (n - k) for k in range(p)) for s in range(1, n + 1)) / n

    a0, a1, a2 = alpha(0), alpha(1), alpha(2)
    c = (n - 1) * a0 * a2 - n * a1**2 + a0 * a1
    s1 = -a1
    s2 = ((n - 2) * a0 * a2 - (n - 1) * a1**2 + a0 * a1) / (a1 - a2)
    s3 = (a1**2 - a0 * a2) / (a1 - a2)
    # the mask's own probability is 1 / (n binomial(n, s)); the kernel psi stands in the expectation
    shares = [cosine_share(mask, width) for mask in masks]
    weighted = sum(share * value for share, value in zip(shares, values, strict=True))
    kept = [
        sum(share * value * mask[j] for share, value, mask in zip(shares, values, masks, strict=True)) for j in range(n)
    ]
    return np.array([(s1 * weighted + s2 * kept[j] + s3 * (sum(kept) - kept[j])) / c for j in range(n)])


def r_squared(masks, shares, values, bias, weights):
    """1 - residual / variance of one target."""
    centre = mean(shares, values)
    residual = mean(shares, [(v - bias - np.dot(mask, weights)) ** 2 for mask, v in zip(masks, values, strict=True)])
    return 1 - residual / mean(shares, [(v - centre) ** 2 for v in values])


def kernel(left, right, decay):
    """prod_j exp(-g_j [z_j != z'_j])."""
    return prod(exp(-g) for a, b, g in zip(left, right, decay, strict=True) if a != b)


# ---------------------------------------------------------------- chains


def path_weights(emissions, transitions):
    """Every label sequence of one sentence and its probability."""
    length, n_labels = emissions.shape
    paths = list(product(range(n_labels), repeat=length))
    scores = np.array(
        [
            sum(emissions[t, label] for t, label in enumerate(path)) + sum(transitions[a, b] for a, b in pairwise(path))
            for path in paths
        ]
    )
    weights = np.exp(scores - scores.max())
    return paths, weights / weights.sum()


def log_partition(emissions, transitions):
    """log of the sum over all label sequences of exp(score)."""
    length, n_labels = emissions.shape
    scores = [
        sum(emissions[t, label] for t, label in enumerate(path)) + sum(transitions[a, b] for a, b in pairwise(path))
        for path in product(range(n_labels), repeat=length)
    ]
    return max(scores) + np.log(sum(exp(score - max(scores)) for score in scores))


def path_marginals(emissions, transitions):
    """(T, L): the share of the label sequences that have this label here."""
    marginals = np.zeros(emissions.shape)
    for path, weight in zip(*path_weights(emissions, transitions), strict=True):
        for t, label in enumerate(path):
            marginals[t, label] += weight
    return marginals


def path_span(emissions, transitions, start, labels, stop):
    """The share of the label sequences that have `labels` at `start` and not `stop` after them."""
    end = start + len(labels)
    return sum(
        weight
        for path, weight in zip(*path_weights(emissions, transitions), strict=True)
        if path[start:end] == tuple(labels) and not (end < len(path) and path[end] == stop)
    )


def path_entity(emissions, transitions, labels, span):
    """The share of the label sequences of which this span (start, end, type) is read."""
    return sum(
        weight
        for path, weight in zip(*path_weights(emissions, transitions), strict=True)
        if span in spans([labels[column] for column in path], scheme_of_labels(labels))
    )


def independent_entity(marginals, labels, span):
    """(n,): the same where the words' labels are independent; marginals are (n, T, L)."""
    total, (start, end, _) = np.zeros(len(marginals)), span
    first, last = max(start - 1, 0), min(end + 1, marginals.shape[1])  # what stands farther away changes nothing
    near = span[0] - first, span[1] - first, span[2]
    for path in product(range(len(labels)), repeat=last - first):
        if near in spans([labels[column] for column in path], scheme_of_labels(labels)):
            total += np.prod([marginals[:, first + t, column] for t, column in enumerate(path)], axis=0)
    return total


def chain_marginals(emissions, transitions):
    """(n, T, L) for (n, T, L) scores: by products of positive matrices, for chains too long for all label sequences."""
    n, length, n_labels = emissions.shape
    step = np.exp(transitions - transitions.max())
    here = np.exp(emissions - emissions.max(axis=2, keepdims=True))
    before, after = [np.ones((n, n_labels))], [np.ones((n, n_labels))]
    for t in range(1, length):
        row = (before[-1] * here[:, t - 1]) @ step
        before.append(row / row.max(axis=1, keepdims=True))
    for t in range(length - 2, -1, -1):
        row = (after[0] * here[:, t + 1]) @ step.T
        after.insert(0, row / row.max(axis=1, keepdims=True))
    joint = np.stack([before[t] * here[:, t] * after[t] for t in range(length)], axis=1)
    return joint / joint.sum(axis=2, keepdims=True)


def masked_scores(tagger, tokens, replacement, masks):
    """(n, T, L): the emission scores of a CRF under each mask, from its own features of the words as they then stand.

    What token t's features read is within the window, so each combination of hidden words there is asked once.
    """
    masks = as_array(masks)
    length, window = len(tokens), tagger.window
    scores = np.zeros((len(masks), length, len(tagger.labels)))
    for t in range(length):
        low, high = max(t - window, 0), min(t + window + 1, length)
        for bits in product((False, True), repeat=high - low):
            words = list(tokens)
            for j, bit in zip(range(low, high), bits, strict=True):
                words[j] = tokens[j] if bit else replacement[j]
            rows = (masks[:, low:high] == bits).all(axis=1)
            scores[rows, t] = tagger.weights.emissions([tagger.feature_function(words, t)])[0]
    return scores


def masked_marginals(tagger, tokens, replacement, masks):
    """(n, T, L): the CRF's marginals under each mask."""
    return chain_marginals(masked_scores(tagger, tokens, replacement, masks), tagger.weights.transitions)


def product_moments(masks, values, keep, target=None):
    """Mean (L,), effects (L, T) and second moments (L, L) of answers (2^T, L) under Bernoulli(keep).

    `target`: a word that is always kept.
    """
    masks = as_array(masks).astype(float)
    rates = np.where(np.arange(masks.shape[1]) == target, 1.0, keep)
    share = np.prod(np.where(masks == 1.0, rates, 1.0 - rates), axis=1)
    average = share @ values
    effects = np.zeros((values.shape[1], masks.shape[1]))
    for j in range(masks.shape[1]):
        if j != target:
            kept, hidden = share * masks[:, j], share * (1.0 - masks[:, j])
            effects[:, j] = kept @ values / kept.sum() - hidden @ values / hidden.sum()
    second = np.einsum("n,nl,nm->lm", share, values, values)
    return average, effects, second


# ---------------------------------------------------------------- black boxes


class TableTagger:
    """A black box that sees only which words are hidden, and answers from a table: (2^T, T, L), rows as `masks_of`."""

    def __init__(self, table, labels=("O", "B-X", "I-X"), hidden="UNK"):
        self.table, self.labels, self.hidden = table, labels, hidden
        self.asked = []

    def mask_string(self, _tokens):
        return self.hidden

    def predict_proba(self, sentences):
        rows = [tuple(int(word != self.hidden) for word in sentence) for sentence in sentences]
        self.asked.extend(rows)
        return [self.table[int("".join(map(str, row)), 2)] for row in rows]


def random_table(length, n_labels=3, seed=0):
    """Answers without any order in them: words act together in every way there is."""
    return np.random.default_rng(seed).dirichlet(np.ones(n_labels), size=(2**length, length))


def smooth_table(length, n_labels=3, seed=0):
    """Answers as a tagger gives them: log-odds that add up over the words, near words weighing more, and some pairs."""
    rng = np.random.default_rng(seed)
    masks = as_array(masks_of(length)).astype(float)
    near = np.exp(-np.abs(np.subtract.outer(np.arange(length), np.arange(length))) / 1.5)
    scores = np.einsum("nj,ij,ijl->nil", masks, near, 1.5 * rng.normal(size=(length, length, n_labels)))
    pairs = np.einsum(
        "nj,nj,ij,ijl->nil", masks, np.roll(masks, 1, axis=1), near, rng.normal(size=(length, length, n_labels))
    )
    scores = scores + pairs
    scores = np.exp(scores - scores.max(axis=2, keepdims=True))
    return scores / scores.sum(axis=2, keepdims=True)
