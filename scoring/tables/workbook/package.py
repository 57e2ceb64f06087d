"""Which files are Excel workbooks. Other spreadsheets are refused, with the remedy."""

import io
import zipfile
from typing import IO

from scoring.tables.files import Source
from scoring.tables.text.table_errors import TableError

_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0"  # Excel 97-2003, and any workbook with a password
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"
_DAMAGED = (zipfile.BadZipFile, OSError, ValueError, RuntimeError)


def is_workbook(source: Source) -> bool:
    """Whether a file is an Excel workbook (.xlsx, .xlsm, .xltx, .xltm), by its content, whatever its name is.

    Raises
    ------
    TableError
        The file is another spreadsheet, or has a password.
    """
    with open_content(source) as content:
        head = content.read(4)
        if head == _COMPOUND:
            raise TableError("workbook_password" if _ENCRYPTED in head + content.read() else "workbook_old")
        return head == _ZIP and _is_package(content)


def open_content(source: Source) -> IO[bytes]:
    """Open a file's bytes as they are."""
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _is_package(content: IO[bytes]) -> bool:
    try:
        with zipfile.ZipFile(content) as archive:
            names = set(archive.namelist())
            kind = b""
            if "mimetype" in names and archive.getinfo("mimetype").file_size == len(_OPEN_DOCUMENT):
                kind = archive.read("mimetype")
    except _DAMAGED:  # refused where texts are read, as other archives are
        return False
    if kind == _OPEN_DOCUMENT:
        raise TableError("workbook_open_document")
    if "xl/workbook.bin" in names:
        raise TableError("workbook_binary")
    return "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names)
