"""A peer: spaCy's small pipeline for a processor, as ``spacy init config`` makes it.

The configuration is the one that ``spacy init config --optimize efficiency`` writes: tagger,
morphologizer, parser and trainable lemmatizer above one shared ``tok2vec``. Only the length of the
training is another.
"""

import contextlib
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gradus.text.conllu import format_conllu
from gradus.text.document import Sentence

PARTS = ("tagger", "morphologizer", "parser", "trainable_lemmatizer")

#: Sentences that are put together into one document, as its documentation does.
GROUPED = 10

#: How often the weights change: enough for trees that look like trees. Speed does not depend on it.
STEPS = 200


def model(train: Callable[[str], Sequence[Sentence]], folder: Path) -> Any:
    """A pipeline trained on ``train("train")``, kept in ``folder`` for later calls."""
    import spacy

    if not folder.exists():
        _trained(train, folder)
    return spacy.load(folder)


def annotate(nlp: Any, text: str) -> str:
    """The CoNLL-U of a raw text, whose lines are documents as far as spaCy is concerned."""
    return "".join(_conllu(nlp.pipe(line for line in text.split("\n") if line.strip())))


def _conllu(docs: Iterable[Any]) -> Iterator[str]:
    """Sentences as CoNLL-U: spaCy has no writer of its own."""
    for doc in docs:
        for sentence in doc.sents:
            start = sentence.start - 1
            for token in sentence:
                number, head = token.i - start, token.head.i - start
                yield (
                    f"{number}\t{token.text}\t{token.lemma_}\t{token.pos_}\t{token.tag_}\t"
                    f"{token.morph or '_'}\t{0 if head == number else head}\t{token.dep_}\t_\t"
                    f"{'_' if token.whitespace_ else 'SpaceAfter=No'}\n"
                )
            yield "\n"


def _trained(train: Callable[[str], Sequence[Sentence]], folder: Path) -> None:
    from spacy.cli.init_config import init_config
    from spacy.cli.train import train as train_spacy
    from spacy.tokens import DocBin
    from spacy.training.converters import conllu_to_docs

    folder.parent.mkdir(parents=True, exist_ok=True)
    paths = {}
    for part in ("train", "dev"):
        text = "".join(map(format_conllu, train(part)))
        paths[part] = folder.with_name(f"{folder.name}-{part}.spacy")
        docs = conllu_to_docs(text, n_sents=GROUPED, no_print=True)
        DocBin(docs=docs, store_user_data=True).to_disk(paths[part])
    config = folder.with_name(f"{folder.name}.cfg")
    init_config(lang="en", pipeline=list(PARTS), optimize="efficiency", gpu=False).to_disk(config)
    made = folder.with_name(f"{folder.name}-runs")
    logging.getLogger("spacy").setLevel(logging.WARNING)
    with contextlib.redirect_stdout(sys.stderr):  # tables of the training
        train_spacy(
            config,
            made,
            overrides={
                **{f"paths.{part}": str(path) for part, path in paths.items()},
                "training.max_steps": STEPS,
                "training.eval_frequency": STEPS,
            },
        )
    (made / "model-last").rename(folder)
