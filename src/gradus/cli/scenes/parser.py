"""Scene: a dependency parser for a toy language whose arcs cross, trained in seconds."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gradus.cli.scenes.toy_language import toy_treebank
from gradus.cli.stage import Stage
from gradus.core.seeding import stream

if TYPE_CHECKING:
    from gradus.tasks.parsing.trace import Step
    from gradus.text.document import Sentence

TREEBANK, OTHERS, MODEL, PICTURE = "treebank.conllu", "held-out.conllu", "parser", "tree.svg"

#: Sentences to learn from, and others that the model is measured on.
LEARNT, HELD_OUT = 2000, 300

#: Where the run differs from the preset ``fast``: a small language needs a small model.
SMALL: dict[str, Any] = {
    "nonprojective": "swap",
    "encoder": "window(128, reach=3)",
    "dim": 50,
    "hidden": 128,
}
EPOCHS = 6

#: Steps of the parse that are told, and words of the stack in one.
STEPS, STACKED = 16, 4


def play(stage: Stage) -> dict[str, Any]:
    """Make a treebank, train a parser on it, and draw and trace a sentence with crossing arcs."""
    from gradus.tasks.parsing.trace import trace_parse
    from gradus.tasks.parsing.tree_report import treebank_report
    from gradus.tasks.parsing.trees import tree_of
    from gradus.text.arcs.svg import draw_svg
    from gradus.text.arcs.terminal import draw_terminal

    stage.title("Dependency parsing: the trees of a toy language, with arcs that cross")
    learnt, others = write_treebanks(stage)
    trees = treebank_report(map(tree_of, [*learnt, *others]))
    stage.say(
        f"{trees.sentences:,} sentences made by a grammar of a page, far easier than any real "
        f"language; arcs cross in {trees.nonprojective_sentence_share:.1%} of them",
    )
    parser = train(learnt, stage)
    report = parser.report(others)
    crossing = report.by_projectivity[1]
    stage.say(
        f"{len(learnt):,} of them to learn from in {parser.metrics['seconds']:.1f} seconds",
        f"{report.las:.1%} of the words of {len(others):,} others get the right head and relation "
        f"(LAS); {crossing.las:.1%} in the {crossing.sentences} sentences whose arcs cross",
    )
    number = shortest_crossing(others)
    gold = others[number - 1]
    parsed = parser.parse([gold])[0]
    stage.title("As parsed: the shortest of the others whose arcs cross")
    stage.say(draw_terminal(parsed, gold=gold))
    (stage.folder / PICTURE).write_text(draw_svg(parsed, gold=gold), encoding="utf-8")
    stage.say("", f"  the same as a picture: {stage.folder / PICTURE}")
    stage.title("How it got there: transition, its probability, the stack, the new arc")
    steps = trace_parse(parser, gold)
    stage.say(*told(steps[:STEPS], gold))
    if len(steps) > STEPS:
        stage.say(f"  and {len(steps) - STEPS} more")
    model, file = stage.folder / MODEL, stage.folder / OTHERS
    stage.title("Next")
    stage.say(
        f"  gradus parser trace {model} --file {file} --sentence {number}",
        f"  gradus parser evaluate {model} {file}",
        f'  gradus parser draw --model {model} "the/DET dog/NOUN slept/VERB ./PUNCT"',
        "  gradus parser train YOUR-TREEBANK.conllu -o my-parser     of Universal Dependencies",
    )
    return {
        "sentences": trees.sentences,
        "crossing": trees.nonprojective_sentence_share,
        "uas": report.uas,
        "las": report.las,
        "sentence": gold.text,
        "heads": parsed.heads,
    }


def write_treebanks(stage: Stage) -> tuple[list["Sentence"], list["Sentence"]]:
    """Sentences to learn from and others, each in a file."""
    from gradus.text.conllu import write_conllu

    made = toy_treebank(LEARNT + HELD_OUT, rng=stream(stage.seed, "toy language"))
    learnt, others = made[:LEARNT], made[LEARNT:]
    write_conllu(learnt, stage.folder / TREEBANK)
    write_conllu(others, stage.folder / OTHERS)
    return learnt, others


def train(sentences: list["Sentence"], stage: Stage) -> Any:
    """A small parser with a transition that swaps words, so that arcs may cross."""
    from gradus.tasks.parsing.presets import preset_settings
    from gradus.tasks.parsing.training import train_parser

    config, training = preset_settings("fast")
    return train_parser(
        sentences,
        config=replace(config, **SMALL),
        training=replace(training, epochs=EPOCHS, seed=stage.seed),
        folder=stage.folder / MODEL,
        force=True,
        progress=stage.progress,
    )


def shortest_crossing(sentences: list["Sentence"]) -> int:
    """The number, from 1, of the shortest sentence whose arcs cross; the first of several."""
    from gradus.tasks.parsing.trees import is_projective, tree_of

    return min(
        (len(sentence), number)
        for number, sentence in enumerate(sentences, start=1)
        if not is_projective(tree_of(sentence))
    )[1]


def told(steps: list["Step"], sentence: "Sentence") -> list[str]:
    """The steps of a parse, a line each."""
    names = ["ROOT", *(word.form for word in sentence.words)]
    lines = []
    for step in steps:
        words = [names[node] for node in step.stack[-STACKED:]]
        stack = " ".join(["…", *words] if len(step.stack) > STACKED else words)
        arc = f"{names[step.arc[0]]} → {names[step.arc[2]]}" if step.arc else ""
        chance = f"{step.probability:4.0%}" if step.transition else ""
        line = f"  {step.transition or 'start':<16} {chance:>4}  {stack:<30}  {arc}"
        lines.append(line.rstrip())
    return lines
