"""Round trips: what is written in a format is what is read from it."""

from __future__ import annotations

import io
import json
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ner_lime.corpus import Corpus, Sentence, read_corpus, spans, write_corpus
from ner_lime.corpus.labels import LabelScheme, Span
from ner_lime.errors import NerLimeError

SCHEME = st.sampled_from(["IOB1", "IOB2", "IOBES", "BILOU", "BMES", "BMEWO", "IOB2:B_PER", "IOBES:per-b", "plain"])
TOKEN = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=6).filter(
    lambda token: token == "".join(token.split()) and not token.startswith(("-DOCSTART-", "\ufeff"))
)
KIND = st.sampled_from(["PER", "LOC", "creative-work", "Job Title"])


@st.composite
def corpora(draw: st.DrawFn, kinds: st.SearchStrategy[str] = KIND) -> Corpus:
    """Sentences with the tags of one scheme; with documents and parts of speech, or without."""
    scheme = LabelScheme.parse(draw(SCHEME))
    documents, postags = draw(st.booleans()), draw(st.booleans())
    sentences = []
    for number in range(draw(st.integers(1, 4))):
        tokens = draw(st.lists(TOKEN, min_size=1, max_size=7))
        cuts = sorted(draw(st.sets(st.integers(0, len(tokens)), max_size=4)))
        found = [Span(a, b, draw(kinds)) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
        row = tuple(draw(st.sampled_from(["NN", "VB"])) for _ in tokens) if postags else None
        sentences.append(
            Sentence(tuple(tokens), scheme.tags(found, len(tokens)), number if documents else None, postags=row)
        )
    return Corpus(tuple(sentences), str(scheme))


def bare(sentence: Sentence) -> Sentence:
    """Without text and offsets, which formats with offsets add."""
    return replace(sentence, text=None, offsets=None)


@given(corpora())
def test_json_lines_with_offsets(corpus: Corpus) -> None:
    stream = io.StringIO()
    write_corpus(corpus, stream, format="jsonl")
    found = read_corpus(io.StringIO(stream.getvalue()), format="jsonl", scheme=corpus.scheme)
    assert [bare(sentence) for sentence in found] == list(corpus)
    assert all(sentence.text == sentence.raw_text for sentence in found)
    again = io.StringIO()
    write_corpus(found, again, format="jsonl")
    assert again.getvalue() == stream.getvalue()


@given(corpora(st.sampled_from(["PER", "LOC", "a,b"])))
def test_iob(corpus: Corpus) -> None:
    stream = io.StringIO()
    write_corpus(corpus, stream, format="iob")
    column = 1 if corpus[0].postags else None
    found = read_corpus(io.StringIO(stream.getvalue()), format="iob", postag_column=column, scheme=corpus.scheme)
    assert found == corpus


@given(corpora(), st.integers(1, 5), st.data())
def test_splitting_keeps_every_token_and_entity(corpus: Corpus, max_tokens: int, data: st.DataObject) -> None:
    stops = [data.draw(st.lists(st.sampled_from([".", "!", "x"]), min_size=len(s), max_size=len(s))) for s in corpus]
    whole = Corpus(tuple(replace(s, tokens=tuple(t)) for s, t in zip(corpus, stops, strict=True)), corpus.scheme)
    parts = whole.split(max_tokens)
    assert [t for s in parts for t in s.tokens] == [t for s in whole for t in s.tokens]
    assert [t for s in parts for t in s.tags or ()] == [t for s in whole for t in s.tags or ()]
    assert parts.scheme == whole.scheme

    def texts(found: Corpus) -> list[tuple[int, str]]:
        return [(b - a, kind) for s in found for a, b, kind in spans(s.tags or (), whole.scheme)]

    assert texts(parts) == texts(whole)
    assert (len(parts) == len(whole)) or max(map(len, whole)) > max_tokens


@given(corpora())
def test_every_shape_of_json_gives_the_same_spans(corpus: Corpus) -> None:
    lines: dict[str, list[str]] = {"doccano": [], "entities": [], "label studio": [], "min": []}
    expected = []
    for sentence in corpus:
        offsets = sentence.places
        found = [
            (offsets[s.start][0], offsets[s.end - 1][1], s.type) for s in spans(sentence.tags or (), corpus.scheme)
        ]
        expected.append(found)
        text = sentence.raw_text
        regions = [{"start": a, "end": b, "text": text[a:b], "labels": [kind]} for a, b, kind in found]
        lines["doccano"].append(json.dumps({"text": text, "label": [[*one] for one in found]}))
        named = [{"start_offset": a, "end_offset": b, "label": kind} for a, b, kind in found]
        lines["entities"].append(json.dumps({"text": text, "entities": named, "relations": []}))
        result = [{"type": "labels", "value": region} for region in regions]
        lines["label studio"].append(json.dumps({"data": {"text": text}, "annotations": [{"result": result}]}))
        lines["min"].append(json.dumps({"text": text, "label": regions}))
    for written in lines.values():
        for text in ("\n".join(written), f"[{','.join(written)}]"):
            corpus_again = read_corpus(io.StringIO(text), format="jsonl", tokenizer=str.split)
            assert [
                [((s.offsets or ())[a][0], (s.offsets or ())[b - 1][1], kind) for a, b, kind in spans(s.tags or ())]
                for s in corpus_again
            ] == expected


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=15)
@given(corpora())
def test_docbin(corpus: Corpus) -> None:
    pytest.importorskip("spacy", reason="needs spaCy: scripts/test --all")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.spacy"
        write_corpus(corpus, path)
        found = read_corpus(path, scheme=corpus.scheme)
    numbered = [replace(bare(sentence), document=n) for n, sentence in enumerate(corpus)]
    assert [bare(sentence) for sentence in found] == numbered


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=15)
@given(corpora(), st.sampled_from(["a.parquet", "folder"]))
def test_datasets(corpus: Corpus, name: str) -> None:
    pytest.importorskip("datasets", reason="needs datasets: scripts/test --all")
    with tempfile.TemporaryDirectory() as folder:
        write_corpus(corpus, Path(folder) / name)
        assert read_corpus(Path(folder) / name, scheme=corpus.scheme) == corpus


