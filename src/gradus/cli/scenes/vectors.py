"""Scene: word vectors from the documentation on this machine."""

from pathlib import Path
from typing import Any

from gradus.cli.stage import Stage, sparkline
from gradus.core.picture import picture, plain
from gradus.core.runlog import RunLog
from gradus.core.storage import fresh_file
from gradus.text.machine_text import collect_machine_text
from gradus.vectors.table import WordVectors

TEXT, VECTORS, PLOT, CURVE = "text.txt", "vectors", "words.png", "loss.png"

#: Words whose neighbours are easy to judge; those that this machine's text lacks are left out.
NEIGHBOURS = ("minimum", "red", "server", "probability", "three", "monday")

#: Questions "a is to b as c is to ?" with the answer a reader expects.
ANALOGIES = (
    ("row", "rows", "column", "columns"),
    ("file", "files", "directory", "directories"),
    ("min", "max", "minimum", "maximum"),
    ("read", "reader", "write", "writer"),
    ("sine", "cosine", "sin", "cos"),
)

#: Groups that should stand together in the plot.
PLOTTED = (
    *("integer", "float", "string", "list", "tuple", "dict", "array"),
    *("row", "column", "rows", "columns", "axis", "axes"),
    *("minimum", "maximum", "min", "max", "mean", "median", "variance"),
    *("red", "green", "blue", "black", "white", "color"),
    *("file", "files", "directory", "path", "folder", "filename"),
    *("one", "two", "three", "four", "five", "first", "second", "third", "last"),
    *("server", "client", "http", "socket", "request", "response"),
    *("sin", "cos", "tan", "sine", "cosine", "exp", "log"),
)


def play(stage: Stage) -> dict[str, Any]:
    """Collect text, train skip-gram on it, and show what the vectors know."""
    stage.title("Word vectors")
    text = stage.folder / TEXT
    words = write_text(text, stage)
    stage.say(f"{words:,} words of English, from the documentation on this machine: {text}")
    vectors = train(text, stage)
    curve = loss_curve(stage.folder / VECTORS)
    results = {
        "words": words,
        "vocabulary": len(vectors),
        "held_out_loss": [loss for _, loss in curve],
        "neighbours": show_neighbours(vectors, stage),
        "analogies": show_analogies(vectors, stage),
    }
    show_curve(curve, stage)
    show_plot(vectors, stage)
    show_next_steps(stage)
    return results


def write_text(path: Path, stage: Stage) -> int:
    """Write the collected text and return its number of words."""
    lines = collect_machine_text(progress=stage.progress)
    with fresh_file(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return sum(line.count(" ") + 1 for line in lines)


def train(text: Path, stage: Stage) -> WordVectors:
    """Train skip-gram on ``text`` and save it."""
    from gradus.vectors.settings import SkipGramConfig
    from gradus.vectors.word2vec import train_skipgram

    # a wide window and a low rate suit a corpus as small as this one
    config = SkipGramConfig(window=8, epochs=15, rate=0.025, seed=stage.seed)
    return train_skipgram(
        [text], config, folder=stage.folder / VECTORS, force=True, progress=stage.progress
    )


def loss_curve(folder: Path) -> list[tuple[float, float]]:
    """Words trained so far and the held-out loss at that point, from the log of the run."""
    return [
        (event["words"], event["held_out_loss"])
        for event in RunLog(folder).read()
        if event.get("held_out_loss") is not None
    ]


def show_neighbours(vectors: WordVectors, stage: Stage) -> dict[str, list[str]]:
    """Print the nearest words of a few."""
    known = [word for word in NEIGHBOURS if word in vectors]
    found = {word: [near.word for near in vectors.most_similar(word, n=5)] for word in known}
    stage.title("Nearest words, by cosine")
    stage.say(*(f"  {word:<12} {', '.join(near)}" for word, near in found.items()))
    return found


def show_analogies(vectors: WordVectors, stage: Stage) -> list[dict[str, Any]]:
    """Print the best answers to a few questions, right or wrong."""
    found = [
        {"question": [a, b, c], "expected": d, "answer": vectors.analogy(a, b, c, n=1)[0].word}
        for a, b, c, d in ANALOGIES
        if all(word in vectors for word in (a, b, c, d))
    ]
    stage.title("Analogies: a is to b as c is to ...")
    for row in found:
        a, b, c = row["question"]
        remark = "" if row["answer"] == row["expected"] else f"  (expected {row['expected']})"
        stage.say(f"  {a} : {b} = {c} : {row['answer']}{remark}")
    return found


def show_curve(curve: list[tuple[float, float]], stage: Stage) -> None:
    """Print and draw the held-out loss."""
    losses = [loss for _, loss in curve]
    if not losses:
        return
    draw_curve(curve, stage.folder / CURVE)
    stage.title("Loss on text kept out of training, in nats per pair")
    # the fall from the untrained start is so deep that the rest would look flat beside it
    stage.say(f"  {sparkline(losses[1:])}  from {losses[0]:.3f} untrained to {losses[-1]:.3f}")
    stage.say(f"  drawn in {stage.folder / CURVE}")


def draw_curve(curve: list[tuple[float, float]], path: Path) -> None:
    """Draw the held-out loss over the words trained on."""
    with picture(path, (6, 4)) as figure:
        axes = figure.add_subplot(
            xlabel="million words trained", ylabel="nats per pair", title="Held-out loss"
        )
        axes.plot([words / 1e6 for words, _ in curve], [loss for _, loss in curve], marker="o")
        plain(axes)


def show_plot(vectors: WordVectors, stage: Stage) -> None:
    """Draw some words in the plane."""
    from gradus.vectors.plot import plot_vectors

    path, known = stage.folder / PLOT, [word for word in PLOTTED if word in vectors]
    plot_vectors(vectors, path, words=known, limit=len(known), force=True)
    stage.title("A picture")
    stage.say(f"  {len(known)} words in the plane: {path}")


def show_next_steps(stage: Stage) -> None:
    """Say what to run on one's own text."""
    saved = stage.folder / VECTORS
    stage.title("Next")
    stage.say(
        f"  gradus vectors neighbors {saved} matrix",
        f"  gradus vectors analogy {saved} row rows column",
        "  gradus vectors train YOUR-TEXT.txt -o my-vectors     one sentence or paragraph a line",
    )
