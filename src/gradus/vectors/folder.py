"""The native format: a model folder whose vectors are memory-mapped, with their norms beside them.

``config.json`` (kind ``vectors``; ``query`` names the tensor that queries use),
``model.safetensors`` (``input``, perhaps ``output``, and ``norms`` of the query tensor) and
``vocabulary.txt``.
"""

from pathlib import Path
from typing import Any

import numpy as np

from gradus.core.errors import DataError, FormatError
from gradus.core.storage import (
    CONFIG,
    METRICS,
    TENSORS,
    map_tensors,
    read_config,
    write_config,
    write_json,
    write_tensors,
)
from gradus.text.vocabulary import VOCABULARY, Vocabulary
from gradus.vectors.contents import Contents, row_norms

KIND = "vectors"
VERSION = 1

#: The tensor that queries use, in what Gradus writes.
QUERY = "input"


def write_folder(
    folder: Path,
    contents: Contents,
    *,
    settings: dict[str, Any] | None = None,
    metrics: dict[str, Any] | None = None,
) -> None:
    """Write ``contents`` into ``folder``, which exists; ``settings`` go to ``config.json``.

    Raises:
        DataError: a vector is not finite, or a word holds a line break.
    """
    broken = next((word for word in contents.words if "\n" in word), None)
    if broken is not None:
        raise DataError(f"the word {broken!r} holds a line break, which {VOCABULARY} cannot keep")
    norms = contents.norms if contents.norms is not None else row_norms(contents.vectors)
    tensors = {QUERY: contents.vectors, "norms": norms}
    if contents.output is not None:
        tensors["output"] = contents.output
    counts = contents.counts
    if counts is None:
        counts = np.zeros(len(contents.words), dtype=np.int64)
    write_config(
        folder,
        kind=KIND,
        version=VERSION,
        query=QUERY,
        words=len(contents.words),
        dim=contents.vectors.shape[1],
        counts=contents.counts is not None,
        settings=settings or {},
    )
    write_tensors(folder / TENSORS, tensors)
    Vocabulary(contents.words, counts).save(folder / VOCABULARY)
    if metrics is not None:
        write_json(folder / METRICS, metrics)


def read_folder(folder: Path) -> Contents:
    """Open what :func:`write_folder` wrote; the vectors stay on disk until they are used.

    Raises:
        FormatError: the folder is missing, foreign, damaged or newer than this Gradus.
    """
    config = read_config(folder, kind=KIND, version=VERSION)
    tensors = map_tensors(folder / TENSORS)
    query = config.get("query", QUERY)
    if query not in tensors:
        raise FormatError(
            f"{folder / CONFIG} says that queries use the tensor {query!r}, "
            f"but {TENSORS} holds {', '.join(sorted(tensors)) or 'none'}"
        )
    vectors, output, norms = tensors[query], tensors.get("output"), tensors.get("norms")
    vocabulary = Vocabulary.load(folder / VOCABULARY)
    expected = {query: (vectors, vectors.shape), "output": (output, vectors.shape)}
    expected["norms"] = (norms, vectors.shape[:1])
    for name, (tensor, shape) in expected.items():
        if tensor is not None and (tensor.shape != shape or tensor.dtype != np.float32):
            raise FormatError(
                f"{folder / TENSORS} is damaged: {name} has shape {tensor.shape} and type "
                f"{tensor.dtype}, expected {shape} and float32"
            )
    if vectors.ndim != 2 or len(vocabulary) != len(vectors):
        raise FormatError(
            f"{folder} is damaged: {VOCABULARY} has {len(vocabulary)} words, "
            f"but {query} in {TENSORS} has shape {vectors.shape}"
        )
    counts = vocabulary.counts if config.get("counts", True) else None
    return Contents(
        words=vocabulary.words, vectors=vectors, counts=counts, output=output, norms=norms
    )
