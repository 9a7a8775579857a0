"""The schema's version, apart from the schema: a window need not import the models."""

VERSIONS = ("0001", "0002")
"""The revisions in ``db/migrations``, oldest first; this program works on the last."""
