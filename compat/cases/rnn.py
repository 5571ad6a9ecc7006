"""RNN: modes, layers, directions, states, projection. On the CPU MXNet ignores sequence lengths and clipping."""

from collections.abc import Iterator
from typing import Any

from . import Case, Values, array, case, normal

GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}
STEPS, BATCH, INPUTS, SIZE = 3, 2, 3, 2


def parameters(mode: str, layers: int, ways: int, inputs: int, size: int, projection: int | None) -> int:
    """How many there are."""
    state, total = projection or size, 0
    for layer in range(layers):
        rows = GATES[mode] * size
        total += ways * (rows * ((state * ways if layer else inputs) + state + 2) + size * (projection or 0))
    return total


def call(
    mode: str, layers: int = 1, both: bool = False, dtype: str = "float32", train: bool | None = None, **more: Any
) -> Case:
    ways, projection = 2 if both else 1, more.get("projection_size")
    inputs: dict[str, Values] = {
        "data": normal((STEPS, BATCH, INPUTS), dtype),
        "parameters": normal((parameters(mode, layers, ways, INPUTS, SIZE, projection),), dtype),
        "state": normal((layers * ways, BATCH, projection or SIZE), dtype),
    }
    if mode == "lstm":
        inputs["state_cell"] = normal((layers * ways, BATCH, SIZE), dtype)
    inputs |= {name: value for name, value in more.items() if isinstance(value, Values)}
    given = {name: value for name, value in more.items() if not isinstance(value, Values)}
    if both:
        given["bidirectional"] = True
    return case("RNN", **inputs, mode=mode, state_size=SIZE, num_layers=layers, train=train, **given)


def cases() -> Iterator[Case]:
    for mode in GATES:
        for layers, both in ((1, False), (2, False), (1, True), (2, True), (3, True)):
            yield call(mode, layers, both)
            yield call(mode, layers, both, state_outputs=True)
        yield call(mode, 2, True, "float64", state_outputs=True)
        yield call(mode, 1, dtype="float16")
        yield call(mode, 2, p=0.0, state_outputs="True")
        yield call(mode, 2, p=0.5, train=False)
        yield call(mode, 1, state=normal((1, BATCH, SIZE + 1)))
        yield call(mode, 1, parameters=normal((7,)))
        yield call(mode, 1, data=normal((STEPS, INPUTS)))
    for layers in (1,):
        yield call("lstm", layers, projection_size=1, state_outputs=True)
    yield call("lstm", 1, True, projection_size=1, state_outputs=True)

    for layers, both in ((1, False), (2, False), (2, True)):
        yield call("lstm", layers, both, projection_size=1, state_outputs=True, diff=())
    yield call("gru", 1, projection_size=1)
    yield call("rnn_tanh", 1, state_outputs=True, sequence_length=array([1, 3], "int32"), use_sequence_length=True)
    yield call("lstm", 1, lstm_state_clip_min=-0.25, lstm_state_clip_max=0.25, state_outputs=True)
    yield call("lstm", 1, lstm_state_clip_min=-0.25, lstm_state_clip_max=0.25, lstm_state_clip_nan=True)
    yield call("lstm", 1, lstm_state_clip_min=-0.25)
    yield case("RNN", normal((3, 2, 2)), normal((48,)), normal((1, 2, 2)), mode="lstm", state_size=2, num_layers=1)
    yield case("RNN", normal((3, 2, 2)), normal((12,)), mode="rnn_tanh", state_size=2, num_layers=1)
    for wrong in ({"mode": "elman"}, {}, {"mode": "gru", "num_layers": 0}, {"mode": "gru", "num_layers": -1}):
        given = {"num_layers": 1, **wrong}
        yield case("RNN", normal((3, 2, 2)), normal((36,)), normal((1, 2, 2)), state_size=2, **given)
