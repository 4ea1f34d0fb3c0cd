"use strict";

// The page's own settings arrive as JSON in a data block, so that the content security policy can forbid inline scripts.
const config = JSON.parse(document.getElementById("config").textContent);
const endpoint = new URL(config.endpoint, window.location.href);
const socket = new URL(endpoint);
socket.protocol = endpoint.protocol === "https:" ? "wss:" : "ws:";

const signedIn = typeof session === "object";
const url = endpoint.toString();
const fetcher = GraphiQL.createFetcher(
  signedIn
    ? { url, fetch: session.send, wsClient: session.subscriptions(url) }
    : { url, subscriptionUrl: socket.toString() },
);

// The tab that the visitor left in front, as GraphiQL keeps it in the browser; null on a first visit.
function tabInFront() {
  try {
    const { tabs, activeTabIndex } = JSON.parse(window.localStorage.getItem("graphiql:tabState"));
    return tabs[activeTabIndex] ?? null;
  } catch {
    return null;
  }
}

// What a link asks to be shown, such as one of the console: it stands behind the `#`, which a browser never sends.
function askedFor() {
  const given = new URLSearchParams(window.location.hash.slice(1));
  const query = given.get("query");
  if (!query) return null;
  window.history.replaceState(null, "", window.location.pathname + window.location.search);
  return { query, variables: given.get("variables") ?? undefined };
}

// The examples open on a first visit; afterwards GraphiQL brings back the tabs that the visitor left.
// GraphiQL takes the variables of the tab in front from this property only, not from the tab.
function opening() {
  const asked = askedFor();
  const left = tabInFront();
  if (asked && left) return asked;
  if (left) return { query: left.query ?? undefined, variables: left.variables ?? undefined };
  const tabs = asked ? [asked, ...config.tabs] : config.tabs;
  if (tabs.length === 0) return {};
  const defaultTabs = tabs.map(({ query, variables }) => ({ query, variables: variables || null, headers: null }));
  return { defaultTabs, variables: defaultTabs[0].variables ?? undefined };
}

// Who signed in can sign out, in the place of the logo.
function corner() {
  const button = { type: "button", className: "sign-out", onClick: session.leave };
  return React.createElement(GraphiQL.Logo, null, React.createElement("button", button, "Sign out"));
}

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(
    GraphiQL,
    {
      fetcher,
      ...opening(),
      defaultEditorToolsVisibility: true,
      inputValueDeprecation: true,
      plugins: [GraphiQLPluginExplorer.explorerPlugin()],
      shouldPersistHeaders: false,
    },
    signedIn ? corner() : null,
  ),
);
