"""The peer of dependency parsing: UDPipe 1, its parser alone, trained by its own trainer."""

import itertools
import sys
from collections.abc import Callable, Sequence
from typing import Any

from _data import ROOT

from gradus.text.conllu import format_conllu
from gradus.text.document import Sentence

#: Sizes and transitions are those of UDPipe 1.2's English-EWT parser. What only training feels is
#: not: the trees are seen once, with the static oracle, as the dynamic one takes ten times as long.
SETTINGS = {
    "transition_system": "projective",
    "transition_oracle": "static",
    "structured_interval": 0,
    "iterations": 1,
    "hidden_layer": 200,
    "batch_size": 10,
    "embedding_upostag": 20,
    "embedding_feats": 20,
    "embedding_xpostag": 0,
    "embedding_form": 50,
    "embedding_lemma": 0,
    "embedding_deprel": 20,
    "learning_rate": 0.02,
    "learning_rate_final": 0.001,
    "l2": 0.5,
}

#: What is timed: how UDPipe parses where nothing is said, and without its beam, as Gradus does.
MODES = {"beam of 5, its default": "", "greedy": "beam_search=1"}


def prepared(sentences: Sequence[Sentence]) -> Any:
    """The same sentences as UDPipe's own."""
    from ufal.udpipe import InputFormat, ProcessingError, Sentences
    from ufal.udpipe import Sentence as PeerSentence

    reader, error, found = InputFormat.newConlluInputFormat(), ProcessingError(), Sentences()
    reader.setText("".join(map(format_conllu, sentences)))
    for _ in itertools.count():
        sentence = PeerSentence()
        if not reader.nextSentence(sentence, error):
            break
        found.append(sentence)
    if error.occurred() or len(found) != len(sentences):
        sys.exit(f"UDPipe read {len(found)} of {len(sentences)} sentences: {error.message}")
    return found


def model(train: Callable[[], Sequence[Sentence]], name: str) -> Any:
    """A parser trained on the sentences, kept below ``.bench/`` under this name for later calls."""
    from ufal.udpipe import Model

    path = ROOT / ".bench" / f"{name}.udpipe"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(_trained(prepared(train())))
    found = Model.load(str(path))
    return found if found else sys.exit(f"{path} is no model; delete it and run this again")


def parse(model: Any, sentences: Any, options: str = "") -> None:
    """Parse UDPipe's sentences in place."""
    for sentence in sentences:
        model.parse(sentence, options)


def _trained(sentences: Any) -> bytes:
    from ufal.udpipe import ProcessingError, Sentences, Trainer

    error, none = ProcessingError(), Trainer.NONE
    settings = ";".join(f"{name}={value}" for name, value in SETTINGS.items())
    made = Trainer.train("morphodita_parsito", sentences, Sentences(), none, none, settings, error)
    return made if not error.occurred() else sys.exit(f"UDPipe did not train: {error.message}")
