"""Tagging: a tag for every word, such as the entities of a text, and how good the tags are.

A name is imported when it is first used, so that this package costs next to nothing.
"""

from typing import TYPE_CHECKING

from gradus.core.face import lazy_face

if TYPE_CHECKING:
    from gradus.tasks.tagging.edit_scripts import Scripts, apply_script, describe, edit_script
    from gradus.tasks.tagging.report import TaggingReport
    from gradus.tasks.tagging.settings import TaggerConfig
    from gradus.tasks.tagging.span_scores import SpanReport, SpanScores
    from gradus.tasks.tagging.tagger import Tagger
    from gradus.tasks.tagging.training import train_tagger

#: Where each public name is defined.
HOMES = {
    "Scripts": "gradus.tasks.tagging.edit_scripts",
    "SpanReport": "gradus.tasks.tagging.span_scores",
    "SpanScores": "gradus.tasks.tagging.span_scores",
    "Tagger": "gradus.tasks.tagging.tagger",
    "TaggerConfig": "gradus.tasks.tagging.settings",
    "TaggingReport": "gradus.tasks.tagging.report",
    "apply_script": "gradus.tasks.tagging.edit_scripts",
    "describe": "gradus.tasks.tagging.edit_scripts",
    "edit_script": "gradus.tasks.tagging.edit_scripts",
    "train_tagger": "gradus.tasks.tagging.training",
}

__all__ = [
    "Scripts",
    "SpanReport",
    "SpanScores",
    "Tagger",
    "TaggerConfig",
    "TaggingReport",
    "apply_script",
    "describe",
    "edit_script",
    "train_tagger",
]

__getattr__, __dir__ = lazy_face(__name__, HOMES)
