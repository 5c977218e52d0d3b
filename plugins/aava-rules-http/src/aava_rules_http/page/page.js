"use strict"
/*
 * The page asks /v1 as any other caller does and shows what is answered. All that is shown is set as text, never as
 * HTML. The record lives in this page alone: nothing is stored, and nothing stands in its address.
 */
const texts = JSON.parse(document.getElementById("texts").textContent)
const language = document.documentElement.lang
const byId = (id) => document.getElementById(id)

const state = { book: null, record: { id: "1", facts: {} }, skipped: new Set(), asked: 0 }

/** An element with attributes and children; children that are no elements become text. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (key in made && typeof value === "boolean") made[key] = value
    else made.setAttribute(key, value)
  }
  made.append(...children.filter((child) => child !== null && child !== ""))
  return made
}

function show(id, ...children) {
  byId(id).replaceChildren(...children)
}

function day(iso) {
  const [year, month, date] = iso.split("-").map(Number)
  if (language !== "en") return `${date}.${month}.${year}`
  return new Date(Date.UTC(year, month - 1, date)).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" })
}

class Failure extends Error {
  constructor(status, error) {
    super(error ? error.text : texts.failed)
    Object.assign(this, { status, error })
  }
}

async function call(path, body) {
  const headers = { "Content-Type": "application/json" }
  const token = byId("token").value.trim()
  if (token) headers.Authorization = `Bearer ${token}`
  const options = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) }
  let answer, values
  try {
    answer = await fetch(path, options)
    values = await answer.json()
  } catch {
    throw new Failure(0, null)
  }
  if (!answer.ok) throw new Failure(answer.status, values.error)
  return values
}

function showError(failure) {
  if (failure === null) return show("error")
  if (failure.status === 401) byId("token-field").hidden = false
  const error = failure.error
  const faults = error ? error.faults : []
  const lines = faults.map((fault) => {
    const sentence = `${fault.place} ${fault.what} [${fault.code}]. ${[fault.why, fault.hint].filter(Boolean).join(" ")}`
    return element("li", { lang: "en" }, sentence)
  })
  if (lines.length) show("error", element("p", {}, texts.wrong_record), element("ul", {}, ...lines))
  else show("error", element("p", error ? { lang: "en" } : {}, failure.message))
}

// -- what is asked

async function begin() {
  try {
    const { rulebooks } = await call("v1/rulebooks")
    show("rulebook", ...rulebooks.map((book) => element("option", { value: book.name }, book.title[language])))
    showError(null)
    await choose()
  } catch (failure) {
    showError(failure)
  }
}

async function choose() {
  state.book = await call(`v1/rulebooks/${encodeURIComponent(byId("rulebook").value)}`)
  for (const fact of state.book.facts) {
    fact.words = fact.words.map((word) => ({ name: word, title: fact.word_titles[word] || {} }))
  }
  const before = byId("question").value
  const group = (label, items) =>
    element("optgroup", { label }, ...items.map((item) => element("option", { value: item.name }, item.title[language])))
  show("question", group(texts.outcomes, state.book.outcomes), group(texts.requirements, state.book.requirements))
  if ([...byId("question").options].some((option) => option.value === before)) byId("question").value = before
  const sorted = [...state.book.facts].sort((a, b) => a.title[language].localeCompare(b.title[language], language))
  show("fact", element("option", { value: "" }, texts.choose), ...sorted.map((fact) => element("option", { value: fact.name }, fact.title[language])))
  show("add-value")
  state.skipped.clear()
  delete byId("ask").dataset.fact
  await ask()
}

async function ask() {
  const asked = ++state.asked
  const name = byId("question").value
  const common = { record: state.record, rulebook: state.book.name, language }
  if (byId("day").value) common.on = byId("day").value
  byId("state").textContent = texts.working
  byId("content").setAttribute("aria-busy", "true")
  showRecord()
  try {
    const [decided, explained, stepped] = await Promise.all([
      call("v1/decide", { ...common, only: [name] }),
      call("v1/explain", { ...common, name }).catch((failure) => (failure.status === 404 ? null : Promise.reject(failure))),
      call("v1/next", common),
    ])
    if (asked !== state.asked) return // a later question is on its way
    showError(null)
    showAnswer(decided.decision, name)
    showQuestion(decided.decision)
    show("why", explained === null ? "" : tree(explained.explanation.trees))
    showPath(stepped.path)
  } catch (failure) {
    if (asked !== state.asked) return
    if (!(failure instanceof Failure)) throw failure
    byId("state").textContent = ""
    showError(failure)
  } finally {
    if (asked === state.asked) byId("content").setAttribute("aria-busy", "false")
  }
}

// -- what is answered

function showAnswer(decision, name) {
  const outcome = decision.outcomes[name]
  const answers = outcome ? [outcome] : decision.findings.filter((finding) => finding.requirement === name)
  const lines = answers.map((answer) => answer.text[language].split("\n")[0])
  const parts = lines.map((line) => element("p", { class: "result" }, line))
  if (!parts.length) parts.push(element("p", {}, texts.nothing_to_judge))
  if (decision.cautions.length) {
    const cautions = decision.cautions.map((caution) => element("li", {}, caution.text[language]))
    parts.push(element("h3", {}, texts.cautions), element("ul", {}, ...cautions))
  }
  show("answer", ...parts)
  byId("state").textContent = lines.join(" ") || texts.nothing_to_judge
}

function tree(nodes) {
  return element("ul", { class: "tree", role: "list" }, ...nodes.map((node) => {
    const cites = node.citations.map((citation) => link(citation.text[language], citation.link))
    const item = element("li", {}, node.text[language])
    if (cites.length) item.append(element("cite", {}, ...cites.flatMap((cite, place) => (place ? ["; ", cite] : [cite]))))
    if (node.children.length) item.append(tree(node.children))
    return item
  }))
}

function link(shown, address) {
  return /^https?:\/\//.test(address || "") ? element("a", { href: address, rel: "noreferrer" }, shown) : document.createTextNode(shown)
}

function showPath(path) {
  const parts = [element("h3", {}, texts.now)]
  const next = path.next.map((step) => {
    const item = element("li", {}, element("strong", {}, step.title[language]))
    if (/^\d/.test(step.due || "")) item.append(` – ${texts.by_day} ${day(step.due)}${step.overdue ? ` (${texts.overdue})` : ""}`)
    const why = step.text[language].split("\n")[0]
    if (why !== step.title[language]) item.append(element("br"), why)
    return item
  })
  parts.push(next.length ? element("ol", { class: "now" }, ...next) : element("p", {}, texts.nothing_now))
  const steps = path.steps.map((step) => {
    const mark = element("span", { "aria-hidden": "true" }, `${texts.marks[step.state]} `)
    const done = /^\d/.test(step.done_on || "") ? `: ${day(step.done_on)}` : ""
    const heading = element("h4", {}, `${step.number}. ${step.title[language]}`)
    return element("li", { class: step.state }, heading, element("p", {}, mark, `${texts[`state_${step.state}`]}${done}`))
  })
  const all = element("details", {}, element("summary", {}, `${texts.all_steps} (${steps.length})`), element("ol", { class: "path", role: "list" }, ...steps))
  show("path", ...parts, ...(steps.length ? [all] : []))
}

// -- one question at a time

/** The fact by which a missing thing can be answered here; null if it has to be written in the record. */
function answerable(missing) {
  for (const field of missing.fields) {
    const name = field.startsWith("facts.") ? field.slice(6) : field === "client.birth_date" ? "birth_date" : null
    const fact = name === null ? null : state.book.facts.find((one) => one.name === name)
    if (fact && (name === missing.fact || !missing.fields.includes(`facts.${missing.fact}`))) return fact
  }
  return null
}

