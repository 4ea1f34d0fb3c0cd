import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';

import { AsGraphQL, Code } from '../../components/copy';
import { type Column, DataTable } from '../../components/data-table';
import { Loaded } from '../../components/loaded';
import { Page } from '../../components/page';
import { Empty } from '../../components/states';
import { agoText, Time } from '../../components/values';
import { graphql } from '../../gql';
import type { ApiKeysQuery } from '../../gql/graphql';
import { useAsked } from '../../graph/asked';
import { beside } from '../../place';
import { useMay } from '../../shell/viewer';

const KEYS = graphql(`
  query ApiKeys {
    apiKeys {
      name
      prefix
      grants
      createdAt
      lastUsedAt
      revokedAt
      formerUntil
    }
  }
`);

type ApiKey = ApiKeysQuery['apiKeys'][number];

const route = getRouteApi('/keys');

/** Who may call the server, and when each key was last used. */
export function Keys() {
  const mayLook = useMay('ADMIN');
  return (
    <Page title="Keys" lead="Who may call this server, what each may do, and when it was last used.">
      {mayLook ? (
        <AllKeys />
      ) : (
        <Empty title="Your key does not show you the keys of others.">
          <p>
            A key with the scope <code>admin</code> does.
          </p>
        </Empty>
      )}
    </Page>
  );
}

function AllKeys() {
  const asked = useAsked(KEYS, {});
  return (
    <>
      <Loaded of={asked} what="the keys">
        {({ apiKeys }) => <Shown keys={apiKeys} />}
      </Loaded>
      <p className="buttons">
        <AsGraphQL document={KEYS} variables={{}} />
      </p>
      <h2>Change keys</h2>
      <p>
        Keys are made, rotated and revoked where the server runs, so that no secret passes through a browser.{' '}
        <a href={beside('docs/authentication.md')}>How keys work</a>
      </p>
      <Code title="On the command line" text={COMMANDS} />
    </>
  );
}

const COMMANDS = `arbiter keys create reports --scope read
arbiter keys create shop --scope read --scope predict:income_classifier
arbiter keys rotate shop
arbiter keys revoke reports`;

function Shown({ keys }: { keys: ApiKey[] }) {
  const navigate = route.useNavigate();
  const { revoked } = route.useSearch();
  const gone = keys.filter(({ revokedAt }) => revokedAt !== null).length;
  const shown = revoked === 'shown' ? keys : keys.filter(({ revokedAt }) => revokedAt === null);
  return (
    <>
      {gone > 0 ? (
        <p>
          <label>
            <input
              type="checkbox"
              checked={revoked === 'shown'}
              onChange={(event) => void navigate({ search: { revoked: event.target.checked ? 'shown' : undefined } })}
            />{' '}
            Revoked ones, too ({gone})
          </label>
        </p>
      ) : null}
      <DataTable
        name="Keys"
        columns={COLUMNS}
        rows={shown}
        keyOf={({ name }) => name}
        empty={
          <Empty title="No key counts.">
            <p>Whoever reaches this server may do what its setting for anonymous callers allows.</p>
          </Empty>
        }
      />
    </>
  );
}

const COLUMNS: readonly Column<ApiKey>[] = [
  { key: 'name', head: 'Name', cell: ({ name }) => name, value: ({ name }) => name },
  { key: 'prefix', head: 'Begins with', cell: ({ prefix }) => <code>{prefix}…</code> },
  { key: 'grants', head: 'May', cell: ({ grants }) => grants.join(', ') },
  {
    key: 'used',
    head: 'Last used',
    cell: ({ lastUsedAt }) =>
      lastUsedAt ? (
        <>
          {agoText(lastUsedAt)} <span className="soft small">(<Time at={lastUsedAt} />)</span>
        </>
      ) : (
        <span className="soft">never</span>
      ),
    value: ({ lastUsedAt }) => lastUsedAt,
  },
  { key: 'created', head: 'Made', cell: ({ createdAt }) => <Time at={createdAt} date />, value: ({ createdAt }) => createdAt },
  { key: 'state', head: 'State', cell: (key) => <State of={key} /> },
];

function State({ of: { revokedAt, formerUntil } }: { of: ApiKey }) {
  const [now] = useState(() => Date.now());
  if (revokedAt) {
    return (
      <>
        <span className="badge bad">revoked</span> <Time at={revokedAt} date />
      </>
    );
  }
  if (formerUntil && Date.parse(formerUntil) > now) {
    return (
      <>
        <span className="badge warn">rotated</span> the old secret counts until <Time at={formerUntil} />
      </>
    );
  }
  return <span className="badge good">counts</span>;
}
