"""The validator's document: one page for print, with everything that the manifest knows, and what it does not."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template

from scoring.model.manifest import Manifest
from scoring.model.report import Report
from scoring.model_card import people, purpose, quality
from scoring.model_card.card_texts import Part, Section
from scoring.readable.numbers import Language, format_date
from scoring.tables.text.table_errors import describe_left_out
from scoring.training.candidates.families import SCORECARD
from scoring.validation.direction import explain_direction
from scoring.validation.document_plots import draw_plot, draw_term, embed
from scoring.validation.document_texts import DocumentTexts
from scoring.validation.figures import Figures, Model
from scoring.validation.term_rows import BinRow, ColumnRow, list_columns

BEGINNING = "<!doctype html>\n<!-- validator's document -->"  # of the file
_MOST_BINS = 24  # of a term
_INTERVAL = re.compile(r"\((?:de )?[−+\d][^()]*\)")
_FOLDS = "fold:count clients:count default_rate:percent auc:fixed4 log_loss:fixed5 calibration_mean:fixed2"


@dataclass(frozen=True)
class Picture:
    """A plot as the address of a picture that the page itself holds, with what it shows in words."""

    address: str
    description: str
    title: str = ""


@dataclass(frozen=True)
class TermPart:
    """A term: its name, sentences about it, its plot, and the table of its bins."""

    part: Part
    picture: Picture


@dataclass(frozen=True)
class Shown:
    """A section of the document; ``terms`` come after its parts."""

    section: Section
    terms: tuple[TermPart, ...] = ()


def write_document(model: Model, figures: Figures, language: Language) -> str:
    """Write the document as HTML that needs no other file; the same model gives the same text.

    Parameters
    ----------
    figures : from the manifest, or measured on a table; the bins of the terms are of these clients.
    """
    manifest = model.manifest
    texts = DocumentTexts(language, manifest.input_schema)
    shown = tuple(Shown(_fill(section, texts)) for section in _sections(manifest, figures, texts))
    terms = _terms(model, figures, texts)
    place = next(i for i, one in enumerate(shown) if one.section.name == "importances")
    return _template().render(
        beginning=BEGINNING,
        language=language,
        title=texts.say("document_title", family=texts.name(manifest.model.family)),
        warning=texts.say("synthetic") if manifest.training.synthetic else "",
        sections=(*shown[:place], terms, *shown[place:]),
        say=texts.say,
        picture=lambda plot: Picture(embed(draw_plot(plot)), plot.description, plot.title),
    )


def _sections(manifest: Manifest, figures: Figures, texts: DocumentTexts) -> Iterator[Section]:
    """Make the sections in order; one without content says so."""
    measured = manifest.model_copy(update={"report": manifest.report or Report()})
    limits, fields = people.limits(measured, texts), people.fields(measured, texts)
    tried = {texts.say(name) for name in ("rejects", "stress", "tiers", "selection")}
    both = (*limits.parts, *fields.parts)
    yield _summary(manifest, figures, texts)
    yield purpose.use(manifest, texts)
    yield purpose.outcome(manifest, texts)
    yield purpose.data(manifest, texts)
    yield _exclusions(manifest, texts)
    yield replace(fields, parts=tuple(part for part in fields.parts if part.title not in tried))
    yield purpose.importances(manifest, texts)
    yield _stability(measured, texts)
    yield quality.performance(measured, texts)
    yield quality.calibration(measured, texts)
    yield replace(purpose.choice(manifest, texts), name="benchmarks", title=texts.say("benchmarks"))
    yield quality.decisions(measured, texts)
    yield people.fairness(measured, texts)
    yield Section("sensitivity", texts.say("sensitivity"), tuple(part for part in both if part.title in tried))
    yield replace(limits, parts=tuple(part for part in limits.parts if part.title not in tried))
    yield _changes(manifest, texts)


def _fill(section: Section, texts: DocumentTexts) -> Section:
    """Say in an empty section that the manifest holds nothing about it."""
    if any(part.text or part.points or part.rows or part.plots for part in section.parts):
        return section
    return replace(section, parts=(Part(text=(texts.say("nothing"),)),))


def _summary(manifest: Manifest, figures: Figures, texts: DocumentTexts) -> Section:
    test = manifest.metrics.get("test", {})
    rows = [
        (texts.say("fact_family"), texts.name(manifest.model.family)),
        (texts.say("fact_version"), manifest.version()),
        (texts.say("fact_date"), format_date(manifest.created_at, texts.language)),
        (texts.say("fact_terms"), texts.count(len(manifest.features))),
        (texts.say("fact_threshold"), texts.percent(manifest.threshold.calibrated, decimals=2)),
    ]
    if figures.report.bins:
        rows.append((texts.say("fact_bins"), _source(figures, texts)))
    names = ("auc", "calibration_slope", "calibration_mean", "refusal_rate", "cost_per_client")
    rows += [
        (texts.say("fact_test", measure=texts.say(f"metric_{name}")), texts.metric(test[name]))
        for name in names
        if name in test
    ]
    part = Part(header=(texts.say("fact"), texts.say("value")), rows=tuple(rows), text=(texts.say("summary_is"),))
    warnings = tuple(note.describe(texts.language) for note in figures.warnings)
    return texts.section("summary", part, Part(points=warnings, title=texts.say("warnings")))


def _exclusions(manifest: Manifest, texts: DocumentTexts) -> Section:
    schema = manifest.input_schema
    told = {name: describe_left_out(why, texts.language) for name, why in schema.left_out_codes.items()}
    reasons = {**schema.left_out, **told}  # earlier releases wrote no codes: the words of training are shown
    columns = [texts.say("left_out", column=name, reason=reason) for name, reason in reasons.items()]
    labels = {field.name: texts.label(field.label) for field in schema.fields}
    values = [
        texts.say("as_missing", field=labels.get(name, name), values=", ".join(_value(one, texts) for one in found))
        for name, found in manifest.plan.missing_values.items()
        if found
    ]
    kept = Part(text=(texts.say("rows_kept"),))
    found = Part(points=(*columns, *values) or (texts.say("no_exclusions"),))
    return texts.section("exclusions", kept, found)


def _value(value: float | str, texts: DocumentTexts) -> str:
    return value if isinstance(value, str) else texts.number(value)


def _stability(manifest: Manifest, texts: DocumentTexts) -> Section:
    report = manifest.report or Report()
    folds = texts.table(
        texts.say("by_fold"),
        report.folds,
        f"{_FOLDS} refusal_rate:percent cost_per_client:fixed4",
        text=(texts.say("by_fold_is"),),
    )
    nothing = Part(texts.say("by_fold"), text=(texts.say("nothing_train"),))
    if report.over_time:
        periods = quality.tabulate_periods(report.over_time, texts)
    else:
        periods = Part(texts.say("by_period"), text=(people.say_no_periods(manifest, texts),))
    refits = Part(texts.say("by_refit"), text=(_review(manifest, texts),))
    return texts.section("stability", folds if report.folds else nothing, periods, refits)


def _review(manifest: Manifest, texts: DocumentTexts) -> str:
    band = manifest.review_band
    return texts.say("review_is", low=texts.percent(band.low), high=texts.percent(band.high))


def _changes(manifest: Manifest, texts: DocumentTexts) -> Section:
    edits = purpose.list_edits(manifest, texts)
    versions = people.versions(manifest, texts).parts
    notes = [texts.say("changes_is")]
    if (chosen := manifest.choice) and (chosen.overridden or chosen.fairest):
        how = "chosen_asked" if chosen.overridden else "chosen_fairest"
        notes.append(texts.say(how, champion=texts.candidate(chosen.champion)))
    return texts.section("changes", Part(text=tuple(notes)), *versions, edits)


def _terms(model: Model, figures: Figures, texts: DocumentTexts) -> Shown:
    """List each term with its plot, its bins, and the reason for its direction."""
    manifest = model.manifest
    columns = list_columns(manifest, model.probability, figures.report.bins, manifest.scaling)
    binned = [one for one in columns if one.bins]
    if not binned:
        return Shown(texts.section("terms", Part(text=(texts.say("no_terms"),))))
    counted = any(one.information is not None for one in binned)
    counts = texts.say("terms_counts", source=_source(figures, texts)) if counted else texts.say("no_counts")
    is_shown = texts.say("terms_is")
    if len(binned) < len(columns):  # a plain regression has bins for skewed numbers and for codes only
        is_shown = texts.say("terms_some", n=texts.count(len(binned)), all=texts.count(len(columns)))
    part = Part(text=(is_shown, *_joined(manifest, texts), counts))
    return Shown(texts.section("terms", part), tuple(_term(one, texts) for one in binned))


def _joined(manifest: Manifest, texts: DocumentTexts) -> tuple[str, ...]:
    """State at which level a scorecard's neighbouring bins were joined; other families join theirs in other ways."""
    level = manifest.training.max_pvalue
    if level is None or manifest.model.family != SCORECARD:
        return ()
    return (texts.say("bins_joined", level=texts.percent(level)) if level < 1 else texts.say("bins_not_joined"),)


