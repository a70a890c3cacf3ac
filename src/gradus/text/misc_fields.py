r"""The last column of CoNLL-U, MISC: attributes such as ``SpaceAfter=No``, parted by ``|``."""

from gradus.core.errors import DataError
from gradus.text.document import NOTHING

#: Signs that would end an attribute, a column or a line.
FORBIDDEN = frozenset("|\t\n\r")


def misc_value(misc: str, name: str) -> str | None:
    """The value of an attribute, the first of several; ``None`` if it is not there.

    An attribute without an equals sign has the empty value.

    >>> misc_value("SpaceAfter=No|NER=B-PER", "NER"), misc_value("Todo", "Todo")
    ('B-PER', '')
    >>> misc_value("_", "NER")
    """
    if name not in misc:  # the usual case
        return None
    for attribute in misc.split("|"):
        written, _, value = attribute.partition("=")
        if written == name:
            return value
    return None


def with_misc(misc: str, **values: str | None) -> str:
    """The column with other values of some attributes; ``None`` takes one away.

    What is there keeps its place and its spelling, what is new stands at the end.

    >>> with_misc("NER=O|SpaceAfter=No", NER="B-PER", Gloss="she")
    'NER=B-PER|SpaceAfter=No|Gloss=she'
    >>> with_misc("NER=O", NER=None)
    '_'

    Raises:
        DataError: a name or a value holds a sign that ends an attribute, a column or a line.
    """
    written = [] if misc == NOTHING else misc.split("|")
    for name, value in values.items():
        _check(name, value)
        places = [place for place, one in enumerate(written) if one.partition("=")[0] == name]
        fresh = [] if value is None else [f"{name}={value}"]
        if places:
            first = places[0]
            rest = [one for one in written[first:] if one.partition("=")[0] != name]
            written = [*written[:first], *fresh, *rest]
        else:
            written += fresh
    return "|".join(written) or NOTHING


def _check(name: str, value: str | None) -> None:
    if not name or FORBIDDEN.intersection(name) or "=" in name:
        raise DataError(
            f"{name!r} cannot be the name of an attribute of MISC: leave out | = TAB and line ends"
        )
    if value is not None and FORBIDDEN.intersection(value):
        raise DataError(
            f"{name}={value!r} cannot be written into MISC: | TAB and line ends part what is "
            "there; replace them"
        )
