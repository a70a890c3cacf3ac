"""The words that a multiword token stands for: those of the treebank, and rules for other tokens.

A rule keeps the beginning of the token as the beginning of its first word and replaces the rest:
Spanish *darlo* as *dar*, *lo* and *verlo* as *ver*, *lo* teach that *leerlo* is *leer*, *lo*.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gradus.core.errors import FormatError
from gradus.text.document import Sentence

#: What a rule does: the ending of a token becomes that of the first word, and further words.
Rule = tuple[str, ...]

#: The longest ending that a rule looks at, in letters.
LONGEST_ENDING = 10
#: A rule holds for this share of the training tokens with its ending, each counted once.
HOLDS = 0.5


@dataclass(frozen=True)
class Expansions:
    """A table of whole tokens in lower case, and rules by ending, the longest first.

    >>> from gradus.text.document import MultiwordToken, Word
    >>> rows = {"del": ["de", "el"], "darlo": ["dar", "lo"], "verlo": ["ver", "lo"]}
    >>> expansions = Expansions.learn(
    ...     Sentence(list(map(Word, words)), multiword=[MultiwordToken(1, 2, form)])
    ...     for form, words in rows.items()
    ... )
    >>> expansions.words("Del"), expansions.words("Leerlo"), expansions.words("sol")
    (['De', 'el'], ['Leer', 'lo'], None)
    """

    table: Mapping[str, list[str]] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)

    @classmethod
    def learn(cls, sentences: Iterable[Sentence]) -> "Expansions":
        """The expansions of a treebank; of several for one token the most frequent."""
        seen: defaultdict[str, Counter[Rule]] = defaultdict(Counter)
        for sentence in sentences:
            for token in sentence.multiword:
                words = tuple(
                    word.form.lower() for word in sentence.words[token.first - 1 : token.last]
                )
                seen[token.form.lower()][words] += 1
        table = {form: list(_most(found)) for form, found in sorted(seen.items())}
        return cls(table, _rules(table))

    def words(self, form: str) -> list[str] | None:
        """The words of a token; None if nothing is known.

        They are written as the token is: all in capitals, or the first one with a capital.
        """
        lower = form.lower()
        found = self.table.get(lower) or self._by_rule(lower)
        return None if found is None else _cased(found, form)

    def to_dict(self) -> dict[str, Any]:
        """Table and rules as JSON has them."""
        return {
            "table": dict(self.table),
            "rules": {key: list(rule) for key, rule in self.rules.items()},
        }

    @classmethod
    def from_dict(cls, values: Any) -> "Expansions":
        """What :meth:`to_dict` gave; :class:`FormatError` if it is something else."""
        table, rules = (
            values.get(name) if isinstance(values, dict) else None for name in ("table", "rules")
        )
        if not (_are_expansions(table) and _are_expansions(rules)):
            raise FormatError("expansions are no table of words and rules")
        return cls(dict(table or {}), {key: tuple(rule) for key, rule in (rules or {}).items()})

    def _by_rule(self, form: str) -> list[str] | None:
        # at least one letter must stay, else a rule would swallow the first word
        for size in range(min(LONGEST_ENDING, len(form) - 1), 0, -1):
            rule = self.rules.get(form[-size:])
            if rule:
                return [form[:-size] + rule[0], *rule[1:]]
        return None


def _rules(table: Mapping[str, Sequence[str]]) -> dict[str, Rule]:
    """Rules that hold for most tokens with their ending, each no longer than it must be."""
    tried: defaultdict[str, Counter[Rule]] = defaultdict(Counter)
    for form, words in table.items():
        for size in range(1, min(LONGEST_ENDING, len(form) - 1) + 1):
            stem = form[:-size]
            if words[0].startswith(stem):
                tried[form[-size:]][(words[0][len(stem) :], *words[1:])] += 1
            else:
                tried[form[-size:]][()] += 1  # the ending of a token that keeps less of itself
    best: dict[str, Rule] = {}
    for ending, found in tried.items():
        rule = _most(found)
        if rule and found[rule] >= max(2, HOLDS * found.total()):
            best[ending] = rule
    return {
        ending: rule for ending, rule in sorted(best.items()) if not _implied(ending, rule, best)
    }


def _implied(ending: str, rule: Rule, rules: Mapping[str, Rule]) -> bool:
    """Whether a shorter ending already says the same."""
    for size in range(len(ending) - 1, 0, -1):
        shorter = rules.get(ending[-size:])
        if shorter is not None:
            return (ending[:-size] + shorter[0], *shorter[1:]) == rule
    return False


def _most(found: Counter[Rule]) -> Rule:
    return min(found, key=lambda words: (-found[words], words))


def _cased(words: Sequence[str], form: str) -> list[str]:
    """Lower-case words written as the token ``form`` is."""
    if len(form) > 1 and form.isupper():
        return [word.upper() for word in words]
    if form[:1].isupper():
        return [words[0][:1].upper() + words[0][1:], *words[1:]]
    return list(words)


def _are_expansions(values: Any) -> bool:
    return isinstance(values, dict) and all(
        isinstance(words, list) and len(words) > 1 and all(isinstance(word, str) for word in words)
        for words in values.values()
    )
