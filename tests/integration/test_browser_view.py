"""The page in a real Chromium: what a person clicks, types, sees and hears.

Skipped with a reason where Chromium or playwright is not installed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from explanations import HOSTILE, LABELS, make

from ner_lime.explainers.sentence.explainer import NERExplainer
from ner_lime.explanation import Explanation
from ner_lime.explanation.joint import joint
from ner_lime.explanation.targets import AnyEntity, Contrast, EntityType
from ner_lime.render.answer import MAX_NAME, answer, claim_of, claim_of_entity, plain_text
from ner_lime.render.html import notebook_html, to_html
from ner_lime.render.page import rounded, rounded_entity, signed
from ner_lime.render.scale import HARDLY, short
from ner_lime.render.visible import visible

pytestmark = pytest.mark.browser


class Window:
    """Pages that are used again, one for each set of options, and what they complain about or ask the network for."""

    def __init__(self, browser: Any, path: Path) -> None:
        self.browser = browser
        self.path = path
        self.pages: dict[str, Any] = {}
        self.complaints: list[str] = []

    def __call__(self, source: str, **options: Any) -> Any:
        """Open the HTML as a file."""
        self.path.write_text(source, encoding="utf-8")
        key = repr(options)
        if key not in self.pages:
            self.pages[key] = page = self.browser.new_context(**options).new_page()
            page.on("console", lambda message: self.complaints.append(message.text))
            page.on("pageerror", lambda error: self.complaints.append(str(error)))
            page.on("dialog", lambda dialog: self.complaints.append(f"dialog {dialog.message}"))
            page.on("request", lambda request: self.complaints.append(request.url))
        page = self.pages[key]
        page.goto(self.path.as_uri())
        return page


@pytest.fixture(scope="module")
def window(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Window:
    return Window(browser, tmp_path_factory.mktemp("pages") / "page.html")


@pytest.fixture
def show(window: Window) -> Iterator[Window]:
    window.complaints.clear()
    yield window
    assert set(window.complaints) <= {window.path.as_uri(), "about:srcdoc"}


@pytest.fixture(scope="module")
def explanation() -> Explanation:
    return make(sampled=True)


def explained_long(n_words: int) -> Explanation:
    words = [f"word{i}" for i in range(n_words)]
    return make(words, labels=("O", "B-X"))


def figures(page: Any) -> dict[str, Any]:
    """Everything on the page that depends on the chosen word and target."""
    return page.evaluate(
        """() => ({
          text: [...document.querySelectorAll(".word")].map((word) => [word.textContent, word.className]),
          answer: document.querySelector(".answer").textContent.replace(/\\s+/g, " "),
          verdict: document.querySelector("#verdict").dataset.level,
          note: document.querySelector("#note").hidden,
          columns: [...document.querySelectorAll(".columns :is(h3, th, td, dt, dd, span, p):not(.rest *)")]
            .map((element) => element.textContent.replace(/\\s+/g, " ").trim()),
          folded: [...document.querySelectorAll("#contributions tbody:not(.rest) tr")].map((row) => row.className),
          bars: [...document.querySelectorAll(".columns svg")].map((svg) => svg.outerHTML),
        })"""
    )


@pytest.mark.parametrize(
    ("make_explanation", "word_index", "label"),
    [
        (lambda: make(sampled=True), 4, None),
        (lambda: make(), 4, "B-SKILLS"),
        (lambda: make(sampled=True), 5, EntityType("SKILLS")),
        (lambda: make(), 2, AnyEntity()),
        (lambda: make(sampled=True), 4, Contrast("O", "I-SKILLS")),
        (lambda: make(sampled=True), 4, Contrast("O", "B-DEGREE")),
        (lambda: replace(make(), predicted=("O",) * 7, gold=("B-DEGREE",) * 7), 4, None),
        (lambda: make(positions=(5, 1), components=((0, 1), (2,), (3, 5), (4,))), 5, None),
        (lambda: make(HOSTILE, sampled=True), 3, None),
        (lambda: make([f"w{i}" for i in range(30)], labels=("O", *(f"B-{i}" for i in range(20)))), 7, None),
    ],
)
def test_the_script_shows_what_the_page_showed_without_it(
    show: Window, make_explanation: Callable[[], Explanation], word_index: int, label: Any
) -> None:
    source = to_html(make_explanation(), word_index, label=label)
    before, after = figures(show(source, java_script_enabled=False)), figures(show(source))
    assert before == after


def test_every_choice_at_every_word_is_what_python_says(show: Window, explanation: Explanation) -> None:
    choices = [*LABELS, *map(EntityType, ("DEGREE", "EXPERIENCE", "MAJOR", "SKILLS")), AnyEntity()]
    found = show(to_html(explanation)).evaluate(
        """(n) => {
          const text = (selector) => document.querySelector(selector).textContent;
          const seen = [];
          for (let choice = 0; choice < n; choice += 1) {
            const select = document.querySelector("#choice");
            select.value = choice;
            select.dispatchEvent(new Event("change"));
            for (const word of document.querySelectorAll(".word")) {
              word.click();
              const rows = [...document.querySelectorAll("#contributions tbody:not(.rest) tr")];
              seen.push({
                answer: text("#answer"), value: text("#value"), level: text("#level"), reasons: text("#reasons"),
                r2: text("#r2"), bias: text("#bias"), prediction: text("#prediction"), own: text("#own-share"),
                contributions: rows.map((row) => [...row.cells].slice(0, 4).map((cell) => cell.textContent)),
              });
            }
          }
          return seen;
        }""",
        len(choices),
    )
    expected = [
        {
            "answer": plain_text(answer(word.attribution, word.token, claim_of(word.attribution, choice), choice)),
            "value": f"{word.probability_of(choice):.3f}",
            "level": exact.verdict_of(choice).level,
            "reasons": "; ".join(exact.verdict_of(choice).reasons),
            "r2": f"{exact.r2(choice):.3f}",
            "bias": signed(word.bias(choice)),
            "prediction": signed(word.prediction(choice)),
            "own": f"{100 * word.own_share(choice):.0f} %",
            "contributions": [
                [str(c.word_index), c.token, signed(c.weight), f"{1.96 * c.std_error:.3f}"]
                for c in word.contributions(choice)
            ],
        }
        for choice in choices
        for exact, word in zip(explanation, rounded(explanation), strict=True)
    ]
    assert found == expected


def test_clicking_a_word_explains_it(show: Window, explanation: Explanation) -> None:
    page = show(to_html(explanation, 4))
    page.get_by_role("radio", name="Web", exact=True).click()
    assert page.inner_text("#token") == "Web"
    assert page.inner_text("#value") == f"{explanation[3].probability:.3f}"
    assert page.get_by_role("radio", checked=True).all_inner_texts() == ["Web"]
    status = page.inner_text("#status")
    assert status.startswith("Web is B-SKILLS (0.766), mainly because of UI/UX (+.39), of (+.33) and itself (+.15).")
    assert status.endswith("This explanation: trust.")


def test_arrow_keys_go_from_word_to_word_and_skip_what_was_not_explained(show: Window) -> None:
    page = show(to_html(make(positions=(5, 1, 4)), 4))
    page.keyboard.press("Tab")
    seen = []
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "Home", "ArrowUp", "ArrowDown", "End"):
        page.keyboard.press(key)
        seen.append(page.inner_text("#token"))
        assert page.evaluate("document.activeElement.textContent") == seen[-1]
    assert seen == ["design", "years", "design", "years", "design", "years", "design"]
    page.locator(".word").nth(0).click()
    assert page.inner_text("#token") == "design"


def test_arrow_keys_follow_right_to_left_text(show: Window) -> None:
    page = show(to_html(make(("שלום", "עולם", "טוב")), 0))
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")
    assert page.inner_text("#token") == "עולם"


def test_a_contrast_is_the_difference(show: Window, explanation: Explanation) -> None:
    page = show(to_html(explanation, 4))
    page.select_option("#other", label="B-SKILLS")
    contrast = Contrast("I-SKILLS", "B-SKILLS")
    word = explanation[4]
    claim = f"UI/UX is I-SKILLS rather than B-SKILLS ({word.probability_of(contrast):+.3f})"
    assert page.inner_text("h2").startswith(f"{claim}, mainly because of itself (+.43)")
    assert page.inner_text("#level") == word.verdict_of(contrast).level
    assert page.inner_text("#map-name") == "its predicted label rather than B-SKILLS"
    page.select_option("#choice", label="SKILLS")
    assert page.is_disabled("#other")
    assert page.inner_text("h2").startswith("UI/UX is in a SKILLS entity (0.591)")


def test_the_map_holds_every_weight_and_explains_on_click(show: Window, explanation: Explanation) -> None:
    page = show(to_html(explanation, 4))

    def cells() -> list[list[str]]:
        return page.evaluate(
            "[...document.querySelectorAll('#map tbody tr')].map((row) => "
            "[...row.querySelectorAll('td')].map((cell) => cell.textContent))"
        )

    def expected(label: str | None) -> list[list[str]]:
        rows = []
        for word in rounded(explanation):
            weights = {c.word_index: c.weight for c in word.contributions(label)}
            texts = [f"{weights[i]:+.2f}".replace("0.", ".", 1).replace("-", "−") for i in range(7)]
            rows.append(["0" if text[1:] == ".00" else text for text in texts])
        return rows

    assert cells() == expected(None)
    page.select_option("#choice", label="B-DEGREE")
    assert cells() == expected("B-DEGREE")
    page.locator("#map tbody tr").nth(2).locator("td").nth(0).click()
    assert page.inner_text("#token") == "of"
    page.locator("#map tbody tr").nth(2).locator("td").nth(1).hover()
    assert page.inner_text("#readout").startswith("years → of, B-DEGREE: ")
    assert page.locator("#map td span").first.bounding_box()["width"] <= 1
    page.get_by_role("button", name="Show numbers").click()
    assert page.locator("#map td span").first.bounding_box()["width"] > 10


def test_where_nothing_moves_nothing_is_shaded(show: Window, explanation: Explanation) -> None:
    still = replace(explanation, weights=explanation.weights * 1e-4)
    for options in ({}, {"java_script_enabled": False}):
        page = show(to_html(still, 4), **options)
        assert page.locator("#text .pos, #text .neg, #map .pos, #map .neg").count() == 0


def test_of_a_large_map_a_band_around_the_chosen_word_is_shown_and_said(show: Window) -> None:
    page = show(to_html(explained_long(101)), viewport={"width": 1280, "height": 800})
    rows, heads = page.locator("#map tbody tr"), page.locator("#map thead th")
    assert (rows.count(), heads.count()) == (40, 40)
    assert "Shown: 40 of 101 columns and 40 of 101 rows, around word0" in page.inner_text("#map-range")
    page.locator(".word").nth(70).click()
    assert heads.all_text_contents() == [f"word{i}" for i in range(50, 90)]
    assert page.locator("#map .chosen th").inner_text() == "word70"
    assert page.locator("#map-region").evaluate("region => region.scrollWidth <= region.clientWidth")
    page.locator("#map tbody tr").first.locator("td").first.click()
    assert page.inner_text("#token") == "word50"


def test_on_a_phone_the_map_has_the_columns_that_fit(show: Window) -> None:
    page = show(to_html(explained_long(40), 20), viewport={"width": 390, "height": 800})
    assert page.locator("#map-region").evaluate("region => region.scrollWidth <= region.clientWidth")
    assert 8 <= page.locator("#map thead th").count() <= 20
    assert "around word20" in page.inner_text("#map-range")


def test_the_twelve_largest_and_all(show: Window) -> None:
    explanation = make([f"w{i}" for i in range(20)])
    page = show(to_html(explanation))
    rows = page.locator("#contributions tbody:not(.rest) tr:visible")
    seen = sum(f"{abs(c.weight):.3f}" != "0.000" for c in explanation[0].contributions()[:12])
    assert rows.count() == seen <= 12
    assert page.inner_text("#rest").startswith(f"{20 - seen} more words add ")
    page.get_by_role("button", name="Show all 20").click()
    assert rows.count() == 20
    assert page.is_hidden("#rest")
    page.get_by_role("button", name="Show fewer").click()
    page.emulate_media(media="print")
    assert rows.count() == 20
    page.emulate_media(media="null")


def test_copy_as_json(show: Window, explanation: Explanation) -> None:
    page = show(to_html(explanation, 4), permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy as JSON").click()
    page.get_by_text("Copied.").wait_for()
    copied = json.loads(page.evaluate("navigator.clipboard.readText()"))
    word = explanation[4]
    assert (copied["word_index"], copied["token"], copied["target"]) == (4, "UI/UX", "I-SKILLS")
    assert copied["verdict"] == word.verdict.level
    assert copied["probability"] == pytest.approx(word.probability, abs=1e-4)
    for found, c in zip(copied["contributions"], word.contributions(), strict=True):
        assert (found["token"], found["word_indices"]) == (c.token, list(c.word_indices))
        assert found["weight"] == pytest.approx(c.weight, abs=1e-4)
        assert found["std_error"] == pytest.approx(c.std_error, abs=1e-4)


def test_where_the_clipboard_is_closed_the_json_is_shown(show: Window, explanation: Explanation) -> None:
    page = show(to_html(explanation, 4))
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    page.get_by_role("button", name="Copy as JSON").click()
    page.get_by_text("Press Ctrl+C").wait_for()
    assert json.loads(page.input_value("#json"))["token"] == "UI/UX"


def test_hostile_tokens_are_text(show: Window) -> None:
    labels = ("O", *(f"B-{token}" for token in HOSTILE[:7]))
    explanation = replace(make(HOSTILE, ("O", *labels[1:8], *["O"] * 7), labels=labels), gold=("<b>x</b>",) * 15)
    page = show(to_html(explanation, 1, title="</title><script>alert(1)</script>"))
    words = page.locator(".word")
    for i, token in enumerate(HOSTILE):
        words.nth(i).click(position={"x": 5, "y": 5})
        shown = visible(token)
        shown = shown if len(shown) <= MAX_NAME else f"{shown[: MAX_NAME - 1]}…"
        assert page.evaluate("document.querySelector('#token').textContent") == shown
    assert page.evaluate("document.querySelector('#text').textContent") == visible(explanation.text)
    assert page.evaluate("document.scripts.length") == 2
    assert page.locator("img, b:not(.number), iframe").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_policy_holds(window: Window, explanation: Explanation) -> None:
    foreign = '<script>document.title = "hacked"</script><img src="x" onerror="1"><i style="color:red">i</i>'
    window.complaints.clear()
    page = window(to_html(explanation).replace('<p id="status"', f'{foreign}<p id="status"'))
    assert page.title() != "hacked"
    assert page.evaluate("getComputedStyle(document.querySelector('i')).color") != "rgb(255, 0, 0)"
    assert len([text for text in window.complaints if "Content Security Policy" in text]) >= 3


def test_in_a_notebook_it_is_a_page_of_its_own(show: Window, explanation: Explanation) -> None:
    page = show(f"<!doctype html><style>.word {{ display: none }}</style>{notebook_html(explanation, 4)}")
    frame = page.frame_locator("iframe")
    frame.get_by_role("radio", name="Web", exact=True).click()
    assert frame.locator("#token").inner_text() == "Web"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_sticks_out(show: Window, width: int) -> None:
    words = ["Donaudampfschifffahrtsgesellschaftskapitänsmütze", *(f"word{i}" for i in range(39))]
    page = show(to_html(make(words, sampled=True)), viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator("main").bounding_box()["width"] > 0.8 * min(width, 1056)


BOXES = """() => {
  const places = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const { left, right } = range.getBoundingClientRect();
    return [left, right];
  };
  return [...document.querySelectorAll(".word")].map((word) => ({
    pieces: [...word.getClientRects()].map((box) => [box.left, box.right]),
    ink: places(word),
  }));
}"""


@pytest.mark.parametrize(
    ("text", "from_the_left"),
    [
        ("مهندس برمجيات senior web developer خبرة", [5, 2, 3, 4, 1, 0]),
        ("مهندس برمجيات experience 設計の経験", [2, 3, 1, 0]),
        ("مهندس 6 years of senior , software ( Java ) خبرة", [10, 2, 3, 4, 5, 6, 7, 8, 9, 1, 0]),
        ("We want מהנדס תוכנה בכיר with experience", [0, 1, 4, 3, 2, 5, 6]),
    ],
)
def test_each_word_is_one_box_where_its_letters_are(show: Window, text: str, from_the_left: list[int]) -> None:
    tokens = text.split()
    tags = ["O", "O", "B-SKILLS", "I-SKILLS", *["O"] * len(tokens)][: len(tokens)]
    page = show(to_html(make(tokens, tags), 2), viewport={"width": 1280, "height": 800})
    found = page.evaluate(BOXES)
    for word in found:
        ((left, right),) = word["pieces"]
        assert left <= word["ink"][0] < word["ink"][1] <= right
        assert right - left < word["ink"][1] - word["ink"][0] + 10
    assert sorted(range(len(tokens)), key=lambda index: found[index]["ink"][0]) == from_the_left


@pytest.mark.parametrize("numbers", [False, True])
def test_a_long_sentence_fits_on_paper(show: Window, numbers: bool) -> None:
    """A4 within Chromium's margins is 718 pixels wide; what sticks out would shrink the whole page."""
    page = show(to_html(explained_long(60)), viewport={"width": 718, "height": 1000})
    if numbers:
        page.click("#numbers")
    page.emulate_media(media="print")
    try:
        assert page.evaluate("document.documentElement.scrollWidth") == 718
        assert page.locator("#map tbody td").first.bounding_box()["width"] > 5
    finally:
        page.emulate_media(media="null")


