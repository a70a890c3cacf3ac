"""Parts of a form that tell something of words never met: beginnings, ends and its shape."""

#: Longest beginnings and ends of words that are read.
PREFIX, SUFFIX = 3, 4


def affixes_of(form: str) -> list[str]:
    """Beginnings and ends of a form in small letters, and its shape.

    >>> affixes_of("Cats")
    ['^c', '^ca', '^cat', 's$', 'ts$', 'ats$', 'cats$', '=Xx']
    """
    low = form.lower()
    begins = [f"^{low[:size]}" for size in range(1, min(PREFIX, len(low)) + 1)]
    ends = [f"{low[-size:]}$" for size in range(1, min(SUFFIX, len(low)) + 1)]
    return [*begins, *ends, f"={shape_of(form)}"]


def shape_of(form: str) -> str:
    """Kinds of characters in their order, each run as one letter.

    >>> shape_of("U.S."), shape_of("McDonald"), shape_of("3rd")
    ('X.X.', 'XxXx', '9x')
    """
    shape = ""
    for letter in form:
        kind = (
            "X"
            if letter.isupper()
            else "x"
            if letter.isalpha()
            else "9"
            if letter.isdigit()
            else letter
        )
        if not shape.endswith(kind):
            shape += kind
    return shape[:8]
