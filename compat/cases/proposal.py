"""Proposal, MultiProposal."""

from collections.abc import Iterator

from . import Case, array, case, distinct, normal, positive, unit

SMALL = {"scales": (1,), "ratios": (0.5, 1, 2), "rpn_post_nms_top_n": 6, "rpn_min_size": 4, "threshold": 0.5}


def cases() -> Iterator[Case]:
    for op in ("_contrib_Proposal", "_contrib_MultiProposal"):
        yield from one(op)
    for given in ({}, {"output_score": True}, {"iou_loss": True}):
        inputs = {"cls_prob": distinct((2, 6, 3, 4)), "bbox_pred": unit((2, 12, 3, 4))}
        info = array([[48, 64, 1], [40, 50, 2]])
        yield case("_contrib_MultiProposal", **inputs, im_info=info, **(SMALL | given))
    yield case("_contrib_Proposal", **inputs, im_info=info, **SMALL)


def one(op: str) -> Iterator[Case]:
    inputs = {"cls_prob": distinct((1, 6, 3, 4)), "bbox_pred": unit((1, 12, 3, 4)), "im_info": array([[48, 64, 1]])}
    for given in (
        {},
        {"output_score": True},
        {"iou_loss": True, "output_score": True},
        {"threshold": 0.9},
        {"threshold": 0.1},
        {"rpn_pre_nms_top_n": 5, "output_score": True},
        {"rpn_pre_nms_top_n": 0},
        {"rpn_post_nms_top_n": 30},
        {"rpn_post_nms_top_n": 1},
        {"rpn_min_size": 20, "rpn_post_nms_top_n": 8},
        {"feature_stride": 8, "rpn_min_size": 2},
        {"ratios": (0.3, 1, 3)},
        {"scales": (0.5,), "rpn_min_size": 0},
    ):
        yield case(op, **inputs, **given, **{k: v for k, v in SMALL.items() if k not in given})
    for info in ([[30, 40, 1]], [[48, 64, 2.5]], [[100, 100, 1]]):
        yield case(op, **(inputs | {"im_info": array(info)}), **SMALL, output_score=True)
    scales = {"scales": (1, 2, 4), "ratios": (0.5, 1), "rpn_post_nms_top_n": 5, "threshold": 0.6}
    yield case(
        op, cls_prob=distinct((1, 12, 2, 3)), bbox_pred=unit((1, 24, 2, 3)), im_info=array([[32, 48, 1]]), **scales
    )
    big = distinct((1, 24, 4, 4))
    yield case(op, cls_prob=big, bbox_pred=unit((1, 48, 4, 4)), im_info=array([[512, 512, 1]]), rpn_post_nms_top_n=8)
    yield case(op, **(inputs | {"cls_prob": distinct((1, 4, 3, 4))}), **SMALL)
    yield case(op, **(inputs | {"bbox_pred": unit((1, 8, 3, 4))}), **SMALL)
    yield case(op, **(inputs | {"bbox_pred": unit((1, 12, 3, 3))}), **SMALL)
    yield case(op, **(inputs | {"cls_prob": positive((6, 3, 4))}), **SMALL)
    yield case(op, **(inputs | {"im_info": normal((3,))}), **SMALL)
