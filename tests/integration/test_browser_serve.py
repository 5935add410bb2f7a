"""The page of `ner-lime serve` in a real Chromium: a sentence is typed, changed and explained.

Skipped with a reason where Chromium, playwright or starlette is not installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from explanations import HOSTILE
from servers.serving import Service, ner_lime_serve

import ner_lime as nl
from ner_lime.render.page import signed
from ner_lime.render.visible import visible

pytest.importorskip("starlette", reason="starlette is not installed")
pytest.importorskip("uvicorn", reason="uvicorn is not installed")

TEXT = "6+ years of Web UI/UX design experience"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def service(crf: nl.CRFTagger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    path = tmp_path_factory.mktemp("serve") / "model"
    crf.save(path)
    with ner_lime_serve("--model", str(path)) as running:
        yield running


class Visit:
    """One page, what it complains about, and whom it asks."""

    def __init__(self, browser: Any, service: Service, **options: Any) -> None:
        self.service = service
        self.complaints: list[str] = []
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(f"dialog {dialog.message}"))
        self.page.on("request", self._asks)
        self.page.goto(service.address)
        self.settle()

    def _asks(self, request: Any) -> None:
        if not request.url.startswith((f"{self.service.base}/", "data:,")):
            self.complaints.append(request.url)

    def settle(self) -> None:
        """Wait until what was typed is explained."""
        self.page.locator("#view[aria-busy=false] .word").first.wait_for()

    def type(self, text: str) -> None:
        self.page.fill("#sentence", text)
        self.settle()

    def choose(self, word: str) -> None:
        self.page.get_by_role("radio", name=word, exact=True).first.click()

    def words(self) -> list[str]:
        return self.page.locator("#text .word").all_text_contents()

    def answer(self) -> tuple[str, str, str]:
        text = self.page.inner_text
        return text("#token"), self.page.locator("[data-name]").first.inner_text(), text("#value")

    def listed(self) -> list[list[str]]:
        """The contributions that are shown: word and weight."""
        rows = self.page.locator("#contributions tbody:not(.rest) tr:visible")
        return [row.locator("th, td.number").all_inner_texts()[:2] for row in rows.all()]


@pytest.fixture
def visit(browser: Any, service: Service) -> Iterator[Visit]:
    visiting = Visit(browser, service)
    yield visiting
    visiting.context.close()
    assert visiting.complaints == []


def expected(word: nl.TokenExplanation, label: str | None = None) -> tuple[str, str, str]:
    return word.token, label or word.label, f"{word.probability_of(label):.3f}"


def contributions(word: nl.TokenExplanation) -> dict[str, str]:
    return {f"{c.word_index} {c.token}": signed(c.weight) for c in word.contributions()}


def shown(visit: Visit) -> dict[str, str]:
    rows = visit.page.locator("#contributions tbody:not(.rest) tr").all()
    cells = [row.locator("th, td").all_text_contents() for row in rows]
    return {f"{index} {token}": weight for index, token, weight, *_ in cells}


def close(found: dict[str, str], right: dict[str, str]) -> bool:
    """The page has weights in steps of 1/32767 of the largest: the third decimal may be another."""

    def number(text: str) -> float:
        return float(text.replace("−", "-"))

    return set(found) == set(right) and all(abs(number(found[k]) - number(right[k])) < 0.0015 for k in right)


def test_a_typed_sentence_is_explained(visit: Visit, crf: nl.CRFTagger) -> None:
    explanation = nl.NERExplainer(crf).explain(TEXT)
    visit.type(TEXT)
    visit.choose("UI/UX")
    assert visit.words() == list(explanation.tokens)
    assert visit.answer() == expected(explanation[4])
    assert close(shown(visit), contributions(explanation[4]))
    assert visit.page.url == f"{visit.service.base}/"  # the token is not in the address any more
    assert visit.page.locator("#text .entity").count() == len(explanation.predicted_spans)
    assert "7 words explained in " in visit.page.inner_text("#told")


def test_label_method_masking_and_keep_rate(visit: Visit, crf: nl.CRFTagger) -> None:
    page = visit.page
    visit.type(TEXT)
    visit.choose("UI/UX")
    page.select_option("#choice", label="B-SKILLS")
    page.select_option("#method", label="Shapley values")
    visit.settle()
    word = nl.NERExplainer(crf, method="shapley").explain(TEXT)[4]
    assert visit.answer() == expected(word, "B-SKILLS")  # word and label stay as they were chosen
    page.select_option("#choice", label="the predicted label")
    assert close(shown(visit), contributions(word))
    assert page.is_disabled("#keep")

    page.select_option("#method", label="LIME")
    page.fill("#mask", "UNK")
    visit.settle()
    word = nl.NERExplainer(crf, masking=nl.MaskString("UNK")).explain(TEXT)[4]
    assert close(shown(visit), contributions(word))

    page.focus("#keep")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.fill("#mask", "")
    visit.settle()
    assert page.inner_text("#keep-shown") == "0.60"
    word = nl.NERExplainer(crf, neighbourhood=nl.Bernoulli(0.6)).explain(TEXT)[4]
    assert close(shown(visit), contributions(word))
    assert "Bernoulli(keep=0.6)" in page.inner_text("footer")


def test_the_number_of_features(visit: Visit) -> None:
    visit.type(TEXT)
    visit.choose("UI/UX")
    moving = len([weight for _, weight in visit.listed() if float(weight.replace("−", "-"))])
    assert len(visit.listed()) == moving > 3  # what is zero is folded
    visit.page.fill("#features", "3")
    visit.settle()
    assert len(visit.listed()) == 3
    visit.page.get_by_role("button", name="Show all 7").click()
    assert len(visit.listed()) == 7
    visit.page.get_by_role("button", name="Show fewer").click()
    assert len(visit.listed()) == 3
    visit.page.fill("#features", "0")
    visit.page.get_by_text("Words listed: expected a whole number from 1 to 300.").wait_for()
    visit.page.fill("#features", "")  # as many as by default
    visit.settle()
    assert visit.page.inner_text("#problem") == ""
    assert len(visit.listed()) == moving


def test_what_was_opened_stays_open(visit: Visit) -> None:
    page = visit.page
    visit.type(TEXT)
    visit.choose("UI/UX")
    page.fill("#features", "3")
    visit.settle()
    page.get_by_role("button", name="Show numbers").click()
    page.get_by_role("button", name="Show all 7").click()
    visit.type(f"{TEXT} required")
    assert len(visit.listed()) == 8
    assert page.get_attribute("#numbers", "aria-pressed") == "true"
    page.get_by_role("button", name="Show fewer").click()
    visit.type(TEXT)
    assert len(visit.listed()) == 3


@pytest.mark.parametrize("place", ["#map-region", "#more", "#choice", "#copy"])
def test_the_focus_stays_where_it_was(visit: Visit, place: str) -> None:
    visit.type(" ".join(f"word{i}" for i in range(20)))
    visit.page.focus(place)
    visit.page.evaluate("document.querySelector('#ask').requestSubmit()")
    visit.settle()
    assert visit.page.evaluate("document.activeElement.matches(':focus') && document.activeElement.id") == place[1:]


def test_a_word_is_changed_deleted_and_put_back(visit: Visit, crf: nl.CRFTagger) -> None:
    page = visit.page
    visit.type(TEXT)
    visit.choose("UI/UX")
    before = visit.answer()
    page.fill("#replacement", "of")
    page.get_by_role("button", name="Replace").click()
    visit.settle()
    changed = TEXT.replace("UI/UX", "of")
    explanation = nl.NERExplainer(crf).explain(changed)
    assert page.input_value("#sentence") == changed
    assert visit.answer() == expected(explanation[4])
    told = page.inner_text("#told")
    assert told.startswith(f"{' '.join(before)} → {' '.join(visit.answer())}. ")

    visit.choose("design")
    page.get_by_role("button", name="Delete").click()
    visit.settle()
    assert page.input_value("#sentence") == changed.replace("design ", "")
    assert visit.answer()[0] == "experience"  # the word that took its place

    for text in (changed, TEXT):
        page.get_by_role("button", name="Undo").click()
        visit.settle()
        assert page.input_value("#sentence") == text
    assert page.is_disabled("#undo")


def test_undo_leaves_alone_what_was_typed(visit: Visit) -> None:
    page = visit.page
    visit.type(TEXT)
    visit.choose("design")
    page.get_by_role("button", name="Delete").click()
    visit.settle()
    assert page.is_enabled("#undo")
    visit.type("Another sentence")
    assert page.is_disabled("#undo")
    assert page.input_value("#sentence") == "Another sentence"


@pytest.mark.parametrize("how", ["Replace", "Delete", "Enter", "at the word"])
def test_words_of_an_earlier_text_are_not_changed_and_that_is_told(browser: Any, service: Service, how: str) -> None:
    visit = Visit(browser, service)
    page = visit.page
    visit.type(TEXT)
    refused = "word " * 301
    page.fill("#sentence", refused)
    page.get_by_text("expected at most 300 words, found 301").wait_for()
    if how == "Enter":
        page.press("#replacement", "Enter")
    elif how == "at the word":
        page.press(".word.chosen", "Delete")
    else:
        page.get_by_role("button", name=how).click()
    assert page.inner_text("#told").startswith("Nothing was changed")
    assert page.input_value("#sentence") == refused
    visit.context.close()


def test_the_chosen_word_stays_while_words_are_typed_before_it(visit: Visit) -> None:
    visit.type(TEXT)
    visit.choose("design")
    visit.page.focus("#sentence")
    visit.page.keyboard.press("Control+Home")
    visit.page.keyboard.type("We want ")
    visit.settle()
    assert visit.words()[:3] == ["We", "want", "6+"]
    assert visit.answer()[0] == "design"
    for _ in range(3):
        visit.page.keyboard.press("Control+Backspace")
    visit.settle()
    assert visit.words()[:2] == ["6+", "years"]
    assert visit.answer()[0] == "design"
    visit.page.keyboard.press("Control+End")
    visit.page.keyboard.type(" and more")
    visit.settle()
    assert visit.answer()[0] == "design"
    assert visit.page.evaluate("document.activeElement.id") == "sentence"


def test_by_keyboard_alone(visit: Visit) -> None:
    page = visit.page
    visit.type(TEXT)
    page.focus("#undo") if page.is_enabled("#undo") else page.focus("#delete")
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert visit.answer()[0] == "years"
    assert page.input_value("#replacement") == "years"
    page.keyboard.press("Enter")
    page.keyboard.type("months")
    page.keyboard.press("Enter")
    visit.settle()
    assert visit.words()[1] == visit.answer()[0] == "months"
    assert page.evaluate("document.activeElement.id") == "replacement"
    page.locator(".word.chosen").focus()
    page.keyboard.press("Delete")
    visit.settle()
    assert visit.words()[:2] == ["6+", "of"]
    assert page.evaluate("document.activeElement.textContent") == "of"
    page.keyboard.press("ArrowRight")
    assert visit.answer()[0] == "Web"


def test_a_change_hits_the_right_characters(visit: Visit) -> None:
    visit.type("👩‍💻  Java,\n𝒳 (C#) \u202eSQL")
    visit.choose("(")
    visit.page.fill("#replacement", "[")
    visit.page.keyboard.press("Enter")
    visit.settle()
    assert visit.page.input_value("#sentence") == "👩‍💻  Java,\n𝒳 [C#) \u202eSQL"


def test_hostile_tokens_are_text(visit: Visit) -> None:
    text = " ".join(HOSTILE)
    visit.type(text)
    page = visit.page
    typed = page.input_value("#sentence")
    assert page.evaluate("document.querySelector('#text').textContent") == visible(typed, keep="\n\t")
    edited = page.evaluate(
        """() => [...document.querySelectorAll("#text .word")].map((word) => {
          word.click();
          return document.querySelector("#edited").textContent;
        })"""
    )
    assert edited == visit.words()
    assert page.evaluate("document.scripts.length") == 1
    assert page.locator("img, iframe, object, #view script").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_what_can_not_be_explained_is_told(browser: Any, service: Service) -> None:
    visit = Visit(browser, service)
    page = visit.page
    visit.type(TEXT)
    page.fill("#sentence", "word " * 301)
    page.get_by_text("expected at most 300 words, found 301").wait_for()
    page.fill("#sentence", " ")
    page.get_by_text("Type a sentence.").wait_for()
    assert page.locator("#view.stale .word").count() == 7  # the last answer, greyed out
    visit.type("Java")
    assert page.inner_text("#problem") == ""
    assert page.locator("#view.stale").count() == 0
    page.route("**/view", lambda route: route.abort())
    page.fill("#sentence", "SQL")
    page.get_by_text("The service does not answer").wait_for()
    visit.context.close()
    assert all("Failed to load resource" in text for text in visit.complaints)  # the browser's own lines


def test_only_the_last_of_quick_changes_is_shown(visit: Visit) -> None:
    page = visit.page
    for text in ("Java", "SQL and Java", TEXT):
        page.evaluate(
            "(text) => { document.querySelector('#sentence').value = text;"
            " document.querySelector('#ask').requestSubmit(); }",
            text,
        )
    visit.settle()
    assert " ".join(visit.words()) == TEXT


def test_no_script_reads_the_cookie_and_a_second_visit_needs_no_token(visit: Visit) -> None:
    assert visit.page.evaluate("document.cookie") == ""
    (cookie,) = visit.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["value"]) == (True, "Strict", visit.service.token)
    visit.page.goto(f"{visit.service.base}/")
    visit.settle()
    assert visit.words()


def test_the_policy_holds(browser: Any, service: Service) -> None:
    visit = Visit(browser, service)
    visit.page.evaluate(
        """() => {
          const view = document.querySelector("#view");
          view.innerHTML = '<img src="x" onerror="document.title = 1"><i style="color: rgb(255, 0, 0)">i</i>';
          const script = document.createElement("script");
          script.textContent = "document.title = 2";
          view.append(script);
          return fetch("http://127.0.0.1:9/").catch(() => null);
        }"""
    )
    assert visit.page.title() == "Why these labels?"
    assert visit.page.evaluate("getComputedStyle(document.querySelector('i')).color") != "rgb(255, 0, 0)"
    assert len([text for text in visit.complaints if "Content Security Policy" in text]) >= 4
    visit.context.close()


def test_a_page_of_another_port_gets_nothing(browser: Any, service: Service) -> None:
    """The same machine under another port is the same site: its pages' requests have the cookie."""
    visit = Visit(browser, service)
    elsewhere = "http://127.0.0.1:9/page"
    visit.context.route(elsewhere, lambda route: route.fulfill(body="<title>x</title>", content_type="text/html"))
    visit.page.goto(elsewhere)
    with visit.page.expect_response(f"{service.base}/api/tag") as response:
        visit.page.evaluate(
            """(address) => {
              const form = document.createElement("form");
              form.action = address;
              form.method = "post";
              document.body.append(form);
              form.submit();
            }""",
            f"{service.base}/api/tag",
        )
    assert f"ner-lime-{service.host.rpartition(':')[2]}=" in response.value.request.all_headers()["cookie"]
    assert response.value.status == 403
    visit.context.close()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_sticks_out(browser: Any, service: Service, width: int) -> None:
    visit = Visit(browser, service, viewport={"width": width, "height": 800})
    visit.type("Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen " + " ".join(f"word{i}" for i in range(39)))
    assert visit.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    boxes = [
        box.bounding_box() for box in visit.page.locator("#ask input, #ask select, #edit input, #edit button").all()
    ]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
    visit.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Any, service: Service, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    visit = Visit(browser, service, color_scheme=scheme)

    def violations() -> list[tuple[str, list[str]]]:
        found = axe.Axe().run(visit.page).response["violations"]
        return [(v["id"], [node["html"] for node in v["nodes"]]) for v in found]

    assert violations() == []
    visit.page.select_option("#method", label="Shapley values")
    visit.settle()
    assert violations() == []
    visit.page.fill("#sentence", " ")
    visit.page.get_by_text("Type a sentence.").wait_for()
    assert violations() == []
    visit.context.close()
