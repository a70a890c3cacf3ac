"""The doctor: what is wrong with a training run, told from what it wrote down.

It needs no PyTorch; :mod:`gradus.training.doctor.watch`, which looks on during training, does.
"""

from gradus.training.doctor.diagnosis import Diagnosis, Finding, diagnose
from gradus.training.doctor.faults import FAULTS, Fault
from gradus.training.doctor.symptoms import Symptoms, measure

__all__ = ["FAULTS", "Diagnosis", "Fault", "Finding", "Symptoms", "diagnose", "measure"]
