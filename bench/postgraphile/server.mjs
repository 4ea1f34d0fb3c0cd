// PostGraphile on the tables at the URL in the first argument; says `listening` once it answers.
process.env.NODE_ENV = 'production';
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";

const preset = {
  extends: [PostGraphileAmberPreset],
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
  grafast: { explain: false },
  pgServices: [makePgService({ connectionString: process.argv[2], poolConfig: { max: 8 } })],
};
const server = createServer();
await postgraphile(preset).createServ(grafserv).addTo(server);
server.listen(0, "127.0.0.1", () => {
  process.stderr.write(JSON.stringify({ event: "listening", url: `http://127.0.0.1:${server.address().port}` }) + "\n");
});
for (const name of ["SIGTERM", "SIGINT"]) process.on(name, () => process.exit(0));
