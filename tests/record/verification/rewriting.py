"""What somebody can do who may write to the database: change rows, and compute all hashes again."""

from scoring.record.canonical import BEGINNING, EntryRow, seal
from scoring.record.checkpoints import merkle
from scoring.record.checkpoints.checkpoint import Checkpoint, Head, leaves


def entries(database, chain=None):
    rows = database.execute("SELECT * FROM record_entries ORDER BY chain, position")
    return [EntryRow(*row) for row in rows if chain in (None, row[0])]


def chains(database):
    return [row[0] for row in database.execute("SELECT DISTINCT chain FROM record_entries ORDER BY chain")]


def put_chain(database, chain, rows):
    """Replace a chain by these entries in this order, with places and hashes that fit."""
    database.execute("DELETE FROM record_entries WHERE chain = ?", (chain,))
    previous = BEGINNING
    for position, row in enumerate(rows, start=1):
        sealed = seal(row._replace(chain=chain, position=position, previous=previous))
        previous = sealed.hash
        database.execute(f"INSERT INTO record_entries VALUES ({', '.join('?' * 10)})", sealed)


def renew_checkpoints(database, signer=None):
    """Make heads and checkpoints fit the entries."""
    ends = {(row.chain, row.position): row.hash for row in entries(database)}
    previous, number = BEGINNING, 0
    for old in [Checkpoint(*row) for row in database.execute("SELECT * FROM record_checkpoints ORDER BY number")]:
        listed = database.execute(
            "SELECT chain, position, hash, closed FROM record_heads WHERE checkpoint = ? ORDER BY chain", (old.number,)
        )
        heads = [Head(one[0], one[1], ends[one[:2]], one[3]) for one in listed if one[:2] in ends]
        database.execute("DELETE FROM record_checkpoints WHERE number = ?", (old.number,))
        database.execute("DELETE FROM record_heads WHERE checkpoint = ?", (old.number,))
        if not heads:
            continue
        number += 1
        new = old._replace(number=number, previous=previous, root=merkle.root(leaves(heads)), heads=len(heads))
        new = new.sealed(signer)
        previous = new.hash
        database.execute("INSERT INTO record_checkpoints VALUES (?, ?, ?, ?, ?, ?, ?, ?)", new)
        for head in heads:
            database.execute(
                "INSERT INTO record_heads VALUES (?, ?, ?, ?, ?)",
                (number, head.chain, head.position, head.hash, head.closed),
            )


def other_byte(value, place):
    """Change one byte of a stored value; a number becomes the next."""
    if isinstance(value, int):
        return value + 1
    if isinstance(value, bytes):
        place %= len(value)
        return value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]
    place %= len(value)
    return value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]
