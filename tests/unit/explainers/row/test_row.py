"""Rows against brute force, lime itself on the same seed, and models of known effect."""

from __future__ import annotations

import json
import pickle
from itertools import product

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression

import ner_lime as nl
from ner_lime.errors import ClassifierError, InputError
from ner_lime.explainers.row import RowOptions, keep_of_width
from ner_lime.explainers.row.binned import gower
from ner_lime.explainers.row.binning import bin_edges, describe

DATA = load_breast_cancer()
NAMES = [str(name) for name in DATA.feature_names]
FOREST = RandomForestClassifier(20, random_state=0).fit(DATA.data[:400, :6], DATA.target[:400])
MODEL = nl.as_classifier(FOREST, input="row", classes=["malignant", "benign"])
TRAIN = DATA.data[:400, :6]
ROW = DATA.data[450, :6]


def explainer(**options):
    return nl.TabularExplainer(MODEL, TRAIN, feature_names=NAMES[:6], **options)


def test_weights_over_all_masks_and_all_training_rows():
    train = TRAIN[:30]
    e = nl.TabularExplainer(MODEL, train, options=RowOptions(n_rows=None)).explain(ROW)
    masks = np.array(list(product([False, True], repeat=6)))
    values = np.array([FOREST.predict_proba(np.where(mask, ROW, train))[:, 1].mean() for mask in masks])
    share = 0.7 ** masks.sum(axis=1) * 0.3 ** (~masks).sum(axis=1)
    for j in range(6):
        on, off = masks[:, j], ~masks[:, j]
        effect = (share * values)[on].sum() / share[on].sum() - (share * values)[off].sum() / share[off].sum()
        assert e.weights[1, j] == pytest.approx(effect, abs=1e-12)
    assert not e.std_errors.any()


def test_the_error_of_few_training_rows_is_stated():
    truth = explainer(options=RowOptions(n_rows=None)).explain(ROW).weights[1]
    inside = []
    for seed in range(30):
        e = explainer(random_state=seed, options=RowOptions(n_rows=20)).explain(ROW)
        assert e.settings.engine == "exact"
        assert (e.std_errors[1] > 0).any()
        inside.append(np.abs(e.weights[1] - truth) <= 1.96 * e.std_errors[1])
    assert 0.85 < np.mean(inside) <= 1.0


def test_a_linear_model_under_typical_cells():
    rng = np.random.default_rng(0)
    train = rng.normal(size=(101, 4))
    model = LinearRegression().fit(train, train @ [3.0, -2.0, 0.0, 1.0] + 5.0)
    e = nl.TabularExplainer(model, train, options=RowOptions(hide="typical")).explain(np.array([1.0, 2.0, 3.0, 4.0]))
    np.testing.assert_allclose(
        e.weights[0], [3, -2, 0, 1] * (np.array([1, 2, 3, 4]) - np.median(train, axis=0)), atol=1e-9
    )
    assert (e.label, e.is_distribution, e.verdict.level) == ("value", False, "trust")
    assert "probability" not in str(e.verdict)
    assert np.isnan(e.fidelity.kl).all()


@pytest.mark.parametrize("seed", [0, 3])
def test_like_lime_is_lime_on_the_same_seed(seed):
    from lime.lime_tabular import LimeTabularExplainer

    theirs = LimeTabularExplainer(TRAIN, feature_names=NAMES[:6], random_state=seed).explain_instance(
        ROW, FOREST.predict_proba, labels=(0, 1), num_features=6, num_samples=500
    )
    e = nl.TabularExplainer.like_lime(MODEL, TRAIN, feature_names=NAMES[:6], n_samples=500, random_state=seed).explain(
        ROW
    )
    for label in (0, 1):
        for column, weight in theirs.local_exp[label]:
            assert e.weights[label, column] == pytest.approx(weight, abs=1e-9)
        assert e.bias(e.labels[label]) == pytest.approx(theirs.intercept[label], abs=1e-9)
    assert [c.name for c in e.contributions("benign", num_features=3)] == [name for name, _ in theirs.as_list(1)[:3]]


