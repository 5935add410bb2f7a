"""Pictures: what is drawn, that it stays inside and apart, that no text acts or warns, and golden images."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explanations import HOSTILE, TOKENS, make

from ner_lime.errors import InputError, LabelError, MissingExtraError, WordIndexError
from ner_lime.explainers.sentence.explainer import NERExplainer
from ner_lime.explanation import Explanation
from ner_lime.explanation.targets import AnyEntity, Contrast, EntityType
from ner_lime.metrics import fidelity_by_calls, stability
from ner_lime.render.answer import claim_of
from ner_lime.render.json import from_dict
from ner_lime.render.page import signed
from ner_lime.render.plot import (
    canvas,
    plot,
    plot_contributions,
    plot_features,
    plot_fidelity,
    plot_matrix,
    plot_sentence,
    plot_stability,
)
from ner_lime.render.scale import HARDLY
from ner_lime.testing import Trigger, TriggerTagger

matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed")
matplotlib.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
UPDATE = os.environ.get("NER_LIME_UPDATE_GOLDEN") == "1"
DRAWN_WITH = "3.11"
"""Another matplotlib sets its text otherwise, and no tolerance would be both fair and sharp."""

HEBREW = ("ראש", "הממשלה", "נתניהו", "נפגש", "UI/UX", "בישראל", ".")
ARABIC = ("مهندس", "برمجيات", "senior", "software", "developer", "مع", "خبرة")
CHINESE = tuple("东京都知事小池百合子")
LONG = ("Donaudampfschifffahrtsgesellschaftskapitän", "of", "microservice-architectures", ",", "Berlin", "x") * 10
MANY_LABELS = ("O", *(f"{prefix}-VERY_LONG_TYPE_{n}" for n in range(10) for prefix in "BI"))[:20]


@pytest.fixture(autouse=True)
def _defaults() -> Iterator[None]:
    """matplotlib's own settings, and no figure left open."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.use("Agg")
        yield
        plt.close("all")


def texts(ax: Any) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def names(ax: Any) -> list[str]:
    return [label.get_text().replace("\u200e", "") for label in ax.get_yticklabels()]


def explained(tokens: Sequence[str]) -> Explanation:
    """Two labels, so that long sentences take no time."""
    return make(tokens, ("O",) * len(tokens), labels=("O", "B-SKILLS"))


def sampler(n_samples: int = 48, **settings: Any) -> NERExplainer:
    tagger = TriggerTagger(
        [Trigger.all_of("B-SKILLS", 0.5, "Web", "UI/UX"), Trigger.all_of("B-SKILLS", 0.2, "of")],
        labels=("O", "B-SKILLS"),
    )
    return NERExplainer(tagger, **{"n_samples": n_samples, "engine": "sample", **settings})


def is_inside(ax: Any) -> bool:
    """Whether all that is drawn of the axes is within the figure, but for a pixel."""
    ax.figure.canvas.draw()
    box, frame = ax.get_tightbbox(), ax.figure.bbox
    return box.x0 >= -1 and box.y0 >= -1 and box.x1 <= frame.x1 + 1 and box.y1 <= frame.y1 + 1


def overlapping(boxes: Sequence[Any]) -> int:
    return sum(
        min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
        for a, b in combinations(boxes, 2)
    )


