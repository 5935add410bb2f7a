"""The linear-chain CRF tagger: trained by CRFsuite, read and run from its own weights."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ner_lime.corpus.labels import Scheme
from ner_lime.corpus.scores import Scores, score_tags
from ner_lime.crf.decoding import viterbi
from ner_lime.crf.features import FeatureFunction, Features, WindowFeatures
from ner_lime.crf.foreign import as_feature_function, model_bytes, usable_words, window_of
from ner_lime.crf.lattice import marginals
from ner_lime.crf.scoring import Scorer, describe
from ner_lime.crf.sentences import tags_of, words_of
from ner_lime.crf.store import ModelFolder, describe_features, read_model, restore_features, write_model
from ner_lime.crf.training import train
from ner_lime.crf.weights import CRFWeights, read_weights
from ner_lime.errors import InputError, ModelFileError, NotFittedError
from ner_lime.types import FloatArray, Progress, Tokens

if TYPE_CHECKING:
    from ner_lime.corpus.sentence import Sentence
    from ner_lime.crf.whitebox import WhiteBox
    from ner_lime.types import MaskedSentence

_LOG = logging.getLogger("ner_lime")
_TRAINING = ("c1", "c2", "max_iterations", "all_possible_transitions")


class CRFTagger:
    """A linear-chain CRF over the features of a token and its neighbours, with scikit-learn's habits.

    Parameters
    ----------
    window : int
        Neighbours that a token's features read on each side, 0 to 3. Not used where `features` is given.
    c1, c2 : float
        Coefficients of the L1 and L2 penalties, >= 0.
    max_iterations : int
        Maximum number of L-BFGS iterations, >= 1.
    all_possible_transitions : bool
        Learn a weight for the transitions that the training data never shows, too.
    postags : bool
        Read the parts of speech of the sentences. A token without one, such as a mask, has no such feature. Not used
        where `features` is given.
    features : callable, optional
        A feature function of one's own: ``features(tokens, i)`` of a list of words, or of a list of (word, part of
        speech, label) rows as in the sklearn-crfsuite tutorial; the label is always empty, and the part of speech of
        a token without one too.

    Attributes
    ----------
    feature_function : callable
        The ``(tokens, i) -> features`` in use.
    window : int or None
        Token i's features read tokens i - window .. i + window only: declared by the function as ``.window``, or found
        by trying; None where its features see the whole sentence.
    scheme : str or None
        The label scheme of the corpus that it was trained on, which says how labels are split; None where that is not
        known. Saved with the model.

    Examples
    --------
    >>> from ner_lime import Sentence
    >>> tagger = CRFTagger(window=0).fit([Sentence(("6", "years"), ("B-TIME", "I-TIME")), Sentence(("a",), ("O",))])
    >>> tagger.predict([["6", "years"]])
    [['B-TIME', 'I-TIME']]
    """

    def __init__(
        self,
        *,
        window: int = 1,
        c1: float = 0.1,
        c2: float = 0.1,
        max_iterations: int = 100,
        all_possible_transitions: bool = True,
        postags: bool = False,
        features: Callable[..., Features] | None = None,
    ) -> None:
        self.c1 = c1
        self.c2 = c2
        self.max_iterations = max_iterations
        self.all_possible_transitions = all_possible_transitions
        self.postags = postags
        self.features = features
        self.feature_function: FeatureFunction = (
            WindowFeatures(window, postags) if features is None else as_feature_function(features)
        )
        self.window = window_of(self.feature_function)
        self.scheme: Scheme | None = None
        self._model = b""
        self._scorer: Scorer | None = None
        self._neutral: list[str] = []

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002  # scikit-learn's clone passes it
        """Return what this tagger was made with, by name."""
        return {name: getattr(self, name) for name in ("window", *_TRAINING, "postags", "features")}

    def __repr__(self) -> str:
        """Show the parameters."""
        shown = ", ".join(f"{name}={value!r}" for name, value in self.get_params().items() if value is not None)
        return f"{type(self).__name__}({shown})"

    @property
    def weights(self) -> CRFWeights:
        """The model's weights; `NotFittedError` where there is no model yet."""
        return self._trained().weights

    @property
    def labels(self) -> tuple[str, ...]:
        """The L labels, in the order of the columns of `predict_proba`."""
        return self.weights.labels

    def fit(self, sentences: Any, *, progress: Progress | None = None) -> Self:
        """Train on tagged sentences.

        Parameters
        ----------
        sentences : Corpus, or anything that `as_corpus` takes
            Each sentence with tags; where `postags` is set, with parts of speech too. Empty ones are passed over.
        progress : callable, optional
            Called with the iterations done and `max_iterations`.

        Returns
        -------
        CRFTagger
            This tagger.

        Raises
        ------
        InputError
            No sentence, one without tags, or a parameter out of its range.
        """
        from ner_lime.corpus.formats import as_corpus  # late: explaining a text reads no file

        corpus = as_corpus(sentences)
        needs_postags = isinstance(self.feature_function, WindowFeatures) and self.feature_function.postags
        words, tags = [], []
        for sentence in corpus:
            row = tags_of(sentence)
            if not row:
                continue
            if needs_postags and not sentence.postags:
                raise InputError(f"postags=True: expected parts of speech, found none: {sentence.tokens!r:.80}")
            words.append(words_of(sentence))
            tags.append(row)
        if not words:
            raise InputError("expected tagged sentences to train on, found none")
        settings = {name: getattr(self, name) for name in _TRAINING}
        self._adopt(
            train((describe(self.feature_function, tokens) for tokens in words), tags, settings, progress=progress)
        )
        self.scheme = corpus.scheme
        return self

    def predict(self, sentences: Iterable[Tokens | Sentence]) -> list[list[str]]:
        """Find the most probable label sequence of each sentence (Viterbi).

        Parameters
        ----------
        sentences : iterable of token lists or Sentence
            n sentences of any lengths.

        Returns
        -------
        list of n lists of labels

        Raises
        ------
        NotFittedError
            There is no model yet.
        InputError
            A sentence is no list of strings, or its features can't be had.
        """
        labels = self.labels
        paths = self._trained().decode([words_of(sentence) for sentence in sentences], viterbi)
        return [[labels[k] for k in path] for path in paths]

    def predict_proba(self, sentences: Iterable[Tokens | Sentence]) -> list[FloatArray]:
        """Compute the marginals, P(label of the token | sentence); it fails where `predict` does.

        Parameters
        ----------
        sentences : iterable of token lists or Sentence
            n sentences of any lengths.

        Returns
        -------
        list of n (T, L) float64 arrays
            Columns as `labels`; rows sum to 1.
        """
        return self._trained().decode([words_of(sentence) for sentence in sentences], marginals)

    def emissions(self, sentence: Tokens | Sentence) -> FloatArray:
        """Log-scores that the features of each of T tokens give to the L labels: (T, L)."""
        scores: FloatArray = self._trained().emissions([words_of(sentence)])[0]
        return scores

    def under_masks(
        self, tokens: Tokens | Sentence, replacement: Tokens, start: int = 0, end: int | None = None
    ) -> MaskedSentence | None:
        """Prepare the words start..end-1 of a sentence for any mask, the others seen as they are.

        None where the features see the whole sentence.

        Parameters
        ----------
        tokens : sequence of str, or Sentence
            The T tokens.
        replacement : sequence of str
            What stands in for each of them where it is hidden.
        start, end : int
            All T by default.
        """
        from ner_lime.crf.masked import masked_sentence

        return masked_sentence(self, words_of(tokens), replacement, start, end)

    def white_box(self, tokens: Tokens | Sentence, position: int) -> WhiteBox:
        """Open the model at one word: what fires, the transitions, the evidence of both sides, in log-odds."""
        from ner_lime.crf.whitebox import white_box

        return white_box(self, words_of(tokens), position)

    def mask_string(self, tokens: Tokens | None = None) -> str:
        """Choose the string that tells this model least: lower-case, not in `tokens`, and firing the fewest attributes.

        "UNK" would not do: ``"UNK".isupper()`` is true, so the usual features see an acronym.
        """
        if not self._neutral:
            self._neutral = self._trained().neutral_strings()
        present = {token.lower() for token in tokens or ()}
        return next((mask for mask in self._neutral if mask not in present), self._neutral[0])

    def evaluate(self, sentences: Any) -> Scores:
        """Compare the predicted labels of tagged sentences (anything that `as_corpus` takes) with their tags."""
        from ner_lime.corpus.formats import as_corpus  # late: explaining a text reads no file

        corpus = as_corpus(sentences)
        scheme = self.scheme or corpus.scheme
        return score_tags([tags_of(sentence) for sentence in corpus], self.predict(corpus), scheme=scheme)

    def save(self, path: str | Path) -> None:
        """Write a model folder: CRFsuite's own file, and JSON. An older model at `path` is replaced as a whole.

        A feature function of one's own is not stored: `load` wants it again.

        Raises
        ------
        NotFittedError
            There is no model yet.
        ModelFileError
            Something stands at `path` that is no model folder.
        """
        labels = list(self.labels)
        parameters = {name: getattr(self, name) for name in _TRAINING}
        write_model(
            path, ModelFolder(self._model, labels, parameters, describe_features(self.feature_function), self.scheme)
        )

    @classmethod
    def load(cls, path: str | Path, *, features: Callable[..., Features] | None = None) -> Self:
        """Read a model folder that `save` wrote.

        Parameters
        ----------
        path : path
            The folder.
        features : callable, optional
            The feature function that the model was trained with, where it was one of the user's.

        Raises
        ------
        ModelFileError
            There is no model, it is truncated, altered or newer, or `features` is not what it was trained with.
        """
        content = read_model(path)
        function = restore_features(content.features, features, where=path)
        own = function.to_dict() if isinstance(function, WindowFeatures) else {"features": function}
        try:
            tagger = cls(**own, **content.parameters)
        except TypeError as error:
            raise ModelFileError(f"{path}: unknown parameters: {error}") from error
        tagger._adopt(content.model)
        tagger.scheme = content.scheme
        if list(tagger.labels) != content.labels:
            raise ModelFileError(f"{path}: its labels are {list(tagger.labels)}, its description says {content.labels}")
        return tagger

    @classmethod
    def from_crfsuite(cls, crf: Any, *, features: Callable[..., Features]) -> Self:
        """Take over a CRF that was trained elsewhere.

        Parameters
        ----------
        crf : sklearn_crfsuite.CRF or path
            A fitted CRF, or a CRFsuite model file.
        features : callable
            The feature function that it was trained with: see `CRFTagger`.

        Returns
        -------
        CRFTagger
            Penalties that `crf` does not tell are this class's defaults: they matter only when it is trained again.

        Raises
        ------
        NotFittedError, UnsupportedTaggerError, ModelFileError, InputError
            The CRF is not trained, is no CRF, its file can't be read; the feature function fails.
        """
        model = model_bytes(crf)
        parameters = {name: getattr(crf, name, None) for name in _TRAINING}
        tagger = cls(features=features, **{name: value for name, value in parameters.items() if value is not None})
        tagger._adopt(model)
        words = usable_words(tagger.feature_function)
        if not tagger._trained().n_fired(words):
            _LOG.warning("the model knows no feature of %s: was it trained with other features?", list(words))
        return tagger

    def _adopt(self, model: bytes) -> Self:
        self._scorer = Scorer(self.feature_function, read_weights(model))
        self._model = model
        self._neutral = []
        return self

    def _trained(self) -> Scorer:
        if self._scorer is None:
            raise NotFittedError("expected a trained tagger, found one without a model: call fit or CRFTagger.load")
        return self._scorer
