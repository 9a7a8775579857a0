"""Alembic's migrations; run by ``db.install`` only, never by hand."""
