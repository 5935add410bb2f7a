"""JSON in the exact shapes that annotation tools export."""

from __future__ import annotations

import io
import json

import pytest

from ner_lime.corpus import Corpus, Sentence, read_corpus, write_corpus
from ner_lime.errors import CorpusError, InputError

DOCCANO = '{"id": 1, "text": "Ana left Oslo.", "label": [[0, 3, "PER"], [9, 13, "LOC"]], "Comments": []}\n'
DOCCANO_NEW = (
    '{"id":7,"text":"Ana left Oslo.","entities":[{"id":11,"label":"PER","start_offset":0,"end_offset":3},'
    '{"id":12,"label":"LOC","start_offset":9,"end_offset":13}],"relations":[],"Comments":[]}\n'
)
PRODIGY = (
    '{"text":"Ana left Oslo.","_input_hash":-12,"_task_hash":34,"_is_binary":false,"tokens":['
    '{"text":"Ana","start":0,"end":3,"id":0,"ws":true},{"text":"left","start":4,"end":8,"id":1,"ws":true},'
    '{"text":"Oslo","start":9,"end":13,"id":2,"ws":false},{"text":".","start":13,"end":14,"id":3,"ws":false}],'
    '"_view_id":"ner_manual","spans":[{"start":0,"end":3,"token_start":0,"token_end":0,"label":"PER"},'
    '{"start":9,"end":13,"token_start":2,"token_end":2,"label":"LOC"}],"answer":"accept"}\n'
)
LABEL_STUDIO = json.dumps(
    [
        {
            "id": 5,
            "annotations": [
                {
                    "id": 9,
                    "completed_by": 1,
                    "was_cancelled": False,
                    "result": [
                        {
                            "value": {"start": 0, "end": 3, "text": "Ana", "labels": ["PER"]},
                            "id": "a1", "from_name": "label", "to_name": "text", "type": "labels", "origin": "manual",
                        },
                        {
                            "value": {"start": 9, "end": 13, "text": "Oslo", "labels": ["LOC"]},
                            "id": "a2", "from_name": "label", "to_name": "text", "type": "labels", "origin": "manual",
                        },
                        {"value": {"choices": ["news"]}, "id": "a3", "from_name": "c", "to_name": "text",
                         "type": "choices"},
                    ],
                }
            ],
            "predictions": [],
            "data": {"text": "Ana left Oslo."},
            "meta": {},
            "created_at": "2024-01-02T03:04:05Z",
        }
    ],
    indent=1,
)  # fmt: skip
JSON_MIN = json.dumps(
    [
        {
            "text": "Ana left Oslo.", "id": 5, "annotator": 1, "annotation_id": 9,
            "label": [
                {"start": 0, "end": 3, "text": "Ana", "labels": ["PER"]},
                {"start": 9, "end": 13, "text": "Oslo", "labels": ["LOC"]},
            ],
        }
    ]
)  # fmt: skip
SPACY_SPANS = (
    '{"text": "Ana left Oslo.", "spans": [{"start": 0, "end": 3, "label": "PER"}, '
    '{"start": 9, "end": 13, "label": "LOC"}]}\n'
)
SPACY_ENTITIES = '{"text": "Ana left Oslo.", "entities": [[0, 3, "PER"], [9, 13, "LOC"]]}\n'

EXPECTED = Sentence(
    ("Ana", "left", "Oslo", "."),
    ("B-PER", "O", "B-LOC", "O"),
    text="Ana left Oslo.",
    offsets=((0, 3), (4, 8), (9, 13), (13, 14)),
)


def read(text: str, **options: object) -> Corpus:
    return read_corpus(io.StringIO(text), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [DOCCANO, DOCCANO.replace('"label"', '"labels"'), DOCCANO_NEW, PRODIGY, LABEL_STUDIO, JSON_MIN, SPACY_SPANS,
     SPACY_ENTITIES, "\ufeff" + DOCCANO, DOCCANO.replace("\n", "\r\n")],
    ids=["doccano", "doccano labels", "doccano entities", "prodigy", "label studio", "json-min", "spaCy spans",
         "spaCy entities", "bom", "crlf"],
)  # fmt: skip
def test_every_tool_s_export_is_one_sentence(text: str) -> None:
    corpus = read(text)
    assert corpus.sentences == (EXPECTED,)
    assert corpus.scheme == "IOB2"
    assert read(text, scheme="IOBES")[0].tags == ("S-PER", "O", "S-LOC", "O")


