"""Values between pixels: bilinear sampling on a grid, and the grids of spatial transformations."""

from __future__ import annotations

from typing import Any, Literal

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array, Shape, required

AFFINE = [[0.9, 0.2, 0.13, -0.1, 0.8, 0.15]]
GRID = [[[[-0.9, 0.3], [1.2, 0.45]], [[-1.15, 0.25], [0.5, 0.7]]]]


def as_rows(F: Any, data: Any) -> Any:
    """Images of shape (instances, channels, height, width) as rows of channels, one for each pixel."""
    return F.reshape(F.transpose(data, (0, 2, 3, 1)), (-1, data.shape[1]))


def corners(F: Any, size: tuple[int, int], image: Any, y: Any, x: Any) -> tuple[Any, Any]:
    """The four pixels around each point and how much they count, each of shape (points, 4).

    Pixels are numbered as ``as_rows`` numbers them; those outside count nothing.

    size: Height and width of an image.
    image: The number of the image of each point, of shape (points,) as ``y`` and ``x``, which are in pixels.
    """
    height, width = size
    low_y, low_x = F.floor(y), F.floor(x)
    share_y, share_x = y - low_y, x - low_x
    places, weights = [], []
    for corner_y, weight_y in ((low_y, 1 - share_y), (low_y + 1, share_y)):
        for corner_x, weight_x in ((low_x, 1 - share_x), (low_x + 1, share_x)):
            inside = (corner_y >= 0) & (corner_y <= height - 1) & (corner_x >= 0) & (corner_x <= width - 1)
            rows = image * height + F.indices(corner_y, height, "clip")
            places.append(F.reshape(rows * width + F.indices(corner_x, width, "clip"), (-1, 1)))
            weights.append(F.reshape(weight_y * weight_x * F.cast(inside, low_y.dtype), (-1, 1)))
    return F.concat(1, *places), F.concat(1, *weights)


def _affine(F: Any, transform: Any, target: tuple[int, ...]) -> Any:
    """The grid of affine transforms of shape (instances, 6)."""
    if transform.ndim != 2 or transform.shape[1] != 6:
        raise ArgumentError(f"the affine transforms have shape {transform.shape}; they take (instances, 6)")
    if len(target) != 2 or min(target) < 1:
        raise ArgumentError(f"target_shape={target} must be (height, width), both at least 1")
    height, width = target
    y, x = _line(F, height, transform.dtype), _line(F, width, transform.dtype)
    x = F.broadcast_to(F.reshape(x, (1, width)), target)
    y = F.broadcast_to(F.reshape(y, (height, 1)), target)
    points = F.concat(0, *(F.reshape(part, (1, -1)) for part in (x, y, F.ones(target, transform.dtype))))
    count = transform.shape[0]
    return F.reshape(F.matmul(F.reshape(transform, (count * 2, 3)), points), (count, 2, height, width))


def _line(F: Any, size: int, dtype: Any) -> Any:
    """``size`` numbers from -1 to 1; NaN if there is but one."""
    return F.cast(F.arange(size) * 2 / (size - 1) - 1, dtype)


@op(
    dtypes="float",
    samples=[
        dict(data=AFFINE, transform_type="affine", target_shape=(2, 3)),
        dict(data=(1, 2, 2, 3), transform_type="warp"),
    ],
)
def GridGenerator(F, data: Array, transform_type: Literal["affine", "warp"] = required, target_shape: Shape = (0, 0)):
    """The points at which ``BilinearSampler`` samples, for an affine transform or a flow.

    The result has shape (instances, 2, height, width): x, then y, each -1 at the first and 1 at the last pixel.

    data: For ``affine`` six numbers per instance, of shape (instances, 6), that make x and y of the input out of
        (x, y, 1) of the target; for ``warp`` how many pixels each point moves, of shape (instances, 2, height, width).
    transform_type: Which of the two.
    target_shape: For ``affine``: height and width of the target, at least 2 each (NaN otherwise).
    """
    if transform_type == "affine":
        return _affine(F, data, target_shape)
    if data.ndim != 4 or data.shape[1] != 2:
        raise ArgumentError(f"the flow has shape {data.shape}; it takes (instances, 2, height, width)")
    height, width = data.shape[2:]
    at_x = F.broadcast_to(F.reshape(F.arange(width), (1, 1, 1, width)), (1, 1, height, width))
    at_y = F.broadcast_to(F.reshape(F.arange(height), (1, 1, height, 1)), (1, 1, height, width))
    half = F.reshape(F.asarray([(width - 1) / 2, (height - 1) / 2]), (1, 2, 1, 1))
    return (data + F.cast(F.concat(1, at_x, at_y), data.dtype)) / F.cast(half, data.dtype) - 1


@op(dtypes="float", samples=[dict(data=(1, 2, 3, 4), grid=GRID), dict(data=(1, 1, 1, 2), grid=GRID)])
def BilinearSampler(F, data: Array, grid: Array, cudnn_off: bool | None = None):
    """The input at the points of a grid, interpolated between the four pixels around each; 0 outside.

    data: Images of shape (instances, channels, height, width).
    grid: Points of shape (instances, 2, rows, columns), x then y: -1 is the first and 1 the last pixel. The result has
        shape (instances, channels, rows, columns).
    cudnn_off: Accepted for old code; nothing depends on it.
    """
    if data.ndim != 4:
        raise ArgumentError(f"data has shape {data.shape}; it takes (instances, channels, height, width)")
    if grid.ndim != 4 or grid.shape[:2] != (data.shape[0], 2):
        raise ArgumentError(f"grid has shape {grid.shape}; it takes ({data.shape[0]}, 2, rows, columns)")
    count, channels, height, width = data.shape
    rows, columns = grid.shape[2:]
    x = F.reshape(F.index(grid, (slice(None), 0)), (-1,))
    y = F.reshape(F.index(grid, (slice(None), 1)), (-1,))
    image = F.arange(count * rows * columns) // (rows * columns)
    places, weights = corners(F, (height, width), image, (y + 1) * ((height - 1) / 2), (x + 1) * ((width - 1) / 2))
    found = F.blend(as_rows(F, data), places, weights)
    return F.transpose(F.reshape(found, (count, rows, columns, channels)), (0, 3, 1, 2))


@op(
    dtypes="float",
    samples=[
        dict(data=(1, 2, 3, 4), loc=AFFINE, target_shape=(2, 3), transform_type="affine", sampler_type="bilinear")
    ],
)
def SpatialTransformer(
    F,
    data: Array,
    loc: Array,
    target_shape: Shape = (0, 0),
    transform_type: Literal["affine"] = required,
    sampler_type: Literal["bilinear"] = required,
    cudnn_off: bool | None = None,
):
    """The input seen through affine transforms: ``BilinearSampler`` on the grid of ``GridGenerator``.

    data: Images of shape (instances, channels, height, width).
    loc: Six numbers for each, of shape (instances, 6).
    target_shape: Height and width of the result, at least 2 each.
    transform_type: The transform; affine is the only one.
    sampler_type: The sampling; bilinear is the only one.
    cudnn_off: Accepted for old code; nothing depends on it.
    """
    return BilinearSampler(F, data, _affine(F, loc, target_shape))