def test_paper_is_light_whatever_the_screen_is(show: Window, explanation: Explanation) -> None:
    names = ("--paper", "--ink", "--soft", "--line", "--panel", "--positive", "--negative", "--good")
    page = show(to_html(explanation, 4), color_scheme="dark")

    def colours() -> list[str]:
        return [page.evaluate(f"getComputedStyle(document.documentElement).getPropertyValue('{n}')") for n in names]

    screen = colours()
    page.emulate_media(media="print")
    dark = colours()
    page.emulate_media(media="print", color_scheme="light")
    light = colours()
    page.emulate_media(media="null", color_scheme="dark")
    assert dark == light
    assert all(on_screen != on_paper for on_screen, on_paper in zip(screen, dark, strict=True))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_leave_shading_and_marks(show: Window, explanation: Explanation, scheme: str) -> None:
    page = show(to_html(explanation, 4), forced_colors="active", color_scheme=scheme)

    def style(selector: str, name: str) -> str:
        return page.evaluate("([s, n]) => getComputedStyle(document.querySelector(s))[n]", [selector, name])

    for inside in (".text", ".guide", "#map tbody"):
        backgrounds = {style(f"{inside} {sign}", "backgroundColor") for sign in (".pos", ".neg")}
        assert len(backgrounds) == 2
        assert all("rgba" in background for background in backgrounds)  # the page's own, not the system's
        assert "gradient" in style(f"{inside} .neg", "backgroundImage")
    assert style(".word.chosen", "outlineStyle") == style(".guide .chosen", "outlineStyle") == "solid"
    assert style(".word:not(.chosen)", "outlineStyle") == "none"
    page.keyboard.press("Tab")
    assert style(".word.chosen", "outlineWidth") == "3px"  # the focus is seen too


