"""Pipelines: raw text in, documents with tags, trees and entities out.

A name is imported when it is first used, so that this package costs next to nothing.
"""

from typing import TYPE_CHECKING

from gradus.core.face import lazy_face

if TYPE_CHECKING:
    from gradus.pipeline.conll_scores import PipelineReport
    from gradus.pipeline.formats import FORMATS, formatted, write_formatted
    from gradus.pipeline.models import load
    from gradus.pipeline.pipeline import Pipeline
    from gradus.pipeline.text_contexts import train_contextual_vectors
    from gradus.pipeline.training import train_pipeline

#: Where each public name is defined.
HOMES = {
    "FORMATS": "gradus.pipeline.formats",
    "Pipeline": "gradus.pipeline.pipeline",
    "PipelineReport": "gradus.pipeline.conll_scores",
    "formatted": "gradus.pipeline.formats",
    "load": "gradus.pipeline.models",
    "train_contextual_vectors": "gradus.pipeline.text_contexts",
    "train_pipeline": "gradus.pipeline.training",
    "write_formatted": "gradus.pipeline.formats",
}

__all__ = [
    "FORMATS",
    "Pipeline",
    "PipelineReport",
    "formatted",
    "load",
    "train_contextual_vectors",
    "train_pipeline",
    "write_formatted",
]

__getattr__, __dir__ = lazy_face(__name__, HOMES)
