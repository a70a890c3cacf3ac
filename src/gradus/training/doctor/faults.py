"""The faults that the doctor knows, one entry each: adding one edits nothing else."""

from collections.abc import Callable
from dataclasses import dataclass

from gradus.training.doctor import evidence
from gradus.training.doctor.evidence import Evidence
from gradus.training.doctor.symptoms import Symptoms


@dataclass(frozen=True)
class Fault:
    """What can be wrong with a run, how it shows, and what helps."""

    name: str
    meaning: str
    evidence: Callable[[Symptoms], Evidence]
    advice: tuple[str, ...]
    causes: tuple[str, ...] = ()  # faults above in the table of which this one may be a consequence
    tells: float = 0.0  # share of the run after which it can be told


#: Faults that a network is born with: they show before its first update.
BORN = ("exploding_gradients", "dead_relus", "saturated_units", "vanishing_gradients")

#: The table; what may cause others stands above them.
FAULTS: tuple[Fault, ...] = (
    Fault(
        "exploding_gradients",
        "gradients grow on their way back through layers or time",
        evidence.exploding_gradients,
        (
            "clip gradients: clip_norm=1",
            "begin with smaller weights: Xavier or He initialization; orthogonal if recurrent",
            "normalize layers, or use fewer of them",
        ),
        tells=0.2,
    ),
    Fault(
        "dead_relus",
        "rectifiers answer 0 to everything, so no gradient passes them",
        evidence.dead_relus,
        (
            "use He initialization and biases of 0",
            "use leaky_relu, which has a slope on both sides",
            "lower the rate, which can push units over the edge",
        ),
        causes=("exploding_gradients",),
        tells=0.2,
    ),
    Fault(
        "saturated_units",
        "sigmoid or tanh units sit at an asymptote, where their slope is nearly 0",
        evidence.saturated_units,
        (
            "begin with smaller weights: Xavier initialization",
            "make inputs smaller: center them at 0 and scale them to variance 1",
            "normalize before the activation: batch norm",
            "use relu",
        ),
        causes=("exploding_gradients",),
        tells=0.2,
    ),
    Fault(
        "vanishing_gradients",
        "gradients shrink on their way back through layers or time",
        evidence.vanishing_gradients,
        (
            "in a recurrent net use gru or lstm",
            "use relu, Xavier or He initialization, and fewer layers; more make it worse",
            "do not add L2: smaller weights make it worse",
        ),
        causes=("exploding_gradients", "dead_relus", "saturated_units"),
        tells=0.3,
    ),
    Fault(
        "rate_too_high",
        "steps are so long that they leap over the minimum",
        evidence.rate_too_high,
        ("lower the rate, by 10 at first", "warm up, and anneal the rate with a schedule"),
        causes=BORN,
        tells=0.2,
    ),
    Fault(
        "bug",
        "data, labels, loss or model are not what they are meant to be",
        evidence.bug,
        (
            "check that each label still belongs to its example, after every shuffle and join",
            "check that train and dev number their labels alike",
            "look at a batch as the model gets it: are inputs there, and different?",
            "check the loss and its gradient; run the sanity check",
        ),
        causes=(*BORN, "rate_too_high"),
        tells=0.3,
    ),
    Fault(
        "rate_too_low",
        "steps are so short that training takes forever",
        evidence.rate_too_low,
        ("raise the rate, by 10 at first", "train longer"),
        causes=(*BORN, "bug"),
        tells=0.3,
    ),
    Fault(
        "overfitting",
        "the model learns its examples by heart",
        evidence.overfitting,
        (
            "add dropout",
            "add L2 on the weights",
            "make the network smaller or less deep",
            "use fewer input features",
            "stop early: patience",
            "try max-norm, L1 or DropConnect",
            "get more data, or augment it",
        ),
        causes=("exploding_gradients", "rate_too_high", "bug"),
        tells=0.2,
    ),
    Fault(
        "underfitting",
        "the model is too weak, or held back too much, to learn its examples",
        evidence.underfitting,
        (
            "make the network larger or deeper",
            "lower the L2 penalty and weight decay",
            "lower dropout",
            "give it better input features",
            "train longer",
        ),
        causes=(*BORN, "rate_too_high", "bug", "rate_too_low"),
        tells=0.8,
    ),
)
