import { graphql } from '../../gql';

export const CONCLUDE = graphql(`
  mutation ConcludeTest($input: ConcludeABTestInput!) {
    concludeABTest(input: $input) {
      userErrors {
        code
        message
        path
      }
      abTest {
        id
        state
      }
    }
  }
`);

export const CANCEL = graphql(`
  mutation CancelTest($input: CancelABTestInput!) {
    cancelABTest(input: $input) {
      userErrors {
        code
        message
        path
      }
      abTest {
        id
        state
      }
    }
  }
`);

export const WEIGHTS = graphql(`
  mutation ChangeTestWeights($input: ChangeABTestWeightsInput!) {
    changeABTestWeights(input: $input) {
      userErrors {
        code
        message
        path
      }
      abTest {
        id
        state
      }
    }
  }
`);

export const ROLL_BACK = graphql(`
  mutation RollBackTest($input: RollbackABTestInput!) {
    rollbackABTest(input: $input) {
      userErrors {
        code
        message
        path
      }
      abTest {
        id
        state
      }
    }
  }
`);

export const CREATE = graphql(`
  mutation BeginTest($input: CreateABTestInput!) {
    createABTest(input: $input) {
      userErrors {
        code
        message
        path
      }
      abTest {
        id
        title
      }
    }
  }
`);
