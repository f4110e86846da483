"""The measure by which a self-supervised encoder is chosen: does it know the copy of an image?"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from ganforge.method import metric


@metric(unit="share", better="higher")
def copy_retrieval(code: Tensor, copy_code: Tensor) -> float:
    """Measure the share of copies with the code of their own original as the nearest (Wu et al., 2018, section 3).

    By the cosine between codes that are centred on the mean of the originals' codes. Chance is 1 / N, so values for
    different numbers of images do not compare.

    Args:
        code: codes of the originals, [N, code_dim].
        copy_code: codes of the copies, in the same order, [N, code_dim].

    Example:
        >>> import torch
        >>> copy_retrieval(torch.eye(3), torch.eye(3) + 0.1)
        1.0
    """
    mean = code.double().mean(0)
    originals, copies = (functional.normalize(codes.double() - mean, dim=1) for codes in (code, copy_code))
    nearest = (copies @ originals.T).argmax(1)
    return float((nearest == torch.arange(len(code), device=nearest.device)).double().mean())