function showQuestion(decision) {
  const questions = decision.missing.map((missing) => ({ missing, fact: answerable(missing) }))
  const next = questions.find(({ missing, fact }) => fact && !state.skipped.has(missing.fact))
  const name = next ? next.missing.fact : ""
  // the same question is left as it is: somebody may be answering it
  if (name && byId("ask").dataset.fact === name) return
  byId("ask").dataset.fact = name
  const hadFocus = byId("ask").contains(document.activeElement)
  if (!questions.length) show("ask", element("p", {}, texts.nothing_to_ask))
  else if (next) {
    const input = valueInput(next.fact, "ask", next.missing.text[language])
    const skip = element("button", { type: "button" }, texts.unknown)
    skip.addEventListener("click", () => {
      state.skipped.add(next.missing.fact)
      showQuestion(decision)
    })
    show("ask", input.field, element("button", { type: "submit" }, texts.reply), skip)
    byId("ask").onsubmit = (event) => {
      event.preventDefault()
      take(next.fact, input)
    }
  } else {
    const rest = questions.map(({ missing }) => element("li", {}, missing.text[language]))
    const again = element("button", { type: "button" }, texts.ask_again)
    again.addEventListener("click", () => {
      state.skipped.clear()
      showQuestion(decision)
    })
    show("ask", element("p", {}, texts.all_skipped), element("ul", {}, ...rest), again)
    byId("ask").onsubmit = (event) => event.preventDefault()
  }
  if (hadFocus) (byId("ask").querySelector("input, select") || byId("ask-heading")).focus()
}