def test_the_heading_is_as_it_was_typed_and_larger_than_those_of_parts(show: Window, explanation: Explanation) -> None:
    page = show(to_html(explanation, 4, title="resume_Ab.txt"))
    assert page.inner_text("h1") == "resume_Ab.txt"
    sizes = page.evaluate("['h1', 'h3'].map((h) => parseFloat(getComputedStyle(document.querySelector(h)).fontSize))")
    assert sizes[0] > sizes[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("numbers", [False, True])
def test_axe_finds_nothing(show: Window, explanation: Explanation, scheme: str, numbers: bool) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = show(to_html(replace(explanation, gold=("O",) * 7), 4), color_scheme=scheme)
    if numbers:
        page.click("#numbers")
        page.select_option("#choice", label="SKILLS")
    violations = axe.Axe().run(page).response["violations"]
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in violations] == []


@pytest.fixture(scope="module")
def trained(crf: Any) -> Explanation:
    """Of a real model, which can be asked for entities and pairs."""
    return NERExplainer(crf).explain("6+ years of Web UI/UX design experience")


@pytest.mark.parametrize("number", [0, 1])
def test_an_entity_is_shown_by_the_script_as_without_it(show: Window, trained: Explanation, number: int) -> None:
    source = trained.entities[number].to_html()
    before, after = figures(show(source, java_script_enabled=False)), figures(show(source))
    assert before == after
    assert before["answer"].strip().startswith(f"{trained.entities[number].text} is ")


