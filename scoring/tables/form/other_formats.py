"""Recognises files of other formats by how they begin, so that a message can name the format."""

import codecs
import re

from scoring.tables.text.table_errors import TableError

# A CSV file may also begin with letters such as PAR1; therefore a control character or more letters have to follow.
_BINARY = {
    rb"PK\x03\x04|\xd0\xcf\x11\xe0": "not_text_excel",
    rb"PAR1[\x00-\x08\x0b\x0c\x0e-\x1f]": "not_text_parquet",
    rb"\x1f\x8b|BZh[1-9]1AY&SY|\xfd7zXZ\x00|\x28\xb5\x2f\xfd": "not_text_compressed",
    rb"version https://git-lfs": "git_lfs",
}
_SQL_REMARKS = rb"(?:\s|--[^\n]*\n|/\*(?:[^*]|\*(?!/))*+\*/;?)*+"
FORMATS = {
    "PDF": rb"%PDF-[0-9]",
    "HTML": rb"(?i)\s*<(?:!doctype html|!--|html|head|body|meta|style|table)",
    "XML": rb"(?i)\s*<(?:\?xml|!doctype)",
    "JSON": rb"\s*(?:\{\s*[\"}]|\[\s*[\"\[{])",
    "RTF": rb"\{\\rtf",
    "SQL": rb"(?i)"
    + _SQL_REMARKS
    + rb"(?:(?:insert|replace)\s+into\s|(?:create|drop|alter|lock)\s+(?:tables?|database|schema)\s"
    rb"|copy\s+\S+\s*\([^)]*\)\s*from\s|set\s+[\w@.]+\s*(?:=|to\s)|pragma\s+\w+\s*="
    rb"|(?:use\s+[`\[\w]+\]?|begin(?:\s+transaction)?)\s*;\s*[\r\n])",
    "ARFF": rb"(?i)(?:\s|%[^\n]*\n)*+@relation\s",
    "SYLK": rb"ID;P[^\r\n]*[\r\n]+(?:P;PGeneral|(?:[A-Z]{1,2};[^\r\n]*[\r\n]+)*?C;[XY][0-9])",
    "DIF": rb"TABLE\s*[\r\n]+0,1[\r\n]+\"[^\"\r\n]*\"[\r\n]+(?:VECTORS|TUPLES)",
}
_SIGNATURES = {re.compile(form): code for form, code in _BINARY.items()}
_TEXTS = {name: re.compile(form) for name, form in FORMATS.items()}


def refuse_other_formats(head: bytes) -> None:
    """Raise TableError if the beginning of a file is that of another format than CSV; texts are recognised in ASCII."""
    for signature, code in _SIGNATURES.items():
        if signature.match(head):
            raise TableError(code)
    head = head.removeprefix(codecs.BOM_UTF8)
    for name, form in _TEXTS.items():
        if form.match(head):
            raise TableError("not_csv", format=name)
