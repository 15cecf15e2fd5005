"""The tree is RFC 6962's: known roots, and a naive reading of the RFC as the oracle for everything else."""

import base64
import hashlib
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.ledger import merkle

# The eight inputs and roots that the Certificate Transparency projects test with.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(str(number).encode()) for number in range(count)]


def naive_root(hashes: Sequence[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return hashlib.sha256(b"\x01" + naive_root(hashes[:split]) + naive_root(hashes[split:])).digest()


@pytest.mark.parametrize(("size", "root"), list(enumerate(ROOTS)))
def test_known_inputs_give_the_known_roots(size: int, root: str) -> None:
    hashes = [merkle.leaf_hash(bytes.fromhex(text)) for text in INPUTS[:size]]
    assert merkle.root_of(hashes).hex() == root


# Published proofs over these inputs (transparency-dev/merkle, testdata), as base64.
INCLUSION = {
    (1, 0): [],
    (8, 0): [
        "lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=",
        "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
        "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=",
    ],
    (5, 1): [
        "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=",
        "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
        "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=",
    ],
}
CONSISTENCY = {
    (8, 1): INCLUSION[8, 0],
    (8, 6): [
        "DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=",
        "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=",
        "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
    ],
    (5, 2): [
        "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
        "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=",
    ],
}


@pytest.mark.parametrize(
    ("prove", "published"), [(merkle.inclusion_proof, INCLUSION), (merkle.consistency_proof, CONSISTENCY)]
)
def test_proofs_are_the_published_ones(
    prove: Callable[[merkle.Hashes, int, int], list[bytes]], published: dict[tuple[int, int], list[str]]
) -> None:
    hashes = merkle.hashes_of([merkle.leaf_hash(bytes.fromhex(text)) for text in INPUTS])
    made = {at: [base64.b64encode(node).decode() for node in prove(hashes, *at)] for at in published}
    assert made == published


@given(st.integers(0, 200))
def test_the_growing_tree_has_the_root_of_the_naive_definition(size: int) -> None:
    assert merkle.root_of(leaves(size)) == naive_root(leaves(size))


@given(st.integers(0, 10_000))
def test_the_frontier_has_one_node_for_each_bit_of_the_size(size: int) -> None:
    frontier = merkle.Frontier()
    for _ in range(size):
        frontier.append(b"\0" * 32)
    assert len(frontier.nodes) == size.bit_count()


@st.composite
def size_and_index(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(st.integers(1, 600))
    return size, draw(st.integers(0, size - 1))


@given(size_and_index())
def test_an_inclusion_proof_holds_for_its_leaf_and_place_alone(case: tuple[int, int]) -> None:
    size, index = case
    hashes = leaves(size)
    root, proof = merkle.root_of(hashes), merkle.inclusion_proof(merkle.hashes_of(hashes), size, index)
    assert merkle.verify_inclusion(hashes[index], index, size, proof, root)
    assert not merkle.verify_inclusion(b"\0" * 32, index, size, proof, root)
    assert not merkle.verify_inclusion(hashes[index], (index + 1) % (size + 1), size, proof, root)


@given(size_and_index(), st.data())
def test_a_bent_inclusion_proof_does_not_hold(case: tuple[int, int], data: st.DataObject) -> None:
    size, index = case
    hashes = leaves(size)
    proof = merkle.inclusion_proof(merkle.hashes_of(hashes), size, index)
    bent = data.draw(st.sampled_from([[*proof, b"\0" * 32], proof[:-1], [b"\0" * 32, *proof[1:]]]))
    if bent != proof:
        assert not merkle.verify_inclusion(hashes[index], index, size, bent, merkle.root_of(hashes))


@given(size_and_index())
def test_a_consistency_proof_shows_that_the_log_only_grew(case: tuple[int, int]) -> None:
    size, index = case
    hashes, old = leaves(size), index + 1
    old_root, root = merkle.root_of(hashes[:old]), merkle.root_of(hashes)
    proof = merkle.consistency_proof(merkle.hashes_of(hashes), size, old)
    assert merkle.verify_consistency(old, old_root, size, root, proof)
    assert not merkle.verify_consistency(old, b"\0" * 32, size, root, proof)
    assert not merkle.verify_consistency(old, old_root, size, b"\0" * 32, proof)
    assert not merkle.verify_consistency(old, old_root, size, root, [*proof, b"\0" * 32])


@given(size_and_index())
def test_a_log_whose_past_was_rewritten_has_no_consistency_proof(case: tuple[int, int]) -> None:
    size, index = case
    hashes, old = leaves(size), index + 1
    rewritten = [merkle.leaf_hash(b"another past"), *hashes[1:]]
    proof = merkle.consistency_proof(merkle.hashes_of(rewritten), size, old)
    assert not merkle.verify_consistency(old, merkle.root_of(hashes[:old]), size, merkle.root_of(rewritten), proof)


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_proof_for_a_leaf_that_is_not_there(index: int) -> None:
    with pytest.raises(IndexError):
        merkle.inclusion_proof(merkle.hashes_of(leaves(3)), 3, index)


@pytest.mark.parametrize("old_size", [0, 4])
def test_there_is_no_proof_from_a_log_that_never_was(old_size: int) -> None:
    with pytest.raises(IndexError):
        merkle.consistency_proof(merkle.hashes_of(leaves(3)), 3, old_size)
