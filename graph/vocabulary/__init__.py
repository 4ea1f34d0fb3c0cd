"""What every GraphQL type is made of: fields, ids, scalars, enums, errors, rights, pages."""