class TestContributions:
    def test_every_bar_is_a_contribution_in_the_order_of_its_size(self) -> None:
        explanation = make()
        ax = plot_contributions(explanation, 4)
        contributions = explanation[4].contributions()
        assert [bar.get_width() for bar in ax.patches] == pytest.approx([c.weight for c in contributions])
        assert names(ax) == [f"{c.token} [{c.word_index}]" for c in contributions]
        assert ax.yaxis_inverted()  # the first on top

    def test_the_sign_is_seen_without_colour(self) -> None:
        ax = plot_contributions(make(), 4)
        signs = [bar.get_width() > 0 for bar in ax.patches]
        assert True in signs
        assert False in signs
        assert [bar.get_hatch() is None for bar in ax.patches] == signs
        assert [text[0] == "+" for text in texts(ax)] == signs
        assert all(text[0] in "+\N{MINUS SIGN}" for text in texts(ax))

    def test_every_picture_has_the_same_scale(self) -> None:
        explanation = make()
        small = replace(explanation, weights=explanation.weights * 0.01)
        for drawn in (explanation, small):
            assert plot_contributions(drawn, 4).get_xlim() == (-1.0, 1.0)
            assert plot_matrix(drawn).images[0].get_clim() == (-1.0, 1.0)
        colours = {bar.get_facecolor()[:3] for bar in plot_contributions(small, 4).patches}
        assert colours == {matplotlib.colors.to_rgb(canvas.QUIET)}
        assert "hiding words hardly moves this" in plot_contributions(small, 4).get_title(loc="left").replace("\n", " ")

    def test_a_bar_beyond_the_axis_is_cut_and_its_figure_is_not(self) -> None:
        explanation = make()
        explanation.weights[4, 8, 0] = 1.5
        ax = plot_contributions(explanation, 4)
        assert ax.patches[0].get_width() == 1.0
        assert texts(ax)[0] == "+1.500"

    def test_what_is_not_shown_is_summed_up(self) -> None:
        explanation = make()
        ax = plot_contributions(explanation, 4, num_features=2)
        widths = [bar.get_width() for bar in ax.patches]
        assert names(ax)[-1] == "5 more, sum"
        assert sum(widths) == pytest.approx(explanation[4].prediction() - explanation[4].bias())

    def test_intervals_are_drawn_where_there_was_a_sample(self) -> None:
        explanation = make(sampled=True)
        (bars,) = plot_contributions(explanation, 4).containers[1].lines[2]
        halves = [np.ptp(segment[:, 0]) / 2 for segment in bars.get_segments()]
        assert halves == pytest.approx([1.96 * c.std_error for c in explanation[4].contributions()])
        assert len(plot_contributions(make(), 4).containers) == 1

    @pytest.mark.parametrize("target", ["B-SKILLS", EntityType("SKILLS"), AnyEntity(), Contrast("I-SKILLS", "O")])
    def test_any_target_can_be_drawn(self, target: Any) -> None:
        explanation = make()
        ax = plot_contributions(explanation, 4, target=target)
        assert [bar.get_width() for bar in ax.patches] == pytest.approx(
            [c.weight for c in explanation[4].contributions(target)]
        )
        title = ax.get_title(loc="left").replace("\n", " ")
        assert claim_of(explanation[4].attribution, target).name in title
        assert title.endswith(f"This explanation: {explanation[4].verdict_of(target).brief}")

    def test_the_word_is_by_default_the_first_in_an_entity(self) -> None:
        tags = ("O", "O", "O", "B-SKILLS", "I-SKILLS", "O", "O")
        assert (
            plot_contributions(make(TOKENS, tags)).get_title(loc="left").startswith("Web is B-SKILLS (0.766), mainly")
        )

    def test_shapley_values_are_called_shares(self) -> None:
        explanation = from_dict(json.loads((GOLDEN / "explanation.json").read_text(encoding="utf-8")))
        assert "when the word is seen" in plot_contributions(explanation).get_xlabel()

    @pytest.mark.parametrize(
        ("wrong", "error"),
        [
            ({"word_index": 7}, WordIndexError),
            ({"target": "B-NONE"}, LabelError),
            ({"num_features": 0}, InputError),
        ],
    )
    def test_what_can_not_be_drawn_is_told_before_a_figure_is_made(
        self, wrong: dict[str, Any], error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            plot_contributions(make(), **wrong)
        assert not plt.get_fignums()

    def test_long_words_stay_inside_and_apart(self) -> None:
        explanation = make(LONG, ("B-VERY_LONG_TYPE_0", *["O"] * 59), labels=MANY_LABELS, sampled=True)
        ax = plot_contributions(explanation, 0, num_features=20)
        assert is_inside(ax)
        assert not overlapping([label.get_window_extent() for label in ax.get_yticklabels()])

    @pytest.mark.parametrize("letter", ["W", "M", "x", "語"])
    def test_wide_letters_leave_room_for_the_bars(self, letter: str) -> None:
        ax = plot_contributions(explained((letter * 60, letter * 59, "x")), 0)
        assert is_inside(ax)
        assert ax.get_window_extent().width > ax.figure.bbox.width / 3


class TestFeatures:
    def test_a_row_a_word_a_column_a_target(self) -> None:
        explanation = make()
        axes = plot_features(explanation, [3, 4], targets=["B-SKILLS", AnyEntity()], num_features=3)
        assert axes.shape == (2, 2)
        for row, word in enumerate((3, 4)):
            for column, target in enumerate(("B-SKILLS", AnyEntity())):
                first = explanation[word].contributions(target)[0]
                assert axes[row, column].patches[0].get_width() == pytest.approx(first.weight)
        assert axes[0, 0].get_subplotspec().rowspan.start == axes[0, 1].get_subplotspec().rowspan.start

    def test_the_words_are_by_default_those_in_entities(self) -> None:
        axes = plot_features(make())
        words = [ax.get_title(loc="left").split(" is ")[0] for ax in axes.flat]
        assert words == [TOKENS[i] for i in (0, 1, 3, 4, 5)]
        assert len(axes[0, 0].figure.axes) == 5  # the sixth place of two lines of three stays empty

    def test_twenty_labels_stay_inside_and_apart(self) -> None:
        explanation = make(LONG, labels=MANY_LABELS)
        axes = plot_features(explanation, [1], targets=MANY_LABELS, num_features=3)
        assert axes.shape == (1, 20)
        assert is_inside(axes[0, 0])
        frame = axes[0, 0].figure.bbox
        boxes = [ax.get_tightbbox() for ax in axes.flat]
        assert not overlapping(boxes)
        assert all(box.x0 >= -1 and box.x1 <= frame.x1 + 1 for box in boxes)

    def test_given_axes_are_drawn_into(self) -> None:
        _, given = plt.subplots(1, 2)
        axes = plot_features(make(), [3, 4], axes=given)
        assert list(axes.flat) == list(given)
        with pytest.raises(InputError, match="expected 3 axes, one a word and target, found 2"):
            plot_features(make(), [3, 4, 5], axes=given)

    def test_nothing_to_draw(self) -> None:
        with pytest.raises(InputError, match="at least one word and one target"):
            plot_features(make(), [])


class TestMatrix:
    def test_each_cell_is_the_weight_for_the_label_of_its_row(self) -> None:
        explanation = make()
        ax = plot_matrix(explanation)
        (image,) = ax.images
        columns = [explanation.labels.index(label) for label in explanation.predicted]
        np.testing.assert_allclose(image.get_array(), explanation.weights[np.arange(7), columns])
        assert image.norm.vmin == -image.norm.vmax
        assert names(ax)[4] == "UI/UX [4]  I-SKILLS"
        assert [label.get_text() for label in ax.get_xticklabels()] == [f"{t} [{i}]" for i, t in enumerate(TOKENS)]

    def test_one_target_for_all(self) -> None:
        explanation = make(positions=(3, 4))
        (image,) = plot_matrix(explanation, target=EntityType("SKILLS")).images
        known = [k for k, label in enumerate(explanation.labels) if label.endswith("-SKILLS")]
        np.testing.assert_allclose(image.get_array(), explanation.weights[:, known].sum(axis=1))

    def test_the_sign_is_seen_without_colour(self) -> None:
        ax = plot_matrix(make())
        weights = np.asarray(ax.images[0].get_array())
        for marks, sign in zip(ax.collections, (1, -1), strict=True):
            at = {(round(y), round(x)) for x, y in marks.get_offsets()}
            assert at == {tuple(cell) for cell in np.argwhere(sign * weights >= HARDLY).tolist()}

    def test_where_nothing_moves_nothing_is_shaded(self) -> None:
        explanation = make()
        ax = plot_matrix(replace(explanation, weights=explanation.weights * 1e-3))
        assert ax.images[0].norm.vmax == 1.0
        assert not sum(len(marks.get_offsets()) for marks in ax.collections)

    def test_the_explained_word_is_framed(self) -> None:
        ax = plot_matrix(make(positions=(3, 4), components=((0, 1), (2,), (3, 4), (5,), (6,))))
        assert [(patch.get_x(), patch.get_y()) for patch in ax.patches] == [(1.5, -0.5), (1.5, 0.5)]

    @pytest.mark.parametrize("tokens", [("word",), TOKENS, HEBREW, LONG])
    def test_it_stays_inside_and_apart(self, tokens: tuple[str, ...]) -> None:
        ax = plot_matrix(explained(tokens))
        assert is_inside(ax)
        for labels in (ax.get_xticklabels(), ax.get_yticklabels()):
            assert not overlapping([label.get_window_extent() for label in labels])


class TestSentence:
    def words(self, ax: Any) -> list[Any]:
        """The texts of the words, without the headline and the figures."""
        return [text for text in ax.texts[1:] if text.get_text() and text.get_text()[0] not in "+\N{MINUS SIGN}"]

    def test_the_words_stand_in_their_order(self) -> None:
        ax = plot_sentence(make(), 4)
        assert [text.get_text() for text in self.words(ax)] == list(TOKENS)
        at = [text.get_position()[0] for text in self.words(ax)]
        assert at == sorted(at)
        assert ax.texts[0].get_text().startswith("UI/UX is I-SKILLS (0.578), mainly because of itself (+.43)")
        assert ax.texts[0].get_text().endswith("This explanation: trust")

    def test_the_largest_have_their_figure_below_them(self) -> None:
        explanation = make()
        ax = plot_sentence(explanation, 4, num_features=2)
        told = [text for text in ax.texts[1:] if text not in self.words(ax) and text.get_text()]
        first, second = sorted(explanation[4].contributions(num_features=2), key=lambda c: c.word_index)
        assert [text.get_text() for text in told] == [signed(c.weight, 2) for c in (first, second)]
        places = {text.get_text(): text.get_position() for text in self.words(ax)}
        for text, contribution in zip(told, (first, second), strict=True):
            assert text.get_position()[0] == places[contribution.token][0]
            assert text.get_position()[1] > places[contribution.token][1]  # downwards

    def test_only_what_takes_away_is_hatched_and_only_the_word_is_framed(self) -> None:
        explanation = make()
        ax = plot_sentence(explanation, 4)
        hatched = [patch for patch in ax.patches if patch.get_hatch()]
        most = max(abs(c.weight) for c in explanation[4].contributions())
        assert len(hatched) == sum(c.weight <= -0.05 * most for c in explanation[4].contributions())
        (framed,) = [patch for patch in ax.patches if patch.get_linewidth() > 1]
        assert framed.get_extents().contains(*ax.transData.transform(self.words(ax)[4].get_position()))

    @pytest.mark.parametrize("tokens", [TOKENS, LONG, HEBREW, CHINESE, HOSTILE, ("word",), ("W" * 60, "m" * 99, "x")])
    def test_words_stay_inside_and_apart(self, tokens: tuple[str, ...]) -> None:
        ax = plot_sentence(explained(tokens), 0)
        assert is_inside(ax)
        assert not overlapping([text.get_window_extent() for text in ax.texts if text.get_text()])

    def test_what_rounds_to_zero_is_neither_shaded_nor_told(self) -> None:
        explanation = make()
        weights = explanation.weights.copy()
        weights[4] *= 0.004 / np.abs(weights[4]).max()
        still = plot_sentence(replace(explanation, weights=weights), 4)
        assert len(still.patches) == 1  # the frame
        assert texts(still)[1:] == list(TOKENS)
        weights[4, 8, 0] = 0.02
        moved = plot_sentence(replace(explanation, weights=weights), 4)
        assert len(moved.patches) == 2
        assert [text for text in texts(moved)[1:] if text not in TOKENS] == ["+0.02"]

    def test_given_axes_are_filled_with_smaller_words(self) -> None:
        figure, (wide, small) = plt.subplots(1, 2, figsize=(9, 3))
        plot_sentence(explained(LONG[:20]), 0, ax=small)
        plot_sentence(make(), 4, ax=wide)
        assert self.words(small)[0].get_fontsize() < self.words(wide)[0].get_fontsize()
        figure.canvas.draw()
        frame = small.get_window_extent()
        assert all(frame.x0 <= t.get_window_extent().x0 and t.get_window_extent().x1 <= frame.x1 for t in small.texts)
        assert all(frame.y0 <= t.get_window_extent().y0 for t in self.words(small))

    def test_hebrew_runs_from_right_to_left(self) -> None:
        ax = plot_sentence(explained(HEBREW), 0)
        at = [text.get_position()[0] for text in self.words(ax)]
        assert at == sorted(at, reverse=True)
        assert ax.texts[0].get_ha() == "right"

    @pytest.mark.parametrize(
        ("tokens", "from_the_left"),
        [
            (ARABIC, [6, 5, 2, 3, 4, 1, 0]),
            ((*ARABIC[:4], ",", "developer", ",", *ARABIC[5:]), [8, 7, 6, 2, 3, 4, 5, 1, 0]),
            (("We", "want", *HEBREW[:3], "and", "more"), [0, 1, 4, 3, 2, 5, 6]),
        ],
    )
    def test_a_phrase_against_the_sentence_runs_its_own_way(self, tokens, from_the_left) -> None:
        at = [text.get_position()[0] for text in self.words(plot_sentence(explained(tokens), 0))]
        assert sorted(range(len(tokens)), key=at.__getitem__) == from_the_left

    def test_words_without_a_gap_in_the_text_stand_close(self) -> None:
        glued = explained(("ab", "cd", "ef"))
        close = replace(glued, text="abcdef", offsets=((0, 2), (2, 4), (4, 6)))
        apart, together = (self.words(plot_sentence(e, 0))[-1].get_position()[0] for e in (glued, close))
        assert together < apart


class TestChecks:
    """What `ner_lime.metrics` measured, drawn."""

    def test_fidelity_is_drawn_against_the_number_of_calls(self) -> None:
        ax = plot_fidelity(fidelity_by_calls(sampler(), TOKENS, n_calls=(64, 32)))
        for line in ax.lines:
            assert line.get_xdata().tolist() == [32, 64]
        assert len(ax.collections) == 2  # the bands
        assert len(plot_fidelity(fidelity_by_calls(sampler(), TOKENS, n_calls=(32,), positions=[3])).collections) == 0

    def test_one_dot_a_seed_around_the_mean(self) -> None:
        found = stability(sampler(n_samples=24), TOKENS, seeds=[3, 5], word_index=3, target="B-SKILLS")
        ax = plot_stability(found, num_features=4)
        weights = np.array(found.weights)
        order = np.argsort(-np.abs(weights.mean(axis=0)), kind="stable")[:4]
        assert [bar.get_width() for bar in ax.patches] == pytest.approx(weights.mean(axis=0)[order])
        for dots, row in zip(ax.collections, weights, strict=True):
            np.testing.assert_allclose(dots.get_offsets()[:, 0], row[order])

    def test_what_two_seeds_share_is_in_the_title(self) -> None:
        ax = plot_stability(stability(sampler(engine="exact"), TOKENS, seeds=3))
        assert "two seeds share 100% of the 5 largest" in ax.get_title(loc="left")
        assert "one seed" in plot_stability(stability(sampler(), TOKENS, seeds=1)).get_title(loc="left")


class TestPlot:
    @pytest.mark.parametrize(
        ("kind", "draw"),
        [("contributions", plot_contributions), ("sentence", plot_sentence)],
    )
    def test_kinds_are_the_functions(self, kind: Any, draw: Callable[..., Any]) -> None:
        found = make().plot(4, kind=kind, target="B-SKILLS", num_features=3)
        assert texts(found) == texts(draw(make(), 4, target="B-SKILLS", num_features=3))

    def test_the_matrix(self) -> None:
        assert len(make().plot(kind="matrix", target="O").images) == 1

    def test_several_words_or_targets_make_a_grid(self) -> None:
        assert plot(make(), [3, 4]).shape == plot(make(), np.array([3, 4])).shape == (2, 1)
        assert texts(plot(make(), np.int64(4), kind="sentence")) == texts(plot_sentence(make(), 4))
        assert plot(make(), 4, target=["O", AnyEntity()]).shape == (1, 2)
        assert plot(make(), [3, 4], target="O", num_features=2).shape == (2, 1)
        with pytest.raises(InputError, match='a grid has kind="contributions"'):
            plot(make(), [3, 4], kind="matrix")

    def test_unknown_kinds(self) -> None:
        with pytest.raises(InputError, match="contributions, matrix, sentence, found 'pie'"):
            plot(make(), kind="pie")  # type: ignore[arg-type]

    @pytest.mark.parametrize("kind", ["contributions", "matrix", "sentence"])
    def test_axes_are_drawn_into_and_returned(self, kind: Any) -> None:
        _, ax = plt.subplots()
        assert plot(make(), kind=kind, ax=ax) is ax
        assert len(plt.get_fignums()) == 1


class TestText:
    @pytest.mark.parametrize("kind", ["contributions", "matrix", "sentence"])
    @pytest.mark.parametrize("tokens", [HOSTILE, HEBREW, CHINESE, ("$x$", "$\\frac{1}{0}$", "a_b^c", "%", "\\", "$")])
    def test_no_text_acts_or_warns(self, kind: Any, tokens: tuple[str, ...], tmp_path: Path) -> None:
        ax = plot(explained(tokens), 0, kind=kind)
        for form in ("png", "svg", "pdf") if kind == "sentence" else ("png",):
            ax.figure.savefig(tmp_path / f"picture.{form}")  # warnings are errors here
            assert (tmp_path / f"picture.{form}").stat().st_size > 1000

    def test_mathematics_is_drawn_as_it_is_typed(self, tmp_path: Path) -> None:
        tokens = ("$alpha$", "b")
        matplotlib.rcParams["svg.fonttype"] = "none"
        plot_sentence(explained(tokens), 0).figure.savefig(tmp_path / "picture.svg")
        assert ">$alpha$</text>" in (tmp_path / "picture.svg").read_text(encoding="utf-8")

    def test_what_no_font_can_draw_is_a_square_and_told_once(self, caplog: pytest.LogCaptureFixture) -> None:
        canvas._tell_once.cache_clear()
        missing = "\U000e0fff"
        private = "\ue9f3\ue9f4"
        with caplog.at_level(logging.WARNING, logger="ner_lime"):
            assert canvas.shown(f"a{private}b{missing}") == "a\N{WHITE SQUARE}\N{WHITE SQUARE}b\N{WHITE SQUARE}"
            assert canvas.shown(private) == "\N{WHITE SQUARE}" * 2
        assert len(caplog.records) == 1
        assert "no installed font can draw" in caplog.text

    def test_a_font_that_came_after_matplotlib_made_its_list_is_found(self, monkeypatch):
        from matplotlib import font_manager

        manager = font_manager.fontManager
        (entry, *_) = [entry for entry in manager.ttflist if entry.name == "STIXGeneral"]
        monkeypatch.setattr(manager, "ttflist", [e for e in manager.ttflist if e.name != "STIXGeneral"])
        monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [entry.fname, __file__])
        monkeypatch.setattr(canvas, "FALLBACKS", (*canvas.FALLBACKS, "STIXGeneral"))
        canvas._add_new_fonts.cache_clear()
        known = canvas._characters(("DejaVu Sans",))
        only_there = next(chr(c) for c in sorted(font_manager.get_font(entry.fname).get_charmap()) if c not in known)
        assert canvas.drawable(only_there) == only_there
        canvas._add_new_fonts.cache_clear()

    def test_a_font_without_a_normal_weight_is_not_complained_of(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING):
            for draw in (plot_contributions, plot_sentence, plot_matrix):
                draw(explained(CHINESE)).figure.canvas.draw()
        assert not [record for record in caplog.records if "weight" in record.getMessage()]

    def test_the_users_fonts_come_first(self) -> None:
        matplotlib.rcParams["font.family"] = ["monospace"]
        assert canvas.families()[0] == "monospace"
        assert plot_sentence(make(), 4).texts[1].get_fontfamily()[0] == "monospace"

    @pytest.mark.parametrize("word", ["שו", "אבג", "اس"])
    def test_the_first_letter_of_hebrew_and_arabic_stands_on_the_right(self, word: str) -> None:
        def right_edge(text: str) -> list[int]:
            figure = plt.figure(figsize=(2, 2), dpi=100)
            figure.text(0.9, 0.5, canvas.shown(text), fontsize=40, ha="right", va="baseline", **canvas.text_style())
            figure.canvas.draw()
            ink = (np.asarray(figure.canvas.buffer_rgba())[:, :, 0] < 128).sum(axis=0)
            return ink[: np.flatnonzero(ink)[-1] + 1][-5:].tolist()

        assert right_edge(word) == right_edge(word[0]) != right_edge(word[-1])

    def test_words_beside_figures_keep_their_side(self) -> None:
        assert canvas.named("שלום", 3) == "\u200eשלום\u200e [3]"
        assert canvas.named("word", 3) == "word [3]"


