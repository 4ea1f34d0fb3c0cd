"""Tables, migrations and queries; the only package that imports Tortoise, and no rule of the domain lives here."""
