"""The verbs in one process: what they accept, what they print, and what a fault looks like."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

import ner_lime as nl
from ner_lime.cli import main

TEXT = "6+ years of Web UI/UX design experience"


@pytest.fixture(scope="module")
def tagger(jobs: Path) -> nl.CRFTagger:
    return nl.CRFTagger(max_iterations=30).fit(nl.read_iob(jobs / "test.tsv"))


@pytest.fixture(scope="module")
def model(tagger: nl.CRFTagger, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("cli") / "model"
    tagger.save(path)
    return str(path)


@pytest.fixture
def explain(model: str, capsys: pytest.CaptureFixture[str]):
    """Run `ner-lime explain` on tokens; returns status, output and errors."""

    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(["explain", "--model", model, "--tokens", *arguments])
        return status, *capsys.readouterr()

    return call


def fails(result: tuple[int, str, str], *words: str) -> None:
    """One line on standard error, nothing else."""
    status, output, errors = result
    assert (status, output, errors.count("\n")) == (1, "", 1), errors
    assert errors.startswith("ner-lime: error: ")
    assert "Traceback" not in errors
    for word in words:
        assert word in errors


def test_explain_shows_the_library_s_text(explain, tagger: nl.CRFTagger) -> None:
    explanation = nl.NERExplainer(tagger).explain(TEXT.split())
    assert explain("--word-index", "4", TEXT) == (0, explanation.to_text(4), "")
    assert explain(TEXT) == (0, explanation.to_text(), "")
    assert explain("--word-index", "4", "--label", "O", TEXT)[1] == explanation.to_text(4, label="O")
    kind = nl.EntityType("SKILLS")
    assert explain("--word-index", "4", "--type", "SKILLS", TEXT)[1] == explanation.to_text(4, label=kind)
    label = explanation[4].label
    other = next(name for name in explanation.labels if name != label)
    contrast = nl.Contrast(label, other)
    assert explain("--word-index", "4", "--contrast", other, TEXT)[1] == explanation.to_text(4, label=contrast)


@pytest.mark.parametrize(
    ("options", "keywords"),
    [
        (["--method", "shapley"], {"method": "shapley"}),
        (["--keep", "0.4"], {"neighbourhood": nl.Bernoulli(0.4)}),
        (["--mask-string", "UNK"], {"masking": nl.MaskString("UNK")}),
        (
            ["--engine", "sample", "--n-samples", "20", "--seed", "7"],
            {"engine": "sample", "n_samples": 20, "random_state": 7},
        ),
    ],
)
def test_options_reach_the_explainer(explain, tagger: nl.CRFTagger, options: list[str], keywords: dict) -> None:
    expected = nl.NERExplainer(tagger, **keywords).explain(TEXT.split(), positions=[4])
    status, output, _ = explain("--word-index", "4", "--format", "json", *options, TEXT)
    found = nl.Explanation.from_dict(json.loads(output))
    assert status == 0
    assert found.weights.tolist() == expected.weights.tolist()
    assert found.settings == expected.settings


def test_context_only_and_check_masking_reach_the_explanation(explain) -> None:
    _, output, _ = explain("--word-index", "4", "--context-only", "--check-masking", "UNK", "--format", "json", TEXT)
    found = nl.Explanation.from_dict(json.loads(output))
    own = found.components.index((4,))
    assert not found.weights[0, :, own].any()
    assert found.agreement is not None


def test_groups_reach_the_explanation(explain) -> None:
    _, output, _ = explain("--word-index", "4", "--groups", "phrases", "--format", "json", TEXT)
    assert (3, 4, 5, 6) in nl.Explanation.from_dict(json.loads(output)).components


def test_tokens_and_raw_text_are_read_differently(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    for extra, expected in (([], ["Python", ",", "SQL"]), (["--tokens"], ["Python,", "SQL"])):
        assert main(["explain", "--model", model, "--format", "json", *extra, "Python, SQL"]) == 0
        assert json.loads(capsys.readouterr().out)["tokens"] == expected


def test_standard_input_is_read(explain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + TEXT.encode() + b"\n")))
    assert explain("--word-index", "4", "-")[1] == explain("--word-index", "4", TEXT)[1]


def test_a_file_takes_its_format_from_its_name(explain, tmp_path: Path) -> None:
    for name in ("why.html", "why.json", "why.txt"):
        assert explain("--word-index", "4", "-o", str(tmp_path / name), TEXT) == (0, "", "")
    assert (tmp_path / "why.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert json.loads((tmp_path / "why.json").read_text())["positions"] == [4]
    assert (tmp_path / "why.txt").read_text(encoding="utf-8") == explain("--word-index", "4", TEXT)[1]
    explain("--word-index", "4", "--format", "json", "-o", str(tmp_path / "odd.html"), TEXT)
    assert json.loads((tmp_path / "odd.html").read_text())["positions"] == [4]


def test_an_entity_is_one_target(explain, tagger: nl.CRFTagger) -> None:
    entity = nl.NERExplainer(tagger).explain(TEXT.split()).entity(3, 6, "SKILLS")
    status, output, _ = explain("--entity", "3:6", "--type", "SKILLS", TEXT)
    assert status == 0
    assert output.startswith("6+ years of »Web UI/UX design« experience\n\nWeb UI/UX design is a SKILLS entity ")
    assert f"entity ({entity.probability:.3f}), mainly because of design (+" in output
    text = " ".join(output.split())
    assert f"This explanation: ✓ {entity.verdict.level}: {entity.verdict.reasons[0]}" in text
    assert "what the probability of the whole span, which the model gives itself" in text
    assert f"computed without sampling ({entity.settings.estimator}); {entity.settings.n_calls} sentences" in text
    for contribution in entity.contributions():
        if abs(contribution.weight) >= 0.0005:
            assert re.search(rf" {contribution.token} +{re.escape(f'{contribution.weight:+.3f}')} ", output)
    total = entity.bias + entity.weights.sum()
    assert re.search(rf"all together +{re.escape(f'{total:+.3f}')} +the model: {entity.probability:.3f}", output)


def test_an_entity_has_the_formats_of_a_word(explain) -> None:
    from ner_lime.explanation import EntityExplanation

    status, page, _ = explain("--entity", "3:6", "--type", "SKILLS", "--format", "html", TEXT)
    assert status == 0
    assert '<bdi id="token" class="subject">Web UI/UX design</bdi> is a SKILLS entity (' in page
    status, output, _ = explain("--entity", "3:6", "--type", "SKILLS", "--format", "json", TEXT)
    assert status == 0
    assert EntityExplanation.from_dict(json.loads(output)).text == "Web UI/UX design"


def test_what_is_zero_has_no_sign_and_no_bar(explain) -> None:
    output = explain("--entity", "2:3", "--type", "EXPERIENCE", "--num-features", "2", TEXT)[1]
    rows = [line.split() for line in output.splitlines() if line.startswith("  ")]
    assert "hiding words hardly moves this" in output
    assert not re.search(r"[-+]0\.000", output)
    assert [row[-2:] for row in rows[1:3]] == [["0.000", "│"]] * 2


def test_the_white_box_adds_up(explain, tagger: nl.CRFTagger) -> None:
    word = nl.NERExplainer(tagger).explain(TEXT.split(), positions=[0])[0]
    label, other, *_ = word.probabilities
    odds = word.explanation.white_box(0).log_odds(label, other)
    status, output, _ = explain("--word-index", "0", "--white-box", "--label", label, TEXT)
    assert status == 0
    assert output.startswith(f"»6+« years of Web UI/UX design experience\n\n6+: {label} ")
    assert f"rather than {other} " in output
    for name, part in (
        ("its own features", "word"),
        ("before it", "left"),
        ("after it", "right"),
        ("together", "total"),
    ):
        figure = f"{odds[part]:+.3f}".replace("+0.000", "0.000")
        assert any(name in line and figure in line for line in output.splitlines())
    shorter = explain("--word-index", "0", "--white-box", "--label", label, "--num-features", "2", TEXT)[1]
    assert " more, sum " in shorter
    assert shorter.splitlines()[-1].split() == ["all", "features", f"{odds['word']:+.3f}"]


def test_a_long_text_is_listed_and_one_word_of_it_explained(explain, tagger: nl.CRFTagger, tmp_path: Path) -> None:
    words = (TEXT.split() * 50)[:301]
    text = " ".join(words)
    status, output, errors = explain(text)
    assert (status, errors.count("\n")) == (0, 1)
    assert "--word-index" in errors
    probabilities = tagger.predict_proba([words])[0]
    expected = [
        f"{index:>3}  {probabilities[index, tagger.labels.index(label)]:.3f}  {label}  {word}".split()
        for index, (word, label) in enumerate(zip(words, tagger.predict([words])[0], strict=True))
    ]
    assert [line.split() for line in output.splitlines()] == expected
    _, listed, errors = explain("--type", "SKILLS", text)
    assert "the probability of SKILLS" in errors
    skills = listed.splitlines()[4].split()[1]
    mass = sum(probabilities[4, i] for i, label in enumerate(tagger.labels) if label.endswith("-SKILLS"))
    assert skills == f"{mass:.3f}"
    assert explain("--word-index", "300", "--format", "json", text)[0] == 0
    fails(explain("--format", "json", text), "301 words", "--word-index")
    fails(explain("--max-tokens", "300", text), "at most 300 words, found 301", "--max-tokens")


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_an_empty_text_is_refused(explain, model: str, capsys: pytest.CaptureFixture[str], text: str) -> None:
    fails(explain(text), "empty text")
    fails((main(["tag", model, text]), *capsys.readouterr()), "empty text")


def test_one_word_is_explained(explain) -> None:
    status, output, _ = explain("--word-index", "0", "Python")
    assert status == 0
    assert "»Python«" in output


@pytest.mark.parametrize("index", ["-1", "7", "99999999999999999999"])
def test_a_word_index_outside_shows_the_words(explain, index: str) -> None:
    fails(explain("--word-index", index, TEXT), f"word index {index} ", "0:6+ 1:years", "6:experience")


def test_unknown_names_show_the_known_ones(explain, tagger: nl.CRFTagger) -> None:
    at = ("--word-index", "4")
    fails(explain(*at, "--label", "B-SKILL", TEXT), "'B-SKILL'", *tagger.labels)
    fails(explain(*at, "--label", "B-SKILL", "--format", "json", TEXT), "'B-SKILL'")
    fails(explain(*at, "--label", "B-SKILL", "--format", "html", TEXT), "'B-SKILL'")
    fails(explain(*at, "--contrast", "B-SKILL", TEXT), "'B-SKILL'")
    fails(explain(*at, "--type", "SKILL", TEXT), "'SKILL'", "SKILLS", "EXPERIENCE")
    fails(explain(*at, "--white-box", "--label", "B-SKILL", TEXT), "'B-SKILL'")
    label = tagger.predict([TEXT.split()])[0][4]
    fails(explain(*at, "--contrast", label, TEXT), "other than the word's own", label)
    fails(explain(*at, "--white-box", "--contrast", label, TEXT), f"found {label} twice")


@pytest.mark.parametrize("span", ["5:3", "3:3", "3:99", "-2:2"])
def test_a_span_outside_is_refused(explain, span: str) -> None:
    fails(explain("--entity", span, TEXT), "outside" if span.startswith("-") else "span within 0..7")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--word-index", "x", TEXT],
        ["--entity", "3", TEXT],
        ["--entity", "a:b", TEXT],
        ["--entity", "3:6", "--word-index", "4", TEXT],
        ["--entity", "3:6", "--label", "O", TEXT],
        ["--label", "O", "--type", "SKILLS", TEXT],
        ["--type", "SKILLS", "--contrast", "O", "--word-index", "4", TEXT],
        ["--contrast", "O", TEXT],
        ["--white-box", TEXT],
        ["--white-box", "--word-index", "4", "--type", "SKILLS", TEXT],
        ["--white-box", "--word-index", "4", "-o", "why.json", TEXT],
        ["--method", "shapley", "--keep", "0.5", TEXT],
        ["--num-features", "0", TEXT],
        ["--format", "yaml", TEXT],
        ["--nonsense", TEXT],
        ["6+", "years"],
    ],
)
def test_wrong_usage_is_status_2(explain, arguments: list[str]) -> None:
    status, output, errors = explain(*arguments)
    assert (status, output) == (2, "")
    assert errors.startswith("Usage: ner-lime explain ")


def test_a_text_that_begins_with_a_dash(explain) -> None:
    assert "A text that begins with a dash goes after --." in explain("- Experience with Java")[2]
    assert explain("--word-index", "3", "--", "- Experience with Java")[0] == 0


@pytest.mark.parametrize("keep", ["0", "1", "nan", "1.5"])
def test_a_keep_rate_outside_is_refused(explain, keep: str) -> None:
    fails(explain("--keep", keep, TEXT), "from 0.001 to 0.999")


def test_a_path_that_can_t_be_written(explain, tmp_path: Path) -> None:
    fails(explain("-o", str(tmp_path / "none" / "why.html"), TEXT), "why.html", "make it first")
    fails(explain("-o", str(tmp_path), TEXT), "directory")


def test_an_unreadable_model(capsys: pytest.CaptureFixture[str], tmp_path: Path, model: str) -> None:
    (tmp_path / "file").write_text("no model")
    (tmp_path / "folder").mkdir()
    (tmp_path / "cut").mkdir()
    for file in Path(model).iterdir():
        (tmp_path / "cut" / file.name).write_bytes(file.read_bytes()[:-7])
    for name in ("file", "folder", "cut", "missing", "\x1b[31m\n"):
        for arguments in (["tag"], ["explain", "--tokens", "--model"]):
            fails((main([*arguments, str(tmp_path / name), TEXT]), *capsys.readouterr()))


def test_tag_prints_token_label_and_probability(
    model: str, tagger: nl.CRFTagger, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lines = [TEXT, "Python and SQL"]
    expected = ""
    for line in lines:
        tokens = line.split()
        probabilities = tagger.predict_proba([tokens])[0]
        for token, label, row in zip(tokens, tagger.predict([tokens])[0], probabilities, strict=True):
            expected += f"{token}\t{label}\t{row[tagger.labels.index(label)]:.4f}\n"
        expected += "\n"
    assert main(["tag", "--tokens", model, "\n\n".join(lines)]) == 0
    assert capsys.readouterr() == (expected, "")
    corpus = tmp_path / "corpus.tsv"
    corpus.write_text(
        "\n\n".join("\n".join(f"{i}\t{token}\tO" for i, token in enumerate(line.split())) for line in lines)
    )
    assert main(["tag", model, "--input", str(corpus), "--token-column", "1"]) == 0
    assert capsys.readouterr() == (expected, "")


def test_tag_wants_a_text_or_a_corpus(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tag", model]) == 2
    assert main(["tag", model, TEXT, "--input", "corpus.tsv"]) == 2
    capsys.readouterr()
    fails((main(["tag", model, "--input", "missing.tsv"]), *capsys.readouterr()), "missing.tsv")


def test_evaluate_prints_the_scores(
    model: str, tagger: nl.CRFTagger, jobs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = str(jobs / "test.tsv")
    scores = tagger.evaluate(nl.read_iob(corpus))
    assert main(["evaluate", model, corpus]) == 0
    assert capsys.readouterr() == (scores.to_text() + "\n", "")
    assert main(["evaluate", model, corpus, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == scores.to_dict()


def test_train_makes_the_library_s_model(jobs: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    corpus, model = str(jobs / "test.tsv"), str(tmp_path / "model")
    options = ["--window", "2", "--c1", "0.3", "--c2", "0.2", "--iterations", "7", "--dev", corpus]
    assert main(["train", corpus, "-o", model, *options]) == 0
    sentences = nl.read_iob(corpus)
    expected = nl.CRFTagger(window=2, c1=0.3, c2=0.2, max_iterations=7).fit(sentences)
    assert capsys.readouterr() == (expected.evaluate(sentences).to_text() + "\n", "")
    loaded = nl.CRFTagger.load(model)
    assert loaded.get_params() == expected.get_params()
    assert loaded.predict_proba([TEXT.split()])[0].tolist() == expected.predict_proba([TEXT.split()])[0].tolist()


def test_train_reads_the_columns_it_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    corpus = tmp_path / "odd.txt"
    corpus.write_text("B-SKILLS|x|Python\nO|x|and\n\nI-SKILLS|x|Java\n\nB-SKILLS|x|SQL\nO|x\n")
    arguments = ["train", str(corpus), "-o", str(tmp_path / "model"), "--token-column", "2", "--tag-column", "0"]
    arguments += ["--separator", "|", "--scheme", "IOB2", "--iterations", "5"]
    fails((main(arguments), *capsys.readouterr()), "odd.txt:4: ", "IOB2")
    assert main([*arguments, "--on-error", "skip"]) == 0
    output, errors = capsys.readouterr()
    assert output == ""
    assert [line.split(": ")[:3] for line in errors.splitlines()] == [
        ["ner-lime", "left out", f"{corpus}:4"],
        ["ner-lime", "left out", f"{corpus}:7"],
    ]
    assert set(nl.CRFTagger.load(tmp_path / "model").labels) == {"O", "B-SKILLS"}


def test_search_trains_with_the_best_penalties(jobs: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    corpus = tmp_path / "few.tsv"
    nl.write_iob(nl.read_iob(jobs / "test.tsv")[:40], corpus)
    arguments = ["train", str(corpus), "-o", str(tmp_path / "model"), "--iterations", "10", "--search", "2"]
    assert main(arguments) == 0
    from ner_lime.crf.search import search

    best = search(nl.read_iob(corpus), n_candidates=2, tagger=nl.CRFTagger(max_iterations=10)).best
    assert capsys.readouterr().out.startswith(f"c1 {best['c1']:.4g}, c2 {best['c2']:.4g}: cross-validated F1 ")
    loaded = nl.CRFTagger.load(tmp_path / "model")
    assert (loaded.c1, loaded.c2, loaded.max_iterations) == (best["c1"], best["c2"], 10)
    assert main([*arguments, "--c1", "1"]) == 2


def test_train_refuses_its_place_before_it_trains(
    jobs: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nl.CRFTagger, "fit", None)
    place = tmp_path / "file"
    place.write_text("mine")
    fails((main(["train", str(jobs / "test.tsv"), "-o", str(place)]), *capsys.readouterr()), "expected a folder")
    assert place.read_text() == "mine"


def test_defaults_in_the_help_are_the_library_s(capsys: pytest.CaptureFixture[str]) -> None:
    from ner_lime.corpus import SCHEMES
    from ner_lime.corpus.formats import FORMATS
    from ner_lime.lime.question import DEFAULT_SAMPLES
    from ner_lime.render.lines import MAX_CONTRIBUTIONS

    def shown(verb: str) -> str:
        main([verb, "--help"])
        return " ".join(capsys.readouterr().out.split())

    tagger, text = nl.CRFTagger(), shown("train")
    for words, value in (
        ("on each side", tagger.feature_function.window),
        ("L1 penalty", tagger.c1),
        ("L2 penalty", tagger.c2),
        ("iterations of the training", tagger.max_iterations),
    ):
        assert f"{words} [{value}]." in text
    assert f"Scheme of the tags: {', '.join(SCHEMES[:-1])} or {SCHEMES[-1]}" in text
    assert f"[{'|'.join(['auto', *FORMATS])}]" in text.replace(" ", "")
    text = shown("explain")
    for words, value in (
        ("a word is kept", nl.Bernoulli().keep),
        ("that are sampled", DEFAULT_SAMPLES),
        ("largest contributions", MAX_CONTRIBUTIONS),
    ):
        assert f"{words} [{value}]." in text
    assert f"[default: {nl.Options().max_tokens}]" in text


def test_a_report_that_can_not_be_written_is_not_worked_out(
    model: str, jobs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nl.CRFTagger, "predict", lambda *_: pytest.fail("tagged in vain"))
    arguments = ["report", "--model", model, str(jobs / "test.tsv"), "-o"]
    for output, word in ((tmp_path / "none" / "report.html", "make it first"), (tmp_path, "Is a directory")):
        fails((main([*arguments, str(output)]), *capsys.readouterr()), word)
    assert list(tmp_path.iterdir()) == []
