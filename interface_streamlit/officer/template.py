"""A table to fill in: a header with the readable name and the technical one of each field, as the API reads it back."""

from collections import Counter
from collections.abc import Collection

import pandas as pd

from officer.downloads import Page, write_csv, write_workbook
from officer.model import Field, Model
from officer.texts import Language, text


def write_template(model: Model, unused: Collection[str], language: Language, *, workbook: bool) -> bytes:
    """Write the template as an Excel workbook, with a second sheet about the fields, or as CSV.

    Parameters
    ----------
    unused : fields that the model does not read; they are left out, unless they are required.
    """
    fields = _choose_fields(model, unused)
    headers = {field.name: describe_header(field, language) for field in fields}
    identity = [f"{text('template.client', language)} [{model.identity}]"] if model.identity else []
    table = pd.DataFrame(columns=[*identity, *headers.values()])
    if not workbook:
        return write_csv(table, language)
    choices = {headers[field.name]: named for field in fields if (named := _name_choices(field, language))}
    about = [
        {
            text("template.field", language): field.label[language],
            text("template.name", language): field.name,
            text("template.required", language): text("yes" if field.required else "no", language),
            text("template.expected", language): field.describe("expected", language),
            text("template.about", language): field.description[language] if field.description else "",
        }
        for field in fields
    ]
    first = Page(text("template.sheet", language), table, choices=choices)
    return write_workbook(first, Page(text("template.fields", language), pd.DataFrame(about)))


def _choose_fields(model: Model, unused: Collection[str]) -> list[Field]:
    """Choose the fields that matter, required ones first."""
    fields = [field for field in model.fields.values() if field.tier != "protected"]
    fields = [field for field in fields if field.required or field.name not in unused]
    return sorted(fields, key=lambda field: not field.required)


def describe_header(field: Field, language: Language) -> str:
    """Write the header of a field: readable name, unit, technical name.

    >>> age = Field("DAYS_BIRTH", "integer", {"fr": "Âge", "en": "Age"}, unit="days", maximum=-6570)
    >>> describe_header(age, "en")
    'Age (days, counted back: 10 years = -3650) [DAYS_BIRTH]'
    """
    key = "template.days_back" if field.counts_back else f"axis.{field.unit}"
    units = {"days", "years", "months", "hour", "currency", "share"}
    unit = f" ({text(key, language)})" if field.unit in units else ""
    return f"{field.label[language]}{unit} [{field.name}]"


def _name_choices(field: Field, language: Language) -> list[str]:
    """Name the categories as the API reads them back: by their text, where no other has the same."""
    texts = {one: field.texts[one][language] for one in field.categories or () if field.texts and one in field.texts}
    times = Counter(one.casefold() for one in texts.values())
    return [texts[one] if one in texts and times[texts[one].casefold()] == 1 else one for one in field.categories or ()]
