"""The words of rulebook pages, of the client path and of differences, in Finnish, Swedish and English."""

from __future__ import annotations

from typing import Final

from aava_rules.rulebook.model import Text

WORDS: Final[dict[str, Text]] = {
    # the page
    "skip": {"fi": "Siirry sisältöön", "sv": "Gå till innehållet", "en": "Skip to the content"},
    "contents": {"fi": "Sisällys", "sv": "Innehåll", "en": "Contents"},
    "version": {"fi": "versio", "sv": "version", "en": "version"},
    "fingerprint": {"fi": "Tunniste (sha256)", "sv": "Identifierare (sha256)", "en": "Fingerprint (sha256)"},
    "read_until": {
        "fi": "Lakia on luettu tähän päivään asti",
        "sv": "Lagen har lästs till och med",
        "en": "The law has been read up to",
    },
    "in_doubt_from": {
        "fi": "Vastausta ei anneta tästä päivästä alkaen",
        "sv": "Inget svar ges från och med",
        "en": "No answer is given from",
    },
    "successor": {"fi": "Tilalle odotetaan", "sv": "Väntas ersättas av", "en": "Expected instead"},
    "otherwise": {"fi": "Muussa tapauksessa", "sv": "I annat fall", "en": "Otherwise"},
    # a rule
    "each_period": {"fi": "Koskee jokaista jaksoa", "sv": "Gäller varje period", "en": "Applies to every period"},
    "each_plan": {"fi": "Koskee jokaista suunnitelmaa", "sv": "Gäller varje plan", "en": "Applies to every plan"},
    "what": {"fi": "Mitä", "sv": "Vad", "en": "What"},
    "requirement": {"fi": "Vaatimus", "sv": "Krav", "en": "Requirement"},
    "requires": {"fi": "Vaaditaan", "sv": "Krävs", "en": "Required"},
    "suggests": {"fi": "Seuraava askel", "sv": "Nästa steg", "en": "Next step"},
    "due": {"fi": "Viimeistään", "sv": "Senast", "en": "By"},
    "no_due": {
        "fi": "lähde ei nimeä päivää",
        "sv": "källan anger ingen dag",
        "en": "the source names no day",
    },
    "in_force": {"fi": "Voimassa", "sv": "I kraft", "en": "In force"},
    "from_day": {"fi": "{} alkaen", "sv": "från och med {}", "en": "from {}"},
    "until_day": {"fi": "{} asti", "sv": "till och med {}", "en": "until {}"},
    "undated": {"fi": "ilman aikarajaa", "sv": "utan tidsgräns", "en": "no time limit"},
    "always": {"fi": "aina", "sv": "alltid", "en": "always"},
    "judged_on": {"fi": "Arvioidaan päivänä", "sv": "Bedöms på dagen", "en": "Judged on"},
    "conditions": {"fi": "Edellytykset", "sv": "Förutsättningar", "en": "Conditions"},
    "no_conditions": {
        "fi": "Ei erityisiä edellytyksiä.",
        "sv": "Inga särskilda förutsättningar.",
        "en": "No conditions of its own.",
    },
    "unless": {"fi": "Poikkeus, jos", "sv": "Undantag, om", "en": "Except where"},
    "judgement": {
        "fi": "Viranomaisen harkinta",
        "sv": "Myndighetens prövning",
        "en": "An official's assessment",
    },
    "discretion": {
        "fi": "Ratkaisee viranomainen; vastausta ei anneta sen puolesta.",
        "sv": "Avgörs av myndigheten; inget svar ges på dess vägnar.",
        "en": "An official decides; no answer is given on their behalf.",
    },
    "overrides": {"fi": "Syrjäyttää säännöt", "sv": "Åsidosätter reglerna", "en": "Takes precedence over"},
    "overridden_by": {
        "fi": "Syrjäytyy, jos jokin näistä pätee",
        "sv": "Viker, om någon av dessa gäller",
        "en": "Gives way where one of these holds",
    },
    "worked_out": {"fi": "Lasketut tiedot", "sv": "Beräknade uppgifter", "en": "Facts that are worked out"},
    "source": {"fi": "Lähde", "sv": "Källa", "en": "Source"},
    "status": {"fi": "Tarkistus", "sv": "Kontroll", "en": "Verification"},
    "source_status": {"fi": "Lähde ja tarkistus", "sv": "Källa och kontroll", "en": "Source and verification"},
    "values": {"fi": "Arvot ajankohdittain", "sv": "Värden enligt tidpunkt", "en": "Values by date"},
    "from": {"fi": "Alkaen", "sv": "Från och med", "en": "From"},
    "value": {"fi": "Arvo", "sv": "Värde", "en": "Value"},
    "no_rule": {"fi": "ei enää sääntöä", "sv": "ingen regel längre", "en": "no such rule any more"},
    # cases and notes
    "cases": {"fi": "Esimerkkitapaukset", "sv": "Exempelfall", "en": "Worked cases"},
    "other_cases": {"fi": "Muut esimerkkitapaukset", "sv": "Övriga exempelfall", "en": "Other worked cases"},
    "case": {"fi": "Tapaus, päivä ja viite", "sv": "Fall, dag och hänvisning", "en": "Case, day and reference"},
    "expected": {"fi": "Vastaus", "sv": "Svar", "en": "Answer"},
    "not_suggested": {"fi": "ei ehdoteta: {}", "sv": "föreslås inte: {}", "en": "not suggested: {}"},
    "missing": {"fi": "puuttuu: {}", "sv": "saknas: {}", "en": "missing: {}"},
    "notes": {"fi": "Tulkintoja", "sv": "Tolkningar", "en": "Notes on interpretation"},
    "facts": {"fi": "Miten tiedot lasketaan", "sv": "Hur uppgifterna beräknas", "en": "How facts are worked out"},
    # the client path
    "path": {"fi": "Asiakaspolun vaiheet", "sv": "Stegen på klientens väg", "en": "The steps of the client path"},
    "no_path": {
        "fi": "Sääntökirjassa ei ole asiakaspolkua.",
        "sv": "Regelboken har ingen väg för klienten.",
        "en": "This rulebook has no client path.",
    },
    "leads_to": {"fi": "Tästä eteenpäin", "sv": "Härifrån vidare", "en": "Leads to"},
    "rules": {"fi": "Säännöt", "sv": "Regler", "en": "Rules"},
    "round_since": {
        "fi": "Nykyinen kierros alkoi {}",
        "sv": "Den pågående omgången började {}",
        "en": "The current round began on {}",
    },
    "no_round": {
        "fi": "Asiakkuus ei ole tietojen mukaan alkanut.",
        "sv": "Klientskapet har enligt uppgifterna inte börjat.",
        "en": "According to the record the client relationship has not begun.",
    },
    "round_unknown": {
        "fi": "Ei ole tiedossa, milloin nykyinen kierros alkoi.",
        "sv": "Det är inte känt när den pågående omgången började.",
        "en": "It is not known when the current round began.",
    },
    "now": {"fi": "Seuraavaksi", "sv": "Härnäst", "en": "What to do now"},
    "nothing_now": {
        "fi": "Mikään vaihe ei ole nyt vuorossa.",
        "sv": "Inget steg står nu på tur.",
        "en": "No step is due now.",
    },
    "by_day": {"fi": "viimeistään {}", "sv": "senast {}", "en": "by {}"},
    "due_unknown": {
        "fi": "määräpäivä ei ole tiedossa",
        "sv": "sista dagen är inte känd",
        "en": "the last day is not known",
    },
    "overdue": {"fi": "myöhässä", "sv": "försenat", "en": "overdue"},
    "done_since": {
        "fi": "{}, ehkä myöhemminkin",
        "sv": "{}, eventuellt även senare",
        "en": "{}, perhaps later too",
    },
    "earlier": {
        "fi": "aiemmalla kierroksella {}",
        "sv": "under en tidigare omgång {}",
        "en": "in an earlier round on {}",
    },
    # differences
    "differences": {
        "fi": "Erot {} ja {} välillä",
        "sv": "Skillnader mellan {} och {}",
        "en": "Differences between {} and {}",
    },
    "begins": {"fi": "Tulee voimaan", "sv": "Träder i kraft", "en": "Comes into force"},
    "ends": {"fi": "Lakkaa olemasta voimassa", "sv": "Upphör att gälla", "en": "Ends"},
    "between": {"fi": "Voimassa vain välillä", "sv": "I kraft bara däremellan", "en": "In force only in between"},
    "last_day": {"fi": "viimeinen päivä {}", "sv": "sista dag {}", "en": "last day {}"},
    "doubts": {
        "fi": "Vastausta ei enää anneta",
        "sv": "Inget svar ges längre",
        "en": "No answer is given any more",
    },
    "parameters": {"fi": "Arvot", "sv": "Värden", "en": "Values"},
    "citations": {"fi": "Säännösviittaukset", "sv": "Hänvisningar till bestämmelser", "en": "Citations"},
    "answers": {"fi": "Vastaukset", "sv": "Svar", "en": "Answers"},
    "no_differences": {
        "fi": "Säännöissä ei ole eroja.",
        "sv": "Reglerna skiljer sig inte.",
        "en": "The rules do not differ.",
    },
    "no_answers": {
        "fi": "Minkään tietueen vastaukset eivät muutu.",
        "sv": "Svaren ändras inte för någon post.",
        "en": "No record's answers change.",
    },
    "judged_note": {
        "fi": "Sääntöjä sovelletaan kunkin säännön omana arviointipäivänä, esimerkiksi suunnitelman tekopäivänä.",
        "sv": "Reglerna tillämpas på varje regels egen bedömningsdag, till exempel dagen då planen gjordes upp.",
        "en": "Each rule is applied on the day on which it is judged, such as the day on which the plan was made.",
    },
}
"""Words by what they are for."""

STATES: Final[dict[str, Text]] = {
    "done": {"fi": "Tehty", "sv": "Gjort", "en": "Done"},
    "next": {"fi": "Seuraavaksi", "sv": "Härnäst", "en": "Next"},
    "open": {"fi": "Ei tehty", "sv": "Inte gjort", "en": "Not done"},
    "unknown": {"fi": "Ei tiedossa", "sv": "Inte känt", "en": "Not known"},
}
"""The state of a step on the path."""

MARKS: Final = {"done": "✓", "next": "→", "open": "·", "unknown": "?"}
"""A mark for each state, beside the word and never instead of it."""

STATUSES: Final[dict[str, Text]] = {
    "verified": {"fi": "tarkistettu", "sv": "kontrollerad", "en": "verified"},
    "secondary": {
        "fi": "toissijaisen lähteen varassa",
        "sv": "enligt en sekundär källa",
        "en": "from a secondary source",
    },
    "unverified": {"fi": "tarkistamatta", "sv": "inte kontrollerad", "en": "not verified"},
}
"""How well something has been verified."""


def word(key: str, language: str) -> str:
    """A word or sentence of the interface."""
    return WORDS[key][language]
