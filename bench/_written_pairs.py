"""Three tasks of spelling, made from a seed: number words, written dates, inflected verbs.

Each gives a training part and a held-out part whose sources, and what they are about (the number,
the date, the verb), do not occur in training.
"""

import datetime
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradus.tasks.lm.conditional import Pairs

Pair = tuple[str, str]


@dataclass(frozen=True)
class Task:
    """Pairs to learn and pairs to measure on, and what a symbol is on each side."""

    name: str
    train: Pairs
    test: Pairs
    levels: dict[str, str]
    copied: Callable[[str], str]  # what copying the source would answer


ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def spelled(number: int, *, joined: bool) -> str:
    """An integer below a million in words; ``joined`` writes an "and", as Britons do.

    >>> spelled(205_013, joined=True)
    'two hundred and five thousand and thirteen'
    """
    thousands, rest = divmod(number, 1000)
    if not thousands:
        return _below_thousand(number, joined=joined)
    words = f"{_below_thousand(thousands, joined=joined)} thousand"
    if not rest:
        return words
    link = " and " if joined and rest < 100 else " "
    return words + link + _below_thousand(rest, joined=joined)


def _below_thousand(number: int, *, joined: bool) -> str:
    hundreds, rest = divmod(number, 100)
    parts = [f"{ONES[hundreds]} hundred"] if hundreds else []
    if rest or not hundreds:
        below = ONES[rest] if rest < 20 else TENS[rest // 10 - 2]
        parts.append(below if rest < 20 or not rest % 10 else f"{below} {ONES[rest % 10]}")
    return (" and " if joined else " ").join(parts)


def number_words(train: int, test: int, seed: int) -> Task:
    """Words of numbers up to 999,999 to their digits; as many are below 1,000, 10,000 and so on."""
    rng = np.random.default_rng(seed)
    drawn: dict[int, None] = {}
    while len(drawn) < train + test:
        drawn[int(rng.integers(10 ** rng.integers(3, 7)))] = None
    pairs = [(spelled(number, joined=bool(rng.integers(2))), str(number)) for number in drawn]
    return _task(
        "numbers: words to digits", pairs, train, {"source_level": "word", "target_level": "char"}
    )


def _ordinal(day: int) -> str:
    ending = "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


#: How a date may be written. Numbers between slashes are month, day, year; with dots the day leads.
DATES: tuple[Callable[[datetime.date], str], ...] = (
    lambda d: f"{d:%B} {d.day}, {d.year}",
    lambda d: f"{d:%b} {d.day}, {d.year}",
    lambda d: f"{d.day} {d:%B} {d.year}",
    lambda d: f"{d.day} {d:%b} {d.year}",
    lambda d: f"{d:%A}, {d.day} {d:%B} {d.year}",
    lambda d: f"{d:%a} {d:%b} {d.day} {d.year}",
    lambda d: f"the {_ordinal(d.day)} of {d:%B} {d.year}",
    lambda d: f"{d:%B} {_ordinal(d.day)} {d.year}",
    lambda d: f"{d.month}/{d.day}/{d.year}",
    lambda d: f"{d:%m/%d/%y}",
    lambda d: f"{d:%d.%m.%Y}",
    lambda d: f"{d.day}.{d.month}.{d:%y}",
    lambda d: f"{d.year}, {d:%B} {d.day}",
    lambda d: f"{d:%d-%b-%y}",
    lambda d: f"{d:%d %B %Y}".upper(),
    lambda d: f"{d:%Y%m%d}",
)


def dates(train: int, test: int, seed: int) -> Task:
    """Dates from 1950 to 2049, written in one of sixteen ways, to ISO 8601."""
    rng = np.random.default_rng(seed)
    first = datetime.date(1950, 1, 1).toordinal()
    days = rng.permutation(datetime.date(2050, 1, 1).toordinal() - first)[: train + test]
    found = [datetime.date.fromordinal(first + int(day)) for day in days]
    ways = rng.integers(len(DATES), size=len(found))
    pairs = [(DATES[way](day), day.isoformat()) for way, day in zip(ways, found, strict=True)]
    return _task(
        "dates: to ISO 8601", pairs, train, {"source_level": "char", "target_level": "char"}
    )


#: Third person, past, past participle, present participle.
TAGS = ("3SG", "PAST", "PART", "ING")

#: Base, past and past participle of verbs that follow no rule.
IRREGULAR = {
    base: (past, participle)
    for base, past, participle in (
        line.split()
        for line in """
arise arose arisen
bear bore borne
beat beat beaten
begin began begun
bend bent bent
bet bet bet
bind bound bound
bite bit bitten
bleed bled bled
blow blew blown
break broke broken
breed bred bred
bring brought brought
build built built
buy bought bought
cast cast cast
catch caught caught
choose chose chosen
cling clung clung
come came come
cost cost cost
creep crept crept
cut cut cut
deal dealt dealt
dig dug dug
do did done
draw drew drawn
drink drank drunk
drive drove driven
eat ate eaten
fall fell fallen
feed fed fed
feel felt felt
fight fought fought
find found found
fling flung flung
fly flew flown
forget forgot forgotten
freeze froze frozen
get got got
give gave given
go went gone
grind ground ground
grow grew grown
hang hung hung
hear heard heard
hide hid hidden
hit hit hit
hold held held
hurt hurt hurt
keep kept kept
know knew known
lay laid laid
lead led led
leave left left
lend lent lent
let let let
lose lost lost
make made made
mean meant meant
meet met met
pay paid paid
put put put
quit quit quit
read read read
ride rode ridden
ring rang rung
rise rose risen
run ran run
say said said
see saw seen
seek sought sought
sell sold sold
send sent sent
set set set
shake shook shaken
shine shone shone
shoot shot shot
shut shut shut
sing sang sung
sink sank sunk
sit sat sat
sleep slept slept
slide slid slid
speak spoke spoken
spend spent spent
spin spun spun
split split split
spread spread spread
spring sprang sprung
stand stood stood
steal stole stolen
stick stuck stuck
sting stung stung
strike struck struck
swear swore sworn
sweep swept swept
swim swam swum
swing swung swung
take took taken
teach taught taught
tear tore torn
tell told told
think thought thought
throw threw thrown
understand understood understood
wake woke woken
wear wore worn
weave wove woven
weep wept wept
win won won
wind wound wound
write wrote written
""".strip().splitlines()
    )
}

#: Before an irregular verb these change nothing: overthink, overthought.
PREFIXES = ("over", "re", "out", "mis", "un", "fore", "under", "up")

#: What invented verbs are put together from.
ONSETS = """
b bl br c ch cl cr d dr f fl fr g gl gr h j k l m n p pl pr qu r s sc sh sl sm sn sp st str t tr v
w wh
"""
VOWELS = ("a", "e", "i", "o", "u")
NUCLEI = (*VOWELS, "ai", "ea", "ee", "oa", "oo", "ou")
CODAS = """
b ck d ft g l ll lt m mp n nd ng nk nt p r rd rk rn rt s sh sk sp ss st t tch x zz ve ke te le se
ce ge y ie c
"""


def inflected(verb: str, tag: str) -> str:
    """A form of a verb by the rules of English spelling, or by the list of irregular verbs.

    >>> [inflected(verb, "PAST") for verb in ("carry", "stop", "hope", "panic", "rethink")]
    ['carried', 'stopped', 'hoped', 'panicked', 'rethought']
    """
    for prefix in ("", *PREFIXES):
        base = verb.removeprefix(prefix)
        if verb.startswith(prefix) and base in IRREGULAR and tag in ("PAST", "PART"):
            return prefix + IRREGULAR[base][tag == "PART"]
    consonant_y = verb.endswith("y") and verb[-2] not in "aeiou"
    if tag == "3SG":
        if consonant_y:
            return verb[:-1] + "ies"
        return verb + ("es" if verb.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")
    if tag == "ING":
        if verb.endswith("ie"):
            return verb[:-2] + "ying"
        if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
            return verb[:-1] + "ing"
        return _ready(verb) + "ing"
    if verb.endswith("e"):
        return verb + "d"
    return verb[:-1] + "ied" if consonant_y else _ready(verb) + "ed"


def _ready(verb: str) -> str:
    """A verb before an ending that begins with a vowel: its last letter may be doubled."""
    if verb.endswith("c"):
        return verb + "k"
    base = next((verb.removeprefix(p) for p in PREFIXES if verb.removeprefix(p) in IRREGULAR), verb)
    shape = "".join("v" if letter in "aeiou" else "c" for letter in base.replace("qu", "q"))
    single = shape.lstrip("c") == "vc" and base[-1] not in "wxy"
    stressed = base in ("begin", "forget")
    return verb + verb[-1] if single or stressed else verb


def _invented(rng: np.random.Generator, count: int) -> list[str]:
    """Words of one or two syllables that look like English verbs."""
    found: dict[str, None] = {}
    onsets, codas = ONSETS.split(), CODAS.split()
    while len(found) < count:
        word = rng.choice(onsets) + rng.choice(VOWELS if rng.random() < 0.6 else NUCLEI)
        if rng.random() < 0.5:
            word += rng.choice(onsets) + rng.choice(VOWELS)
        word += rng.choice(codas)
        if not word.startswith(PREFIXES) and word not in IRREGULAR:
            found[str(word)] = None
    return list(found)


def inflection(train: int, test: int, seed: int) -> Task:
    """A verb and a tag to the form; held-out verbs are invented, or irregular ones with a prefix.

    Irregular verbs themselves are all in the training part: no rule could tell their forms.
    """
    rng = np.random.default_rng(seed)
    prefixed = [prefix + base for base, prefix in itertools.product(IRREGULAR, PREFIXES)]
    others = [*_invented(rng, (train + test) // len(TAGS)), *prefixed]
    verbs = [*IRREGULAR, *(others[place] for place in rng.permutation(len(others)))]
    pairs = [
        (f"{' '.join(verb)} {tag}", inflected(verb, tag))
        for verb in dict.fromkeys(verbs)
        for tag in TAGS
    ]
    train -= train % len(TAGS)  # a verb's forms stay together
    return _task(
        "verbs: to a form",
        pairs[: train + test],
        train,
        {"source_level": "word", "target_level": "char"},
        copied=lambda source: "".join(source.split()[:-1]),
    )


def _task(
    name: str,
    pairs: list[Pair],
    train: int,
    levels: dict[str, str],
    copied: Callable[[str], str] = str,
) -> Task:
    learnt, held_out = Pairs.of(pairs[:train]), Pairs.of(pairs[train:])
    assert not set(learnt.sources) & set(held_out.sources)
    return Task(name, learnt, held_out, levels, copied)