def test_entities_are_asked_about_by_chip_line_and_keyboard(show: Window, trained: Explanation) -> None:
    page = show(trained.to_html(2))
    chips = page.locator("#entities button")
    entities = trained.entities
    assert chips.count() == len(entities)
    for number, entity in enumerate(entities):
        chips.nth(number).focus()
        page.keyboard.press("Enter")
        claim = claim_of_entity(entity)
        expected = plain_text(answer(rounded_entity(entity).attribution, entity.text, claim))
        assert page.inner_text("#answer") == expected
        assert page.inner_text("#level") == entity.verdict.level
        assert page.inner_text("#reasons") == "; ".join(entity.verdict.reasons)
        assert page.inner_text("#r2") == f"{entity.r2:.3f}"
        assert page.locator("#text .chosen").all_inner_texts() == list(trained.tokens[entity.start : entity.end])
        assert chips.nth(number).get_attribute("aria-pressed") == "true"
        assert page.locator("#likely tbody tr").count() == entity.end - entity.start
        copied = page.evaluate("document.querySelector('#status').textContent")
        assert copied.startswith(f"{entity.text} is ")
    page.get_by_role("radio", name="of", exact=True).click()
    assert page.locator("#entities [aria-pressed=true]").count() == 0
    assert page.inner_text("#answer").startswith("of is O")
    box = page.locator("#text .entity").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 3, box["y"] + box["height"] - 2)  # the type, or the line under it
    assert page.inner_text("#token") == entities[0].text


