"""What type checkers are to find: each line that ends in `# wrong` is one. `test_typed_interface` runs them."""

from __future__ import annotations

import aava_rules
import aava_rules.mapping
import aava_rules.testing

rulebook = aava_rules.laod("finland")  # wrong
rulebook = aava_rules.load("finland", audit="strickt")  # wrong
aava_rules.mapping.laod("mapping.yaml")  # wrong
aava_rules.testing.recrods  # wrong
decision = rulebook.decide({"id": "a"}, engine="refernce")  # wrong
decision.outcoms  # wrong
outcome = decision.outcomes["target_group"]
outcome.status == "knwon"  # wrong
outcome.reasons[0] == "fact_missing"  # wrong
outcome.value >= 4  # wrong
outcome.text("fi", audience="official")  # wrong
finding = decision.findings[0]
finding.status == "brokn"  # wrong
finding.weight == "lwa"  # wrong
finding.outcome  # wrong
step = decision.next_steps[0]
step.due.isoformat()  # wrong
step.status  # wrong
decision.engine == "columns"  # wrong
decision.cautions[0].code == "secundary"  # wrong
decision.to_dict(detail="brief")  # wrong
rulebook.decide({"id": "a"}, only=3)  # wrong
aava_rules.run_cases(rulebook).passd  # wrong
