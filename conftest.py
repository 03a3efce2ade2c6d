"""For every test: TensorFlow stays quiet, and a notebook is compared where it can be.

`pytest --nbval` runs each notebook in a kernel of its own, in the notebook's folder, and compares
all that its cells print or display, except images. A cell tagged `data-dependent` was recorded with
the real data: on a machine that does not have it, the cell runs but is not compared.
"""

import functools
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent
LOADERS = r"\bload_(mnist|boston_housing|california_housing)\("  # Keras has a load_model as well
sys.path.insert(0, str(ROOT / "book" / "_ext"))

from pages import KERNEL_ENVIRONMENT  # noqa: E402

os.environ.update(KERNEL_ENVIRONMENT)
if "COMPANION_DATA" in os.environ:  # a relative path would start at each notebook's folder
    os.environ["COMPANION_DATA"] = str(Path(os.environ["COMPANION_DATA"]).resolve())


def pytest_collection_modifyitems(items):
    """Let nbval compare data-dependent cells only where the data is."""
    for item in items:
        cell = getattr(item, "cell", None)  # only an item of nbval has one
        if cell and "data-dependent" in cell.metadata.get("tags", []):
            code = "\n".join(cell.source for cell in item.parent.nb.cells)
            names = set(re.findall(LOADERS, code))
            if not all(map(has_real_data, names)):
                item.options["check"] = False


@functools.cache
def has_real_data(name: str) -> bool:
    """Whether a data set is on this machine; neither Keras nor TensorFlow is imported for it."""
    from companion.datasets import available

    return available(name)