def test_token_lists() -> None:
    corpus = read('{"id": "0", "tokens": ["Ana", "left"], "ner_tags": ["S-PER", "O"]}\n')
    assert corpus[0] == Sentence(("Ana", "left"), ("S-PER", "O"))
    assert corpus.scheme == "IOBES"
    with pytest.raises(CorpusError, match=r":1: .*numbers need the names of the labels"):
        read('{"tokens": ["Ana", "left"], "ner_tags": [3, 0]}\n')


def test_answers_that_were_not_accepted_are_left_out_and_said() -> None:
    corpus = read(PRODIGY + PRODIGY.replace("accept", "reject") + PRODIGY.replace("accept", "ignore"))
    assert len(corpus) == 1
    assert corpus.notes == ("<stream>:2: left out: answer is 'reject'", "<stream>:3: left out: answer is 'ignore'")
    cancelled = LABEL_STUDIO.replace("false", "true")
    assert read(f"{DOCCANO}{json.dumps(json.loads(cancelled)[0])}\n").notes == (
        "<stream>:2: left out: the annotation was cancelled",
    )


def test_texts_without_annotation_have_no_tags() -> None:
    assert read('{"text": "Ana left."}\n')[0].tags is None
    assert read('{"text": "Ana left.", "label": []}\n')[0].tags == ("O", "O", "O")
    task = json.loads(LABEL_STUDIO)[0]
    assert read(json.dumps([{**task, "annotations": []}]))[0].tags is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"text": "Ana", "label": [[0, "PER"]]}', 'expected a span with start, end and label, found [0, "PER"]'),
        ('{"text": "Ana", "label": [[0, 2, "PER"]]}', "found PER 'An' at 0..2, which cuts 'Ana'"),
        ('{"text": "Ana", "label": [[0, 9, "PER"]]}', "within the text's 3 characters"),
        ('{"text": "Ana", "spans": [{"start": 0, "end": 3}]}', "with start, end and label"),
        ('{"text": "Ana", "label": [{"start": 0, "end": 3, "labels": ["A", "B"]}]}', "a span with one label"),
        ('{"text": "Ana", "tokens": [{"text": "Bo", "start": 0, "end": 2}], "spans": []}', "a token with its text's"),
        ('{"data": {"a": "x", "b": "y"}, "annotations": []}', "a task with one text in 'data'"),
        ('{"data": {"text": "x"}, "annotations": [{}, {}]}', "one annotation of the task, found 2"),
        ('{"sentence": "Ana"}', "found the keys sentence"),
        ("[1, 2]", "found [1, 2]"),
        ('{"text": "Ana"', "expected JSON on the line"),
    ],
)
def test_complaints_name_the_line(line: str, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        read(f"{DOCCANO}{line}\n")
    assert message in str(caught.value)
    assert caught.value.line == 2
    corpus = read(f"{DOCCANO}{line}\n{DOCCANO}", on_error="skip")
    assert len(corpus) == 2
    assert [error.line for error in corpus.skipped] == [2]


def test_what_is_written() -> None:
    stream = io.StringIO()
    write_corpus([Sentence(("Ana", "left"), ("B-PER", "O"), 3, postags=("NNP", "VBD"))], stream, format="jsonl")
    assert json.loads(stream.getvalue()) == {
        "text": "Ana left",
        "tokens": [
            {"text": "Ana", "start": 0, "end": 3, "id": 0, "pos": "NNP"},
            {"text": "left", "start": 4, "end": 8, "id": 1, "pos": "VBD"},
        ],
        "spans": [{"start": 0, "end": 3, "label": "PER"}],
        "meta": {"document": 3},
    }
    with pytest.raises(InputError, match="sentence 0: expected tokens with characters"):
        write_corpus([Sentence(("",), ("O",))], io.StringIO(), format="jsonl")
