"""Scene: a classifier that tells from a sentence which library's documentation it is from."""

from typing import Any

import numpy as np

from gradus.cli.stage import Stage
from gradus.core.seeding import stream
from gradus.core.storage import fresh_file
from gradus.text.machine_text import collect_by_library

TEXTS, MODEL, PICTURE = "sentences.tsv", "classifier", "confusions.png"

#: Sentences kept of each library, and the share of them that the model is measured on.
MOST, SHARE = 2500, 0.2

#: A library with fewer sentences is left out.
LEAST = 200

#: Sentences that no documentation holds, to try the model on.
QUESTIONS = (
    "the figure has a legend in the upper left corner of the axes",
    "returns the eigenvalues of a sparse matrix",
    "the estimator is fitted on the training samples",
    "opens a socket and waits for a connection",
)


def play(stage: Stage) -> dict[str, Any]:
    """Collect sentences, train a classifier on them, and show what it learnt."""
    from gradus.tasks.classification.plots import plot_confusion
    from gradus.tasks.classification.splitting import split_examples
    from gradus.tasks.classification.training import train_classifier

    stage.title("Text classification: which library is a sentence of documentation from?")
    examples = collect(stage)
    train, test = split_examples(examples, SHARE, stage.seed)
    classifier = train_classifier(
        train, folder=stage.folder / MODEL, force=True, progress=stage.progress
    )
    report = classifier.report(test)
    shares = np.bincount(report.gold) / report.examples
    stage.say(
        f"{len(examples.classes)} libraries, {len(train):,} sentences to learn from in "
        f"{classifier.metrics['seconds']:.1f} seconds",
        f"{report.accuracy:.1%} of {report.examples:,} other sentences are told right; "
        f"always saying the commonest library would tell {shares.max():.1%}",
    )
    plot_confusion(report, stage.folder / PICTURE)
    stage.say(f"  which are taken for which: {stage.folder / PICTURE}")
    answers = {text: classifier.predict([text])[0][0] for text in QUESTIONS}
    stage.title("Sentences it has never seen")
    stage.say(
        *(
            f"  {guess.label:<12} {guess.probability:4.0%}  {text}"
            for text, guess in answers.items()
        )
    )
    stage.title("Next")
    stage.say(
        f'  gradus classifier predict {stage.folder / MODEL} "draws a histogram"',
        f"  gradus doctor {stage.folder / MODEL}",
        "  gradus classifier train YOUR-TEXTS.tsv -o my-model     label TAB text, one a line",
    )
    return {
        "sentences": len(examples),
        "accuracy": report.accuracy,
        "answers": {text: guess.label for text, guess in answers.items()},
    }


def collect(stage: Stage) -> Any:
    """Sentences with their libraries, as a file and as examples."""
    from gradus.tasks.classification.examples import read_examples

    rng, lines = stream(stage.seed, "sentences"), []
    for library, sentences in collect_by_library(progress=stage.progress).items():
        if len(sentences) >= LEAST:
            chosen = rng.permutation(len(sentences))[:MOST]
            lines += [f"{library}\t{sentences[place]}\n" for place in np.sort(chosen).tolist()]
    path = stage.folder / TEXTS
    with fresh_file(path) as temporary:
        temporary.write_text("".join(lines), encoding="utf-8")
    return read_examples(path)
