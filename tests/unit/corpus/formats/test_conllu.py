"""CoNLL-U through conllu: words only, tags from any column or a key of MISC."""

from __future__ import annotations

import io
import re

import pytest

from ner_lime.corpus import Corpus, read_corpus
from ner_lime.errors import CorpusError, InputError

pytest.importorskip("conllu", reason="needs conllu: scripts/test --all")

TEXT = """# newdoc id = a
# sent_id = 1
# text = Ana Lund doesn't run.
1\tAna\tAna\tPROPN\tNNP\tNumber=Sing\t4\tnsubj\t_\tname=B-PER
2\tLund\tLund\tPROPN\tNNP\t_\t1\tflat\t_\tname=I-PER
3-4\tdoesn't\t_\t_\t_\t_\t_\t_\t_\t_
3\tdoes\tdo\tAUX\tVBZ\t_\t5\taux\t_\tname=O
4\tn't\tnot\tPART\tRB\t_\t5\tadvmod\t_\tname=O
4.1\tnow\tnow\tADV\t_\t_\t_\t_\t_\t_
5\trun\trun\tVERB\tVB\t_\t0\troot\t_\tSpaceAfter=No|name=O
6\t.\t.\tPUNCT\t.\t_\t5\tpunct\t_\tname=O

# sent_id = 2
# newdoc id = b
1\tBo\tBo\tPROPN\tNNP\t_\t0\troot\t_\tname=B-PER

"""


def read(text: str, **options: object) -> Corpus:
    return read_corpus(io.StringIO(text), **options)  # type: ignore[arg-type]


def test_words_only_and_the_key_of_misc_that_holds_tags() -> None:
    corpus = read(TEXT)
    assert corpus[0].tokens == ("Ana", "Lund", "does", "n't", "run", ".")
    assert corpus[0].tags == ("B-PER", "I-PER", "O", "O", "O", "O")
    assert corpus[0].postags == ("PROPN", "PROPN", "AUX", "PART", "VERB", "PUNCT")
    assert corpus[0].raw_text == "Ana Lund doesn't run."
    assert corpus[0].offsets == ((0, 3), (4, 8), (9, 13), (13, 16), (17, 20), (20, 21))
    assert [sentence.document for sentence in corpus] == [0, 1]
    assert corpus.scheme == "IOB2"


@pytest.mark.parametrize(
    ("column", "tags"),
    [("upos", ("PROPN", "PROPN", "AUX", "PART", "VERB", "PUNCT")), ("xpos", ("NNP", "NNP", "VBZ", "RB", "VB", ".")),
     ("deprel", ("nsubj", "flat", "aux", "advmod", "root", "punct")),
     ("misc:name", ("B-PER", "I-PER", "O", "O", "O", "O")),
     ("misc:SpaceAfter", ("O", "O", "O", "O", "No", "O"))],
)  # fmt: skip
def test_tags_from_any_column(column: str, tags: tuple[str, ...]) -> None:
    corpus = read(TEXT, tag_column=column)
    assert corpus[0].tags == tags
    assert corpus.scheme == ("IOB2" if column == "misc:name" else "plain")


def test_without_tags_in_misc_it_is_the_parts_of_speech() -> None:
    corpus = read(TEXT.replace("name=", "id="), tag_column="upos")
    assert read(re.sub(r"name=\S+", "_", TEXT)) == corpus
    assert corpus.scheme == "plain"


def test_conllu_plus() -> None:
    text = "# global.columns = ID FORM UPOS PARSEME:NE\n1\tAna\tPROPN\tB-PER\n\n1\tBo\tPROPN\tB-PER\n"
    assert [s.tags for s in read(text, format="conllu", tag_column="upos")] == [("PROPN",), ("PROPN",)]


@pytest.mark.parametrize(
    ("line", "message"),
    [("x\tBo\t_\tPROPN\t_\t_\t0\troot\t_\t_", "expected CoNLL-U, found ParseException"),
     ("1\tBo\t_\t_\t_\t_\t0\troot\t_\t_", "expected a tag in upos, found none at the word 'Bo'")],
)  # fmt: skip
def test_complaints_name_the_line(line: str, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        read(f"{TEXT}{line}\n\n", tag_column="upos", format="conllu")
    assert message in str(caught.value)
    assert caught.value.line == 17
    assert len(read(f"{TEXT}{line}\n\n", tag_column="upos", format="conllu", on_error="skip").skipped) == 1


def test_columns_that_are_none() -> None:
    with pytest.raises(InputError, match="or 'misc:KEY', found 'ner'"):
        read(TEXT, tag_column="ner")
    with pytest.raises(InputError, match="CoNLL-U has the options encoding, on_error, tag_column, found scheme="):
        read(TEXT, scheme="IOB2")
