"""The tables of the record, and that rows are added only: bodies alone can be removed, once an entry says so.

Texts that are compared are ids, times in UTC and hexadecimal digits; in PostgreSQL they sort by their bytes.
"""

from collections.abc import Callable

_TABLES = """
CREATE TABLE record_entries (
    chain {text} NOT NULL, position {integer} NOT NULL, id {text} NOT NULL, kind {text} NOT NULL,
    time {text} NOT NULL, about {text}, content {text} NOT NULL, body {bytes}, previous {bytes} NOT NULL,
    hash {bytes} NOT NULL, PRIMARY KEY (chain, position)){strict};
CREATE UNIQUE INDEX record_entries_id ON record_entries (id);
CREATE INDEX record_entries_about ON record_entries (about) WHERE about IS NOT NULL;
CREATE INDEX record_decisions_time ON record_entries (time, id) WHERE kind = 'decision';
CREATE INDEX record_entries_kind ON record_entries (kind, id) WHERE kind <> 'decision';
CREATE TABLE record_bodies (id {text} PRIMARY KEY, salt {bytes} NOT NULL, client_id {text}, content {text} NOT NULL)
    {strict};
CREATE INDEX record_bodies_client ON record_bodies (client_id, id) WHERE client_id IS NOT NULL;
CREATE TABLE record_files (hash {text} PRIMARY KEY, content {bytes} NOT NULL){strict};
CREATE TABLE record_checkpoints (
    number {integer} PRIMARY KEY, time {text} NOT NULL, previous {bytes} NOT NULL, root {bytes} NOT NULL,
    heads {integer} NOT NULL, signer {text}, hash {bytes} NOT NULL, signature {bytes}){strict};
CREATE TABLE record_heads (
    checkpoint {integer} NOT NULL, chain {text} NOT NULL, position {integer} NOT NULL, hash {bytes} NOT NULL,
    closed {integer} NOT NULL, PRIMARY KEY (checkpoint, chain)){strict};
CREATE INDEX record_heads_chain ON record_heads (chain, position, checkpoint);
"""
# For what would otherwise read every decision: each has only the few rows that it is for, so that writing costs little.
_INDEXES = """
CREATE INDEX IF NOT EXISTS record_decisions_marked ON record_entries (id) WHERE kind = 'decision' AND {review} = 'true';
CREATE INDEX IF NOT EXISTS record_decisions_marked_time ON record_entries (time, id)
    WHERE kind = 'decision' AND {review} = 'true';
CREATE INDEX IF NOT EXISTS record_decisions_refused ON record_entries (time, id)
    WHERE kind = 'decision' AND {decision} = 'REFUSED';
CREATE INDEX IF NOT EXISTS record_steps_open ON record_entries (about)
    WHERE about IS NOT NULL AND kind <> 'erasure' AND kind <> 'repayment' AND COALESCE({final}, 'false') = 'false';
"""
_KEYS = {
    "record_entries": "id = NEW.id OR (chain = NEW.chain AND position = NEW.position)",
    "record_bodies": "id = NEW.id",
    "record_files": "hash = NEW.hash",
    "record_checkpoints": "number = NEW.number",
    "record_heads": "checkpoint = NEW.checkpoint AND chain = NEW.chain",
}
TABLES = tuple(_KEYS)
_ERASED = "EXISTS (SELECT 1 FROM record_entries WHERE about = OLD.id AND kind = 'erasure')"
_REFUSAL = "the decision record is only added to"
VERSION = "decision record, tables 1"  # in PostgreSQL, the comment of a table
_REFUSE = f"RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'restrict_violation';"


def sqlite_text(key: str, table: str) -> str:
    """Write a key of an entry's content as text: true and false as in JSON."""
    value = f"{table}content ->> '{key}'"
    kind = f"json_type({table}content, '$.{key}')"
    text = f"CASE {kind} WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE {value} END"
    return f"CASE WHEN json_valid({table}content) THEN {text} END"  # a destroyed entry makes no search fail


def postgres_text(key: str, table: str) -> str:
    """Write a key of an entry's content as text."""
    return f"({table}content::json ->> '{key}')"


def index_statements(text: Callable[[str, str], str]) -> list[str]:
    """List the statements that make the indexes of searches, where they are not there."""
    indexes = _INDEXES.format(**{key: text(key, "") for key in ("review", "decision", "final")})
    return [part for part in indexes.split(";\n") if part.strip()]


def sqlite_statements() -> list[str]:
    """List the statements that make the tables in SQLite.

    ``INSERT OR REPLACE`` removes a row without asking the triggers for removals, so that one more is needed.
    """
    tables = _TABLES.format(text="TEXT", integer="INTEGER", bytes="BLOB", strict=" STRICT")
    statements = [part for part in tables.split(";\n") if part.strip()] + index_statements(sqlite_text)
    for table, same in _KEYS.items():
        erased = f"WHEN NOT {_ERASED}" if table == "record_bodies" else ""
        has_it = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608  (names of our own)
        for name, when in (
            ("update", f"BEFORE UPDATE ON {table}"),
            ("delete", f"BEFORE DELETE ON {table} {erased}"),
            ("replace", f"BEFORE INSERT ON {table} WHEN {has_it}"),
        ):
            statements.append(f"CREATE TRIGGER {table}_{name} {when} BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END")
    return statements


def sqlite_guards() -> dict[str, str]:
    """Return the statement of each trigger, by its name."""
    return {one.split()[2]: one for one in sqlite_statements() if one.startswith("CREATE TRIGGER")}


def postgres_guards() -> dict[str, str]:
    """Return what each trigger runs, by its name."""
    always, unless_erased = (code for _, code in _POSTGRES_CODES)
    names = [f"{table}_{when}" for table in TABLES for when in ("change", "empty")]
    return {**dict.fromkeys(names, always), "record_bodies_change": unless_erased}


_POSTGRES_CODES = (
    ("record_refuse", f"BEGIN {_REFUSE} END"),
    (
        "record_refuse_unless_erased",
        f"BEGIN IF TG_OP = 'DELETE' THEN IF {_ERASED} THEN RETURN OLD; END IF; END IF; {_REFUSE} END",
    ),
)


def postgres_statements() -> list[str]:
    """List the statements that make the tables in PostgreSQL.

    Triggers for rows are not asked when a table is emptied, so that one more is needed.
    """
    text = 'TEXT COLLATE "C"'
    tables = _TABLES.format(text=text, integer="BIGINT", bytes="BYTEA", strict="")
    statements = [part for part in tables.split(";\n") if part.strip()] + index_statements(postgres_text)
    for name, code in _POSTGRES_CODES:
        statements.append(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${code}$$")
    for table in TABLES:
        rule = "record_refuse_unless_erased" if table == "record_bodies" else "record_refuse"
        change = f"CREATE TRIGGER {table}_change BEFORE UPDATE OR DELETE ON {table}"
        statements.append(f"{change} FOR EACH ROW EXECUTE FUNCTION {rule}()")
        empty = f"CREATE TRIGGER {table}_empty BEFORE TRUNCATE ON {table}"
        statements.append(f"{empty} FOR EACH STATEMENT EXECUTE FUNCTION record_refuse()")
    statements.append(f"COMMENT ON TABLE record_heads IS '{VERSION}'")
    return statements
