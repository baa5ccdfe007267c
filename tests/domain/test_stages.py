"""The six stages and the names that they keep (RULES 3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.errors import Code, Forbidden
from signoff.domain.ids import Path
from signoff.domain.stages import (
    FIXED,
    Stage,
    below_stage,
    check_not_fixed,
    check_top_level,
    is_fixed,
    stage_of,
)


def test_the_stage_is_the_top_level_folder():
    assert stage_of(Path("needs-review/a/b")) is Stage.NEEDS_REVIEW
    assert stage_of(Path("input")) is Stage.INPUT
    assert stage_of(Path("archive/x")) is None
    assert stage_of(Path("reports/input")) is None
    assert stage_of(Path("")) is None


def test_what_a_stage_move_keeps():
    assert below_stage(Path("input/a/x.csv")) == "a/x.csv"
    assert below_stage(Path("reports/a/x.csv")) == "reports/a/x.csv"
    assert below_stage(Path("x.csv")) == "x.csv"
    assert below_stage(Path("input")) == ""


@pytest.mark.parametrize(
    "name",
    [
        "Input",
        "APPROVED",
        "approved.",
        "approved. .",
        "\uff41pproved",
        "app\u200broved",
        "Archive",
    ],
)
def test_a_name_that_looks_like_a_stage_is_refused(name):
    with pytest.raises(Forbidden) as refusal:
        check_top_level(Path(f"{name}/x"))

    assert refusal.value.code is Code.RESERVED_NAME


@pytest.mark.parametrize(
    "path", ["", *FIXED, "approved-2025", "inputs", "reports/Input", "my.input"]
)
def test_stages_themselves_and_other_names_are_fine(path):
    check_top_level(Path(path))


@given(name=st.sampled_from(FIXED), data=st.data())
def test_no_mixture_of_case_passes(name, data):
    mixed = "".join(data.draw(st.sampled_from([c, c.upper()])) for c in name)

    if mixed == name:
        check_top_level(Path(mixed))
    else:
        with pytest.raises(Forbidden):
            check_top_level(Path(mixed))


@pytest.mark.parametrize("path", ["", *FIXED])
def test_a_stage_stays_where_it_is(path):
    with pytest.raises(Forbidden) as refusal:
        check_not_fixed(Path(path))

    assert refusal.value.code is Code.STAGE_FIXED


def test_what_is_in_a_stage_is_not_fixed():
    check_not_fixed(Path("input/x"))
    assert not is_fixed(Path("input/x"))
    assert is_fixed(Path("archive"))
