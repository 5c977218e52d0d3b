"""The standing phrases of explanations, in Finnish, Swedish and English."""

from __future__ import annotations

from aava_rules.rulebook.model import Text

NO_ITEMS: Text = {
    "fi": "tietueessa ei ole näitä ({})", "sv": "posten har inga sådana ({})", "en": "the record has none of these ({})"
}  # fmt: skip
UNKNOWN_ITEMS: Text = {
    "fi": "tietueesta ei selviä, onko näitä ({})", "sv": "det framgår inte av posten om sådana finns ({})",
    "en": "the record does not say whether there are any ({})",
}  # fmt: skip
ENOUGH: Text = {"fi": "Tämä riittää:", "sv": "Detta räcker:", "en": "This alone settles it:"}
EITHER_WAY: Text = {
    "fi": "Vastaus on sama, olivatpa puuttuvat tiedot mitä tahansa:",
    "sv": "Svaret är detsamma oavsett vad de saknade uppgifterna är:",
    "en": "The answer is the same whatever the missing facts are:",
}
KEPT_EITHER_WAY: Text = {
    "fi": "Vaatimus täyttyy tai ei koske, olivatpa puuttuvat tiedot mitä tahansa:",
    "sv": "Kravet uppfylls eller gäller inte, oavsett vad de saknade uppgifterna är:",
    "en": "What is required is kept or does not apply, whatever the missing facts are:",
}
GIVEN: Text = {
    "fi": "Vastaus on annettu valmiina (viranomaisen päätös).",
    "sv": "Svaret har angetts färdigt (myndighetens beslut).",
    "en": "The answer was given ready-made (an official's decision).",
}
NOT_OVERRIDDEN: Text = {
    "fi": "Poikkeus ei koske:",
    "sv": "Undantaget gäller inte:",
    "en": "This exception does not apply:",
}
PERHAPS_EXCEPTED: Text = {
    "fi": "Ei ole tiedossa, koskeeko tämä poikkeus:",
    "sv": "Det är inte känt om detta undantag gäller:",
    "en": "It is not known whether this exception applies:",
}
OVERRIDES: Text = {"fi": "Syrjäyttää säännön:", "sv": "Åsidosätter regeln:", "en": "It takes precedence over:"}
FAILS: Text = {"fi": "Ei täyty:", "sv": "Uppfylls inte:", "en": "Not met:"}
OPEN: Text = {"fi": "Avoinna:", "sv": "Öppet:", "en": "Open:"}
REQUIRED: Text = {"fi": "Vaatimus täyttyy:", "sv": "Kravet uppfylls:", "en": "What is required is kept:"}
BREACH: Text = {"fi": "Vaatimus ei täyty:", "sv": "Kravet uppfylls inte:", "en": "What is required is not kept:"}
JUDGEMENT: Text = {
    "fi": "Vaatii viranomaisen harkintaa.", "sv": "Kräver myndighetens prövning.",
    "en": "It calls for an official's judgement.",
}  # fmt: skip
NO_VALUE: Text = {"fi": "ei arvoa päivänä", "sv": "saknar värde den", "en": "has no value on"}
NONE_HOLDS: Text = {"fi": "Mikään näistä ei toteudu:", "sv": "Inget av dessa stämmer:", "en": "None of these holds:"}
EXCEPTION: Text = {"fi": "Poikkeus koskee:", "sv": "Undantaget gäller:", "en": "An exception applies:"}
ASK: Text = {"fi": "Kysyttävä", "sv": "Fråga", "en": "To be asked"}
