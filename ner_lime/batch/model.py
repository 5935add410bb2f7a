"""The name of a model: all that travels to a worker, which makes the tagger of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import file_digest
from importlib import import_module
from importlib.util import find_spec
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ner_lime.batch.fingerprint import describe_files, describe_folder, digest_of
from ner_lime.errors import InputError, ModelFileError, in_one_line

if TYPE_CHECKING:
    from ner_lime.types import Tagger

SECRET_OPTIONS = ("headers", "auth", "token", "api_key")
"""Options of a service that may hold keys: they reach the workers and are never written."""


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model by its name, and how to read it.

    Attributes
    ----------
    name : str
        The folder or file of a model, an http(s) address, or ``module:function``: a function without arguments that
        returns a model.
    features : str or None
        ``module:function``: the feature function of a CRF that was trained with one of the user's.
    options : mapping
        Further options of `as_tagger`, ready for JSON.

    Examples
    --------
    >>> ModelName("https://example.org/tag?key=secret", options={"headers": {"X": "y"}}).public()
    {'name': 'https://example.org/tag', 'features': None, 'options': {}, 'secrets': True}
    """

    name: str
    features: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_address(self) -> bool:
        """Whether the model is a service behind HTTP."""
        return self.name.lower().startswith(("http://", "https://"))

    @property
    def is_factory(self) -> bool:
        """Whether the name is that of a function which makes the model."""
        module, colon, function = self.name.partition(":")
        dotted = all(part.isidentifier() for part in (*module.split("."), *function.split(".")))
        return bool(colon) and dotted and not self.is_address and not Path(self.name).exists()

    @property
    def holds_secrets(self) -> bool:
        """Whether something of the name is never written, so that it must be given anew to go on."""
        return "?" in self.name * self.is_address or any(name in self.options for name in SECRET_OPTIONS)

    def absolute(self) -> ModelName:
        """The same with an absolute path: a worker may stand in another folder."""
        if self.is_address or self.is_factory:
            return self
        return ModelName(str(Path(self.name).resolve()), self.features, self.options)

    def public(self) -> dict[str, Any]:
        """What may be written of it, ready for JSON: no query of an address, no option that may hold a key."""
        return {
            "name": self.name.partition("?")[0] if self.is_address else self.name,
            "features": self.features,
            "options": {name: value for name, value in self.options.items() if name not in SECRET_OPTIONS},
            **({"secrets": True} if self.holds_secrets else {}),
        }

    def fingerprint(self, known: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What tells this model from another one of the same name.

        A folder or file by its content; a factory and a feature function by the source file of their module, not by
        what that imports; a service by its address alone.

        Parameters
        ----------
        known : mapping or None
            An earlier fingerprint: files that were not touched since are not read again.

        Raises
        ------
        ModelFileError
            Nothing stands at the path.
        InputError
            The module of a factory or of the feature function is not found.
        """
        found: dict[str, Any] = {}
        if self.features is not None:
            found["features"] = _source_digest(self.features)
        if self.is_address:
            return found
        if self.is_factory:
            return found | {"source": _source_digest(self.name)}
        path = Path(self.name)
        if not path.exists():
            raise ModelFileError(
                f"{self.name}: expected the folder or file of a model, an http(s):// address, or MODULE:FUNCTION, "
                "found nothing there"
            )
        before = (known or {}).get("files")
        files = describe_folder(path, before) if path.is_dir() else describe_files([path], path.parent, before)
        return found | {"sha256": digest_of(files), "files": files}

    def load(self) -> Tagger:
        """Make the tagger.

        Raises
        ------
        NerLimeError
            As `as_tagger`; or a function can't be imported or fails.
        """
        from ner_lime.taggers import as_tagger

        model: Any = self.name
        options = dict(self.options)
        if self.is_factory:
            try:
                model = _imported(self.name)()
            except Exception as error:  # whatever the function does
                raise InputError(f"{self.name}: expected a model, found {in_one_line(error)}") from error
        if self.features is not None:
            options["features"] = _imported(self.features)
        return as_tagger(model, **options)


def _imported(name: str) -> Any:
    module, _, function = name.partition(":")
    try:
        return attrgetter(function)(import_module(module))
    except Exception as error:  # whatever the module does
        raise InputError(f"{name}: expected a function that can be imported: {in_one_line(error)}") from error


def _source_digest(name: str) -> str | None:
    """SHA-256 of the source file of ``module:function``; None where a module has none."""
    module = name.partition(":")[0]
    if str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))  # as the workers have it
    try:
        spec = find_spec(module)
    except (ImportError, ValueError) as error:
        raise InputError(f"{name}: expected a module that can be imported: {in_one_line(error)}") from error
    if spec is None:
        raise InputError(f"{name}: expected a module that can be imported, found no module {module!r}")
    if not spec.origin or not Path(spec.origin).is_file():
        return None
    with Path(spec.origin).open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
