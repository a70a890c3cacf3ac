"""A peer: UDPipe 1, its parser alone or all of it, trained by its own trainer."""

import itertools
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
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

#: The tokenizer has the size of the one that UDPipe released for this treebank. It sees little of
#: it: two epochs, no held-out text.
TOKENIZER = {
    "dimension": 64,
    "epochs": 2,
    "batch_size": 100,
    "learning_rate": 0.005,
    "dropout": 0.1,
    "early_stopping": 0,
}

#: A tagger and a lemmatizer, two models as UDPipe released them, of two rounds each.
TAGGER = {
    "models": 2,
    "early_stopping": 0,
    **{
        f"{name}_{model}": value
        for model, settings in enumerate(
            (
                {"templates": "tagger", "guesser_suffix_rules": 12, "guesser_prefixes_max": 0},
                {"templates": "lemmatizer", "guesser_suffix_rules": 6, "guesser_prefixes_max": 4},
            ),
            start=1,
        )
        for name, value in {
            **settings,
            "iterations": 2,
            "guesser_enrich_dictionary": 6,
            "use_lemma": 1,
            "prune_features": 0,
            **dict.fromkeys(("use_xpostag", "use_feats"), int(model == 1)),
            **dict.fromkeys(("provide_xpostag", "provide_feats"), int(model == 1)),
            "provide_lemma": int(model == 2),
        }.items()
    },
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
    from ufal.udpipe import Trainer

    return _kept(ROOT / ".bench" / f"{name}.udpipe", train, Trainer.NONE, Trainer.NONE)


def whole_model(train: Callable[[], Sequence[Sentence]], path: Path) -> Any:
    """Tokenizer, tagger and parser, trained on the sentences and kept at ``path``."""
    return _kept(path, train, _written(TOKENIZER), _written(TAGGER))


def parse(model: Any, sentences: Any, options: str = "") -> None:
    """Parse UDPipe's sentences in place."""
    for sentence in sentences:
        model.parse(sentence, options)


def annotate(model: Any, text: str, options: str = "") -> str:
    """The CoNLL-U of a raw text; ``options`` are those of the parser."""
    from ufal.udpipe import Pipeline, ProcessingError

    error = ProcessingError()
    done = Pipeline(model, "tokenize", Pipeline.DEFAULT, options, "conllu").process(text, error)
    return done if not error.occurred() else sys.exit(f"UDPipe stopped: {error.message}")


def _kept(path: Path, train: Callable[[], Sequence[Sentence]], tokenizer: str, tagger: str) -> Any:
    from ufal.udpipe import Model

    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_trained(prepared(train()), tokenizer, tagger))
    found = Model.load(str(path))
    return found if found else sys.exit(f"{path} is no model; delete it and run this again")


def _trained(sentences: Any, tokenizer: str, tagger: str) -> bytes:
    from ufal.udpipe import ProcessingError, Sentences, Trainer

    error, parser = ProcessingError(), _written(SETTINGS)
    made = Trainer.train(
        "morphodita_parsito", sentences, Sentences(), tokenizer, tagger, parser, error
    )
    return made if not error.occurred() else sys.exit(f"UDPipe did not train: {error.message}")


def _written(settings: Mapping[str, object]) -> str:
    return ";".join(f"{name}={value}" for name, value in settings.items())
