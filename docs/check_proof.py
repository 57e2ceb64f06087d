"""Check the proof of one decision, without the database: python check_proof.py proof.json [public.pem].

`python -m scoring decisions export ID` writes the proof. With public.pem, the lender's public key, the signature is
checked too; that needs the package `cryptography`. Without it, compare the checkpoint's hash with one that you hold.
"""

import hashlib
import json
import pathlib
import sys

ENTRY, BODY, CHECKPOINT = (f"decision record, {what} 1\n".encode() for what in ("entry", "body", "checkpoint"))
UNSIGNED = "the checkpoint is not signed with this key"


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def check(is_true, what):
    if not is_true:
        sys.exit(f"NOT PROVEN: {what}")


sys.excepthook = lambda kind, error, _trace: print(
    f"NOT PROVEN: {UNSIGNED if kind.__name__ == 'InvalidSignature' else f'cannot be read: {error!r}'}", file=sys.stderr
)
proof = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
entry, body, head, checkpoint = (proof[name] for name in ("entry", "body", "head", "checkpoint"))
check(checkpoint is not None, "no checkpoint covers the entry yet")
if body is not None:
    text = canonical({"client_id": body["client_id"], "content": body["content"]})
    check(sha(BODY, bytes.fromhex(body["salt"]), text).hex() == entry["body"], "the body is another one")

chain = sha(ENTRY, bytes.fromhex(proof["previous"]), sha(canonical(entry)))
for digest in proof["following"]:
    chain = sha(ENTRY, chain, bytes.fromhex(digest))
end = {"chain": entry["chain"], "position": entry["position"] + len(proof["following"]), "hash": chain.hex()}
check({**head, **end} == head, "the entry does not lead to the end of its chain")

root = sha(b"\x00", canonical(head))
for side, digest in proof["path"]:
    other = bytes.fromhex(digest)
    root = sha(b"\x01", other, root) if side == "left" else sha(b"\x01", root, other)
check(root.hex() == checkpoint["root"], "the checkpoint does not cover the end of the chain")

signed = "its signature was not checked"
if len(sys.argv) > 2:
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = load_pem_public_key(pathlib.Path(sys.argv[2]).read_bytes())
    key.verify(bytes.fromhex(proof["signature"] or ""), CHECKPOINT + canonical(checkpoint))
    signed = "signed with this key"
print(f"PROVEN: {entry['kind']} {entry['id']} of {entry['time']}, {'with its' if body else 'without a'} body")
print(f"by checkpoint {checkpoint['number']} of {checkpoint['time']}, {signed}")
print(f"hash of the checkpoint: {sha(CHECKPOINT, canonical(checkpoint)).hex()}")
