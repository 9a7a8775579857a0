"""The shared store: schema, migrations, the queue's operations, the change feed."""
