"""Dependency parsing: train on a treebank, parse, draw, explain, measure.

A name is imported when it is first used, so that this package costs next to nothing.
"""

from typing import TYPE_CHECKING

from gradus.core.face import lazy_face

if TYPE_CHECKING:
    from gradus.tasks.parsing.attachment import AttachmentReport
    from gradus.tasks.parsing.brackets import parse_brackets, read_constituents, write_brackets
    from gradus.tasks.parsing.constituency import Constituent, draw_constituents
    from gradus.tasks.parsing.from_constituents import to_dependencies
    from gradus.tasks.parsing.graph.constraints import constrained
    from gradus.tasks.parsing.graph.decoding import maximum_spanning_tree, projective_tree
    from gradus.tasks.parsing.graph.kbest import k_best_trees
    from gradus.tasks.parsing.graph.marginals import arc_marginals
    from gradus.tasks.parsing.head_rules import HeadRules, read_head_rules
    from gradus.tasks.parsing.lifting import deprojectivize, projectivize
    from gradus.tasks.parsing.parser import Parser
    from gradus.tasks.parsing.presets import preset_settings
    from gradus.tasks.parsing.settings import ParserConfig
    from gradus.tasks.parsing.significance import compare_parsers, figure_interval
    from gradus.tasks.parsing.systems import SYSTEMS, TransitionSystem
    from gradus.tasks.parsing.trace import Step, trace_parse
    from gradus.tasks.parsing.training import train_parser
    from gradus.tasks.parsing.tree_report import TreebankReport, treebank_report
    from gradus.tasks.parsing.trees import (
        crossing_arcs,
        gap_degree,
        is_planar,
        is_projective,
        is_well_nested,
        nonprojective_arcs,
    )

#: Where each public name is defined.
HOMES = {
    "AttachmentReport": "gradus.tasks.parsing.attachment",
    "Constituent": "gradus.tasks.parsing.constituency",
    "HeadRules": "gradus.tasks.parsing.head_rules",
    "Parser": "gradus.tasks.parsing.parser",
    "ParserConfig": "gradus.tasks.parsing.settings",
    "SYSTEMS": "gradus.tasks.parsing.systems",
    "Step": "gradus.tasks.parsing.trace",
    "TransitionSystem": "gradus.tasks.parsing.systems",
    "TreebankReport": "gradus.tasks.parsing.tree_report",
    "arc_marginals": "gradus.tasks.parsing.graph.marginals",
    "compare_parsers": "gradus.tasks.parsing.significance",
    "constrained": "gradus.tasks.parsing.graph.constraints",
    "crossing_arcs": "gradus.tasks.parsing.trees",
    "deprojectivize": "gradus.tasks.parsing.lifting",
    "draw_constituents": "gradus.tasks.parsing.constituency",
    "figure_interval": "gradus.tasks.parsing.significance",
    "gap_degree": "gradus.tasks.parsing.trees",
    "is_planar": "gradus.tasks.parsing.trees",
    "is_projective": "gradus.tasks.parsing.trees",
    "is_well_nested": "gradus.tasks.parsing.trees",
    "k_best_trees": "gradus.tasks.parsing.graph.kbest",
    "maximum_spanning_tree": "gradus.tasks.parsing.graph.decoding",
    "nonprojective_arcs": "gradus.tasks.parsing.trees",
    "parse_brackets": "gradus.tasks.parsing.brackets",
    "preset_settings": "gradus.tasks.parsing.presets",
    "projective_tree": "gradus.tasks.parsing.graph.decoding",
    "projectivize": "gradus.tasks.parsing.lifting",
    "read_constituents": "gradus.tasks.parsing.brackets",
    "read_head_rules": "gradus.tasks.parsing.head_rules",
    "to_dependencies": "gradus.tasks.parsing.from_constituents",
    "trace_parse": "gradus.tasks.parsing.trace",
    "train_parser": "gradus.tasks.parsing.training",
    "treebank_report": "gradus.tasks.parsing.tree_report",
    "write_brackets": "gradus.tasks.parsing.brackets",
}

__all__ = [
    "SYSTEMS",
    "AttachmentReport",
    "Constituent",
    "HeadRules",
    "Parser",
    "ParserConfig",
    "Step",
    "TransitionSystem",
    "TreebankReport",
    "arc_marginals",
    "compare_parsers",
    "constrained",
    "crossing_arcs",
    "deprojectivize",
    "draw_constituents",
    "figure_interval",
    "gap_degree",
    "is_planar",
    "is_projective",
    "is_well_nested",
    "k_best_trees",
    "maximum_spanning_tree",
    "nonprojective_arcs",
    "parse_brackets",
    "preset_settings",
    "projective_tree",
    "projectivize",
    "read_constituents",
    "read_head_rules",
    "to_dependencies",
    "trace_parse",
    "train_parser",
    "treebank_report",
    "write_brackets",
]

__getattr__, __dir__ = lazy_face(__name__, HOMES)
