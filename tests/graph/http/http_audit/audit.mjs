// Runs every check of the public GraphQL-over-HTTP audit suite against a server, and prints one JSON line for each.
//
//     node audit.mjs http://127.0.0.1:8000/graphql

import { serverAudits } from "graphql-http";

const [url] = process.argv.slice(2);

for (const audit of serverAudits({ url })) {
  const { status, reason } = await audit.fn();
  console.log(JSON.stringify({ id: audit.id, name: audit.name, status, reason: reason ?? null }));
}