class TestWithoutMatplotlib:
    def test_importing_the_functions_imports_no_matplotlib(self) -> None:
        code = "import sys, ner_lime.render.plot; sys.exit('matplotlib' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], cwd=GOLDEN.parents[1], check=False).returncode == 0

    @pytest.mark.parametrize("kind", ["contributions", "matrix", "sentence"])
    def test_the_extra_is_named(self, kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
        with pytest.raises(MissingExtraError, match=r"pip install 'ner-lime\[plot\]'"):
            plot(make(), kind=kind)


SIXTY = tuple(f"{word}{number}" for number in range(10) for word in ("of", "microservice-", "Web", ",", "UI/UX", "x"))


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("contributions", lambda e: plot_contributions(e, 4, num_features=5)),
        ("contrast", lambda e: plot_contributions(e, 4, target=Contrast("I-SKILLS", "B-SKILLS"))),
        ("features", lambda e: plot_features(e, [3, 4], num_features=3)[0, 0]),
        ("matrix", plot_matrix),
        ("sentence", lambda e: plot_sentence(e, 4)),
        ("fidelity", lambda _: plot_fidelity(fidelity_by_calls(sampler(), TOKENS, n_calls=(16, 32, 64, 128)))),
        ("stability", lambda _: plot_stability(stability(sampler(), TOKENS, seeds=6, word_index=3, target="B-SKILLS"))),
        ("matrix-60-words", lambda _: plot_matrix(explained(SIXTY))),
        ("sentence-60-words", lambda _: plot_sentence(explained(SIXTY), 10)),
        (
            "features-20-labels",
            lambda _: plot_features(make(labels=MANY_LABELS, tags=["O"] * 7), [4], targets=MANY_LABELS, num_features=1)[
                0, 0
            ],
        ),
        ("contributions-arabic", lambda _: plot_contributions(explained(ARABIC), 2)),
        ("sentence-arabic", lambda _: plot_sentence(explained(ARABIC), 2)),
        ("sentence-hebrew", lambda _: plot_sentence(explained(HEBREW), 4)),
        ("matrix-chinese", lambda _: plot_matrix(explained(CHINESE))),
        ("sentence-chinese", lambda _: plot_sentence(explained(CHINESE), 3)),
    ],
)
def test_golden(name: str, draw: Callable[[Explanation], Any], tmp_path: Path) -> None:
    """Pictures that a person has looked at: set NER_LIME_UPDATE_GOLDEN=1 to draw them anew, and look at them."""
    if not matplotlib.__version__.startswith(f"{DRAWN_WITH}."):
        pytest.skip(f"the golden pictures were drawn with matplotlib {DRAWN_WITH}, this is {matplotlib.__version__}")
    canvas.drawable("".join(CHINESE))  # a font for it may have come after matplotlib made its list
    if name.endswith("chinese") and canvas.families()[2:] != ["WenQuanYi Zen Hei"]:
        pytest.skip(f"the golden pictures were drawn with WenQuanYi Zen Hei, here is {canvas.families()[2:]}")
    from matplotlib.testing.compare import compare_images

    explanation = from_dict(json.loads((GOLDEN / "explanation.json").read_text(encoding="utf-8")))
    expected, found = GOLDEN / "plots" / f"{name}.png", tmp_path / f"{name}.png"
    figure = draw(explanation).figure
    figure.savefig(found, dpi=70 if figure.get_figwidth() < 10 else 30, metadata={"Software": None})
    if UPDATE:
        expected.parent.mkdir(exist_ok=True)
        expected.write_bytes(found.read_bytes())
    assert expected.stat().st_size < 60_000
    assert compare_images(str(expected), str(found), tol=2.0) is None
