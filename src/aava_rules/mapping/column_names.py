"""What systems call the columns and tables that a record is made of, in Finnish, Swedish and English.

Only for proposals: a mapping that is used names its columns itself. Words stand without accents, in small letters; the
labels of a rulebook are looked through besides.
"""

from __future__ import annotations

from typing import Final

TABLES: Final[dict[str, tuple[str, ...]]] = {
    "clients": ("asiakkaat", "asiakas", "henkilot", "henkilo", "klienter", "clients", "persons", "asiakastiedot"),
    "benefits": ("etuudet", "etuus", "maksatus", "maksut", "tuet", "etuusjaksot", "formaner", "benefits", "payments"),
    "plans": ("suunnitelmat", "suunnitelma", "planer", "plans", "aktivointisuunnitelmat"),
    "periods": ("jaksot", "jakso", "tyotoiminta", "kuntouttava", "tyotoimintajaksot", "perioder", "periods"),
    "events": ("tapahtumat", "tapahtuma", "vaiheet", "kontaktit", "yhteydenotot", "handelser", "events"),
}
"""The tables of each part of a record."""
CHILDREN: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("periods", "attended_on"): (
        "lasnaolot",
        "lasnaolo",
        "osallistumiset",
        "osallistumispaivat",
        "kaynnit",
        "attendance",
    ),
    ("periods", "evaluated_on"): ("arvioinnit", "arviointi", "utvarderingar", "evaluations"),
    ("plans", "present"): ("suunnitelma_lasna", "lasnaolijat", "osallistujat"),
    ("plans", "entries"): ("suunnitelma_kirjaus", "kirjaukset", "kirjaus", "suunnitelman_kirjaukset"),
    ("plans", "signed_by"): ("allekirjoitukset", "allekirjoittajat"),
    ("plans", "reviewed_on"): ("tarkistukset", "tarkistus", "revisioner", "reviews"),
}
"""The tables with the days or words of one field of an item."""
CLIENT_KEY: Final = (
    "asiakasnumero", "asiakasnro", "asiakas_id", "asiakasid", "asiakastunnus", "asiakas", "asno", "henkilo_id",
    "henkilonumero", "klient_id", "klientnummer", "client_id", "client", "person_id", "id", "nro", "tunnus",
)  # fmt: skip
"""The key of a client."""
IDENTITY: Final = (
    "hetu",
    "henkilotunnus",
    "sotu",
    "sosiaaliturvatunnus",
    "personbeteckning",
    "ssn",
    "personal_identity_code",
)
"""Identity codes."""
PERSONAL: Final = (
    "nimi", "sukunimi", "etunimi", "etunimet", "kutsumanimi", "osoite", "lahiosoite", "katuosoite", "postinumero",
    "postiosoite", "puhelin", "puhelinnumero", "sahkoposti", "email", "huomautus", "huomautukset", "lisatieto",
    "lisatiedot", "namn", "efternamn", "fornamn", "adress", "telefon", "name", "address", "phone", "tyontekija",
    "kasittelija",
)  # fmt: skip
"""Names, addresses and free text, of which no record has anything."""
FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "client.birth_date": (
        "syntymaaika",
        "syntymapaiva",
        "syntyma_pvm",
        "synt_pvm",
        "syntpvm",
        "synt_aika",
        "fodelsedatum",
        "birth_date",
    ),
    "client.municipality": ("kotikunta", "kunta", "asuinkunta", "kuntanimi", "hemkommun", "kommun", "municipality"),
    "client.language": ("asiointikieli", "kieli", "aidinkieli", "sprak", "modersmal", "language"),
    "client.protected": ("turvakielto", "sparrmarkering", "protected"),
    "benefits.kind": ("etuuslaji", "laji", "etuus", "etuuskoodi", "tukilaji", "tyyppi", "formansslag", "kind"),
    "benefits.start": ("alkaen", "alku", "alkupvm", "alkaa", "alkamispaiva", "mista", "alk_pvm", "start", "from"),
    "benefits.end": (
        "paattyen",
        "loppu",
        "loppupvm",
        "paattyy",
        "paattymispaiva",
        "mihin",
        "asti",
        "paatt_pvm",
        "end",
        "to",
    ),
    "benefits.days": (
        "paivat",
        "pv",
        "maksetut_paivat",
        "maksupaivat",
        "korvauspaivat",
        "etuuspaivat",
        "pvlkm",
        "days",
    ),
    "benefits.because_of_unemployment": (
        "tyottomyyden_perusteella",
        "tyottomyysperuste",
        "tyottomyys",
        "peruste_tyottomyys",
        "peruste",
    ),
    "benefits.main_livelihood": ("paaasiallinen_toimeentulo", "paaasiallinen"),
    "plans.kind": ("suunnitelman_laji", "suunnitelmalaji", "laji", "tyyppi", "plantyp", "kind"),
    "plans.made_on": (
        "laadittu",
        "laadittu_pvm",
        "laatimispvm",
        "tehty",
        "tekopaiva",
        "laatimispaiva",
        "paivays",
        "made_on",
    ),
    "plans.ends_on": ("voimassa_asti", "paattyy", "voimassa", "paattymispaiva", "loppu", "loppupvm", "ends_on"),
    "plans.includes_rehabilitative_work": (
        "kuntouttavaa_tyotoimintaa",
        "sisaltaa_ktt",
        "ktt",
        "kuntouttava_tyotoiminta",
    ),
    "plans.present": ("lasna", "lasnaolijat", "paikalla", "narvarande", "present"),
    "plans.signed_by": ("allekirjoittajat", "allekirjoittaneet", "allekirjoitukset", "undertecknare", "signed_by"),
    "plans.reviewed_on": ("tarkistettu", "tarkistuspaivat", "reviewed_on"),
    "plans.notice_given_on": ("kerrottu_asiakkaalle", "ilmoitettu", "tiedoksi"),
    "plans.situation_surveyed_on": ("kartoitettu", "kartoituspaiva", "tilanne_kartoitettu"),
    "plans.chosen_option": ("valittu_vaihtoehto", "valinta", "valittu"),
    "periods.kind": ("jakson_laji", "laji", "jaksolaji", "tyyppi", "toiminta", "kind"),
    "periods.start": ("alkaa", "alku", "alkupvm", "alkaen", "alkamispaiva", "aloitus", "alk_pvm", "start"),
    "periods.end": ("paattyy", "loppu", "loppupvm", "paattyen", "paattymispaiva", "lopetus", "paatt_pvm", "end"),
    "periods.agreed_end": ("sovittu_loppu", "sovittu_paattymispaiva", "suunniteltu_loppu", "agreed_end"),
    "periods.ended_because": ("paattymissyy", "paattymisen_syy", "lopetussyy", "ended_because"),
    "periods.days_per_week": (
        "paivia_viikossa",
        "pv_vko",
        "pv_viikossa",
        "viikkopaivat",
        "paivaa_viikossa",
        "days_per_week",
    ),
    "periods.hours_per_day": (
        "tunteja_paivassa",
        "h_pv",
        "h_paivassa",
        "h_vrk",
        "tunnit",
        "tuntia_paivassa",
        "paivan_pituus",
        "hours_per_day",
    ),
    "periods.place_kind": ("paikan_laji", "paikka", "tyopaikka", "paikkalaji", "place_kind"),
    "periods.producer": ("tuottaja", "palveluntuottaja", "jarjestaja", "producent", "producer"),
    "periods.decision_on": ("paatos_tehty", "paatos", "paatospvm", "paatospaiva", "paatos_pvm", "decision_on"),
    "periods.plan_made_on": ("suunnitelma_tehty", "suunnitelmapvm", "suunnitelma_pvm", "suunnitelman_pvm"),
    "periods.shop_steward_told_on": ("luottamusmies_kuultu", "luottamusmies", "luottamusmiehelle_ilmoitettu"),
    "periods.attended_on": ("osallistumispaivat", "lasnaolopaivat"),
    "periods.evaluated_on": ("arvioitu", "arviointipaivat"),
    "events.origin": ("aloite", "aloitteen_tekija", "yhteydenottaja", "ilmoittaja", "origin"),
    "events.step": ("vaihe", "tapahtuma", "tapahtumalaji", "tapahtumakoodi", "koodi", "laji", "step"),
    "events.on": ("paiva", "pvm", "tapahtumapvm", "ajankohta", "tapahtumapaiva", "on", "date"),
    "facts.age": ("ika", "alder", "age"),
    "facts.unemployed": ("tyoton", "tyottomana", "arbetslos", "unemployed"),
    "facts.subsidy_entitled": ("oikeutettu_tm_tukeen", "tm_oikeus", "tmt_oikeus", "oikeus_tyomarkkinatukeen"),
    "facts.subsidy_days": (
        "tmt_pv",
        "tm_tuki_pv",
        "tmtuki_pv",
        "tyomarkkinatukipaivat",
        "tmt_paivat",
        "tukipaivat_yht",
    ),
    "facts.receives_social_assistance": ("saa_toimeentulotukea", "toimeentulotuki", "tot"),
    "facts.receives_subsidy": ("saa_tm_tukea", "saa_tyomarkkinatukea", "tm_tuki"),
}
"""The columns of each field and of some facts."""
WORDS: Final[dict[str, tuple[str, ...]]] = {
    "unemployment_allowance": ("pr", "ppr", "tpr", "tyottomyyspaivaraha", "peruspaivaraha", "ansiopaivaraha"),
    "labour_market_subsidy": ("tmt", "tm", "tm_tuki", "tmtuki"),
    "general_support": ("yt", "yleistuki"),
    "social_assistance": ("tot", "toimeentulotuki", "ttt"),
    "activation_plan": ("akt", "aktivointi", "aks"),
    "joint_plan": ("mon", "monialainen", "mts"),
    "client_plan": ("asi", "as", "asiakassuunnitelma"),
    "employment_plan": ("tyo", "tys", "tyollistymissuunnitelma"),
    "rehabilitative_work": ("ktt", "kuntouttava"),
    "introductory": ("tut", "tutustuminen"),
    "client": ("a", "asiakas"),
    "social_services": ("s", "sosiaalitoimi", "sosiaalityontekija", "sos"),
    "employment_authority": ("t", "te", "tyovoimaviranomainen", "te_toimisto"),
    "kela": ("k", "kela"),
    "activity_centre": ("tk", "toimintakeskus", "paja", "tyopaja"),
    "municipality": ("ku", "kunta"),
    "wellbeing_services_county": ("hva", "hyvinvointialue"),
    "association": ("yh", "yhdistys", "ry"),
    "foundation": ("sa", "saatio"),
    "congregation": ("srk", "seurakunta"),
    "state": ("va", "valtio"),
    "company": ("yr", "yritys", "oy"),
    "fi": ("fi", "suomi", "1", "finska"),
    "sv": ("sv", "ruotsi", "2", "svenska"),
    "en": ("en", "englanti"),
}
"""Short codes that systems use for words."""
