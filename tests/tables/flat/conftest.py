import gzip

import pytest

from scoring.tables.flat import flat_table
from scoring.tables.flat.column_options import ColumnOptions

TABLE = '''Dossier,défaut,"Revenu, mensuel",Type d'emploi,owner,opened,nothing,same
A-1,0,1200.5,"CDI ""cadre""",true,2024-01-31,,7
A-2,1,,"ouvrier, intérim",false,2024-02-01,,7
A-3,0,900,NA,true,2024-02-02,NA,7
'''


def read_flat(path, target, identity, **more):
    """Read a table; schema and frame."""
    return flat_table.read_flat(path, ColumnOptions(target, identity, **more))[:2]


@pytest.fixture
def write(tmp_path):
    def writing(text, name="credit.csv"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return path

    return writing


def kinds_of(path, target, identity, **more):
    """Read a table; what each column was read as, by name."""
    return {one.name: one for one in flat_table.read_flat(path, ColumnOptions(target, identity, **more)).kinds.columns}
