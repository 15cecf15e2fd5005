"""Whether a proof holds, worked out here and without asking anybody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from remit.client.errors import NotSound


def verify_proof(proof: Mapping[str, Any], public_key: str) -> str:
    """Hold a proof of the ledger against the public key that you trust; says what it shows.

    Args:
        proof: as `proof` gave it.
        public_key: the first line of the ledger's `ledger.pub`, which you got by another way.

    Raises:
        NotSound: it does not hold, or is no proof.
    """
    from remit.ledger import verifier

    try:
        return verifier.verify_proof(json.dumps(proof), public_key)
    except (verifier.Tampered, verifier.Unusable) as error:
        raise NotSound(str(error)) from error
