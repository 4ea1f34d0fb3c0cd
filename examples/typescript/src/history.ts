import type { Arbiter } from './arbiter.js';
import type { RequestWhere } from './gql/graphql.js';
import { graphql } from './gql/index.js';

const GiveFeedback = graphql(`
  mutation GiveFeedback($input: GiveFeedbackInput!) {
    giveFeedback(input: $input) {
      request {
        label
        feedback
        correct
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);

const History = graphql(`
  query History($where: RequestWhere, $first: Int!, $after: String) {
    requests(where: $where, first: $first, after: $after) {
      nodes {
        id
        label
        createdAt
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

/** Tell what was true; null takes it back. */
export async function giveFeedback(arbiter: Arbiter, requestId: string, feedback: string | number | null) {
  return (await arbiter.run(GiveFeedback, { input: { requestId, feedback } })).giveFeedback;
}

/** The requests that meet `where`, newest first, a page at a time. */
export async function* pagesOf(arbiter: Arbiter, where: RequestWhere, first: number) {
  for (let after: string | null = null, more = true; more; ) {
    const page = await pageOf(arbiter, where, first, after);
    yield page.nodes;
    ({ endCursor: after, hasNextPage: more } = page.pageInfo);
  }
}

async function pageOf(arbiter: Arbiter, where: RequestWhere, first: number, after: string | null) {
  return (await arbiter.run(History, { where, first, after })).requests;
}
