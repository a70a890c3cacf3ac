"""Texts that a language model makes: the loop over tokens, and where each text ends."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from gradus.core.errors import SettingsError
from gradus.core.seeding import stream
from gradus.tasks.lm.choosing import Chooser
from gradus.tasks.lm.generation_settings import GenerationConfig
from gradus.tasks.lm.model import LanguageModel
from gradus.tasks.lm.spelling import END, Spelling

#: Why a text ended: enough tokens, enough line ends, or a string to stop at.
Reason: TypeAlias = Literal["tokens", "lines", "stop"]

#: Is told the number of a sample and what its text grew by.
OnToken: TypeAlias = Callable[[int, str], None]


@dataclass(frozen=True)
class Generation:
    """A text that a model made."""

    text: str  # without the prompt, and without a string to stop at
    tokens: tuple[str, ...]  # all that were made, those of a string to stop at among them
    log_probability: float  # of these tokens after the prompt, in nats, under the model itself
    stopped: Reason
    prompt: str
    unknown: tuple[str, ...]  # tokens of the prompt in whose place <unk> was read

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            "prompt": self.prompt,
            "text": self.text,
            "tokens": list(self.tokens),
            "log_probability": self.log_probability,
            "stopped": self.stopped,
            "unknown": list(self.unknown),
        }


def generate(
    model: LanguageModel[Any],
    prompt: str = "",
    n: int = 1,
    *,
    config: GenerationConfig | None = None,
    on_token: OnToken | None = None,
) -> list[Generation]:
    r"""``n`` texts that go on after ``prompt``; without one they begin a document.

    A token is drawn from ``p(token | prompt, tokens made so far)`` as ``config`` says. Samples are
    made side by side, each from random numbers of its own: the first is the same whatever ``n``
    is. ``on_token`` is told every stretch of text at once, as soon as no string to stop at can take
    it back. Where each line is a document of its own, a text ends with its line.

    >>> from gradus.tasks.lm.ngram import NgramConfig, NgramModel
    >>> spelling, text = Spelling.learn(iter(["the cat sat", "the cat sat"]), min_count=1)
    >>> model = NgramModel.train(NgramConfig(order=4), spelling, text)
    >>> found, = generate(model, "the", config=GenerationConfig(greedy=True, lines=1))
    >>> found.text, found.tokens, found.stopped
    ('cat sat\n', ('cat', 'sat', '<eos>'), 'lines')

    Raises:
        SettingsError: ``n`` is below 1, or more lines are asked for than a document has.
    """
    config = config or GenerationConfig()
    spelling = model.spelling
    lines = _lines(spelling, config)
    if n < 1:
        raise SettingsError(f"n={n} is out of range: choose a value at least 1")
    read = spelling.numbers(prompt_tokens(spelling, prompt))
    chooser = Chooser(config, spelling.unknown)
    samples = [_Sample(number, spelling, config, lines, on_token) for number in range(n)]
    seen = np.zeros((n, len(spelling)), dtype=bool)
    seen[:, read] = True
    state = model.begin(n)
    for token in read:
        state = model.advance(state, np.full(n, token))
    while running := [sample for sample in samples if sample.stopped is None]:
        rows = [sample.number for sample in running]
        log_p = model.log_probabilities(state)[rows]
        chosen = chooser.choose(log_p, seen[rows], [sample.rng for sample in running])
        for sample, row, token in zip(running, log_p, chosen.tolist(), strict=True):
            sample.add(token, float(row[token]))
        seen[rows, chosen] = True
        tokens = np.full(n, spelling.end)  # what a text that has ended goes on with matters to none
        tokens[rows] = chosen
        if any(sample.stopped is None for sample in running):
            state = model.advance(state, tokens)
    unknown = tuple(unknown_tokens(spelling, prompt))
    return [sample.finished(prompt, unknown) for sample in samples]


def prompt_tokens(spelling: Spelling, prompt: str) -> list[str]:
    """The tokens of a prompt that are read: its last line where each line is a document.

    >>> prompt_tokens(Spelling.learn(iter(["a b"]), min_count=1)[0], "a b")
    ['a', 'b']
    """
    tokens = spelling.tokens(prompt)
    if spelling.documents == "line":
        before = [place for place, token in enumerate(tokens) if token == END]
        return tokens[before[-1] + 1 :] if before else tokens
    return tokens


def unknown_tokens(spelling: Spelling, prompt: str) -> list[str]:
    """The tokens of a prompt that the vocabulary lacks, each once, as they follow each other.

    >>> unknown_tokens(Spelling.learn(iter(["a b"]), min_count=1)[0], "a cat a hat")
    ['cat', 'hat']
    """
    tokens = prompt_tokens(spelling, prompt)
    return list(dict.fromkeys(token for token in tokens if token not in spelling.vocabulary))


def joint(spelling: Spelling, before: str, after: str) -> str:
    """What stands between two pieces of a text: a blank between words, else nothing.

    >>> joint(Spelling.learn(iter(["a b"]), min_count=1)[0], "the", "cat")
    ' '
    """
    apart = not before or not after or before[-1].isspace() or after[0].isspace()
    return "" if apart or spelling.level == "char" else " "


def _lines(spelling: Spelling, config: GenerationConfig) -> int | None:
    """After how many line ends a text ends."""
    if spelling.documents != "line":
        return config.lines
    if (config.lines or 1) > 1:
        raise SettingsError(
            f"lines={config.lines}: each line is a document of this model, which knows nothing of "
            f"the line before; ask for n={config.lines} texts (-n {config.lines}) of one line"
        )
    return 1


class _Sample:
    """One text while it is made."""

    def __init__(
        self,
        number: int,
        spelling: Spelling,
        config: GenerationConfig,
        lines: int | None,
        on_token: OnToken | None,
    ) -> None:
        self.number, self.spelling, self.config = number, spelling, config
        self.lines, self.on_token = lines, on_token
        self.rng = stream(config.seed, "sample", number)
        self.tokens: list[str] = []
        self.ends = 0  # of lines
        self.text, self.told = "", 0  # the text, and how much of it was told
        self.log_probability = 0.0
        self.stopped: Reason | None = None

    def add(self, number: int, log_p: float) -> None:
        """Go on with a token, end the text where it should, and tell what is certain."""
        token = self.spelling.vocabulary.words[number]
        piece = "\n" if token == END else token
        self.text += joint(self.spelling, self.text, piece) + piece
        self.tokens.append(token)
        self.ends += token == END
        self.log_probability += log_p
        self._end()
        certain = len(self.text) if self.stopped else self._certain()
        if self.on_token and certain > self.told:
            self.on_token(self.number, self.text[self.told : certain])
            self.told = certain

    def finished(self, prompt: str, unknown: tuple[str, ...]) -> Generation:
        """The text and what is known of it."""
        assert self.stopped is not None
        tokens = tuple(self.tokens)
        return Generation(self.text, tokens, self.log_probability, self.stopped, prompt, unknown)

    def _end(self) -> None:
        """Stop if the text is complete."""
        found = [stop for stop in self.config.stop or () if self.text.endswith(stop)]
        if found:
            self.text = self._bare(len(self.text) - max(map(len, found)))
            self.stopped = "stop"
        elif self.lines is not None and self.ends >= self.lines:
            self.stopped = "lines"
        elif len(self.tokens) >= self.config.max_tokens:
            self.stopped = "tokens"

    def _certain(self) -> int:
        """How much of the text can no longer turn out to be a string to stop at."""
        begun = [
            size
            for stop in self.config.stop or ()
            for size in range(1, len(stop))
            if self.text.endswith(stop[:size])
        ]
        return len(self._bare(len(self.text) - max(begun))) if begun else len(self.text)

    def _bare(self, end: int) -> str:
        """The text up to a place, without the blank that would have joined one more word."""
        text = self.text[:end]
        return text.rstrip(" ") if self.spelling.level == "word" else text