SAMPLES = {
    "iob": "-DOCSTART- O\n\nAna\tB-PER\nruns\tO\n\n# c\nBo\tB-PER\n",
    "gmb": 'Sentence #,Word,POS,Tag\nSentence: 1,Ana,NNP,B-per\n,"",",",O\n',
    "doccano": '{"id": 1, "text": "Ana runs", "label": [[0, 3, "PER"]]}\n',
    "prodigy": '{"text": "Ana", "tokens": [{"text": "Ana", "start": 0, "end": 3}], "spans": [{"start": 0, "end": 3, '
    '"label": "PER"}], "answer": "accept", "meta": {"document": 1}}\n',
    "label studio": '[{"data": {"text": "Ana"}, "annotations": [{"result": [{"type": "labels", "value": {"start": 0, '
    '"end": 3, "text": "Ana", "labels": ["PER"]}}]}]},\n{"tokens": ["Ana"], "ner_tags": ["O"]}]',
    "conllu": "# newdoc\n# text = Ana\n1\tAna\tAna\tPROPN\t_\tA=B\t0\troot\t_\tname=B-PER\n",
    "conll2012": "#begin document (a); part 000\na 0 0 Ana NNP * - - - - (PERSON) -\n\n#end document\n",
    "pubtator": "1|t|Ana runs\n1|a|far\n1\t0\t3\tAna\tPER\tP1\n",
    "bioc": '<?xml version="1.0"?><collection><document><id>1</id><passage><offset>0</offset><text>Ana</text>'
    '<annotation id="T"><infon key="type">PER</infon><location offset="0" length="3"/><text>Ana</text></annotation>'
    "</passage></document></collection>",
    "ann": "T1\tPER 0 3\tAna\nR1\tOf Arg1:T1 Arg2:T1\n",
}
PIECES = (*'\t\n{}[]",:|()*-_#; ', "\\", "null", "-1", "1e9")


@settings(max_examples=300)
@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_a_damaged_file_is_read_or_refused(name: str, data: st.DataObject) -> None:
    text = SAMPLES[name] * data.draw(st.integers(1, 2))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        removed = data.draw(st.integers(0, 6))
        piece = data.draw(
            st.one_of(st.sampled_from([*'\t\n{}[]",:|()*-_#; ', "\\", "null", "-1", "1e9"]), st.text(max_size=3))
        )
        text = text[:at] + piece + text[at + removed :]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.ann"
        path.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
        path.with_suffix(".txt").write_text("Ana runs\n", encoding="utf-8")
        for on_error in ("raise", "skip"):
            with suppress(NerLimeError):
                corpus = read_corpus(path, on_error=on_error)  # type: ignore[arg-type]
                assert all(sentence.tokens for sentence in corpus)
                assert not any("\n" in str(error) for error in corpus.skipped)
