"""The pieces that panel, terminal and JSON are made of."""

import errno
import json
import subprocess
import sys
from dataclasses import replace

import pytest
from machines import ROWS
from machines_common import AUTHORISED, CUT, FULL, REFUSED
from recorded import ALL, BOTH, NET_RAW, TAP, capped, machine, peer, thread, untried, watch

from tapscope.doctor import report, report_json, report_text, words
from tapscope.doctor.causes import CAUSES
from tapscope.doctor.diagnosis import diagnose
from tapscope.doctor.evidence import Evidence, FileCapabilities, Unseen


def test_json_has_the_promised_keys_in_order():
    document = report_json.document(diagnose(machine(REFUSED, watch(errno.EPERM))))
    assert list(document) == ["schema", "interface", "attempts", "findings", "capabilities", "evidence"]
    assert [list(attempt) for attempt in document["attempts"]] == [
        ["mode", "step", "errno", "verdict", "causes", "notes"],
        ["mode", "step", "errno", "verdict", "causes", "notes"],
    ]
    finding = document["findings"][0]
    assert list(finding) == ["cause", "severity", "title", "because", "remedies"]
    assert list(finding["remedies"][0]) == ["command", "effect", "cost", "reach"]
    assert list(document["capabilities"]) == ["permitted", "effective", "inheritable", "bounding", "ambient"]
    assert list(document["evidence"]) == list(Evidence.__dataclass_fields__)


@pytest.mark.parametrize("evidence", [pytest.param(e, id=f"{c}: {why}") for c, why, e in ROWS])
def test_json_names_every_cause_and_says_the_same_twice(evidence):
    written = report_json.text(diagnose(evidence))
    assert written == report_json.text(diagnose(evidence))
    assert written.isascii()
    document = json.loads(written)
    named = {cause for attempt in document["attempts"] for cause in attempt["causes"] + attempt["notes"]}
    assert named >= {finding["cause"] for finding in document["findings"]}
    assert named <= set(CAUSES)


def test_json_tells_absent_from_unseen():
    evidence = json.loads(report_json.text(diagnose(machine(REFUSED, holders=Unseen("EACCES")))))["evidence"]
    assert evidence["tap"] is None
    assert evidence["holders"] == {"unseen": "EACCES"}


def test_json_of_unseen_capabilities_is_null():
    assert report_json.document(diagnose(Evidence("tap0", (REFUSED,))))["capabilities"] is None


def test_json_refuses_what_evidence_does_not_use():
    with pytest.raises(TypeError, match="object"):
        report_json.plain(object())


def test_capability_rows_show_the_five_sets():
    admin, raw = report.capability_rows(diagnose(machine(REFUSED, thread=thread(P=BOTH, E=NET_RAW, A=0, B=ALL))))
    assert (admin.name, admin.held) == ("CAP_NET_ADMIN", (True, False, False, True, False))
    assert (raw.name, raw.held) == ("CAP_NET_RAW", (True, True, False, True, False))
    unseen, _ = report.capability_rows(diagnose(Evidence("tap0", (REFUSED,))))
    assert unseen.held == (None,) * 5


def test_state_rows_say_what_was_raised_and_what_was_not_seen():
    raised = replace(thread(P=BOTH, E=BOTH), raised=BOTH, securebits=0b1010001, seccomp=Unseen("EACCES"))
    rows = dict(report.state_rows(diagnose(machine(peer(None), thread=raised, interpreter=capped(effective=False)))))
    assert rows["raised"] == "CAP_NET_ADMIN, CAP_NET_RAW, from permitted to effective, by tapscope"
    assert rows["securebits"] == "noroot, keep_caps, no_cap_ambient_raise"
    assert rows["seccomp"] == "not seen (EACCES)"
    assert rows["its capabilities"] == "cap_net_admin,cap_net_raw=p"


ATTEMPTS = {
    "open": (peer(None), "TUNSETIFF tap0: ok"),
    "made and gone": (
        peer(None, created=True, removed=True),
        "TUNSETIFF tap0: ok; it was made for the attempt, and is gone again",
    ),
    "made and there": (
        peer(None, created=True, removed=False),
        "TUNSETIFF tap0: ok; it was made for the attempt, and is still there",
    ),
    "refused": (REFUSED, "TUNSETIFF tap0: EPERM (Operation not permitted)"),
    "predicted": (untried(), "predicted, not tried: TUNSETIFF tap0: EPERM (Operation not permitted)"),
}


@pytest.mark.parametrize(("attempt", "said"), ATTEMPTS.values(), ids=ATTEMPTS)
def test_an_attempt_is_told_in_a_line(attempt, said):
    (door,) = diagnose(machine(attempt)).doors
    assert report.attempt_words(door) == said


def test_what_cannot_be_predicted_is_said_to_be_so():
    (door,) = diagnose(Evidence("tap0", (untried(),))).doors
    assert "cannot be predicted" in report.attempt_words(door)


def test_the_asked_door_is_the_problem_and_the_other_a_warning():
    diagnosis = diagnose(machine(REFUSED, watch(errno.EPERM)))
    assert "✗ peer" in report_text.text(diagnosis)
    assert "! watch" in report_text.text(diagnosis)
    assert "✗ watch" in report_text.text(diagnosis, asked="watch")
    assert "! peer" in report_text.text(diagnosis, asked="watch")


