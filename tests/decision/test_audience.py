"""Whom texts speak to: a worker, of the client in the third person, or the client, in the second; never both at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tiny_rulebooks import FOLDER, decide, finding, rulebook_of, step

from aava_rules.decision.decision import Decision
from aava_rules.language.values import LANGUAGES
from aava_rules.rulebook.pack import dump, load

PLAN = {"kind": "activation_plan", "made_on": "2020-01-01", "signed_by": ["client"]}
UNSIGNED = PLAN | {"signed_by": ["social_services"]}
TOLD = {
    "worker": ["Asiakas on tervetullut.", "Allekirjoittajat: asiakas.", "Asiakkaalle soitetaan viimeistään 1.1.2020."],
    "client": ["Olet tervetullut.", "Allekirjoittajat: sinä.", "Sinulle soitetaan viimeistään 1.1.2020."],
}


def decision() -> Decision:
    return decide("audience", "2020-01-01", facts={"willing": True}, plans=[PLAN])


def messages(of: Decision, **audience: Any) -> list[str]:
    answers = (of.outcomes["welcome"], finding(of, "signed"), step(of, "call"))
    return [answer.message("fi", **audience) for answer in answers]


def test_a_worker_is_spoken_to_unless_the_host_says_otherwise() -> None:
    """Without a word of the host, all texts speak of the client; with one, all speak to the client."""
    assert messages(decision()) == TOLD["worker"]
    for audience in ("worker", "client"):
        assert messages(decision(), audience=audience) == TOLD[audience]
        assert messages(decision().for_audience(audience)) == TOLD[audience]  # type: ignore[arg-type]


def test_the_decision_itself_stays_as_it_is() -> None:
    """A decision told to the client leaves that told to the worker alone, whatever was read of it before."""
    first = decision()
    before = first.to_json()
    client = first.for_audience("client")
    assert client.findings[0].message() == TOLD["client"][1]
    assert client.for_audience("worker").to_json() == before == first.to_json()
    assert (first.audience, client.audience) == ("worker", "client")
    assert client.for_audience("client") is client is client.for_audience(None)


def test_json_and_explanations_speak_to_one_audience() -> None:
    """What is written for the client nowhere names them in the third person, and nothing but texts differs."""
    told = decision().to_dict(audience="client")
    assert told == decision().for_audience("client").to_dict() == json.loads(decision().to_json(audience="client"))
    texts = [told["outcomes"]["welcome"]["text"], told["findings"][0]["text"], told["next_steps"][0]["text"]]
    assert [text["fi"] for text in texts] == TOLD["client"]
    assert [text["sv"] for text in texts][1:] == ["Undertecknare: du.", "Du rings upp senast 1.1.2020."]
    unsigned = decide("audience", "2020-01-01", plans=[UNSIGNED])
    assert "signers includes client: no" in str(unsigned.explain("signed", "en"))
    told_to_client = str(unsigned.explain("signed", "en", audience="client"))
    assert "signers includes you: no" in told_to_client
    assert "client" not in told_to_client
    worker = decision().to_dict()
    for document in (told, worker):
        for answer in [document["outcomes"]["welcome"], *document["findings"], *document["next_steps"]]:
            del answer["text"]
    assert told == worker


@pytest.mark.parametrize("wrong", ["clients", "", "asiakas"])
def test_another_audience_is_refused_with_the_names_of_the_two(wrong: Any) -> None:
    """A wrong audience is told at once, by every way in, with the two that there are."""
    of = decision()
    ways = [
        lambda: of.for_audience(wrong),
        lambda: of.to_dict(audience=wrong),
        lambda: of.to_json(audience=wrong),
        lambda: of.explain("welcome", audience=wrong),
        lambda: of.outcomes["welcome"].text(audience=wrong),
        lambda: of.outcomes["welcome"].message(audience=wrong),
        lambda: finding(of, "signed").text(audience=wrong),
    ]
    for way in ways:
        with pytest.raises(ValueError, match="worker or a client"):
            way()


def test_what_names_nobody_serves_both() -> None:
    """A rulebook without a text for the client keeps working: its only text is told to both."""
    of = decide("suggestions", "2020-01-01")
    assert [answer.text("en") for answer in of.next_steps] == [
        answer.text("en") for answer in of.for_audience("client").next_steps
    ]
    parts = rulebook_of("suggestions")._parts
    assert parts.told_to_client() == parts


def test_texts_for_the_client_are_packed() -> None:
    """A packed rulebook has both texts, and every language of them."""
    parts = load(dump(rulebook_of("audience")._parts))
    assert parts == rulebook_of("audience")._parts
    assert parts.client_words["client"] == {"fi": "sinä", "sv": "du", "en": "you"}
    assert set(parts.client_messages["told/welcome"]["true"]) == set(LANGUAGES)
    assert set(parts.messages["told/welcome"]["true"]) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("command", "worker", "client"),
    [
        (["decide", "--format", "text"], "Asiakkaalle soitetaan", "Sinulle soitetaan"),
        (["decide", "--format", "json"], "Asiakas on tervetullut.", "Olet tervetullut."),
        (["check", "--format", "table"], "Allekirjoittajat: asiakas.", "Allekirjoittajat: sinä."),
        (["check", "--format", "json"], "Allekirjoittajat: asiakas.", "Allekirjoittajat: sinä."),
        (["check", "--format", "jsonl"], "Allekirjoittajat: asiakas.", "Allekirjoittajat: sinä."),
        (["check", "--format", "csv"], "Allekirjoittajat: asiakas.", "Allekirjoittajat: sinä."),
        (["check", "--format", "junit"], "Allekirjoittajat: asiakas.", "Allekirjoittajat: sinä."),
        (["check", "--format", "html"], "Allekirjoittajat: asiakas.", "Allekirjoittajat: sinä."),
        (["next"], "Asiakkaalle soitetaan", "Sinulle soitetaan"),
        (["explain"], "allekirjoittajat sisältää asiakas", "allekirjoittajat sisältää sinä"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_every_command_tells_it_to_one_audience(tmp_path: Path, command: list[str], worker: str, client: str) -> None:
    """Each command with --audience client speaks to the client only, without it of the client only."""
    file = tmp_path / "record.json"
    name, *options = command
    plan = UNSIGNED if name == "explain" else PLAN
    file.write_text(json.dumps({"id": "r", "facts": {"willing": True}, "plans": [plan]}), encoding="utf-8")
    answer = ["signed"] if name == "explain" else []
    rulebook = ["--rulebook", str(FOLDER / "audience"), "--on", "2020-01-01"]
    for audience, (shown, hidden) in (("worker", (worker, client)), ("client", (client, worker))):
        words = [name, str(file), *answer, *options, *rulebook, "--audience", audience]
        code = "from aava_rules.tools.cli import main; main()"
        done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr
        assert shown in done.stdout
        assert hidden not in done.stdout


def test_the_command_line_names_the_two_audiences(tmp_path: Path) -> None:
    """A mistyped audience is refused by the command, with the two that there are."""
    code = "from aava_rules.tools.cli import main; main()"
    words = ["check", str(tmp_path), "--audience", "asiakas"]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "worker" in done.stderr
    assert "client" in done.stderr
