"""Pictures against brute force, lime on the same masks, and a planted corner mark."""

from __future__ import annotations

import json
import pickle
from itertools import product

import numpy as np
import pytest

import ner_lime as nl
from ner_lime.errors import InputError
from ner_lime.explainers.image.explainer import as_bytes
from ner_lime.explainers.image.hiding import hidden_image
from ner_lime.explainers.image.segmentation import segments_of

QUARTERS = np.kron(np.array([[0, 1], [2, 3]]), np.ones((4, 4), dtype=int))


def classify(images):
    p = np.array([image[:4, :4].mean() * (0.5 + 0.5 * image[4:, 4:].mean()) for image in images])
    return np.column_stack([p, 1 - p])


MODEL = nl.as_classifier(classify, input="image", classes=["mark", "none"])
IMAGE = np.random.default_rng(0).random((8, 8)) * 0.5 + 0.4


def test_weights_over_all_masks():
    e = nl.ImageExplainer(MODEL, segmentation=QUARTERS, hide=0.0).explain(IMAGE)
    masks = np.array(list(product([False, True], repeat=4)))
    values = classify([IMAGE * mask[QUARTERS] for mask in masks])[:, 0]
    for j in range(4):
        effect = values[masks[:, j]].mean() - values[~masks[:, j]].mean()
        assert e.weights[0, j] == pytest.approx(effect, abs=1e-12)
    assert e.contributions("mark")[0].name == "patch 0"


def test_like_lime_is_lime_on_the_same_masks():
    from lime.lime_base import LimeBase
    from lime.lime_image import LimeImageExplainer

    e = nl.ImageExplainer.like_lime(MODEL, segmentation=QUARTERS, n_samples=200).explain(IMAGE)
    samples = e.selector.estimate.samples
    kernel = LimeImageExplainer().base.kernel_fn
    base = LimeBase(kernel, random_state=0)
    distances = 1 - np.sqrt(samples.masks.mean(axis=1))
    np.testing.assert_allclose(nl.ImageExplainer.like_lime(MODEL).law.weight(samples.masks), kernel(distances))
    base.kernel_fn = lambda share: share
    _, found, _, _ = base.explain_instance_with_data(
        samples.masks.astype(float), samples.values[:, 0], samples.share[:, 0], 0, 4, feature_selection="none"
    )
    for j, weight in found:
        assert e.weights[0, j] == pytest.approx(weight, abs=1e-9)


def test_ways_of_hiding():
    mean = hidden_image(IMAGE, QUARTERS, "mean")
    for patch in range(4):
        np.testing.assert_allclose(mean[patch == QUARTERS], IMAGE[patch == QUARTERS].mean())
    coloured = np.zeros((8, 8, 3), dtype=np.uint8)
    assert (hidden_image(coloured, QUARTERS, (10, 20, 30)) == [10, 20, 30]).all()
    blurred = hidden_image(IMAGE, QUARTERS, "blur")
    assert blurred.std() < IMAGE.std()
    with pytest.raises(InputError, match="'grey'"):
        hidden_image(IMAGE, QUARTERS, "grey")
    with pytest.raises(InputError, match="1 or 3 numbers"):
        hidden_image(coloured, QUARTERS, (1, 2))


@pytest.mark.parametrize("name", ["slic", "quickshift", "felzenszwalb"])
def test_superpixels_follow_edges(name):
    pytest.importorskip("skimage")
    image = np.zeros((40, 60, 3))
    image[:, 30:] = [0.9, 0.2, 0.1]
    found = segments_of(image, name)
    assert found.shape == (40, 60)
    assert sorted(np.unique(found)) == list(range(found.max() + 1))
    left, right = set(np.unique(found[:, :29])), set(np.unique(found[:, 31:]))
    assert not left & right


@pytest.mark.parametrize("shape", [(8, 8), (5, 40), (1, 7), (90, 30, 3)])
def test_the_grid_fits_any_size(shape):
    found = segments_of(np.zeros(shape), "grid")
    assert found.shape == shape[:2]
    assert sorted(np.unique(found)) == list(range(found.max() + 1))


def test_where_overlay_and_cut_out():
    e = nl.ImageExplainer(MODEL, segmentation=QUARTERS, hide=0.0).explain(IMAGE)
    assert e.where("mark", num_features=1).sum() == 16
    assert e.where("mark", num_features=1)[:4, :4].all()
    assert not e.where("none", sign=1).any() or e.where("none", sign=-1)[:4, :4].all()
    drawn = e.overlay("mark")
    assert (drawn.shape, drawn.dtype) == ((8, 8, 3), np.uint8)
    assert drawn[1, 1, 2] > drawn[1, 1, 0]  # blue supports
    assert (e.cut_out("mark", num_features=1)[6, 6] == 128).all()


@pytest.mark.parametrize(
    ("image", "options", "says"),
    [
        (np.zeros(5), {}, "height, width"),
        (np.zeros((4, 4, 4)), {}, "height, width"),
        ([["a", "b"]], {}, "height, width"),
        (np.full((4, 4), np.nan), {}, "finite"),
        (np.zeros((4, 4)), {"segmentation": np.zeros((4, 4), dtype=int)}, "found one"),
        (np.zeros((4, 4)), {"segmentation": np.zeros((3, 4), dtype=int)}, "one a pixel"),
        (np.zeros((4, 4)), {"segmentation": "voronoi"}, "'voronoi'"),
        (np.zeros((1, 1)), {"segmentation": "grid"}, "found one"),
    ],
)
def test_bad_input_gets_one_line(image, options, says):
    with pytest.raises(InputError, match=says) as caught:
        nl.ImageExplainer(MODEL, **{"segmentation": QUARTERS, **options}).explain(image)
    assert "\n" not in str(caught.value)


def test_bytes_are_shown_as_they_are_and_numbers_scaled():
    assert as_bytes(np.array([[0, 255]], dtype=np.uint8)).tolist() == [[0, 255]]
    assert as_bytes(np.array([[0.0, 1.0]])).tolist() == [[0, 255]]
    assert as_bytes(np.array([[0.0, 8.0, 16.0]])).tolist() == [[0, 128, 255]]


def test_the_model_gets_the_pictures_as_they_came():
    seen = []

    def model(images):
        seen.extend(images)
        return np.tile([0.5, 0.5], (len(images), 1))

    image = np.zeros((8, 8, 3), dtype=np.uint8)
    nl.ImageExplainer(nl.as_classifier(model, input="image", classes=["a", "b"]), segmentation=QUARTERS).explain(image)
    assert {(one.shape, one.dtype) for one in seen} == {((8, 8, 3), np.dtype(np.uint8))}


def test_it_is_plain_data():
    e = nl.ImageExplainer(MODEL, segmentation=QUARTERS).explain(IMAGE)
    assert pickle.loads(pickle.dumps(e)) == e
    back = nl.ImageExplanation.from_dict(json.loads(json.dumps(e.to_dict(), allow_nan=False)))
    assert back == e
    assert back.to_html() == e.to_html()