def test_the_pair_that_acts_together_is_named_where_adding_up_does_not_do(show: Window, trained: Explanation) -> None:
    page = show(trained.to_html())
    pairs = joint(trained).pairs
    assert pairs
    for word in trained:
        page.locator(".word").nth(word.word_index).click()
        pair = pairs.get(word.word_index)
        assert page.is_visible("#pair") == (pair is not None and abs(pair.weight) >= HARDLY)
        if page.is_visible("#pair"):
            assert (page.inner_text("#pair-first"), page.inner_text("#pair-second")) == pair.tokens
            assert page.inner_text("#pair-weight") == short(pair.weight)


def test_the_same_change_looks_the_same_at_every_word(show: Window, explanation: Explanation) -> None:
    page = show(to_html(explanation, 4))
    for word in range(len(explanation.tokens)):
        page.locator(".word").nth(word).click()
        for row in page.locator("#contributions tbody:not(.rest) tr").all():
            weight = float(row.locator("td.number").first.inner_text().replace("−", "-") or 0)
            drawn = float(row.locator("rect").get_attribute("width"))
            assert drawn == pytest.approx(min(abs(weight), 1.0), abs=6e-4)
            assert row.locator("svg").get_attribute("viewBox") == "-1 0 2 1"
            assert ("hardly" in (row.get_attribute("class") or "")) == (abs(weight) < HARDLY - 5e-4) or (
                abs(abs(weight) - HARDLY) < 1e-3
            )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_where_there_are_entities(
    show: Window, trained: Explanation, scheme: str, width: int
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = show(trained.entities[0].to_html(), color_scheme=scheme, viewport={"width": width, "height": 800})
    violations = axe.Axe().run(page).response["violations"]
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