def _source(figures: Figures, texts: DocumentTexts) -> str:
    name = "figures_table" if figures.file else "figures_training"
    return texts.say(name, file=figures.file, n=texts.count(figures.clients))


def _term(one: ColumnRow, texts: DocumentTexts) -> TermPart:
    label, several = texts.label(one.term.label), len(one.bins)
    explained = explain_direction(one, texts)
    if several > _MOST_BINS:
        explained = (*explained, texts.say("most_frequent", n=_MOST_BINS, all=several))
        one = one._replace(bins=_choose_frequent(one.bins))
    facts = texts.say("term_coefficient", coefficient=texts.fixed(one.coefficient, decimals=4))
    if one.information is not None:
        facts = f"{facts} {texts.say('term_information', information=texts.fixed(one.information, decimals=4))}"
    columns: list[tuple[str, Callable[[BinRow], str]]] = [
        (texts.say("column_bin"), lambda row: texts.label(row.bin.text))
    ]
    if one.information is not None:
        columns += [
            (texts.say("column_clients"), lambda row: texts.count(row.clients or 0)),
            (texts.say("column_share"), lambda row: texts.percent(row.share or 0.0)),
            (texts.say("column_default_rate"), lambda row: texts.percent(row.default_rate)),
            (texts.say("column_observed_weight"), lambda row: _number(row.observed, texts)),
        ]
    columns.append((texts.say("column_weight"), lambda row: _number(row.bin.weight, texts)))
    if all(row.points is not None for row in one.bins):
        columns.append((texts.say("column_points"), lambda row: texts.fixed(row.points or 0, decimals=0)))
    part = Part(
        title=f"{label} ({one.name})",
        text=(*explained, facts),
        header=tuple(name for name, _ in columns),
        rows=tuple(tuple(write(row) for _, write in columns) for row in one.bins),
    )
    return TermPart(part, Picture(embed(draw_term(one, texts)), texts.say("term_plot", term=label)))


def _choose_frequent(bins: Sequence[BinRow]) -> tuple[BinRow, ...]:
    """Choose the bins with the most clients, in their order; the first ones where clients are not counted."""
    order = sorted(range(len(bins)), key=lambda place: -(bins[place].clients or 0))[:_MOST_BINS]
    return tuple(bins[place] for place in sorted(order))


def _number(value: float | None, texts: DocumentTexts) -> str:
    return "–" if value is None else texts.fixed(value, decimals=3, signed=True)


@cache
def _template() -> Template:
    source = files(__package__).joinpath("document.html.jinja").read_text(encoding="utf-8")
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=True)
    environment.filters["keep_brackets"] = _keep_brackets
    return environment.from_string(source)


def _keep_brackets(cell: str) -> str:
    r"""Keep an interval on one line of a narrow cell.

    >>> _keep_brackets("0.86 (0.85 to 0.87)")
    '0.86 (0.85\xa0to\xa00.87)'
    """
    return _INTERVAL.sub(lambda found: found.group().replace(" ", "\N{NO-BREAK SPACE}"), cell)
