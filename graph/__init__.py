"""The GraphQL edge: parse, authorise, translate; the only package that imports strawberry."""
