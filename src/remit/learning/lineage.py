"""A snapshot as an OpenLineage run event (spec 2-0-2), written by hand as JSON: which data it was made of.

Nothing is sent anywhere: whoever keeps lineage reads the event from `remit learn snapshot --json` or over HTTP.
"""

from __future__ import annotations

import uuid
from typing import Any

from remit.learning.snapshot import MadeSnapshot

PRODUCER = "urn:remit"
_RUN = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_SCHEMA = "https://openlineage.io/spec/facets/1-1-1/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet"
_VERSION = "https://openlineage.io/spec/facets/1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet"
_ROWS = (
    "https://openlineage.io/spec/facets/1-0-2/OutputStatisticsOutputDatasetFacet.json"
    "#/$defs/OutputStatisticsOutputDatasetFacet"
)


def lineage_of(made: MadeSnapshot) -> dict[str, Any]:
    """The COMPLETE event of making a snapshot. The run's id is made of the content, so it is the same every time."""
    shape = made.manifest["schema"]
    fields = [{"name": f"features.{name}", "type": kind} for name, kind in shape["features"].items()]
    fields.append({"name": shape["outcome"], "type": "string"})
    return {
        "eventType": "COMPLETE",
        "eventTime": made.made_at.isoformat(),
        "run": {"runId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"remit:snapshot:{made.sha256}")), "facets": {}},
        "job": {"namespace": "remit", "name": f"{made.decision}.snapshot", "facets": {}},
        "inputs": [
            {"namespace": "remit", "name": f"{made.decision}.{what}", "facets": {}}
            for what in ("decisions", "outcomes")
        ],
        "outputs": [
            {
                "namespace": "remit",
                "name": f"{made.decision}.snapshots",
                "facets": {
                    "schema": {"_producer": PRODUCER, "_schemaURL": _SCHEMA, "fields": fields},
                    "version": {"_producer": PRODUCER, "_schemaURL": _VERSION, "datasetVersion": made.sha256},
                },
                "outputFacets": {
                    "outputStatistics": {
                        "_producer": PRODUCER,
                        "_schemaURL": _ROWS,
                        "rowCount": made.manifest["counts"]["rows"],
                    }
                },
            }
        ],
        "producer": PRODUCER,
        "schemaURL": _RUN,
    }
