"""Languages of the documents: gettext catalogues read from their ``.po`` files, no build step."""

from __future__ import annotations

import gettext
import io
from collections.abc import Callable
from functools import cache
from importlib import resources

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
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    path = resources.files("sootprint.report") / "locale" / language / "LC_MESSAGES" / "report.po"
    with path.open("rb") as file:
        messages = read_po(file, locale=language)
    packed = io.BytesIO()
    write_mo(packed, messages)
    packed.seek(0)
    return gettext.GNUTranslations(packed)


def translator(language: str) -> Translate:
    """Function that gives the text of a source message in a language."""
    return catalogue(language).gettext
