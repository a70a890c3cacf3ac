"""The checker of annotations in the test run: beartype, where an int may stand for a float."""

from beartype import BeartypeConf, beartype

#: Named by ``--jaxtyping-packages`` in pyproject.toml. Plain beartype refuses ``rate=1`` for a
#: float, which typing's numeric tower (and every caller) allows.
checked = beartype(conf=BeartypeConf(is_pep484_tower=True))
