"use strict";

// The page's own settings arrive as JSON in a data block, so that the content security policy can forbid inline scripts.
const config = JSON.parse(document.getElementById("config").textContent);
const endpoint = new URL(config.endpoint, window.location.href);
const socket = new URL(endpoint);
socket.protocol = endpoint.protocol === "https:" ? "wss:" : "ws:";

const fetcher = GraphiQL.createFetcher({ url: endpoint.toString(), subscriptionUrl: socket.toString() });

// The examples open on a first visit; afterwards GraphiQL brings back the tabs that the visitor left.
// It reads the first tab's query from the tabs but its variables only from the property of that name.
function examples() {
  if (config.tabs.length === 0 || window.localStorage.getItem("graphiql:tabState") !== null) return {};
  const defaultTabs = config.tabs.map(({ query, variables }) => ({ query, variables: variables || null, headers: null }));
  return { defaultTabs, variables: defaultTabs[0].variables || undefined };
}

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    ...examples(),
    defaultEditorToolsVisibility: true,
    inputValueDeprecation: true,
    plugins: [GraphiQLPluginExplorer.explorerPlugin()],
    shouldPersistHeaders: false,
  }),
);
