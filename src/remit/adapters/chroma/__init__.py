"""Here vectors are found fast by an embedded Chroma: no server, no telemetry, nothing that SQL does not also hold."""
