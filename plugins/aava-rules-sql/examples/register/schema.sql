-- A client register of social services in PostgreSQL, as a supplier of record systems might have it: nine tables,
-- Finnish names, codes of its own. It knows nothing of aava-rules; mapping.yaml beside it connects the two.
-- Everything in it is made up.

create table asiakas (
    asiakas_nro        bigint primary key,
    henkilotunnus      char(11),
    sukunimi           varchar(80),
    etunimet           varchar(80),
    syntyma_pvm        date,
    kotikunta          varchar(60),
    asiointikieli      char(1),               -- S suomi, R ruotsi, E englanti, blank: not asked
    turvakielto        boolean not null,
    muokattu           timestamp not null
);

-- what the official has assessed of the client, one row a client or none
create table tilannearvio (
    asiakas_nro        bigint primary key references asiakas,
    tyoton             char(1),               -- K kyllä, E ei
    tmt_oikeus         char(1),               -- K, E: entitled to labour market subsidy
    tyollsuunn_tehty   char(1),               -- K, E: employment plan made
    kotoutumissuunn    char(1),               -- K, E: entitled to an integration plan
    pr_enimmaisaika_alku date                 -- when the maximum period of unemployment allowance began
);

create table etuusjakso (
    etuusjakso_id      bigint primary key,
    asiakas_nro        bigint not null references asiakas,
    etuus              smallint,              -- 10 työttömyyspäiväraha, 20 työmarkkinatuki, 30 toimeentulotuki
    alku               date,
    loppu              date,                  -- 'infinity': goes on
    paivat             numeric(5, 1),
    peruste            char(2)                -- TY työttömyys, PA palvelun ajalta
);

create table suunnitelma (
    suunnitelma_id     bigint primary key,
    asiakas_nro        bigint not null references asiakas,
    laji               char(2),               -- AS aktivointi-, MO monialainen, TS työllistymis-, AK asiakassuunnitelma
    laadittu           date,
    paattyy            date,
    tilanne_kartoitettu timestamp,            -- always at midnight
    ilmoitettu         date,
    sisaltaa_kuty      char(1),               -- K, E
    valittu            smallint               -- 1 kuntouttava työtoiminta, 2 työkokeilu, 3 palkkatyö, 4 koulutus
);

create table suunnitelma_lasna (
    suunnitelma_id     bigint not null references suunnitelma,
    rooli              char(3) not null,      -- ASI asiakas, SOS sosiaalitoimi, TYV työvoimaviranomainen, TUK tukihenkilö
    allekirjoitti      char(1),               -- K, E
    primary key (suunnitelma_id, rooli)
);

create table suunnitelma_kirjaus (
    kirjaus_id         bigint primary key,
    suunnitelma_id     bigint not null references suunnitelma,
    kohta              smallint not null      -- the numbered heads of the form, 1 koulutus ... 16 kesto
);

create table tyojakso (
    tyojakso_id        bigint primary key,
    asiakas_nro        bigint not null references asiakas,
    laji               char(1),               -- K kuntouttava työtoiminta, T tutustuminen
    alku               date,
    sovittu_loppu      date,
    loppu              date,
    paattymissyy       smallint,              -- 1 päättyi sovitusti, 2 työ, 3 koulutus, 4 eläke, 5 sairaus, 9 muu
    pv_viikossa        smallint,
    h_paivassa         numeric(3, 1),
    paikka             char(2),               -- TP toimintakeskus, KU kunta, YH yhdistys, SA säätiö, VA valtio
    tuottaja           char(2),               -- KU kunta, HV hyvinvointialue, YH yhdistys, SA säätiö
    paatos_pvm         date,
    luottamusmies_pvm  date,
    suunnitelma_pvm    date
);

create table tyojakso_lasnaolo (
    tyojakso_id        bigint not null references tyojakso,
    pvm                date not null,
    primary key (tyojakso_id, pvm)
);

create table tapahtuma (
    tapahtuma_id       bigint primary key,
    asiakas_nro        bigint not null references asiakas,
    koodi              varchar(6),            -- ALKU, VASTUU, TAPAAM, LOPPU
    pvm                date,
    aloite             char(1)                -- of ALKU: A asiakas, O omainen, V viranomainen, S sosiaalitoimi
);

create index on etuusjakso (asiakas_nro);
create index on suunnitelma (asiakas_nro);
create index on suunnitelma_kirjaus (suunnitelma_id);
create index on tyojakso (asiakas_nro);
create index on tapahtuma (asiakas_nro);
