"""A text whose words can be hidden: (n, C) masks in, (n, 1, K) values of the classifier out."""

from __future__ import annotations

import numpy as np

from ner_lime.classifiers.classifier import Classifier
from ner_lime.explainers.document.parts import Components, Offsets
from ner_lime.explainers.whole import ask_in_batches
from ner_lime.types import Masks, Progress, Values


class DocumentMasks:
    """One text under one classifier.

    Parameters
    ----------
    classifier : Classifier
    text : str
    offsets : W pairs
        The words.
    components : C tuples of word indices
    hidden : str
        What stands in the place of a hidden word; empty: it is removed. What separates words stays, except between the
        words of a group that is hidden as a whole.
    progress : callable or None

    Examples
    --------
    >>> seen = []
    >>> model = Classifier(lambda texts: seen.extend(texts) or [[1.0]] * len(texts), ("all",))
    >>> masks = DocumentMasks(model, "a b.", ((0, 1), (2, 3)), ((0,), (1,)), "")
    >>> masks(np.array([[True, False], [False, True]])).shape, seen
    ((2, 1, 1), ['a .', ' b.'])
    """

    def __init__(
        self,
        classifier: Classifier,
        text: str,
        offsets: Offsets,
        components: Components,
        hidden: str,
        progress: Progress | None = None,
    ) -> None:
        self.classifier = classifier
        self.components = components
        self.hidden = hidden
        self.progress = progress
        self.n_calls = 0
        ends = [0, *(end for _, end in offsets)]
        starts = [*(start for start, _ in offsets), len(text)]
        self._words = [text[start:end] for start, end in offsets]
        self._owner = np.empty(len(offsets), dtype=np.int64)
        for number, words in enumerate(components):
            self._owner[list(words)] = number
        # Inside of a group of neighbours the gap goes with the group; between occurrences of one word it stays.
        joined = [
            words[-1] - words[0] + 1 == len(words) and len({self._words[word] for word in words}) > 1
            for words in components
        ]
        # A gap goes with the word behind it, so that a text is one of two pieces a word.
        gaps = [text[end:start] for end, start in zip(ends, starts, strict=True)]
        self._tail = gaps[-1]
        inner = [
            number > 0 and self._owner[number] == self._owner[number - 1] and joined[self._owner[number]]
            for number in range(len(offsets))
        ]
        self._pieces = np.empty((2, len(offsets)), dtype=object)
        for number, (gap, word) in enumerate(zip(gaps, self._words, strict=False)):
            self._pieces[1, number] = gap + word
            self._pieces[0, number] = "" if inner[number] and not hidden else gap + hidden

    @property
    def n_components(self) -> int:
        """C."""
        return len(self.components)

    def __call__(self, masks: Masks, /) -> Values:
        """(n, C) masks to (n, 1, K) values. Equal texts are asked once."""
        texts = self.texts(masks)
        distinct = list(dict.fromkeys(texts))
        self.n_calls += len(distinct)
        answers = ask_in_batches(self.classifier, distinct, self.progress)
        row = {text: number for number, text in enumerate(distinct)}
        return answers[[row[text] for text in texts]][:, None, :]

    def texts(self, masks: Masks) -> list[str]:
        """The n texts that the model sees."""
        chosen = np.where(masks[:, self._owner], self._pieces[1], self._pieces[0])
        return ["".join(pieces) + self._tail for pieces in chosen.tolist()]
