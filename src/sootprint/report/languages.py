"""Languages of the documents: gettext catalogues read from their ``.po`` files, no build step."""

from __future__ import annotations

import gettext
import io
from collections.abc import Callable
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from sootprint.core.errors import ConfigError

LANGUAGES = ("en", "ru", "kk")
"""Languages of the documents; English is the language of the source text."""

Translate = Callable[[str], str]


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Catalogue of a language; the one of English gives back the source text.

    Raises
    ------
    ConfigError
        If there is no such catalogue.
    """
    if language not in LANGUAGES:
        raise ConfigError(
            f"there is no report in the language {language!r}", cure=f"one of: {', '.join(LANGUAGES)}"
        )
    if language == "en":
        return gettext.NullTranslations()
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    merged = Catalog(locale=language)
    for path in catalogue_files(language):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id:
                    merged[message.id] = message
    packed = io.BytesIO()
    write_mo(packed, merged)
    packed.seek(0)
    return gettext.GNUTranslations(packed)


def catalogue_files(language: str) -> list[Traversable]:
    """Files of a language's catalogue, one a kind of document, in the order of their names."""
    folder = resources.files("sootprint.report") / "locale" / language / "LC_MESSAGES"
    return sorted(
        (item for item in folder.iterdir() if item.name.endswith(".po")), key=lambda item: item.name
    )


def translator(language: str) -> Translate:
    """Function that gives the text of a source message in a language."""
    return catalogue(language).gettext
