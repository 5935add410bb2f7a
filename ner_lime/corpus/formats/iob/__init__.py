"""One token a line with its tag in a column: IOB1, IOB2, IOBES/BILOU and tags without prefix."""

from ner_lime.corpus.formats.iob.reader import iter_iob, read_iob
from ner_lime.corpus.formats.iob.writer import write_iob

__all__ = ["iter_iob", "read_iob", "write_iob"]
