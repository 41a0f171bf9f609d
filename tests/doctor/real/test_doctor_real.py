"""The doctor in states that are brought about for real: the first cause must be the true one."""

from pathlib import Path

import pytest
from real_cases import CASES, UNREACHABLE
from real_kit import Answer, Case, play, unable

from tapscope.doctor.causes import CAUSES

README = Path(__file__).parents[3] / "README.md"
REASON = unable()
real = pytest.mark.skipif(REASON is not None, reason=REASON or "")


@real
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.cause or 'open'}: {case.name}")
def test_the_doctor_names_the_cause(case: Case) -> None:
    answer = play(case.script)
    door = Answer.door(answer.real, case.door)
    assert door["verdict"] == case.verdict, answer.real["findings"]
    assert door["causes"][:1] == ([case.cause] if case.cause else []), answer.real["findings"]
    assert set(case.rivals) <= set(door["causes"])
    assert set(case.notes) <= set(door["notes"])
    titles = {finding["cause"]: finding for finding in answer.real["findings"]}
    assert all(titles[cause]["because"] for cause in (door["causes"][:1] or []))
    if answer.predicted:
        predicted = Answer.door(answer.predicted, case.door)
        assert predicted["verdict"] in {f"predicted-{case.verdict}", "predicted-unknown"}
        if predicted["verdict"] != "predicted-unknown":
            assert (predicted["causes"][:1], predicted["notes"]) == (door["causes"][:1], door["notes"])


def test_every_cause_is_reproduced_or_said_to_be_out_of_reach() -> None:
    reproduced = {case.cause for case in CASES} | {note for case in CASES for note in case.notes}
    assert set(CAUSES) - reproduced == set(UNREACHABLE)


def test_the_readme_counts_them() -> None:
    text = " ".join(README.read_text().split())
    assert f"It knows {len(CAUSES)} causes" in text
    assert f"{len(CAUSES) - len(UNREACHABLE)} of them are reproduced for real" in text


def finding(answer: Answer, cause: str) -> str:
    return str(next(found for found in answer.real["findings"] if found["cause"] == cause))


QEMU = """
ln -s $(readlink -f "$PYTHON") qemu-system-x86_64; mkfifo up
PYTHONPATH=${PACKAGES%% *} ./qemu-system-x86_64 $ACTORS/hold.py up tap0 -name guest=web1,debug-threads=on & pid=$!
read line < up
"""


@real
def test_the_holder_is_named_with_its_machine() -> None:
    told = finding(play(QEMU + 'ask "$PYTHON"'), "tap-busy")
    assert "qemu-system-x86_64" in told
    assert "web1" in told
    assert "root" in told


@real
def test_a_holder_that_may_not_be_looked_into_is_named_as_likely() -> None:
    told = finding(play(QEMU + 'ask $ALICE "$PYTHON"'), "tap-busy")
    assert "likely qemu-system-x86_64" in told
    assert "grep" in told


HINTED = "export container=podman; umount /etc/hosts /etc/hostname /etc/resolv.conf 2> /dev/null || true; "
CONTAINER = HINTED + "mount --bind /etc/hosts /etc/hosts; "


@real
def test_a_container_is_only_what_also_has_an_engines_mounts() -> None:
    user = 'ask $ALICE "$PYTHON"'
    assert "run -it" not in finding(play(HINTED + user), "no-caps")
    assert "run -it --user=root --device=/dev/net/tun IMAGE" in finding(play(CONTAINER + user), "no-caps")
    bounded = play(CONTAINER + 'ask setpriv --bounding-set=-net_admin "$PYTHON"')
    assert "run -it --cap-add=NET_ADMIN --device=/dev/net/tun IMAGE" in finding(bounded, "root-without-cap")


@real
def test_nothing_of_a_world_is_left() -> None:
    def state() -> tuple[str, ...]:
        paths = (Path("/proc/mounts"), Path("/proc/net/dev"))
        return tuple(line.split(":")[0] for path in paths for line in path.read_text().splitlines())

    before = state()
    play('own_copy; ip tuntap add dev tap0 mode tap; ip netns add blue; ask "$PYTHON"')
    assert state() == before
