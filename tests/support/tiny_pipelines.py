"""A small pipeline with every part, in memory and in a folder."""

from functools import cache
from pathlib import Path

import tiny_parsers
import tiny_taggers
import tiny_tokenizers

from gradus.pipeline.packing import pack_pipeline
from gradus.pipeline.pipeline import Pipeline


@cache
def tiny() -> Pipeline:
    """Parts that have seen ten sentences, so they know little; none of them is the same twice."""
    return Pipeline(
        tiny_tokenizers.tiny(),
        tagger=tiny_taggers.tiny("tags"),
        parser=tiny_parsers.tiny("defeat"),
        entities=tiny_taggers.tiny("entities"),
        about={"name": "tiny"},
    )


def write_tiny(folder: Path, *, compact: bool = True) -> Path:
    """The folder of the small pipeline."""
    pipeline, parts = tiny(), {}
    for name in pipeline.parts:
        parts[name] = folder / "parts" / name
        getattr(pipeline, name).save(parts[name])
    (folder / "pipeline").mkdir()
    pack_pipeline(parts, folder / "pipeline", about=pipeline.about, compact=compact)
    return folder / "pipeline"