def test_like_lime_with_categories():
    from lime.lime_tabular import LimeTabularExplainer

    rng = np.random.default_rng(0)
    train = np.column_stack([rng.integers(0, 3, 200), rng.normal(size=200)]).astype(float)
    model = RandomForestClassifier(10, random_state=0).fit(train, (train[:, 0] == 1) ^ (train[:, 1] > 0))
    theirs = LimeTabularExplainer(train, categorical_features=[0], random_state=5).explain_instance(
        train[7], model.predict_proba, num_features=2, num_samples=300
    )
    e = nl.TabularExplainer.like_lime(model, train, categorical=[0], n_samples=300, random_state=5).explain(train[7])
    for column, weight in theirs.local_exp[1]:
        assert e.weights[1, column] == pytest.approx(weight, abs=1e-9)


def test_like_r_lime_finds_the_columns_of_a_sum():
    rng = np.random.default_rng(0)
    train = rng.random((300, 3))
    model = nl.as_classifier(
        lambda rows: rows[:, [0]] * 10 + rows[:, [1]], input="row", classes=["y"], is_distribution=False
    )
    e = nl.TabularExplainer.like_r_lime(model, train, feature_names=["a", "b", "c"]).explain([0.9, 0.1, 0.5])
    assert [e.feature(c) for c in e.contributions(num_features=2)] == ["a", "b"]
    assert e.contributions()[0].weight > 0 > e.contributions()[1].weight
    assert "Gower" in e.settings.neighbourhood


def test_gower():
    rows = np.array([[0.0, 1.0], [10.0, 1.0], [5.0, 2.0]])
    found = gower(np.array([0.0, 1.0]), rows, np.array([False, True]))
    np.testing.assert_allclose(found, [0.0, 0.5, 0.75])


def test_lime_kernel_width_is_a_keep_rate():
    width = 0.75 * np.sqrt(5)
    masks = np.array(list(product([False, True], repeat=5)))
    weight = np.sqrt(np.exp(-(~masks).sum(axis=1) / width**2))
    share = nl.Bernoulli(keep=keep_of_width(width)).probability(masks)
    np.testing.assert_allclose(share, weight / weight.sum())


@pytest.mark.parametrize(
    ("value", "edges", "words"),
    [
        (4.0, [3.25, 5.5], "3.25 < x <= 5.50"),
        (3.25, [3.25, 5.5], "x <= 3.25"),
        (9.0, [3.25, 5.5], "x > 5.50"),
        (2.0, [1.0, 3.0], "1 < x <= 3"),
        (0.0012, [0.001, 0.0014], "0.0010 < x <= 0.0014"),
        (7.0, [], "x = 7"),
        (float("nan"), [1.0], "x is missing"),
    ],
)
def test_descriptions(value, edges, words):
    assert describe("x", value, np.array(edges)) == words


def test_bins():
    column = np.array([*range(100), np.nan])
    np.testing.assert_allclose(bin_edges(column, "quantile", 4), np.percentile(np.arange(100), [25, 50, 75]))
    np.testing.assert_allclose(bin_edges(column, "width", 3), [33, 66])
    assert bin_edges(column, None, 4).size == 0
    two = np.concatenate([np.random.default_rng(0).normal(0, 1, 500), np.random.default_rng(1).normal(9, 1, 500)])
    assert 2 < bin_edges(two, "density", 2)[0] < 7
    assert bin_edges(column[:-1], "tree", 2, (column[:-1] > 30.5).astype(float)).tolist() == [30.5]
    with pytest.raises(InputError, match="needs what the model answers"):
        bin_edges(column, "tree", 2)