/** What a fact is answered by: its field, and what reads its value; undefined where nothing was given. */
function valueInput(fact, prefix, label) {
  const id = `${prefix}-value-input`
  const unit = fact.unit_title ? ` (${fact.unit_title[language]})` : ""
  const choice = (type, value, shown) =>
    element("label", { class: "choice" }, element("input", { type, name: id, value }), shown)
  const chosen = () => [...document.querySelectorAll(`input[name="${id}"]:checked`)].map((input) => input.value)
  const group = (...choices) => element("fieldset", {}, element("legend", {}, label), ...choices)
  if (fact.type === "boolean") {
    return { field: group(choice("radio", "true", texts.yes), choice("radio", "false", texts.no)), read: () => (chosen().length ? chosen()[0] === "true" : undefined) }
  }
  if (fact.words.length && fact.type === "set") {
    const choices = fact.words.map((word) => choice("checkbox", word.name, word.title[language] || word.name))
    const none = choice("checkbox", "", texts.none_of_these)
    return { field: group(...choices, none), read: () => (chosen().length ? chosen().filter(Boolean) : undefined) }
  }
  if (fact.words.length) {
    const choices = fact.words.map((word) => choice("radio", word.name, word.title[language] || word.name))
    return { field: group(...choices), read: () => chosen()[0] }
  }
  const type = fact.type === "date" ? "date" : "text"
  const isNumber = ["integer", "decimal", "money"].includes(fact.type)
  const input = element("input", { id, type, ...(isNumber ? { inputmode: fact.type === "integer" ? "numeric" : "decimal" } : {}) })
  const read = () => {
    const given = input.value.trim()
    if (!given) return undefined
    const number = given.replace(",", ".").replace("−", "-")
    return isNumber && /^-?\d+(\.\d+)?$/.test(number) ? Number(number) : given
  }
  return { field: element("div", { class: "field" }, element("label", { for: id }, label + unit), input), read }
}

function take(fact, input) {
  const value = input.read()
  if (value === undefined) return showError(Object.assign(new Failure(0, null), { message: texts.choose_value }))
  if (fact.name === "birth_date" || fact.name === "municipality") {
    state.record.client = { ...state.record.client, [fact.name]: value }
  } else state.record.facts = { ...state.record.facts, [fact.name]: value }
  ask()
}

// -- what is known

function showRecord() {
  byId("record").value = JSON.stringify(state.record, null, 2)
  const client = state.record.client || {}
  const own = ["birth_date", "municipality"].filter((name) => name in client).map((name) => ["client", name, client[name]])
  const facts = [...own, ...Object.entries(state.record.facts || {}).map(([name, value]) => ["facts", name, value])]
  const items = facts.map(([part, name, value]) => {
    const fact = state.book.facts.find((one) => one.name === name)
    const title = fact ? fact.title[language] : name
    const remove = element("button", { type: "button", "aria-label": `${texts.remove}: ${title}` }, texts.remove)
    remove.addEventListener("click", () => {
      delete state.record[part][name]
      state.skipped.delete(name)
      ask()
      byId("facts-heading").focus()
    })
    return element("li", {}, element("span", {}, `${title}: ${shown(value, fact)}`), remove)
  })
  show("facts", ...(items.length ? items : [element("li", {}, texts.no_facts)]))
}

function shown(value, fact) {
  if (value === true) return texts.yes.toLowerCase()
  if (value === false) return texts.no.toLowerCase()
  const words = new Map(fact ? fact.words.map((word) => [word.name, word.title[language]]) : [])
  if (Array.isArray(value)) return value.map((one) => words.get(one) || one).join(", ") || texts.none_of_these
  if (typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value)) return day(value)
  if (typeof value === "object") return JSON.stringify(value)
  const unit = typeof value === "number" && fact && fact.unit_title ? ` ${fact.unit_title[language]}` : ""
  return `${words.get(value) || value}${unit}`
}

byId("fact").addEventListener("change", () => {
  const fact = state.book.facts.find((one) => one.name === byId("fact").value)
  if (!fact) return show("add-value")
  const input = valueInput(fact, "add", texts.value)
  show("add-value", input.field, element("button", { type: "submit" }, texts.add))
  byId("add").onsubmit = (event) => {
    event.preventDefault()
    take(fact, input)
  }
})
byId("add").addEventListener("submit", (event) => event.preventDefault())
byId("what").addEventListener("submit", (event) => event.preventDefault())
byId("json").addEventListener("submit", (event) => {
  event.preventDefault()
  let record = null
  try {
    record = JSON.parse(byId("record").value)
  } catch {}
  if (record === null || typeof record !== "object" || Array.isArray(record)) {
    return showError(Object.assign(new Failure(0, null), { message: texts.no_json }))
  }
  state.record = { id: "1", ...record }
  ask()
})
byId("rulebook").addEventListener("change", () => choose().catch(showError))
byId("question").addEventListener("change", () => {
  state.skipped.clear()
  ask()
})
byId("day").addEventListener("change", ask)
byId("token").addEventListener("change", begin)
byId("day").value = new Date(Date.now() - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 10)
byId("facts-heading").tabIndex = -1
begin()
