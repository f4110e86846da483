"""A dry run of one small batch before training starts, so that shapes that do not fit are found at once."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganforge.data.source import ImageSet
from ganforge.errors import DataError, GanforgeError, ShapeError
from ganforge.image_size import sides
from ganforge.method import PROGRESS
from ganforge.networks.settings import Settings
from ganforge.quantities.graph import REPORT
from ganforge.quantities.inputs import draw
from ganforge.quantities.plan import Plan
from ganforge.quantities.states import KeptState
from ganforge.quantities.terms import Term
from ganforge.quantities.values import Values
from ganforge.training.assemble import Assembly
from ganforge.training.leaves import initial_states

EXAMPLES = 2


def dry_run(
    plan: Plan, parts: Assembly, data: Mapping[str, ImageSet], settings: Settings, measured: Iterable[str] = ()
) -> None:
    """Compute every quantity and term of a run, and those measured, from two images per data role; change nothing.

    At the end the quantities of a whole batch are computed by copies of the networks, in the modes of training.

    Raises:
        ShapeError: two components do not fit; names both, their shapes and their lines. Or a term has no gradient.
        DataError: a loss needs labels that the data does not have.
    """
    plan.moment.states = initial_states(plan, data, settings)
    leaves = _leaves(plan, data, settings, EXAMPLES)
    for name in plan.graph.trained_from.keys() & leaves.keys():
        _check_given(plan, name, settings.cast(draw(plan.method, name, EXAMPLES, 0)), leaves[name])

    values = Values(plan.graph, plan.method, parts.networks, leaves.__getitem__)
    modes = [(module, module.training) for network in parts.networks.values() for module in network.modules()]
    try:
        for network in parts.networks.values():
            network.eval()
        with torch.enable_grad(), torch.random.fork_rng(), warnings.catch_warnings():
            # A broadcast of shapes that only happen to fit is a warning of torch, and a mistake here.
            warnings.filterwarnings("error", message="Using a target size")

            # --- output, first of all: a network may accept images of the wrong size without an error
            output = plan.recipe.method_class.output
            _compute(plan, values, output, leaves)
            _check_output(plan, values[output], data)

            # --- quantities, terms and states
            for name in [*plan.wanted, *measured]:
                _compute(plan, values, name, leaves)
            for term in {term.name: term for term in plan.terms}.values():
                _check_term(plan, term, values)
            for name, state in plan.states.items():
                _check_state(plan, name, state, values)
    finally:
        for module, training in modes:
            module.training = training

    # --- a batch as in training: batch norm, for one, refuses a batch of one value per channel
    copies = copy.deepcopy(dict(parts.networks))  # whose batch norm may track this batch
    leaves = _leaves(plan, data, settings, plan.recipe.train.batch_size)
    values = Values(plan.graph, plan.method, copies, leaves.__getitem__)
    with torch.enable_grad(), torch.random.fork_rng():
        try:
            for name in plan.wanted:
                _compute(plan, values, name, leaves)
        except ShapeError as error:
            size, where = plan.recipe.train.batch_size, plan.recipe.document.where(("train", "batch_size"))
            error.fix = f"this is a batch as in training, of {size} ({where}): change train.batch_size, or the network"
            raise


def _leaves(plan: Plan, data: Mapping[str, ImageSet], settings: Settings, count: int) -> dict[str, Tensor]:
    """Return a batch of the first images and of draws, with the states as they are."""
    leaves: dict[str, Tensor] = {}
    for name, role in plan.graph.leaves.items():
        images = data[role]
        rows = np.arange(count) % len(images)
        if plan.graph.trained_from.get(name, name) == role:
            leaves[name] = images.tensor(rows, settings.device).to(settings.dtype)
        elif images.labels is not None:
            leaves[name] = torch.from_numpy(np.array(images.labels[rows])).to(settings.device)
    for name in plan.graph.noises:
        leaves[name] = settings.cast(draw(plan.method, name, count, 0))
    leaves[PROGRESS] = settings.cast(torch.zeros(()))
    return leaves | dict(plan.moment.states)


def _compute(plan: Plan, values: Values, name: str, leaves: Mapping[str, Tensor]) -> None:
    graph, document = plan.graph, plan.recipe.document
    if name in graph.leaves and name not in leaves:
        raise DataError(
            f"a loss needs {name!r}, and the data of [data.{graph.leaves[name]}] has no labels",
            where=document.where(("data", graph.leaves[name])),
            fix="use labelled data, or a loss that needs no labels",
        )
    if name not in graph.quantities:
        return
    needs = graph.quantities[name].needs
    for need in needs:
        _compute(plan, values, need, leaves)
    roles = [need for need in needs if need in graph.networks]
    where = document.where(("networks", roles[0]) if roles else ("method",))
    try:
        values[name]
    except GanforgeError as error:
        error.where = error.where or where
        raise
    except torch.OutOfMemoryError:
        raise
    except Exception as error:
        users = " and ".join(_component(plan, role) for role in roles) or "the method"
        givers = _shapes(plan, [need for need in needs if need not in roles], values)
        raise ShapeError(
            f"{name!r} cannot be computed: {users} cannot take {givers}: {_first_line(error)}",
            where=where,
            fix="change the options of one of them so that the shapes fit (`ganforge show NAME` lists them)",
        ) from error


def _check_given(plan: Plan, name: str, drawn: Tensor, leaf: Tensor) -> None:
    """Make sure that a given value has one type and shape, whether it is drawn or trained from data."""
    if (drawn.dtype, drawn.shape) != (leaf.dtype, leaf.shape):
        shown = [f"{tensor.dtype} {list(tensor.shape)}".removeprefix("torch.") for tensor in (drawn, leaf)]
        raise ShapeError(
            f"{name!r} is drawn as {shown[0]} and trained from {plan.graph.trained_from[name]!r}, {shown[1]}",
            where=plan.recipe.document.where(("method", "use")),
            fix=REPORT,
        )


def _check_output(plan: Plan, output: Tensor, data: Mapping[str, ImageSet]) -> None:
    method = plan.recipe.method_class
    if method.pictures_like is None:
        return
    facts = data[method.pictures_like].facts
    wanted = [facts.channels, *sides(facts.image_size)]
    if list(output.shape[1:]) != wanted:
        raise ShapeError(
            f"{method.output!r}{_origin(plan, method.output)} is {list(output.shape[1:])} an image, "
            f"and the images of {_table(plan, method.pictures_like)} are {wanted}",
            where=plan.recipe.document.where(("networks", method.main)),
            fix=f"change the options of [networks.{method.main}], or `resize` and `channels` of the data",
        )


def _check_term(plan: Plan, term: Term, values: Values) -> None:
    what, where = f"the loss {term.name!r}", plan.recipe.document.where(("losses", term.loss))
    fix = "the compared quantities must have one shape: change the networks, or the data's resize and channels"
    value = _call(plan, term.function, term.needs, values, what, where, fix)
    if not isinstance(value, Tensor) or value.ndim != 0:
        raise ShapeError(
            f"{what} returns {_described(value)}, not a scalar tensor",
            where=where,
            fix="a loss returns the mean over its batch; report it to the plugin's author",
        )
    if not value.requires_grad:
        raise ShapeError(
            f"{what} has no gradient: it depends on nothing that is trained",
            where=where,
            fix="train a network that it goes through, or give it weight 0; a loss must not detach what it changes",
        )


def _check_state(plan: Plan, name: str, state: KeptState, values: Values) -> None:
    what, where = f"the state {name!r}", plan.recipe.document.where(state.key)
    fix = "its quantities, and itself as it begins, must fit each other; report it to the plugin's author"
    with torch.no_grad():
        value = _call(plan, state.function, state.needs, values, what, where, fix)
    if not isinstance(value, Tensor) or value.shape != values[name].shape:
        raise ShapeError(
            f"{what} begins as a tensor {list(values[name].shape)} and becomes {_described(value)}",
            where=where,
            fix="a state keeps its shape; report it to the plugin's author",
        )


def _call(
    plan: Plan, function: Callable[..., Any], needs: Iterable[str], values: Values, what: str, where: str, fix: str
) -> Any:
    try:
        return function(*(values[need] for need in needs))
    except Exception as error:
        message = f"{what} cannot take {_shapes(plan, needs, values)}: {_first_line(error)}"
        raise ShapeError(message, where=where, fix=fix) from error


def _shapes(plan: Plan, names: Iterable[str], values: Values) -> str:
    """Describe quantities by name, shape and origin."""
    shapes = {name: f" {list(values[name].shape)}" if isinstance(values[name], Tensor) else "" for name in names}
    return " and ".join(f"{name}{shape}{_origin(plan, name)}" for name, shape in shapes.items())


def _origin(plan: Plan, name: str) -> str:
    """Describe the origin of a quantity: the networks that it comes from directly, or the data."""
    graph = plan.graph
    if name in graph.leaves:
        return f" of {_table(plan, graph.leaves[name])}"
    needs = graph.quantities[name].needs if name in graph.quantities else ()
    roles = [need for need in needs if need in graph.networks]
    return f" from {' and '.join(_component(plan, role) for role in roles)}" if roles else ""


def _component(plan: Plan, role: str) -> str:
    part = plan.recipe.networks[role]
    return f"the {role} {part.use.entry.name!r} ({plan.recipe.document.where(part.key)})"


def _table(plan: Plan, role: str) -> str:
    return f"[data.{role}] ({plan.recipe.document.where(('data', role))})"


def _described(value: Any) -> str:
    return f"a tensor {list(value.shape)}" if isinstance(value, Tensor) else type(value).__name__


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0] or type(error).__name__