def test_a_data_frame_with_categories_and_missing_cells():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"colour": ["red", "blue", "red", None], "size": [1.0, 2.0, np.nan, 4.0], "n": [1, 2, 3, 4]})
    seen = []

    def model(rows):
        seen.append(rows)
        p = (rows["colour"] == "red").to_numpy() * 0.5 + (rows["size"].fillna(0) > 1.5).to_numpy() * 0.25
        return np.column_stack([p, 1 - p])

    classifier = nl.as_classifier(model, input="row", classes=["yes", "no"])
    explainer = nl.TabularExplainer(classifier, frame, options=RowOptions(n_rows=None))
    e = explainer.explain(frame.iloc[1])
    assert list(seen[0].columns) == ["colour", "size", "n"]
    assert e.cells == ("blue", "2", "2")
    by_column = {e.feature(c): c for c in e.contributions("yes")}
    # Hidden, the colour is red in half of the rows, and the size above 1.5 in half of them: each effect is exact.
    assert by_column["colour"].weight == pytest.approx(-0.25)
    assert by_column["size"].weight == pytest.approx(0.125)
    assert by_column["colour"].name == "colour = blue"
    missing = explainer.explain({"colour": None, "size": float("nan"), "n": 1})
    assert {c.name for c in missing.contributions()} >= {"colour is missing", "size is missing"}


def test_groups_of_columns():
    e = explainer().explain(ROW, groups=[["mean radius", "mean area"]])
    assert len(e.contributions()) == 5
    assert any(e.feature(c) == "mean radius, mean area" for c in e.contributions())


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: explainer().explain([1, 2]), "6 cells"),
        (lambda: explainer().explain({"mean radius": 1}), "missing:"),
        (lambda: explainer().explain(dict.fromkeys([*NAMES[:6], "age"], 1)), "unknown: age"),
        (lambda: explainer().explain(["x"] * 6), "expected a number"),
        (lambda: explainer().explain(ROW, groups=[["nope"]]), "lists of column names"),
        (lambda: nl.TabularExplainer(MODEL, []), "table of training rows"),
        (lambda: nl.TabularExplainer(MODEL, TRAIN, feature_names=["a"]), "6 different feature_names"),
        (lambda: nl.TabularExplainer(MODEL, TRAIN, categorical=["nope"]), "names or indices"),
        (lambda: nl.TabularExplainer(MODEL, [["red", 1], ["blue", 2]]).explain(["green", 1]), "blue, red"),
        (lambda: RowOptions(bins="thirds"), "'thirds'"),
        (lambda: RowOptions(hide="zero"), "'zero'"),
    ],
)
def test_bad_input_gets_one_line(call, says):
    with pytest.raises(InputError, match=says) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_a_missing_cell_where_the_model_can_not_take_it():
    refuses = nl.as_classifier(
        LogisticRegression(max_iter=5000).fit(TRAIN / TRAIN.max(axis=0), DATA.target[:400]), input="row"
    )
    with pytest.raises(ClassifierError, match="NaN") as caught:
        nl.TabularExplainer(refuses, TRAIN).explain([np.nan, *ROW[1:]])
    assert "\n" not in str(caught.value)


def test_it_is_plain_data():
    e = explainer().explain(ROW)
    assert pickle.loads(pickle.dumps(e)) == e
    assert nl.RowExplanation.from_dict(json.loads(json.dumps(e.to_dict(), allow_nan=False))) == e
    assert "mean radius=" in e.data


def test_the_zoo_is_enumerated(corpora):
    file = corpora / "uci-zoo" / "zoo.data"
    lines = [line.split(",") for line in file.read_text(encoding="utf-8").split()[1:]]
    table = np.array([[float(cell) for cell in line[1:17]] for line in lines])
    kinds = [line[17] for line in lines]
    model = LogisticRegression(max_iter=1000).fit(table, kinds)
    options = RowOptions(hide="typical")
    e = nl.TabularExplainer(model, table, n_samples=2**16, options=options).explain(table[0])
    assert (e.settings.engine, e.settings.n_calls) == ("exact", 2**16 + 2)


def test_two_values_need_no_bin():
    table = np.array([[0.0, 1.0], [1.0, 2.0], [1.0, 3.0]])
    value = nl.as_classifier(lambda rows: rows[:, [0]], input="row", classes=["y"], is_distribution=False)
    e = nl.TabularExplainer(value, table, feature_names=["milk", "legs"]).explain(table[1])
    assert e.contributions()[0].name == "milk = 1"
