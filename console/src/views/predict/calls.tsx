import { AsGraphQL, Code } from '../../components/copy';
import type { PredictInput } from '../../gql/graphql';
import { absolute } from '../../place';
import { useKept } from '../../shell/key';
import { PREDICT } from './queries';

const QUERY = `mutation Predict($input: PredictInput!) {
  predict(input: $input) {
    userErrors { code message path }
    request {
      requestId
      label
      value
      probabilities { label probability }
      latency
      algorithm { name version }
    }
  }
}`;

/** The call that the form makes, in the languages in which a program would make it. */
export function Calls({ input }: { input: PredictInput }) {
  const signedIn = useKept().key !== null;
  return (
    <details>
      <summary>The same call as code</summary>
      <AsGraphQL document={PREDICT} variables={{ input }} />
      <Code title="curl" text={curl(input, signedIn)} />
      <Code title="GraphQL" text={`${QUERY}\n\n# Variables\n${JSON.stringify({ input }, null, 2)}`} />
      <Code title="Python" text={python(input, signedIn)} />
      {signedIn ? <p className="hint">Put your key into the environment variable ARBITER_KEY.</p> : null}
    </details>
  );
}

function curl(input: PredictInput, signedIn: boolean): string {
  const body = JSON.stringify({ query: QUERY.replaceAll(/\s+/g, ' '), variables: { input } });
  const lines = [
    `curl ${absolute('graphql')}`,
    `  -H 'Content-Type: application/json'`,
    ...(signedIn ? ['  -H "Authorization: Bearer $ARBITER_KEY"'] : []),
    // In single quotes of a shell only a single quote needs help.
    `  -d '${body.replaceAll("'", `'\\''`)}'`,
  ];
  return lines.join(' \\\n');
}

function python(input: PredictInput, signedIn: boolean): string {
  // JSON's own words are not Python's, so the text of the variables is parsed there.
  const variables = JSON.stringify(JSON.stringify({ input }));
  return `import json
${signedIn ? 'import os\n' : ''}import urllib.request

QUERY = """
${QUERY}
"""
variables = json.loads(${variables})
call = urllib.request.Request(
    ${JSON.stringify(absolute('graphql'))},
    json.dumps({"query": QUERY, "variables": variables}).encode(),
    {"Content-Type": "application/json"${signedIn ? ', "Authorization": f"Bearer {os.environ[\'ARBITER_KEY\']}"' : ''}},
)
with urllib.request.urlopen(call) as answer:
    print(json.load(answer))`;
}

