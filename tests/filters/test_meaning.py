"""What a filter means: any filter that is put together of parts matches what its parts say, however it is written."""

from collections.abc import Callable
from functools import reduce
from operator import xor

import numpy as np
from filters_kit import batch_and_frames, contradictions
from hypothesis import given, settings
from hypothesis import strategies as st
from seeds import SEEDS

from tapscope.filters import compile_filter

BATCH, FRAMES, CONTEXT = batch_and_frames(SEEDS)
LEAVES = (
    *("ip", "tcp", "udp.port == 53", "ip.addr == 10.0.0.0/8", "ip.ttl < 10", "frame.number in {1, 4..9}", "arp"),
    *('frame contains "www"', "tcp.flags & 2", "ip.src != 10.0.0.1", "dns", "eth.dst[0:2] == 33:33", "direction == in"),
)
MATCHED = {text: [compile_filter(text).matches(frame, CONTEXT) for frame in FRAMES] for text in LEAVES}
Tree = tuple[str, list[bool]]
"""A filter's text, and which of the frames it is to match."""


def _joined(words: tuple[str, str], meaning: Callable[[bool, bool], bool]) -> Callable[[list[Tree], bool], Tree]:
    def join(parts: list[Tree], signs: bool) -> Tree:
        text = f" {words[signs]} ".join(f"({text})" for text, _ in parts)
        return text, [reduce(meaning, each) for each in zip(*(matched for _, matched in parts), strict=True)]

    return join


def _negated(part: Tree, signs: bool) -> Tree:
    text, matched = part
    return (f"!({text})" if signs else f"not ({text})"), [not each for each in matched]


AND = _joined(("and", "&&"), lambda left, right: left and right)
OR = _joined(("or", "||"), lambda left, right: left or right)
XOR = _joined(("xor", "^^"), xor)
TREES = st.recursive(
    st.sampled_from(sorted(MATCHED.items())),
    lambda inner: st.one_of(
        *(st.builds(join, st.lists(inner, min_size=2, max_size=3), st.booleans()) for join in (AND, OR, XOR)),
        st.builds(_negated, inner, st.booleans()),
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=60)
@given(TREES)
def test_parts_mean_what_they_mean_alone(tree: Tree) -> None:
    text, matched = tree
    wanted = compile_filter(text)
    assert [wanted.matches(frame, CONTEXT) for frame in FRAMES] == matched
    assert not contradictions(wanted, BATCH, FRAMES, CONTEXT)


@settings(deadline=None)
@given(st.lists(st.sampled_from(LEAVES), min_size=3, max_size=3))
def test_and_binds_closer_than_xor_and_xor_than_or(leaves: list[str]) -> None:
    one, two, three = leaves
    for text, same in (
        (f"{one} or {two} and {three}", f"{one} or ({two} and {three})"),
        (f"{one} xor {two} && {three}", f"{one} xor ({two} and {three})"),
        (f"{one} || {two} ^^ {three}", f"{one} or ({two} xor {three})"),
        (f"not {one} and {two}", f"(not {one}) and {two}"),
        (f"!{one} or {two}", f"(not {one}) or {two}"),
    ):
        verdicts = [compile_filter(each).judge(BATCH, 1, CONTEXT) for each in (text, same)]
        assert np.array_equal(verdicts[0].yes, verdicts[1].yes)
        assert np.array_equal(verdicts[0].unsure, verdicts[1].unsure)
