"""What is wrong with a run: findings with their evidence and what to do, the surest first."""

import html
from dataclasses import asdict, dataclass
from typing import Any

from gradus.training.doctor.evidence import Evidence
from gradus.training.doctor.faults import FAULTS, Fault
from gradus.training.doctor.symptoms import Symptoms, measure
from gradus.training.history import History

#: A fault is reported from this confidence on, and never with more than the benchmark bears out.
REPORTED, SUREST = 0.5, 0.97


@dataclass(frozen=True)
class Finding:
    """A fault that a run seems to have."""

    fault: str
    confidence: float  # 0..1
    meaning: str
    evidence: tuple[str, ...]
    advice: tuple[str, ...]

    @property
    def title(self) -> str:
        """The name of the fault as one writes it."""
        return self.fault.replace("_", " ").replace("relus", "ReLUs")


@dataclass(frozen=True)
class Diagnosis:
    """All findings on a run, the surest first."""

    findings: tuple[Finding, ...]
    steps: int  # that the run had done
    progress: float  # share of the planned steps; 1 for a run that has ended

    @property
    def healthy(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def primary(self) -> Finding | None:
        """The surest finding."""
        return self.findings[0] if self.findings else None

    @property
    def verdict(self) -> str:
        """The name of the surest fault, or ``"healthy"``."""
        return self.findings[0].fault if self.findings else "healthy"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"verdict": self.verdict, **asdict(self)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Diagnosis":
        """Back from :meth:`to_dict`, or from its JSON."""
        findings = (
            Finding(**{**one, "evidence": tuple(one["evidence"]), "advice": tuple(one["advice"])})
            for one in values["findings"]
        )
        return cls(tuple(findings), values["steps"], values["progress"])

    def __str__(self) -> str:
        if self.healthy:
            done = "" if self.progress == 1 else f" so far, at {self.progress:.0%} of the run"
            return f"healthy: nothing wrong is to be seen after {self.steps:,} steps{done}"
        return "\n".join(_told(finding) for finding in self.findings)

    def _repr_html_(self) -> str:
        """Verdict, evidence and advice, for notebooks."""
        if self.healthy:
            return f"<p>{html.escape(str(self))}</p>"
        return "".join(
            f"<p><b>{html.escape(finding.title)}</b> ({finding.confidence:.0%}): "
            f"{html.escape(finding.meaning)}</p>{_listed(finding.evidence)}"
            f"<p>What to do:</p>{_listed(finding.advice)}"
            for finding in self.findings
        )


def diagnose(history: History) -> Diagnosis:
    """Name what is wrong with a run, from its log.

    >>> steps = [{"event": "step", "step": n, "loss": 0.7 * 1.2**n} for n in range(1, 30)]
    >>> diagnose(History.of(steps)).verdict
    'rate_too_high'
    """
    symptoms = measure(history)
    findings = [
        Finding(
            fault.name,
            round(min(SUREST, confidence), 3),
            fault.meaning,
            tuple(sentences),
            fault.advice,
        )
        for fault, (confidence, sentences) in weighed(symptoms)
        if confidence >= REPORTED and symptoms.progress >= fault.tells
    ]
    findings.sort(key=lambda finding: -finding.confidence)  # stable: causes stand before effects
    return Diagnosis(tuple(findings), symptoms.steps, symptoms.progress)


def weighed(symptoms: Symptoms) -> list[tuple[Fault, Evidence]]:
    """The evidence for every fault; what another fault explains speaks for nothing else."""
    confidence: dict[str, float] = {}
    found = []
    for fault in FAULTS:
        strength, sentences = fault.evidence(symptoms)
        for cause in fault.causes:
            strength *= 1 - confidence[cause]
        confidence[fault.name] = strength
        found.append((fault, Evidence(strength, sentences)))
    return found


def _told(finding: Finding) -> str:
    evidence, advice = "; ".join(finding.evidence), "; ".join(finding.advice)
    return (
        f"{finding.title} ({finding.confidence:.0%} sure): {finding.meaning}\n"
        f"  evidence: {evidence}\n"
        f"  what to do: {advice}"
    )


def _listed(lines: tuple[str, ...]) -> str:
    return f"<ul>{''.join(f'<li>{html.escape(line)}</li>' for line in lines)}</ul>"
