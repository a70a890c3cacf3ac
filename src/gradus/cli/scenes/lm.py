"""Scene: a network learns to write letter by letter, beside a model that counts letters."""

from itertools import islice
from typing import TYPE_CHECKING, Any

from gradus.cli.scenes.vectors import TEXT, write_text
from gradus.cli.stage import Stage
from gradus.core.seeding import stream
from gradus.core.storage import fresh_file

if TYPE_CHECKING:
    from gradus.tasks.lm.memory import MemoryReport
    from gradus.tasks.lm.model import LanguageModel

LEARNT, OTHERS, NETWORK, COUNTS = "letters.txt", "other-letters.txt", "letters", "letter-counts"

#: Paragraphs that are used, and the share of them that the models are measured on.
LINES, SHARE = 2400, 0.1

#: A network that learns in some twenty seconds on two cores, and how.
SMALL: dict[str, Any] = {
    **{"level": "char", "dim": 32, "hidden": 256, "layers": 1, "steps": 64},
    **{"input_dropout": 0.0, "output_dropout": 0.0},
}
RUN: dict[str, Any] = {
    **{"epochs": 5, "batch_size": 16, "rate": 5e-3, "schedule": "linear", "clip_norm": 1.0},
}

#: Letters that the counting model looks at, the predicted one among them.
ORDER = 5

#: Texts that the network writes after a beginning, and how.
SAMPLES, PROMPT = 2, "the "
WRITING: dict[str, Any] = {"max_tokens": 150, "temperature": 0.7, "lines": 1}

#: How far back the network is asked to remember.
CONTEXTS = (1, 2, 4, 8, 16, 32, 64)


def play(stage: Stage) -> dict[str, Any]:
    """Train both models on the same letters, compare them, and let the network write."""
    from gradus.tasks.lm.generation import generate
    from gradus.tasks.lm.generation_settings import GenerationConfig
    from gradus.tasks.lm.memory import MemoryConfig, measure_memory

    stage.title("Language models: which letter comes next?")
    write_letters(stage)
    network, counts = train(stage)
    others = stage.folder / OTHERS
    found = {
        name: model.perplexity(others, stage.progress)
        for name, model in {"ngram": counts, "lstm": network}.items()
    }
    stage.say(
        f"{len(network.spelling)} different characters; all below is measured on "
        f"{found['lstm'].tokens:,} others, in paragraphs that no model has seen",
        f"perplexity of a character: {found['ngram'].perplexity:.2f} for counts of {ORDER} "
        f"characters, {found['lstm'].perplexity:.2f} for an LSTM; a guess among all has "
        f"{len(network.spelling)}",
    )
    memory = measure_memory(
        network,
        others,
        MemoryConfig(positions=200, distances=32, contexts=CONTEXTS, seed=stage.seed),
        stage.progress,
    )
    stage.say(told(memory))
    written = generate(
        network, PROMPT, SAMPLES, config=GenerationConfig(seed=stage.seed, **WRITING)
    )
    stage.title(f"What the LSTM writes after “{PROMPT.strip()}”")
    stage.say(*(f"  {PROMPT}{sample.text.strip()}" for sample in written))
    model = stage.folder / NETWORK
    stage.title("Next")
    stage.say(
        f'  gradus lm generate {model} --prompt "returns the "',
        f"  gradus lm score {model} {others} --top 10",
        "  gradus lm train YOUR-TEXT.txt -o my-model     words; letters with --level char",
    )
    return {
        "characters": found["lstm"].tokens,
        "perplexity": {name: figures.perplexity for name, figures in found.items()},
        "context": memory.curve.effective_context,
        "half_lives": [flow.to_dict()["half_life"] for flow in memory.flows],
        "samples": [sample.text for sample in written],
    }


def write_letters(stage: Stage) -> None:
    """Two files of paragraphs of documentation: to learn from, and to measure on."""
    source = stage.folder / TEXT
    if not source.is_file():
        write_text(source, stage)
    with source.open(encoding="utf-8") as text:
        lines = list(islice(text, LINES))
    apart = stream(stage.seed, "held-out paragraphs").random(len(lines)) < SHARE
    for name, chosen in ((LEARNT, ~apart), (OTHERS, apart)):
        with fresh_file(stage.folder / name) as temporary:
            kept = [line for line, there in zip(lines, chosen, strict=True) if there]
            temporary.write_text("".join(kept), encoding="utf-8")


def train(stage: Stage) -> "tuple[LanguageModel[Any], LanguageModel[Any]]":
    """An LSTM and an n-gram model of the same letters."""
    from gradus.tasks.lm.ngram import NgramModel
    from gradus.tasks.lm.ngram_settings import NgramConfig
    from gradus.tasks.lm.settings import LanguageModelConfig
    from gradus.tasks.lm.training import train_language_model
    from gradus.training.settings import TrainingConfig

    learnt = stage.folder / LEARNT
    network = train_language_model(
        learnt,
        config=LanguageModelConfig(**SMALL),
        training=TrainingConfig(seed=stage.seed, **RUN),
        folder=stage.folder / NETWORK,
        force=True,
        progress=stage.progress,
    )
    text = network.spelling.encode(learnt, stage.progress)
    counts = NgramModel.train(NgramConfig(order=ORDER), network.spelling, text, stage.progress)
    counts.save(stage.folder / COUNTS, force=True)
    stage.say(
        f"{text.characters:,} characters to learn from: {network.metrics['seconds']:.1f} seconds "
        f"for {network.facts['parameters']:,} weights of an LSTM, {counts.seconds:.1f} to count"
    )
    return network, counts


def told(memory: "MemoryReport") -> str:
    """How far back a network remembers, in a line."""
    enough = memory.curve.effective_context
    if enough is None:
        return f"the LSTM makes use of more than the last {CONTEXTS[-1]} characters"
    return (
        f"the LSTM needs the last {enough} characters to come within 1% of the perplexity that it "
        "has with all of them"
    )
