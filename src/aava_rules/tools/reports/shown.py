"""The words of the reports, in Finnish, Swedish and English, and what the reports show of a finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from aava_rules.rulebook.model import Text

if TYPE_CHECKING:
    from aava_rules.decision.answers import Finding, NextStep, Outcome
    from aava_rules.decision.cautions import Caution
    from aava_rules.decision.decision import Decision

WORDS: Final[dict[str, Text]] = {
    "findings": {"fi": "Havainnot", "sv": "Iakttagelser", "en": "Findings"},
    "record": {"fi": "Tietue", "sv": "Post", "en": "Record"},
    "requirement": {"fi": "Vaatimus", "sv": "Krav", "en": "Requirement"},
    "status": {"fi": "Tila", "sv": "Läge", "en": "Status"},
    "weight": {"fi": "Peruste", "sv": "Grund", "en": "Ground"},
    "where": {"fi": "Kohta", "sv": "Ställe", "en": "Where"},
    "text": {"fi": "Selitys", "sv": "Förklaring", "en": "Explanation"},
    "source": {"fi": "Lähde", "sv": "Källa", "en": "Source"},
    "day": {"fi": "Päivä", "sv": "Dag", "en": "Day"},
    "rulebook": {"fi": "Sääntökirja", "sv": "Regelbok", "en": "Rulebook"},
    "summary": {"fi": "Yhteenveto", "sv": "Sammandrag", "en": "Summary"},
    "none": {"fi": "Ei havaintoja.", "sv": "Inga iakttagelser.", "en": "No findings."},
    "outcomes": {"fi": "Vastaukset", "sv": "Svar", "en": "Answers"},
    "next_steps": {"fi": "Seuraavat askeleet", "sv": "Nästa steg", "en": "Next steps"},
    "missing": {"fi": "Kysy seuraavaksi", "sv": "Fråga härnäst", "en": "What to ask next"},
    "cautions": {"fi": "Varaukset", "sv": "Förbehåll", "en": "Cautions"},
    "caution": {"fi": "Varaus", "sv": "Förbehåll", "en": "Caution"},
    "notices": {"fi": "Huomautukset", "sv": "Anmärkningar", "en": "Notices"},
    "due": {"fi": "viimeistään", "sv": "senast", "en": "by"},
    "overdue": {"fi": "myöhässä", "sv": "försenat", "en": "overdue"},
    "given": {"fi": "annettu", "sv": "uppgivet", "en": "given"},
    "records": {"fi": "tietuetta", "sv": "poster", "en": "records"},
    "more": {"fi": "muuta ei näytetä", "sv": "andra visas inte", "en": "more are not shown"},
    "inapplicable": {"fi": "vastausta ei sovelleta", "sv": "svar tillämpas inte", "en": "answers do not apply"},
    "unsettled": {"fi": "ratkaisisi", "sv": "skulle avgöra", "en": "would settle"},
    "possibly": {"fi": "mahdollisesti myös", "sv": "eventuellt även", "en": "possibly also"},
    "successor": {"fi": "tilalle odotetaan", "sv": "väntas ersättas av", "en": "expected instead"},
    "skip": {"fi": "Siirry havaintoihin", "sv": "Gå till iakttagelserna", "en": "Skip to the findings"},
}  # fmt: skip
"""Words of the interface, by what they are for."""

WEIGHTS: Final[dict[str, Text]] = {
    "law": {"fi": "laki", "sv": "lag", "en": "law"},
    "model": {"fi": "malli", "sv": "modell", "en": "model"},
    "local": {"fi": "paikallinen", "sv": "lokal", "en": "local"},
    "advice": {"fi": "suositus", "sv": "rekommendation", "en": "advice"},
}
"""On whose authority something is required."""

REASONS: Final[dict[str, Text]] = {
    "facts_missing": {"fi": "tietoja puuttuu", "sv": "uppgifter saknas", "en": "facts are missing"},
    "law_not_verified": {
        "fi": "lakia ei ole tarkistettu", "sv": "lagen är inte granskad", "en": "the law has not been read",
    },
    "needs_judgement": {
        "fi": "vaatii viranomaisen harkintaa", "sv": "kräver myndighetens prövning", "en": "an official has to judge",
    },
    "conflict": {
        "fi": "säännöt ovat ristiriidassa", "sv": "reglerna är motstridiga", "en": "the rules contradict one another",
    },
    "not_applicable": {
        "fi": "toinen vastaus ei sovellu", "sv": "ett annat svar tillämpas inte", "en": "another answer is not given",
    },
}  # fmt: skip
"""Why something is not known."""


def word(key: str, language: str) -> str:
    """A word of the interface."""
    return WORDS[key][language]


def weight_word(weight: str, language: str) -> str:
    """On whose authority something is required, in a word."""
    return WEIGHTS[weight][language] if weight in WEIGHTS else weight


def reasons_text(reasons: Iterable[str], language: str) -> str:
    """Why something is not known, in words."""
    return "; ".join(REASONS[reason][language] if reason in REASONS else reason for reason in reasons)


def protected(decision: Decision) -> bool:
    """Whether the client's personal data is under special protection (turvakielto)."""
    return bool(decision.run.facts.record.client.protected)


def shown_text(answer: Finding | NextStep | Outcome, decision: Decision, language: str) -> str:
    """The message of an answer; of a protected client its title, since messages quote the record."""
    return answer.title(language) if protected(decision) else answer.text(language)


def sources_text(answer: Finding | NextStep | Outcome, language: str, most: int | None = None) -> str:
    """The citations of an answer, in words; with ``most``, no more than so many of them."""
    texts = [cite.text[language] for cite in answer.citations]
    return "; ".join(texts if most is None or len(texts) <= most else [*texts[:most], "…"])


def cautions_of(finding: Finding, decision: Decision) -> list[Caution]:
    """The cautions that concern a finding."""
    return [caution for caution in decision.cautions if finding.requirement in caution.affects]


def applicable_findings(decision: Decision) -> Iterator[Finding]:
    """The findings that the reports show: all but those of requirements that do not apply."""
    return (finding for finding in decision.findings if finding.status != "not_applicable")


def open_findings(decision: Decision) -> list[Finding]:
    """The findings that ask for something: the broken, then the unknown."""
    broken = [finding for finding in decision.findings if finding.status == "broken"]
    return broken + [finding for finding in decision.findings if finding.status == "unknown"]
