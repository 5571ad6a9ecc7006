"""What is missing says so: every operator of MXNet's registry is there, or listed with a reason."""

from __future__ import annotations

import re

import pytest

import mxnd as mx
from compat import conformance
from mxnd.core.op import registry
from mxnd.nd import BY_HAND
from mxnd.not_yet import OPERATORS

BY_NAME = {*BY_HAND, "_set_value"}


def test_every_operator_is_there_or_listed():
    names = {
        name
        for name in conformance.registry(conformance.LATEST)
        if not conformance.OTHER_FRONT_ENDS.match(name) and "backward" not in name
    }
    assert sorted(names - {*registry} - BY_NAME) == sorted(OPERATORS)


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_a_listed_operator_gives_its_reason(name):
    space, short = (mx.nd.contrib, name.removeprefix("_contrib_")) if "_contrib_" in name else (mx.nd._internal, name)
    with pytest.raises(mx.MXNetError, match=f"{short} is part of MXNet .*{re.escape(OPERATORS[name])}") as caught:
        getattr(space, short)(1, size=2)
    assert isinstance(caught.value, NotImplementedError)


def test_unknown_names_are_still_unknown():
    with pytest.raises(AttributeError, match="dgl_adjacent"):
        mx.nd.contrib.dgl_adjacent  # noqa: B018
