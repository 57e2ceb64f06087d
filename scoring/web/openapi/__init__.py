"""The OpenAPI document, written from the types that read bodies and write answers."""
