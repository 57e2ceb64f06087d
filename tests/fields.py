"""Fields of input schemas for tests."""

from scoring.model.schema import SchemaField, Text


def field(name, kind="number", **facts):
    return SchemaField(name=name, type=kind, label=Text(en=name, fr=name), **facts)
