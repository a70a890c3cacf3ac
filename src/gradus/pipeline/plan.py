"""What is trained for a pipeline, with which settings, and in which order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gradus.core.config import to_dict
from gradus.core.errors import SettingsError
from gradus.core.storage import METRICS, read_json
from gradus.pipeline.corpora import TAGS, Corpora, Files
from gradus.pipeline.making import Join, Tag, TrainPart, split_folds
from gradus.pipeline.parts import part_of
from gradus.pipeline.presets import Changes, Recipe, part_settings, recipe
from gradus.pipeline.schedule import Job
from gradus.tasks.tagging.columns import COLUMNS
from gradus.text.conllu import read_conllu, write_conllu
from gradus.training.settings import FREE

#: The parts whose training takes longest, first.
LONGEST = ("analyzer", "tagger", "parser", "tokenizer", "entities")

#: The settings of the taggers that tag what they have not seen.
FOLD = "fold"


@dataclass(frozen=True)
class Plan:
    """Which parts are made, with which settings."""

    parts: tuple[str, ...]
    settings: Mapping[str, tuple[Any, Any]]
    folds: int

    @classmethod
    def of(
        cls,
        corpora: Corpora,
        chosen: Recipe,
        changes: Changes,
        *,
        seed: int,
        share: bool | None = None,
        dim: int | None = None,
        contextual: str | None = None,
        note: Callable[[str], None],
    ) -> "Plan":
        """What can be learnt from the corpora; what cannot is said.

        ``share`` has one analyzer in place of a tagger and a parser, if there are tags and trees.
        ``dim`` is the length of the word vectors that all parts but the tokenizer begin with, and
        ``contextual`` a folder of contextual vectors that they read beside them.

        Raises:
            DataError: the heads of a sentence are no tree.
            SettingsError: a name or a value of ``changes`` is wrong, or does not fit ``dim``.
        """
        tags = tuple(name for name in TAGS if not COLUMNS[name].absent(corpora.train))
        trees = corpora.has_trees()
        wanted = chosen.share if share is None else share
        shared = wanted and trees and bool(tags)
        members = ["analyzer", *(f"analyzer-{n}" for n in range(2, chosen.members + 1))]
        names = [
            "tokenizer",
            *(members if shared else [*["tagger"] * bool(tags), *["parser"] * trees]),
            *["entities"] * bool(corpora.ner),
        ]
        for absent, told in (
            (sorted(set(TAGS) - set(tags), key=TAGS.index), "the treebank says nothing of"),
            ([] if trees else ["heads"], "not every word of the treebank has one of the"),
        ):
            if absent:
                note(f"{told} {', '.join(absent)}: left out")
        if share and not shared:
            note("tags and trees share an encoder only where the treebank has both: not shared")
        unknown = sorted(set(changes) - {part_of(name).name for name in names})
        if unknown:
            raise SettingsError(
                f"settings for {', '.join(unknown)}: this pipeline has {', '.join(names)}"
            )
        own: dict[str, dict[str, Any]] = {name: {"seed": seed, "threads": 1} for name in names}
        given = {"dim": dim, "contextual": contextual}
        for name in set(own) - {"tokenizer"}:
            own[name] |= {setting: value for setting, value in given.items() if value}
        for name in {"tagger", *members} & set(own):
            own[name]["columns"] = tags
        if "parser" in own:
            own["parser"] |= {"upos": "upos" in tags, "feats": "feats" in tags}
        if "entities" in own:
            own["entities"]["columns"] = ("entity",)
        settings = {
            name: part_settings(
                part,
                chosen.presets[part],
                own[name],
                chosen.changes.get(part, {}),
                changes.get(part, {}),
            )
            for name in names
            if (part := part_of(name).name)
        }
        for number, name in enumerate(members if shared else ()):
            config, training = settings[name]
            settings[name] = config, replace(training, seed=training.seed + number)
        for name in set(names) - {"tokenizer"} if dim else ():
            if settings[name][0].dim != dim:
                raise SettingsError(
                    f"{name}.dim={settings[name][0].dim}, but the word vectors have {dim} numbers; "
                    "leave it alone, or name other vectors"
                )
        read = "parser" in names and bool({"upos", "feats"} & set(tags))
        folds = min(chosen.folds, len(corpora.train)) if read else 0
        if folds > 1:
            other = recipe(chosen.folded)
            settings[FOLD] = part_settings(
                "tagger",
                other.presets["tagger"],
                own["tagger"],
                other.changes.get("tagger", {}),
                changes.get("tagger", {}) if other is chosen else {},
            )
        return cls(tuple(names), settings, folds if folds > 1 else 0)

    def identity(self) -> dict[str, Any]:
        """All settings, by part and name."""
        return {"folds": self.folds} | {
            f"{part}.{name}": list(value) if isinstance(value, tuple) else value
            for part, pair in self.settings.items()
            for config in pair
            for name, value in to_dict(config).items()
            if name not in FREE
        }

    def jobs(self, made: Path, files: Files, vectors: str | None) -> list[Job]:
        """Everything there is to do, the longest ways first."""
        folds = self._folds(made, files, vectors)
        crossed = [job.name for job in folds if job.name.startswith("tags")]
        train, dev = files["train"], files["dev"]
        needs: tuple[str, ...] = ()
        if self.folds:
            train = made / "crossed.conllu"
            needs = ("tagger", "joined tags", *["dev tags"] * (dev is not None))
            folded = tuple(made / f"tagged-{fold}.conllu" for fold in range(self.folds))
            folds.append(Job("joined tags", Join(folded, train), tuple(crossed)))
            if dev is not None:
                tagged = made / "dev-tagged.conllu"
                folds.append(Job("dev tags", Tag(made / "tagger", dev, tagged), ("tagger",)))
                dev = tagged
        sources = {
            "tokenizer": (files["train"], files["dev"], ()),
            "tagger": (files["train"], files["dev"], ()),
            "parser": (train, dev, needs),
            "analyzer": (files["train"], files["dev"], ()),
            "entities": (files["ner"], files["ner_dev"], ()),
        }
        parts = []
        for name in sorted(self.parts, key=lambda name: LONGEST.index(part_of(name).name)):
            source, held_out, before = sources[part_of(name).name]
            assert source is not None
            task = self._task(name, made / name, source, held_out, vectors)
            seen = files["train"] if name == "parser" else source
            parts.append(Job(name, task, before, _steps(task, seen)))
        return [*parts[:1], *folds, *parts[1:]]

    def metrics(self, made: Path) -> dict[str, Any]:
        """What each part's run says of itself."""
        return {"parts": {name: read_json(made / name / METRICS) for name in self.parts}}

    def _folds(self, made: Path, files: Files, vectors: str | None) -> list[Job]:
        """Taggers that have each seen all folds but one, and the tags of that one."""
        if not self.folds:
            return []
        listed = []
        train = files["train"]
        assert train is not None
        parts = split_folds(list(read_conllu(train)), self.folds)
        for fold, (own, others) in enumerate(parts):
            held, rest = made / f"fold-{fold}.conllu", made / f"others-{fold}.conllu"
            for path, sentences in ((held, own), (rest, others)):
                if not path.exists():
                    write_conllu(sentences, path)
            model = made / f"tagger-{fold}"
            task = self._task(FOLD, model, rest, None, vectors)
            listed.append(Job(f"fold {fold + 1}", task, weight=_steps(task, rest)))
            tags = Tag(model, held, made / f"tagged-{fold}.conllu")
            listed.append(Job(f"tags {fold + 1}", tags, (f"fold {fold + 1}",)))
        return listed

    def _task(
        self, part: str, folder: Path, train: Path, dev: Path | None, vectors: str | None
    ) -> TrainPart:
        config, training = self.settings[part]
        if vectors is not None and hasattr(config, "vectors"):
            config = replace(config, vectors=vectors)
        if dev is None:
            training = replace(training, patience=None)
        fold = part == FOLD
        name = "tagger" if fold else part_of(part).name
        return TrainPart(name, folder, train, dev, config, training, aside=fold)


def _steps(task: TrainPart, seen: Path | None) -> float:
    """About how much there is to do: sentences times epochs."""
    return task.training.epochs * float(seen.read_bytes().count(b"\n\n") if seen else 0)
