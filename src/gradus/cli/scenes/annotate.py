"""The scene of a sentence: raw text to words, tags, a tree and names, with the English model."""

import time
from typing import Any

from gradus.cli.stage import Stage

ANNOTATED = "annotated.conllu"

#: What is annotated.
TEXT = "Ada Lovelace wrote to Charles Babbage in London, but he didn't answer."


def play(stage: Stage) -> dict[str, Any]:
    """Annotate a sentence and draw its tree."""
    import gradus
    from gradus.pipeline.formats import formatted

    stage.title("Raw text to a tree, with the English model that comes with Gradus")
    began = time.perf_counter()
    nlp = gradus.load("en")
    opened = time.perf_counter() - began
    document = nlp(TEXT)
    path = stage.folder / ANNOTATED
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document.to_conllu(), encoding="utf-8")
    stage.say("".join(formatted(document, "tree")).rstrip())
    names = [(entity.text, entity.type) for entity in document.entities]
    stage.say(
        "Names: " + (", ".join(f"{text} ({kind})" for text, kind in names) or "none"),
        f'Yours: gradus annotate "A sentence." (the model opened in {opened:.1f} s)',
    )
    return {
        "text": TEXT,
        "words": [word.form for word in document.words],
        "upos": [word.upos for word in document.words],
        "heads": [head for sentence in document for head in sentence.heads],
        "entities": [list(pair) for pair in names],
        "conllu": str(path),
    }
