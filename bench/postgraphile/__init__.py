"""PostGraphile 5 on an Arbiter's PostgreSQL tables: the fastest GraphQL server that a page is compared with.

npm puts it and the Node that it needs into a folder outside the repository, in the versions of package.json.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from bench.processes import ServerProcess, serving

HERE = Path(__file__).resolve().parent
NODE = "node_modules/node/bin/node"
FIELDS = """rowId outcome label value probability latency
  mlAlgorithmByAlgorithmId { id name version } endpointByEndpointId { id name }"""
PAGE = f"""query Page($first: Int) {{ allMlRequests(first: $first, orderBy: [ROW_ID_DESC]) {{
  edges {{ cursor node {{ id {FIELDS} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
WHERE = f"""query Where($first: Int, $where: MlRequestCondition) {{
  allMlRequests(first: $first, orderBy: [ROW_ID_DESC], condition: $where) {{
  edges {{ cursor node {{ id {FIELDS} input message }} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
BODIES = {
    "page": orjson.dumps({"query": PAGE, "variables": {"first": 50}}),
    "page with where, input and message": orjson.dumps(
        {"query": WHERE, "variables": {"first": 50, "where": {"label": ">50K"}}}
    ),
}
"""The same pages as Arbiter's; the time of a request is in its number. Only columns with an index can be asked for."""


@contextmanager
def postgraphile(url: str, folder: Path) -> Iterator[ServerProcess]:
    """A server on the database at `url`, with eight connections, installed in `folder`."""
    for name in ("package.json", "server.mjs"):
        shutil.copy(HERE / name, folder)
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)
    arguments = [str(folder / "server.mjs"), url]
    with serving(arguments, folder / "postgraphile.log", program=str(folder / NODE)) as server:
        yield server
