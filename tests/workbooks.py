"""Excel workbooks for tests, written with XlsxWriter or changed by hand."""

import io
import zipfile

import xlsxwriter

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def workbook(*sheets, **options):
    """Write sheets: each a list of rows, or a function that fills a sheet (with the workbook)."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"strings_to_numbers": False, "strings_to_formulas": False, **options}) as book:
        for sheet in sheets:
            page = book.add_worksheet()
            if callable(sheet):
                sheet(page, book)
                continue
            for i, row in enumerate(sheet):
                for j, cell in enumerate(row):
                    if cell is not None:
                        page.write(i, j, cell)
    return buffer.getvalue()


def with_part(content, name, change):
    """Replace a part of a workbook by what a function makes of it, or by other bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            found = old.read(part)
            if part == name:
                found = change(found) if callable(change) else change
            new.writestr(part, found)
        if name not in old.namelist():
            new.writestr(name, change)
    return out.getvalue()
