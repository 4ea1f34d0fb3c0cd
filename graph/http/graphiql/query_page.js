"use strict";

const config = JSON.parse(document.getElementById("config").textContent);
const example = document.getElementById("example");
const query = document.getElementById("query");
const variables = document.getElementById("variables");
const headers = document.getElementById("headers");
const run = document.getElementById("run");
const verb = document.getElementById("verb");
const state = document.getElementById("state");
const result = document.getElementById("result");
const signedIn = typeof session === "object";
const ask = signedIn ? session.send : fetch;
let running = null;

function show(tab) {
  query.value = tab.query;
  variables.value = tab.variables;
}

function say(text, bad) {
  state.textContent = text;
  state.classList.toggle("bad", Boolean(bad));
}

// The JSON object in a text area, or an empty one; the message of the error names the area.
function objectIn(area, name) {
  const text = area.value.trim();
  if (!text) return {};
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${name}: this is not JSON (${error.message})`);
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new Error(`${name}: a JSON object is needed, such as {"name": "value"}`);
  }
  return value;
}

async function send(signal) {
  const body = JSON.stringify({ query: query.value, variables: objectIn(variables, "Variables") });
  const own = { accept: "application/json", "content-type": "application/json" };
  const response = await ask(config.endpoint, {
    method: "POST",
    headers: { ...own, ...objectIn(headers, "Headers") },
    body,
    signal,
  });
  return { status: response.status, text: await response.text() };
}

// An answer is JSON as a rule; what a proxy in between may say is shown as it came.
function read(text) {
  try {
    const answer = JSON.parse(text);
    return { answer, pretty: JSON.stringify(answer, null, 2) };
  } catch {
    return { answer: null, pretty: text };
  }
}

async function start() {
  // While an answer is awaited, the button stops waiting for it.
  if (running) {
    running.abort();
    return;
  }
  running = new AbortController();
  verb.textContent = "Stop";
  say("Running…");
  const began = performance.now();
  try {
    const { status, text } = await send(running.signal);
    const { answer, pretty } = read(text);
    const count = answer && Array.isArray(answer.errors) ? answer.errors.length : 0;
    const took = `${Math.round(performance.now() - began)} ms`;
    const errors = count === 0 ? "" : `, ${count} ${count === 1 ? "error" : "errors"}`;
    result.textContent = pretty;
    say(`HTTP ${status} in ${took}${errors}`, count > 0 || status >= 400);
  } catch (error) {
    result.textContent = "";
    say(error.name === "AbortError" ? "Stopped" : error.message, true);
  } finally {
    running = null;
    verb.textContent = "Run";
  }
}

for (const [index, tab] of config.tabs.entries()) {
  example.add(new Option(tab.title, String(index)));
}
example.closest("label").hidden = config.tabs.length === 0;
example.addEventListener("change", () => show(config.tabs[Number(example.value)]));
run.addEventListener("click", start);
if (signedIn) {
  const leave = document.createElement("button");
  leave.id = "sign-out";
  leave.type = "button";
  leave.textContent = "Sign out";
  leave.addEventListener("click", session.leave);
  run.after(leave);
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    start();
  }
});
// What a link asks to be shown stands behind the `#`, which a browser never sends.
const asked = new URLSearchParams(window.location.hash.slice(1));
if (asked.get("query")) show({ query: asked.get("query"), variables: asked.get("variables") ?? "" });
else show(config.tabs[0] || { query: "{ __typename }", variables: "" });
