"""Made texts, judged by the model's own surprisals, by walking greedily, and by each other."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_language_models import FAMILIES, tiny_model

from gradus.core.errors import SettingsError
from gradus.tasks.lm.generation import generate, joint, prompt_tokens, unknown_tokens
from gradus.tasks.lm.generation_settings import GenerationConfig
from gradus.tasks.lm.spelling import END, EncodedText

MODELS = {
    (family, level): tiny_model(family, level=level)
    for family, level in product(FAMILIES, ("word", "char"))
}
EVERY = pytest.mark.parametrize("model", MODELS.values(), ids=map("-".join, MODELS))

CONFIGS = st.builds(
    GenerationConfig,
    temperature=st.sampled_from([0.5, 1.0, 2.0]),
    top_k=st.none() | st.integers(1, 8),
    top_p=st.sampled_from([0.3, 0.9, 1.0]),
    repetition_penalty=st.sampled_from([1.0, 1.5]),
    max_tokens=st.integers(1, 25),
    lines=st.none() | st.integers(1, 3),
    stop=st.none()
    | st.sampled_from([(".",), ("the c", "t"), ("cat .", "cat", "\nthe"), (" sat",)]),
    unknown=st.booleans(),
    seed=st.integers(0, 99),
)
PROMPTS = st.sampled_from(["", "the cat", "the cat sat\n", "a zebra", "\n\n", "the"])


def surprisals(model, prompt, tokens):
    """What each token costs in nats where they go on after a prompt."""
    before = model.spelling.numbers(model.spelling.tokens(prompt))
    ids = np.concatenate([before, model.spelling.numbers(tokens)]).astype(np.int32)
    return model.surprisals(EncodedText(ids, np.array([0, len(ids)]), 0))[len(before) :]


def next_surprisals(model, tokens, words):
    """What each of ``words`` would cost after ``tokens``: as many documents, their last tokens."""
    documents = [model.spelling.numbers([*tokens, word]) for word in words]
    bounds = np.arange(len(words) + 1) * (len(tokens) + 1)
    text = EncodedText(np.concatenate(documents).astype(np.int32), bounds, 0)
    return dict(zip(words, model.surprisals(text)[bounds[1:] - 1].tolist(), strict=True))


@EVERY
@settings(max_examples=20)
@given(config=CONFIGS, prompt=PROMPTS)
def test_the_log_probability_is_that_of_the_model(model, config, prompt):
    for found in generate(model, prompt, 2, config=config):
        wanted = -surprisals(model, prompt, found.tokens).sum(dtype=float)
        assert found.log_probability == pytest.approx(wanted, rel=1e-4)


@EVERY
@settings(max_examples=20)
@given(config=CONFIGS, prompt=PROMPTS)
def test_the_first_sample_does_not_know_of_others(model, config, prompt):
    one, again, five = (generate(model, prompt, n, config=config) for n in (1, 1, 5))
    assert one == again
    assert [found.tokens for found in five[:1]] == [found.tokens for found in one]
    assert five[0].text == one[0].text


@EVERY
@settings(max_examples=20)
@given(config=CONFIGS, prompt=PROMPTS, n=st.integers(1, 3))
def test_what_is_told_is_the_text(model, config, prompt, n):
    told = [[] for _ in range(n)]
    found = generate(
        model, prompt, n, config=config, on_token=lambda sample, piece: told[sample].append(piece)
    )
    assert ["".join(pieces) for pieces in told] == [sample.text for sample in found]
    assert all(piece for pieces in told for piece in pieces)


@EVERY
@settings(max_examples=20)
@given(config=CONFIGS)
def test_a_text_ends_where_it_should_and_not_before(model, config):
    for found in generate(model, "", 3, config=config):
        whole = model.spelling.text(model.spelling.numbers(found.tokens))
        ends = found.tokens.count(END)
        stops = config.stop or ()
        assert len(found.tokens) <= config.max_tokens
        assert ends <= (config.lines or ends)
        if found.stopped == "stop":
            assert any(whole.endswith(stop) for stop in stops)
            assert whole.startswith(found.text)
            assert not found.text.endswith(" ") or model.spelling.level == "char"
        else:
            assert found.text == whole
            assert {"tokens": len(found.tokens), "lines": ends}[found.stopped] == (
                {"tokens": config.max_tokens, "lines": config.lines}[found.stopped]
            )
        shorter = [
            model.spelling.text(model.spelling.numbers(found.tokens[:size]))
            for size in range(1, len(found.tokens))
        ]
        assert not any(text.endswith(stop) for text in shorter for stop in stops)


@EVERY
def test_different_seeds_and_samples_give_different_texts(model):
    texts = [
        found.text
        for seed in range(3)
        for found in generate(model, n=3, config=GenerationConfig(seed=seed))
    ]
    assert len(set(texts)) == 9


@EVERY
@pytest.mark.parametrize("penalty", [1.0, 1.3])
def test_greedy_is_the_path_of_the_likeliest_tokens(model, penalty):
    config = GenerationConfig(greedy=True, max_tokens=20, repetition_penalty=penalty)
    prompt = "the cat"
    (found,) = generate(model, prompt, config=config)
    words = [word for word in model.spelling.vocabulary if word != "<unk>"]
    tokens = model.spelling.tokens(prompt)
    for token in found.tokens:
        costs = next_surprisals(model, tokens, words)
        scaled = {word: cost * (penalty if word in tokens else 1) for word, cost in costs.items()}
        assert scaled[token] == pytest.approx(min(scaled.values()), abs=1e-4)
        tokens.append(token)


@pytest.mark.parametrize("level", ["word", "char"])
def test_a_tiny_temperature_is_greedy(level):
    model = MODELS["neural", level]  # counts of n-grams have ties, which are drawn from
    greedy, cold = (
        generate(model, "the", config=config)[0]
        for config in (GenerationConfig(greedy=True), GenerationConfig(temperature=1e-9))
    )
    assert greedy == cold


def test_unknown_is_made_only_where_it_is_asked_for():
    model = tiny_model("ngram")
    assert "<unk>" in model.spelling.vocabulary
    hot = {"max_tokens": 300, "temperature": 50.0}
    without, allowed = (
        generate(model, config=GenerationConfig(unknown=unknown, **hot))[0]
        for unknown in (False, True)
    )
    assert "<unk>" not in without.tokens
    assert "<unk>" in allowed.tokens


@EVERY
def test_unknown_tokens_of_a_prompt_are_reported_and_read_as_such(model):
    prompt = "the Žebra the Žebra\nQuagga"
    config = GenerationConfig(max_tokens=5)
    (found,) = generate(model, prompt, config=config)
    word = model.spelling.level == "word"
    assert found.unknown == (("Žebra", "Quagga") if word else ("Ž", "b", "Q"))
    assert found.unknown == tuple(unknown_tokens(model.spelling, prompt))
    assert found.prompt == prompt
    known = prompt.replace("Žebra", "<unk>").replace("Quagga", "<unk>")
    if word:
        assert generate(model, known, config=config)[0].tokens == found.tokens


def test_a_model_in_lower_case_knows_capitals():
    model = tiny_model("ngram", lowercase=True)
    config = GenerationConfig(max_tokens=5)
    upper, lower = (generate(model, prompt, config=config)[0] for prompt in ("The CAT", "the cat"))
    assert upper.unknown == ()
    assert upper.text == lower.text


@pytest.mark.parametrize("family", FAMILIES)
def test_a_document_of_one_line_ends_with_it(family):
    model = tiny_model(family, documents="line")
    (found,) = generate(model, config=GenerationConfig(max_tokens=1000))
    assert found.stopped == "lines"
    assert found.text.count("\n") == 1
    # what stands before the last line is of other documents
    short, long = (generate(model, prompt)[0] for prompt in ("the cat", "a dog saw\nthe cat"))
    assert (short.tokens, short.log_probability) == (long.tokens, long.log_probability)
    assert prompt_tokens(model.spelling, "a dog\n") == []
    with pytest.raises(SettingsError, match=r"lines=2: each line is a document.*n=2"):
        generate(model, config=GenerationConfig(lines=2))
    assert generate(model, config=GenerationConfig(lines=1))[0].stopped == "lines"


@EVERY
@given(ids=st.lists(st.integers(0, 5), max_size=10))
def test_pieces_join_to_the_text_of_their_tokens(model, ids):
    text = ""
    for number in ids:
        piece = model.spelling.text([number])
        text += joint(model.spelling, text, piece) + piece
    assert text == model.spelling.text(ids)


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("a", "b", " "),
        ("", "b", ""),
        ("a\n", "b", ""),
        ("a", "\n", ""),
        ("a ", "b", ""),
        ("a", "", ""),
    ],
)
def test_blanks_stand_between_words_alone(before, after, wanted):
    assert joint(MODELS["ngram", "word"].spelling, before, after) == wanted
    assert joint(MODELS["ngram", "char"].spelling, before, after) == ""


def test_a_string_to_stop_at_may_reach_over_tokens_and_is_left_out():
    model, greedy = MODELS["ngram", "word"], {"greedy": True, "max_tokens": 6}
    (whole,) = generate(model, "the cat", config=GenerationConfig(**greedy))
    first, second, third = whole.tokens[:3]
    assert whole.text.startswith(f"{first} {second} {third}")
    told = []
    (found,) = generate(
        model,
        "the cat",
        config=GenerationConfig(stop=(f"{second} {third}",), **greedy),
        on_token=lambda _, piece: told.append(piece),
    )
    assert (found.text, found.stopped) == (first, "stop")
    assert found.tokens == whole.tokens[:3]
    assert told == [first]


@pytest.mark.parametrize("n", [0, -1])
def test_there_is_at_least_one_sample(n):
    with pytest.raises(SettingsError, match=f"n={n} is out of range"):
        generate(MODELS["ngram", "word"], n=n)


def test_results_become_plain_values():
    (found,) = generate(MODELS["ngram", "word"], "the", config=GenerationConfig(max_tokens=2))
    assert found.to_dict() == {
        "prompt": "the",
        "text": found.text,
        "tokens": list(found.tokens),
        "log_probability": found.log_probability,
        "stopped": "tokens",
        "unknown": [],
    }
