"""What holds for every text, every tag sequence and every corpus."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from ner_lime.corpus import Corpus, Sentence, convert, detect, iter_iob, read_iob, repair, score_tags, spans, tokenize
from ner_lime.corpus.formats.iob.writer import write_iob
from ner_lime.corpus.labels import SCHEMES, LabelScheme, Scheme, Span, scheme_of_labels, tags_from_spans, validate

KINDS = st.sampled_from(["PER", "LOC", "creative-work", "a,b"])
SCHEME = st.sampled_from(SCHEMES)
SPELLED = ("IOB2:B_PER", "IOBES:b-per", "BMES:PER-B", "BMEWO:per_b", "IOB1:B/PER")
PREFIXED = st.sampled_from([*(scheme for scheme in SCHEMES if scheme != "plain"), *SPELLED])
DIRTY_TAG = st.one_of(st.just("O"), st.builds("{}-{}".format, st.sampled_from("BIESLU"), KINDS))

ANY_TEXT = st.text(st.characters(exclude_categories=[]))  # lone surrogates and NUL included
TRICKY_TEXT = st.text(st.sampled_from("ab1.,:/#+&@$%-–'\"`’“”()[]<>\\ \n\t•€"), max_size=40)

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\r"), min_size=1, max_size=8)
TOKEN = st.one_of(st.sampled_from(["#", "# ", "# a", "\ufeff", "\u200d", "a b", "O", '"']), CELL).filter(
    lambda cell: cell.strip(" ") and not cell.startswith("-DOCSTART-")
)


@st.composite
def tagged(draw: st.DrawFn, scheme: Scheme, longest: int = 12) -> tuple[str, ...]:
    """Tags that obey a scheme."""
    length = draw(st.integers(1, longest))
    rough = draw(st.lists(DIRTY_TAG, min_size=length, max_size=length))
    return tags_from_spans(spans(rough), length, scheme)


@st.composite
def corpora(draw: st.DrawFn) -> list[Sentence]:
    document, sentences = draw(st.sampled_from([None, 0])), []
    postags = draw(st.booleans())
    for _ in range(draw(st.integers(1, 5))):
        tags = draw(tagged("IOB2", 6))
        row = draw(st.lists(TOKEN, min_size=len(tags), max_size=len(tags)))
        sentences.append(Sentence(tuple(row), tags, document, postags=tuple(row) if postags else None))
        document = document if document is None else document + draw(st.integers(0, 1))
    return sentences


def write(sentences: list[Sentence], separator: str = "\t") -> str:
    stream = io.StringIO()
    write_iob(sentences, stream, separator=separator)
    return stream.getvalue()


# ------------------------------------------------------------------------------------------------------------- tokens


@given(st.one_of(ANY_TEXT, TRICKY_TEXT))
def test_tokens_are_the_text_without_its_white_space(text: str) -> None:
    tokens, offsets = tokenize(text)
    assert [text[start:end] for start, end in offsets] == list(tokens)
    assert "".join(tokens) == "".join(text.split())
    assert all(start < end for start, end in offsets)
    assert all(before[1] <= after[0] for before, after in pairwise(offsets))


@given(TRICKY_TEXT, TRICKY_TEXT)
def test_tokens_do_not_depend_on_what_stands_around_them(left: str, right: str) -> None:
    assert tokenize(f"{left} {right}")[0] == tokenize(left)[0] + tokenize(right)[0]


# --------------------------------------------------------------------------------------------------------------- tags


@given(st.data(), PREFIXED, PREFIXED)
def test_converting_there_and_back_is_the_identity(data: st.DataObject, source: Scheme, target: Scheme) -> None:
    tags = data.draw(tagged(source))
    there = convert(tags, source=source, target=target)
    validate(there, target)
    assert spans(there, target) == spans(tags, source)
    assert convert(there, source=target, target=source) == tags


@given(st.data(), PREFIXED)
def test_the_plain_scheme_keeps_which_tokens_are_of_which_type(data: st.DataObject, source: Scheme) -> None:
    tags = data.draw(tagged(source))
    plain = convert(tags, source=source, target="plain")
    assert plain == tuple(LabelScheme.parse(source).entity_type(tag) or "O" for tag in tags)


@given(st.lists(DIRTY_TAG, max_size=12), PREFIXED)
def test_repair_keeps_the_spans_and_mends_everything_at_once(tags: list[str], scheme: Scheme) -> None:
    mended, count = repair(tags, scheme)
    validate(mended, scheme)
    assert spans(mended, scheme) == spans(tags, scheme)
    assert count == sum(old != new for old, new in zip(tags, mended, strict=True))
    assert repair(mended, scheme) == (mended, 0)


@given(st.data(), SCHEME)
def test_a_scheme_is_detected_where_it_shows(data: st.DataObject, scheme: Scheme) -> None:
    sentences = data.draw(st.lists(tagged(scheme), min_size=1, max_size=4))
    prefixes = {tag[:2] for tags in sentences for tag in tags if tag != "O"}
    assume(prefixes >= {"BMES": {"M-"}, "BMEWO": {"M-", "W-"}}.get(scheme, set()))
    assume(prefixes)
    assert detect(sentences) == scheme


@given(st.data(), st.sampled_from(SPELLED))
def test_a_spelling_is_detected_where_it_shows(data: st.DataObject, scheme: Scheme) -> None:
    length = data.draw(st.integers(1, 3))
    shown = LabelScheme.parse(scheme).tags([Span(0, 3, "a"), Span(3, 4, "a"), Span(5, 6, "c")], 6)
    sentences = [shown, *data.draw(st.lists(tagged(scheme), max_size=length))]
    assert detect(sentences) == scheme
    found = scheme_of_labels({tag for tags in sentences for tag in tags})
    assert [found.spans(tags) for tags in sentences] == [spans(tags, scheme) for tags in sentences]


@given(st.lists(st.lists(DIRTY_TAG, min_size=1, max_size=8), min_size=1, max_size=4))
def test_right_tags_score_one(tags: list[list[str]]) -> None:
    assume(any(tag != "O" for row in tags for tag in row))
    scores = score_tags(tags, tags)
    assert scores.accuracy == scores.f1 == scores.weighted_token_f1 == 1.0


# --------------------------------------------------------------------------------------------------------------- files


@given(corpora())
def test_what_was_written_is_what_is_read(sentences: list[Sentence]) -> None:
    column = 1 if sentences[0].postags else None
    text = write(sentences)
    assert list(read_iob(io.StringIO(text), postag_column=column)) == sentences
    assert list(read_iob(io.BytesIO(text.encode()), postag_column=column, scheme="IOB2")) == sentences
    assert list(iter_iob(io.StringIO(text), postag_column=column)) == sentences


@given(corpora())
def test_tokens_without_tags_are_read_back(sentences: list[Sentence]) -> None:
    bare = [Sentence(sentence.tokens) for sentence in sentences]
    assert list(read_iob(io.StringIO(write(bare)), separator="\t", tag_column=None)) == bare


@given(corpora(), st.data())
def test_a_bad_row_costs_its_sentence_and_no_other(sentences: list[Sentence], data: st.DataObject) -> None:
    # a sure majority of good rows tells the layout
    sentences = [
        *sentences,
        Sentence(("x",) * 20, ("O",) * 20, sentences[-1].document, postags=sentences[-1].postags and ("x",) * 20),
    ]
    target = data.draw(st.integers(0, len(sentences) - 2))
    row = data.draw(st.integers(0, len(sentences[target]) - 1))
    bad = data.draw(st.sampled_from(["word", "word\tO\tO\tO", "\tO", "a\t\tO x"]))
    marked = replace(
        sentences[target], tokens=tuple("\0HERE" if n == row else t for n, t in enumerate(sentences[target].tokens))
    )
    lines = write([*sentences[:target], marked, *sentences[target + 1 :]]).split("\n")
    number = next(n for n, line in enumerate(lines) if line.startswith("\0HERE"))
    corpus = read_iob(io.StringIO("\n".join([*lines[:number], bad, *lines[number + 1 :]])), on_error="skip")
    assert [error.line for error in corpus.skipped] == [number + 1]
    kept = [sentence.tokens for sentence in sentences[:target] + sentences[target + 1 :]]
    assert [sentence.tokens for sentence in corpus] == kept


@given(st.lists(st.sampled_from(["a\tO", "b\tB-X", "", " ", "\t", "-DOCSTART-", "# c", "#\tO"]), max_size=12))
def test_line_ends_and_blank_lines_do_not_matter(lines: list[str]) -> None:
    lines = ["x\tO", "", *lines]

    def read(text: str) -> Corpus:
        return read_iob(io.StringIO(text))

    plain = read("\n".join(lines))
    assert read("\r\n".join(lines)) == read("\r".join(lines)) == read("\n".join([*lines, ""])) == plain
    assert read("\n".join(line if line.strip() else " \n\t" for line in lines)) == plain
