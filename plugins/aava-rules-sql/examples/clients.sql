-- A small client register: sqlite3 clients.sqlite < clients.sql
create table clients (client_no text primary key, name text, born date, jobless text, entitled text, plan text, integration text,
  allowance_from date);
create table payments (client_no text references clients, kind text, first_day date, last_day date, paid numeric);
insert into clients values ('A-17', 'Esimerkki Aino', '1979-05-02', 'K', 'K', 'K', 'E', '2011-09-05');
insert into clients values ('A-18', 'Esimerkki Bertta', '1968-11-30', 'K', 'K', null, 'E', null);
insert into clients values ('A-19', 'Esimerkki Carl', '1985-03-27', 'E', 'K', 'K', 'E', null);
insert into payments values ('A-17', 'PPR', '2011-09-05', '2013-08-02', 500), ('A-17', 'TMT', '2013-08-05', '2014-04-11', 180);
insert into payments values ('A-18', 'TMT', '2012-01-02', '2014-05-02', 600);
