"""How one name is written: `log cosh` in words, `log_cosh` a function, `LogCosh` a class."""

from __future__ import annotations

import re


def spellings(word: str) -> list[str]:
    """A word, and if it is put together its parts, as one word and with underscores.

    Example:
        >>> spellings("LogCosh")
        ['LogCosh', 'Log', 'Cosh', 'log_cosh']
        >>> spellings("log_cosh")
        ['log_cosh', 'log', 'cosh', 'logcosh']
        >>> spellings("cosh")
        ['cosh']
    """
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W_a-zA-Z]+", word)
    if len(parts) < 2 or not re.search(r"_|[a-z][A-Z]", word):
        return [word]
    lower = [part.lower() for part in parts]
    others = {"_".join(lower), "".join(lower)} - {word.lower()}
    return [word, *parts, *sorted(others)]
