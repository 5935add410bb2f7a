"""Label probabilities of a spaCy entity recogniser from its transition scores, by a forward pass over its states.

The recogniser goes through a sentence token by token and chooses one action at each: O outside of entities, U a single
token, B, I and L the first, inner and last token of an entity. It is trained by the log-loss of a softmax over the
actions' scores (Honnibal and Montani, spaCy's transition parser), so P(actions) is the product of these softmax values
over the valid actions. The scores depend on the present token and on where the open entity began, and validity also on
the entity's type; histories that agree in these go on alike. Summing over them is exact, as in a hidden Markov model:
the states before a token are "outside" and (first token, type) of an open entity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from ner_lime.types import FloatArray

OpenEntity: TypeAlias = tuple[int, str] | None
"""The first token and the type of the entity that is open before a token; None outside of entities."""

NEGLIGIBLE = 1e-9
"""Probability of a history below which it is not continued."""


@dataclass(slots=True, eq=False)
class Forward:
    """Exact label probabilities of documents under one recogniser.

    Attributes
    ----------
    pipe : the entity recogniser, a ``spacy.pipeline.EntityRecognizer``.
    labels : tuple of str
        The L labels: O, and B-, I- of each type.
    density : float
        States with less than this share of a token's probability are dropped; what was left then counts as all.

    Examples
    --------
    >>> Forward(pipe=None, labels=("O", "B-PER", "I-PER")).column("L-PER")
    2
    """

    pipe: Any
    labels: tuple[str, ...]
    density: float = NEGLIGIBLE
    _valid: dict[tuple[Any, ...], Any] = field(default_factory=dict, init=False, repr=False)

    def column(self, action: str) -> int:
        """The column of the label that an action gives to its token."""
        move, _, kind = action.partition("-")
        if move == "O" or not kind:
            return self.labels.index("O")
        return self.labels.index(f"{'B' if move in 'BU' else 'I'}-{kind}")

    def _actions(self) -> list[str]:
        """The actions in the order of their scores; ``pipe.move_names`` leaves one out."""
        moves = self.pipe.moves
        return [moves.get_class_name(number) for number in range(moves.n_moves)]

    def marginals(self, docs: Sequence[Any]) -> list[FloatArray]:
        """(T, L) probabilities of each document; what earlier components wrote into the documents is respected."""
        pipe = self.pipe
        actions = self._actions()
        columns = np.asarray([self.column(action) for action in actions])
        found = [np.zeros((len(doc), len(self.labels))) for doc in docs]
        step = pipe.model.predict(list(docs))
        frontier: list[dict[OpenEntity, tuple[float, Any]]] = [
            {None: (1.0, state)} for state in pipe.moves.init_batch(list(docs))
        ]
        for token in range(max(map(len, docs), default=0)):
            open_now = [
                (number, entity, share, state)
                for number, states in enumerate(frontier)
                if token < len(docs[number])
                for entity, (share, state) in states.items()
            ]
            valid = np.stack([self._valid_actions(docs[n], token, entity, state) for n, entity, _, state in open_now])
            scores = self._scores(step, [state for *_, state in open_now])
            shares = np.asarray([share for _, _, share, _ in open_now])
            chances = _softmax(np.where(valid, scores, -np.inf)) * shares[:, None]
            reached: dict[int, dict[OpenEntity, list[Any]]] = {}
            for (number, entity, _, state), row in zip(open_now, chances, strict=True):
                np.add.at(found[number][token], columns, row)
                after = reached.setdefault(number, {})
                for action in np.flatnonzero(row > NEGLIGIBLE):
                    move, _, kind = actions[action].partition("-")
                    key = (token, kind) if move == "B" else entity if move == "I" else None
                    arrival = after.setdefault(key, [0.0, 0.0, state, actions[action]])
                    arrival[0] += row[action]
                    if row[action] > arrival[1]:
                        arrival[1:] = [row[action], state, actions[action]]
            for number, after in reached.items():
                frontier[number] = self._continued(after) if token + 1 < len(docs[number]) else {}
        return [matrix / matrix.sum(axis=1, keepdims=True) for matrix in found]

    def _continued(self, after: dict[OpenEntity, list[Any]]) -> dict[OpenEntity, tuple[float, Any]]:
        """The states that are worth going on from, their shares adding up to 1."""
        kept = {key: arrival for key, arrival in after.items() if arrival[0] >= self.density}
        total = sum(arrival[0] for arrival in kept.values())
        states: dict[OpenEntity, tuple[float, Any]] = {}
        for key, (share, _, state, action) in kept.items():
            following = state.copy()
            self.pipe.moves.apply_transition(following, action)
            states[key] = share / total, following
        return states

    def _scores(self, step: Any, states: list[Any]) -> FloatArray:
        """(n, actions) scores; an action that was never trained has the lowest score of its state, not of the batch."""
        scores = step.predict(states)
        scores = np.array(scores.get() if hasattr(scores, "get") else scores, dtype=np.float64)
        unseen = np.asarray(step._class_mask) == 0
        if unseen.any() and not unseen.all():
            scores[:, unseen] = scores[:, ~unseen].min(axis=1, keepdims=True)
        return scores

    def _valid_actions(self, doc: Any, token: int, entity: OpenEntity, state: Any) -> Any:
        """(actions,): which may be taken; this depends on the open entity's type and on the next two tokens."""
        ahead = tuple(
            (doc[i].ent_iob, doc[i].ent_type, doc[i].is_space, doc[i].is_sent_start) if i < len(doc) else None
            for i in (token, token + 1)
        )
        key = (ahead, entity and entity[1])
        if key not in self._valid:
            moves = self.pipe.moves
            self._valid[key] = np.asarray([moves.is_valid(state, action) for action in self._actions()])
        return self._valid[key]


def _softmax(scores: FloatArray) -> FloatArray:
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))
