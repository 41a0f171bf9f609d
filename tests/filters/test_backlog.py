"""What waits, against a plain set."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tapscope.filters.backlog import Backlog

deeds = st.one_of(
    st.tuples(st.just("add"), st.lists(st.integers(1, 500), max_size=30)),
    st.tuples(st.just("take"), st.tuples(st.integers(1, 20), st.integers(0, 600))),
    st.tuples(st.just("drop"), st.integers(1, 500)),
    st.tuples(st.just("clear"), st.none()),
)


@given(st.lists(deeds, max_size=40))
def test_the_nearest_are_taken_and_each_once(script):
    backlog, plain = Backlog(), set()
    for deed, amount in script:
        match deed:
            case "add":
                new = sorted(set(amount) - plain)
                backlog.add(np.array(new, np.int64))
                plain.update(new)
            case "take":
                count, near = amount
                taken = backlog.take(count, near).tolist()
                assert taken == sorted(taken)
                assert len(taken) == min(count, len(plain))
                assert plain.issuperset(taken)
                plain.difference_update(taken)
                if taken and plain:
                    assert max(abs(each - near) for each in taken) <= min(abs(each - near) for each in plain)
            case "drop":
                gone = {each for each in plain if each < amount}
                assert backlog.drop_before(amount) == len(gone)
                plain -= gone
            case "clear":
                backlog.clear()
                plain.clear()
        assert len(backlog) == len(plain)
        for first, last in ((1, 500), (100, 200), (250, 250)):
            assert backlog.holds_any(first, last) is any(first <= each <= last for each in plain)
