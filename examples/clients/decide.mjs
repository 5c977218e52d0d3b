// Asks the service of plugins/aava-rules-http from JavaScript: node 18 or later, and nothing else.
//   node examples/clients/decide.mjs http://127.0.0.1:8080 examples/records/a-17.json
import { readFile } from "node:fs/promises";

/** What the service answers to a question about one record; throws with every fault where there is no answer. */
export async function ask(base, question, request, token) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(`${base}/v1/${question}`, { method: "POST", headers, body: JSON.stringify(request) });
  const answer = await response.json();
  if (answer.error) throw new Error(`${response.status} ${answer.error.kind}: ${answer.error.text}`);
  return answer;
}

const [base, path] = process.argv.slice(2);
const record = JSON.parse(await readFile(path, "utf8"));
const token = process.env.RULES_TOKEN;

const { decision } = await ask(base, "decide", { record, on: "2014-05-05", only: ["target_group"], language: "en" }, token);
console.log(decision.outcomes.target_group.text.en);
for (const fact of decision.missing) console.log(`to ask: ${fact.text.en}`);

try {
  await ask(base, "decide", { record, on: "2014-02-30" }, token);
} catch (error) {
  console.log(error.message);
}
