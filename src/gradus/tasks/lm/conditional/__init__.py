"""Conditional generation: an encoder–decoder that learns to write a target for each source.

A name is imported when it is first used, so that this package costs next to nothing.
"""

from typing import TYPE_CHECKING

from gradus.core.face import lazy_face

if TYPE_CHECKING:
    from gradus.tasks.lm.conditional.alignment import Alignment
    from gradus.tasks.lm.conditional.metrics import Overlap, overlap
    from gradus.tasks.lm.conditional.pairs import Pairs, read_pairs, split_pairs
    from gradus.tasks.lm.conditional.presets import preset_settings
    from gradus.tasks.lm.conditional.report import Seq2SeqReport
    from gradus.tasks.lm.conditional.seq2seq import Output, Seq2Seq
    from gradus.tasks.lm.conditional.settings import SearchConfig, Seq2SeqConfig
    from gradus.tasks.lm.conditional.training import train_seq2seq

#: Where each public name is defined.
HOMES = {
    "Alignment": "gradus.tasks.lm.conditional.alignment",
    "Output": "gradus.tasks.lm.conditional.seq2seq",
    "Overlap": "gradus.tasks.lm.conditional.metrics",
    "Pairs": "gradus.tasks.lm.conditional.pairs",
    "SearchConfig": "gradus.tasks.lm.conditional.settings",
    "Seq2Seq": "gradus.tasks.lm.conditional.seq2seq",
    "Seq2SeqConfig": "gradus.tasks.lm.conditional.settings",
    "Seq2SeqReport": "gradus.tasks.lm.conditional.report",
    "overlap": "gradus.tasks.lm.conditional.metrics",
    "preset_settings": "gradus.tasks.lm.conditional.presets",
    "read_pairs": "gradus.tasks.lm.conditional.pairs",
    "split_pairs": "gradus.tasks.lm.conditional.pairs",
    "train_seq2seq": "gradus.tasks.lm.conditional.training",
}

__all__ = [
    "Alignment",
    "Output",
    "Overlap",
    "Pairs",
    "SearchConfig",
    "Seq2Seq",
    "Seq2SeqConfig",
    "Seq2SeqReport",
    "overlap",
    "preset_settings",
    "read_pairs",
    "split_pairs",
    "train_seq2seq",
]

__getattr__, __dir__ = lazy_face(__name__, HOMES)
