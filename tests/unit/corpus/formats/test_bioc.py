"""BioC in XML and JSON, through the library bioc."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ner_lime.corpus import read_corpus
from ner_lime.errors import CorpusError

pytest.importorskip("bioc", reason="needs bioc: scripts/test --all")

XML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE collection SYSTEM "BioC.dtd">
<collection><source>made up</source><date>2024</date><key>none.key</key>
<document><id>11</id>
<passage><infon key="type">title</infon><offset>0</offset><text>Naloxone reverses clonidine.</text>
<annotation id="T1"><infon key="type">Chemical</infon>
<location offset="0" length="8"/><text>Naloxone</text></annotation>
<annotation id="T2"><infon key="type">Chemical</infon>
<location offset="18" length="9"/><text>clonidine</text></annotation>
</passage>
<passage><infon key="type">abstract</infon><offset>29</offset><text>Ulcers and pain were seen.</text>
<annotation id="T3"><infon key="type">Disease</infon>
<location offset="29" length="6"/><text>Ulcers</text></annotation>
</passage>
</document>
<document><id>12</id><passage><offset>0</offset><text>Nothing.</text></passage></document>
</collection>
"""
JSON = {
    "source": "made up", "date": "", "key": "", "infons": {},
    "documents": [
        {"id": "11", "infons": {}, "relations": [], "annotations": [], "passages": [
            {"offset": 0, "infons": {"type": "title"}, "text": "Naloxone reverses clonidine.", "sentences": [],
             "relations": [], "annotations": [
                {"id": "T1", "infons": {"type": "Chemical"}, "text": "Naloxone",
                 "locations": [{"offset": 0, "length": 8}]},
                {"id": "T2", "infons": {"type": "Chemical"}, "text": "clonidine",
                 "locations": [{"offset": 18, "length": 9}]}]},
            {"offset": 29, "infons": {"type": "abstract"}, "text": "Ulcers and pain were seen.", "sentences": [],
             "relations": [], "annotations": [
                {"id": "T3", "infons": {"type": "Disease"}, "text": "Ulcers",
                 "locations": [{"offset": 29, "length": 6}]}]}]},
        {"id": "12", "infons": {}, "relations": [], "annotations": [], "passages": [
            {"offset": 0, "infons": {}, "text": "Nothing.", "sentences": [], "relations": [], "annotations": []}]}],
}  # fmt: skip


@pytest.fixture(params=["xml", "json", "json lines apart"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    text = {"xml": XML, "json": json.dumps(JSON), "json lines apart": json.dumps(JSON, indent=2)}[request.param]
    found = tmp_path / "collection"
    found.write_text(text, encoding="utf-8")
    return found


def test_a_passage_is_a_sentence(path: Path) -> None:
    corpus = read_corpus(path)
    assert [(s.document, s.text) for s in corpus] == [
        (0, "Naloxone reverses clonidine."), (0, "Ulcers and pain were seen."), (1, "Nothing."),
    ]  # fmt: skip
    assert [s.tags for s in corpus] == [
        ("B-Chemical", "O", "B-Chemical", "O"), ("B-Disease", "O", "O", "O", "O", "O"), ("O", "O"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('<location offset="29" length="6"/>', '<location offset="29" length="2"/><location offset="40" length="4"/>',
         "document 11: expected an entity in one piece, found the discontinuous Disease 'Ulcers'"),
        ('<location offset="29" length="6"/><text>Ulcers', '<location offset="29" length="4"/><text>Ulce',
         "document 11: expected a span of whole tokens, found Disease 'Ulce' at 29..33, which cuts 'Ulcers'"),
        ('<location offset="29" length="6"/>', '<location offset="30" length="6"/>', "expected 'Ulcers' at 30..36"),
        ("</passage>\n</document>", "</document>", "expected BioC, found XMLSyntaxError"),
    ],
)  # fmt: skip
def test_complaints_name_the_document(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "a.xml"
    path.write_text(XML.replace(old, new), encoding="utf-8")
    with pytest.raises(CorpusError) as caught:
        read_corpus(path)
    assert message in str(caught.value)
    assert len(read_corpus(path, on_error="skip").skipped) == 1


def test_another_infon_for_the_type(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(XML.replace('<infon key="type">Chemical', '<infon key="kind">Chemical'), encoding="utf-8")
    with pytest.raises(CorpusError, match="expected the infon 'type' of annotation T1, found none"):
        read_corpus(path)
