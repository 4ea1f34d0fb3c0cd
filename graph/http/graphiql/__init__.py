"""The page at /graphql: GraphiQL or our own small one, served whole from this host; no strawberry here."""
