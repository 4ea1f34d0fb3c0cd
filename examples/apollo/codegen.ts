import type { CodegenConfig } from '@graphql-codegen/cli';
import { addTypenameSelectionDocumentTransform } from '@graphql-codegen/client-preset';

const config: CodegenConfig = {
  // What `arbiter schema` prints.
  schema: '../../graph/schema.graphql',
  documents: 'src/**/*.ts',
  generates: {
    'src/gql/': {
      preset: 'client',
      // Apollo Client asks for __typename everywhere; like this the documents do so before they are hashed.
      documentTransforms: [addTypenameSelectionDocumentTransform],
      presetConfig: {
        fragmentMasking: false,
        // Writes src/gql/persisted-documents.json, the server's list of trusted documents.
        persistedDocuments: true,
      },
      config: {
        emitLegacyCommonJSImports: false,
        useTypeImports: true,
        // A scalar that is not listed here is an error, not an `any`.
        strictScalars: true,
        scalars: { DateTime: 'string', ID: 'string', JSON: 'unknown' },
      },
    },
  },
};

export default config;
