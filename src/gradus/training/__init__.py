"""Training: the one loop for every task, its parts by name, and what watches it.

A name is imported when it is first used, so that ``import gradus.training`` costs next to nothing.
"""

from typing import TYPE_CHECKING

from gradus.core.face import lazy_face

if TYPE_CHECKING:
    from gradus.training.augmentation import TRANSFORMS
    from gradus.training.averaging import AVERAGES
    from gradus.training.callbacks import Callback, Look, Probe, Step
    from gradus.training.curriculum import PACINGS
    from gradus.training.doctor import Diagnosis, diagnose
    from gradus.training.ensemble import average_probabilities, average_states
    from gradus.training.flow import flow_through_layers, flow_through_time, gradient_norms
    from gradus.training.history import History
    from gradus.training.loop import Training
    from gradus.training.objective import Dataset, Objective
    from gradus.training.optimizers import OPTIMIZERS
    from gradus.training.rate_test import range_test
    from gradus.training.run import Run
    from gradus.training.sanity import check_sanity
    from gradus.training.schedules import SCHEDULES
    from gradus.training.settings import TrainingConfig

#: Where each public name is defined.
HOMES = {
    "AVERAGES": "gradus.training.averaging",
    "OPTIMIZERS": "gradus.training.optimizers",
    "PACINGS": "gradus.training.curriculum",
    "SCHEDULES": "gradus.training.schedules",
    "TRANSFORMS": "gradus.training.augmentation",
    "Callback": "gradus.training.callbacks",
    "Dataset": "gradus.training.objective",
    "Diagnosis": "gradus.training.doctor",
    "History": "gradus.training.history",
    "Look": "gradus.training.callbacks",
    "Objective": "gradus.training.objective",
    "Probe": "gradus.training.callbacks",
    "Run": "gradus.training.run",
    "Step": "gradus.training.callbacks",
    "Training": "gradus.training.loop",
    "TrainingConfig": "gradus.training.settings",
    "average_probabilities": "gradus.training.ensemble",
    "average_states": "gradus.training.ensemble",
    "check_sanity": "gradus.training.sanity",
    "diagnose": "gradus.training.doctor",
    "flow_through_layers": "gradus.training.flow",
    "flow_through_time": "gradus.training.flow",
    "gradient_norms": "gradus.training.flow",
    "range_test": "gradus.training.rate_test",
}

__all__ = [
    "AVERAGES",
    "OPTIMIZERS",
    "PACINGS",
    "SCHEDULES",
    "TRANSFORMS",
    "Callback",
    "Dataset",
    "Diagnosis",
    "History",
    "Look",
    "Objective",
    "Probe",
    "Run",
    "Step",
    "Training",
    "TrainingConfig",
    "average_probabilities",
    "average_states",
    "check_sanity",
    "diagnose",
    "flow_through_layers",
    "flow_through_time",
    "gradient_norms",
    "range_test",
]

__getattr__, __dir__ = lazy_face(__name__, HOMES)
