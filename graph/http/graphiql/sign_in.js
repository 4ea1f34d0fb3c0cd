"use strict";

// A browser sends no key when it opens an address. So this page asks for one, and asks for the query page with it.
(() => {
  const KEPT_AS = "arbiter:key";
  const form = document.getElementById("sign-in");
  const field = document.getElementById("key");
  const button = document.getElementById("enter");
  const said = document.getElementById("said");

  // Keys are often copied together with the word before them.
  const cleaned = (text) => text.trim().replace(/^bearer\s+/i, "");

  async function pageFor(key) {
    const headers = { accept: "text/html", authorization: `Bearer ${key}` };
    const response = await fetch(window.location.pathname, { headers, cache: "no-store" });
    const text = await response.text();
    if (!response.ok) throw new Error(reasonIn(text) ?? `HTTP ${response.status}`);
    const page = new DOMParser().parseFromString(text, "text/html");
    if (!page.getElementById("config")) throw new Error("the server did not answer with its query page");
    return page;
  }

  function reasonIn(text) {
    try {
      return JSON.parse(text).errors[0].message;
    } catch {
      return null;
    }
  }

  // Scripts that are moved from another document never run, so new ones take their places, in their order.
  function show(page) {
    const addresses = [...page.querySelectorAll("script[src]")].map((script) => script.getAttribute("src"));
    for (const node of page.querySelectorAll("script[src], noscript")) node.remove();
    document.head.replaceChildren(...page.head.childNodes);
    document.body.replaceChildren(...page.body.childNodes);
    for (const address of addresses) {
      const script = document.createElement("script");
      script.src = address;
      script.async = false;
      document.head.append(script);
    }
  }

  async function enter(key) {
    button.disabled = true;
    said.textContent = "";
    try {
      // A header takes nothing else.
      if (!/^[!-~]+$/.test(key)) throw new Error("this is no key: a key or token has no spaces and no letters with accents");
      const page = await pageFor(key);
      window.sessionStorage.setItem(KEPT_AS, key);
      show(page);
    } catch (error) {
      window.sessionStorage.removeItem(KEPT_AS);
      button.disabled = false;
      said.textContent = error.message;
      field.focus();
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const key = cleaned(field.value);
    field.value = "";
    if (key) enter(key);
  });

  const kept = window.sessionStorage.getItem(KEPT_AS);
  if (kept) enter(kept);
})();
