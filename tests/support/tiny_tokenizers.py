"""Small tokenizers and ten sentences that they learn by heart, multiword tokens among them."""

from functools import cache

from gradus.tasks.tagging.tokenization.settings import TokenizerConfig
from gradus.tasks.tagging.tokenization.tokenizer import Tokenizer
from gradus.tasks.tagging.tokenization.training import train_tokenizer
from gradus.text.document import MultiwordToken, Sentence, Word
from gradus.training.settings import TrainingConfig

#: Sentences as they are written down here: a blank between tokens, ~ where there is none in the
#: text, = between the words of a multiword token.
SENTENCES = (
    "I do~n't know~.",
    "Go on~!",
    "Mr.~ Smith ca~n't see de=el cat",
    "It costs $~3.50 here~.",
    "What is n't so~?",
    "de=el mar~,",
    "They are~n't here~.",
    "No",
    "dar=lo is 2~-~3 o'clock~.",
    "The end~.",
)
SURFACE = {"de=el": "del", "dar=lo": "darlo"}

SMALL = {
    **{"dim": 8, "affix_dim": 6, "shape_dim": 6, "hidden": 16, "min_count": 1, "stretch": 12},
    **{"dropout": 0.0, "word_dropout": 0.0, "bias": 0.0},
}


def small_config(**more: object) -> TokenizerConfig:
    return TokenizerConfig(**{**SMALL, **more})


def quick(**more: object) -> TrainingConfig:
    return TrainingConfig(**{"epochs": 1, "batch_size": 3, "threads": 1, "rate": 0.01, **more})


def sentence(line: str) -> Sentence:
    """A sentence from a line as in :data:`SENTENCES`."""
    result = Sentence([])
    for token in line.replace("~", "~ ").split():
        form = token.removesuffix("~")
        misc = "SpaceAfter=No" if token.endswith("~") else "_"
        first = len(result.words) + 1
        if "=" in form:
            result.words += map(Word, form.split("="))
            rest = (*["_"] * 7, misc)
            result.multiword.append(
                MultiwordToken(first, len(result.words), SURFACE.get(form, form), rest)
            )
        else:
            result.words.append(Word(form, misc=misc))
    return result


def treebank() -> list[Sentence]:
    return [sentence(line.replace("~ Smith", " Smith")) for line in SENTENCES]


@cache
def tiny() -> Tokenizer:
    """A tokenizer that has seen ten sentences a few times, so it knows little."""
    return train_tokenizer(treebank(), config=small_config(), training=quick(epochs=5))


def written(sentences: list[Sentence]) -> list[tuple[list[str], list[str]]]:
    """Words and multiword tokens of each sentence."""
    return [
        ([word.form for word in one.words], [token.form for token in one.multiword])
        for one in sentences
    ]