def test_without_unicode_everything_is_ascii():
    name = "tap€"
    written = report_text.text(diagnose(machine(REFUSED, interface=name)), unicode=False, verbose=True)
    assert written.isascii()
    assert "tap\\u20ac" in written
    assert "x peer" in written


def test_names_cannot_drive_the_terminal():
    nasty = "\x1b]0;owned\x07\u202e"
    evidence = machine(
        peer(errno.EPERM, granted=nasty),
        tap=replace(TAP, owner=1001, owner_name=nasty, group=3, group_name=nasty, operstate=nasty),
        credentials=replace(machine().credentials, user_name=nasty),
    )
    for verbose in (False, True):
        assert all(char.isprintable() or char == "\n" for char in report_text.text(diagnose(evidence), verbose=verbose))


def test_explain_lists_every_cause_and_explains_each():
    listed = report_text.explain()
    assert [line.split()[0] for line in listed.splitlines()] == list(CAUSES)
    assert not set("{}") & set(listed)
    for cause in CAUSES:
        told = report_text.explain(cause)
        assert told.startswith(f"{cause}: ")
        assert all(len(line) <= 80 for line in told.splitlines()[2:-2])
    with pytest.raises(KeyError):
        report_text.explain("no-such-cause")


FILES = {
    "cap_net_admin,cap_net_raw=ep": FileCapabilities(2, BOTH, 0, effective=True),
    "cap_net_raw=p": FileCapabilities(2, NET_RAW, 0, effective=False),
    "cap_net_raw=eip": FileCapabilities(2, NET_RAW, NET_RAW, effective=True),
    "cap_net_raw=ei": FileCapabilities(2, 0, NET_RAW, effective=True),
    "cap_chown=i cap_net_raw=p": FileCapabilities(2, NET_RAW, 1, effective=False),
    "cap_net_raw=ep [rootid=100000]": FileCapabilities(3, NET_RAW, 0, effective=True, root_id=100000),
    "an empty set": FileCapabilities(2, 0, 0, effective=True),
}


@pytest.mark.parametrize(("said", "caps"), FILES.items(), ids=FILES)
def test_file_capabilities_read_as_getcap_prints_them(said, caps):
    assert words.file_capabilities(caps) == said


@pytest.mark.parametrize(
    ("mask", "said"),
    [(0, "none"), (BOTH, "net_admin,net_raw"), (ALL, "all"), (1 << 45, "45"), (ALL >> 1, "all but checkpoint_restore")],
)
def test_masks_read_as_names(mask, said):
    assert words.set_words(mask) == said


def test_attaching_predicts_each_tap_of_the_namespace():
    taps = (TAP, replace(TAP, name="tap1", owner=1001, owner_name="bob"), replace(TAP, name="tap2", carrier=True))
    answers = report.attaching(diagnose(machine(REFUSED, interface=None, taps=taps)))
    assert [(tap.name, str(door.verdict)) for tap, door, _ in answers] == [
        ("tap0", "predicted-ok"),
        ("tap1", "predicted-refused"),
        ("tap2", "predicted-refused"),
    ]
    assert answers[1][2] == "tap1 belongs to bob (uid 1001), not to alice (uid 1000)"


def test_both_doors_may_have_one_cause_and_it_is_told_once():
    evidence = machine(REFUSED, watch(errno.EPERM), interpreter=capped(), process=CUT)
    diagnosis = diagnose(evidence)
    assert [finding.cause for finding in diagnosis.findings] == ["filecaps-stripped-unknown"]
    assert {str(call) for call in ("TUNSETIFF", "socket(AF_PACKET)")} <= {
        fact.split()[0].rstrip(":") for fact in diagnosis.findings[0].because
    }
    assert report_text.text(diagnosis).count("execve read the file's capabilities") == 1


def test_a_problem_at_one_door_outweighs_the_note_at_the_other():
    evidence = machine(
        peer(None, created=True, removed=True), watch(errno.EPERM), thread=thread(**FULL), probes=AUTHORISED
    )
    assert [str(finding.severity) for finding in diagnose(evidence).findings if finding.cause == "lsm"] == ["problem"]


def test_the_judges_need_neither_textual_nor_scapy_nor_numpy():
    code = (
        "import sys; from tapscope.doctor import report_text, report_json, diagnosis; "
        "print(sorted({'textual', 'scapy', 'numpy', 'rich'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert answer.stdout.strip() == "[]"


INTERFACES = {
    "one's own": (TAP, "tap, owner alice (uid 1000), up, no carrier"),
    "nobody's": (replace(TAP, owner=None, owner_name=None, up=False), "tap, no owner, down, no carrier"),
    "a group's": (replace(TAP, owner=None, group=108, group_name="kvm"), "tap, group kvm, up, no carrier"),
    "with flags": (
        replace(TAP, multi_queue=True, vnet_hdr=True, carrier=True),
        "tap, owner alice (uid 1000), multi_queue, vnet_hdr, up, carrier",
    ),
    "by its other name": (
        replace(TAP, name="eth9", mode=None, kind="veth", owner=None, asked_by_altname=True),
        "veth, really called eth9, up, no carrier",
    ),
}


@pytest.mark.parametrize(("tap", "said"), INTERFACES.values(), ids=INTERFACES)
def test_an_interface_is_told_in_a_line(tap, said):
    assert report.interface_words(tap) == said
