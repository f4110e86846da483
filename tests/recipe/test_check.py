"""Checking recipes: every mistake at once, each with its line, what is wrong and what to do."""

from __future__ import annotations

import pytest

from ganforge.errors import RecipeError
from ganforge.recipe.check import check_component
from ganforge.recipe.schema import FileWeights


def test_a_recipe_without_mistakes_is_taken(kitchen):
    recipe = kitchen.load()
    assert recipe.name == "transfer"
    assert recipe.method_class.__name__ == "DomainTransferNetwork"
    assert list(recipe.children) == [("networks", "encoder"), ("judges", "residual")]
    assert {use.entry.name for use in recipe.uses()} >= {"dtn/dtn", "basics/mse", "basics/adam", "dtn/encoder-accuracy"}


def test_all_mistakes_come_at_once_by_file_and_line(kitchen):
    kitchen.load()
    (kitchen.folder / "encoder.toml").write_text(
        '[recipe]\nname = 3\n[train]\nstep = 1\n[method]\nuse = "classifier"\n'
    )
    text = """\
[recipe]
nam = "transfer"
[trian]
[data.source]
use = "digits/svnh"
[data.target]
use = "digits/mnist"
splt = "train"
resize = "32"
[networks.encoder]
use = "digits/strided-cnn"
weights = { recipe = "encoder.toml" }
[method]
use = "dtn"
[losses.constancy]
use = "dtn/f-constancy"
distance = { use = "combined", mse = -1 }
weight = "3"
"""
    problems = kitchen.problems(text, "train.steps=0")
    places = [(problem.where or "").replace(f"{kitchen.folder}/", "") for problem in problems]
    assert places == [
        "--set train.steps=0",
        "encoder.toml",
        "encoder.toml",
        "encoder.toml:2",
        "encoder.toml:3",
        "encoder.toml:4",
        "transfer.toml:1",
        "transfer.toml:2",
        "transfer.toml:3",
        "transfer.toml:5",
        "transfer.toml:8",
        "transfer.toml:9",
        "transfer.toml:10",
        "transfer.toml:10",
        "transfer.toml:17",
        "transfer.toml:18",
    ]


@pytest.mark.parametrize(
    ("before", "after", "line", "message", "fix"),
    [
        # unknown names, at every depth
        ("[train]", "[trian]\n[train]", 26, "there is no section [trian]", "did you mean 'train'?"),
        ("[losses.constancy]", "[loss.constancy]", 21, "there is no section [loss]", "did you mean 'losses'?"),
        ("[data.target]", "[data.tarket]", 7, "the method has no role 'tarket' for [data.tarket]", "'target'?"),
        ("[networks.generator]", "[networks.x]", 13, "the method has no role 'x' for [networks.x]", "known: discr"),
        ("steps = 10", "steps = 10\nlog_evry = 1", 28, "there is no key train.log_evry", "did you mean 'log_every'?"),
        ("steps = 10", 'steps = 10\n"a b\\n" = 1', 28, 'there is no key train."a b\\n"', "known: accumulate"),
        ("resize", "resise", 9, "'digits/synthetic-handwriting' has no option 'resise'", "did you mean 'resize'?"),
        ("count", "cuont", 5, "'digits/synthetic-street' has no option 'cuont'", "did you mean 'count'?"),
        ('recipe = "enc', 'recpe = "enc', 12, "there is no key networks.encoder.weights.recpe", "'recipe'?"),
        ('"mse"', '{ use = "mse", x = 1 }', 23, "'basics/mse' has no option 'x'", "known: use"),
        ('recipe = "judge', 'recip = "judge', 25, "there is no key judges.residual.recip", "did you mean 'recipe'?"),
        # components
        ("dtn/f-constancy", "dtn/f-constncy", 22, "there is no loss 'dtn/f-constncy'", "'dtn/f-constancy'?"),
        (
            "dtn/f-constancy",
            "dtn/dtn",
            22,
            "'dtn/dtn' is of the kind method; what is wanted is of the kind loss",
            "list",
        ),
        ("dtn/f-constancy", "acme/f", 22, "there is no loss 'acme/f'", "no plugin 'acme' is installed"),
        ('"mse"', '"msee"', 23, "there is no distance 'msee'", "did you mean 'basics/mse'?"),
        ('use = "dtn/dtn"', 'use = "dnt"', 18, "there is no method 'dnt'", "did you mean 'dtn/dtn'?"),
        ('use = "dtn/dtn"', "use = 3", 18, "method.use must be a name, not 3", "`ganforge list method`"),
        # types and bounds
        ("steps = 10", "steps = 10.0", 27, "train.steps must be an integer, not 10.0", "number of steps"),
        ("steps = 10", "steps = true", 27, "train.steps must be an integer, not true", "number of steps"),
        ("steps = 10", "steps = 0", 27, "train.steps must be greater than or equal to 1, not 0", "number of steps"),
        ("count = 100", 'count = "1"', 5, 'data.source.count must be an integer, not "1"', "number of"),
        ("resize = 32", "channels = 2", 9, "data.target.channels must be 1 or 3, not 2", "grey or RGB"),
        ("resize = 32", 'normalize = "x"', 9, "must be 'symmetric' or 'unit', not \"x\"", "range of the values"),
        ("resize = 32", "normalize = 3", 9, "must be 'symmetric' or 'unit', not 3", "range of the values"),
        ("resize = 32", "classes = []", 9, "data.target.classes must name at least one class, not []", "use only"),
        ("resize = 32", "classes = [1.5]", 9, "data.target.classes.0 must be an integer, not 1.5", "use only"),
        ("resize = 32", "resize = [96]", 9, "data.target.resize too few values, not [96]", "height and width"),
        ("resize = 32", "range = [3, 3]", 9, "data.target.range must hold at least one image, not [3, 3]", "from one"),
        (
            "resize = 32",
            "range = [0, 3]\nskip = 2",
            9,
            "data.target.range must stand alone",
            "from one",
        ),
        ("resize = 32", "limit = 3\nrange = [0, 3]", 10, "range must stand alone", "from one"),
        (
            "count = 100",
            "limit = 10",
            6,
            "data.source.validation must be less than the 10 images in use, not 10",
            "hold out",
        ),
        ("count = 100", "range = [5, 9]", 6, "validation must be less than the 4 images in use, not 10", "hold out"),
        ("resize = 32", "augment = 3", 9, "data.target.augment must be a list, not 3", "augmentation components"),
        ("resize = 32", 'augment = "blur"', 9, 'data.target.augment must be a list, not "blur"', "augmentation"),
        ("resize = 32", "augment = [3]", 9, "data.target.augment.0 must be a string or a table, not 3", "augmentation"),
        ("resize = 32", 'augment = ["blurr"]', 9, "there is no augmentation 'blurr'", "did you mean 'basics/blur'?"),
        (
            'distance = "mse"',
            "weight = inf",
            23,
            "losses.constancy.weight must be a finite number, not Infinity",
            "factor",
        ),
        (
            'distance = "mse"',
            "schedule = 3",
            23,
            "schedule must be a string or a table, not 3",
            "a scheduler component",
        ),
        ('distance = "mse"', "distance = 3", 23, "distance must be a string or a table, not 3", "codes"),
        (
            'distance = "mse"',
            'distance = { ues = "mse" }',
            23,
            "losses.constancy.distance.use is missing",
            "name a dist",
        ),
        ("weights = {", "weights = 3 #", 12, "networks.encoder.weights must be a table, not 3", "recipe ="),
        ('name = "transfer"', 'name = "a/b"', 2, "recipe.name string should match pattern", "letters, digits"),
        # missing
        ('name = "transfer"', "", 1, "recipe.name is missing", "name of the run directory"),
        ('use = "dtn/f-constancy"', "", 21, "losses.constancy.use is missing", "`ganforge list loss`"),
        ('recipe = "judge.toml"', "", 24, "judges.residual.recipe is missing", "the recipe that trains it"),
        (
            '"mse"',
            '{ use = "mse" }\nschedule = "ramp"',
            24,
            "[losses.constancy.schedule] needs the option 'length'",
            "number of",
        ),
        # tables
        ("[train]\nsteps = 10", "[[train]]\nsteps = 10", 26, "train is a value, not a table", "write [train]"),
        ("[judges.residual]\nrecipe", "[judges]\nresidual", 25, "judges.residual is a value, not a table", "write"),
        ("[losses.constancy]", '[losses."a.b"]', 21, "'a.b' cannot name a table", "letters, digits, - and _"),
        # other recipes
        ('encoder.toml"', 'encoder.toml", set = { train = 3 }', 12, "'train' is no key of a recipe", '"train" in quo'),
        (
            'encoder.toml"',
            'encoder.toml", set = { train.steps = 3 }',
            12,
            "'train' is no key of a recipe",
            'write "train.steps" in quotes',
        ),
        (
            'encoder.toml"',
            'encoder.toml", set = { "train.stps" = 3 }',
            12,
            "no key train.stps",
            "did you mean 'steps'?",
        ),
        ('encoder.toml"', 'encoder.toml", set = { "train.steps" = 0 }', 12, "train.steps must be greater", "number of"),
        ('encoder.toml"', 'encoder.toml", set = 3', 12, "networks.encoder.weights.set must be a table", "keys of that"),
        ("judge.toml", "jugde.toml", 25, "there is no recipe 'jugde.toml'", "paths are relative to"),
        ("judge.toml", "a\\u0000b", 25, "there is no recipe 'a\\x00b'", "paths are relative to"),
        ("encoder.toml", "transfer.toml", 12, "the recipe 'transfer.toml' builds on itself", "break the circle"),
    ],
)
def test_one_mistake_gives_one_problem_with_its_line(kitchen, before, after, line, message, fix):
    problems = kitchen.problems_of(before, after)
    [problem] = [problem for problem in problems if message in problem.message]
    assert problem.where == f"{kitchen.folder / 'transfer.toml'}:{line}"
    assert fix in (problem.fix or "")
    # A name that is wrong is missing elsewhere; there is nothing else to say.
    assert all(other is problem or "is missing" in other.message for other in problems)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ('[recipe]\nname = "transfer"\n', "recipe.name is missing"),
        ("[train]\nsteps = 10\n", "train.steps is missing"),
        ('[method]\nuse = "dtn/dtn"\n', "method.use is missing"),
        ('[networks.generator]\nuse = "dtn/digit-generator"\n', "[networks.generator] is missing: g: turns codes"),
    ],
)
def test_a_section_that_is_missing_has_the_place_of_what_it_is_missing_from(kitchen, section, message):
    [problem] = kitchen.problems_of(section, "")
    assert message in problem.message
    assert (problem.where or "").split(":")[0] == str(kitchen.folder / "transfer.toml")


def test_an_optional_role_may_be_left_out_and_put_in(kitchen):
    assert "teacher" not in kitchen.load().networks
    teacher = '[networks.teacher]\nuse = "digits/residual-cnn"\nweights = { recipe = "judge.toml" }\n[method]'
    assert "teacher" in kitchen.change("[method]", teacher).networks


def test_a_method_that_is_unknown_hides_no_other_mistake_and_makes_none_up(kitchen):
    text = 'use = "dnt"\n[losses.x]\nuse = "dtn/identty"'
    problems = kitchen.problems_of('use = "dtn/dtn"', text)
    assert [problem.message for problem in problems] == ["there is no method 'dnt'", "there is no loss 'dtn/identty'"]


def test_an_optimizer_or_phase_of_the_method_is_checked_as_if_the_recipe_had_it(kitchen, site):
    module = """
        from ganforge.method import DataRole, Method, Role
        class Broken(Method):
            "A method."
            networks = {"classifier": Role("encoder", "the network")}
            data = {"images": DataRole("images", labels="labels")}
            phases = {"classifier": {"update": "classifier"}}
            optimizers = {"classifier": {"use": "basics/adamm"}}
        other = 3
    """
    site.install(
        "acme",
        {"acme_method": module},
        '"method", "broken", "acme_method:Broken", "A method."',
        '"method", "none", "acme_method:other", "No method."',
    )
    kitchen.registry = type(kitchen.registry)()
    text = (kitchen.folder / "encoder.toml").read_text()
    [problem] = kitchen.problems(text.replace("basics/classifier", "acme/broken"))
    assert problem.message == "there is no optimizer 'basics/adamm'"
    [problem] = kitchen.problems(text.replace("basics/classifier", "acme/none"))
    assert "'acme/none' cannot be read" in problem.message


def test_what_claims_to_be_a_method_must_be_one(kitchen, site):
    site.install(
        "acme", {"acme_method": "def function(): 'No method.'"}, '"method", "x", "acme_method:function", "No."'
    )
    kitchen.registry = type(kitchen.registry)()
    [problem] = kitchen.problems_of('"dtn/dtn"', '"acme/x"')
    assert problem.message == "'acme/x' of ganforge-acme 1.0 is no ganforge Method"


def test_an_option_with_the_name_of_a_core_key_is_its_plugins_mistake(kitchen, site):
    source = "def function(x, *, weight: float = 1.0): 'A loss.'"
    site.install("acme", {"acme_loss": source}, '"loss", "x", "acme_loss:function", "A loss."')
    kitchen.registry = type(kitchen.registry)()
    [problem] = kitchen.problems_of('"dtn/f-constancy"\ndistance = "mse"', '"acme/x"')
    assert "'acme/x' of ganforge-acme 1.0 has an option 'weight', which is a key of ganforge's own" in problem.message


def test_a_circle_through_several_recipes_is_found(kitchen):
    encoder = (kitchen.folder / "encoder.toml").read_text()
    loop = encoder.replace("[method]", 'weights = { recipe = "./judge.toml" }\n[method]')
    (kitchen.folder / "encoder.toml").write_text(loop.replace("strided", "residual"))
    judge = (kitchen.folder / "judge.toml").read_text()
    (kitchen.folder / "judge.toml").write_text(
        judge.replace("[method]", 'weights = { recipe = "encoder.toml" }\n[method]')
    )
    problems = kitchen.problems()
    circles = {problem.message for problem in problems if "builds on itself" in problem.message}
    assert circles == {"the recipe './judge.toml' builds on itself", "the recipe 'encoder.toml' builds on itself"}


def test_a_child_that_two_tables_name_has_its_mistakes_told_once(kitchen):
    (kitchen.folder / "judge.toml").write_text("nonsense")
    text = '[judges.second]\nrecipe = "judge.toml"\n[train]'
    [problem] = kitchen.problems_of("[train]", text)
    assert problem.where == f"{kitchen.folder / 'judge.toml'}:1"


def test_test_images_are_prepared_as_those_whose_place_they_take(kitchen):
    test = (
        '[data.test]\nuse = "digits/synthetic-street"\n[data.test-other]\nuse = "digits/mnist"\nresize = 16\n[method]'
    )
    recipe = kitchen.load(
        kitchen.text.replace("[method]", test),
        "data.source.resize=24",
        "data.source.channels=1",
        "data.source.normalize=unit",
    )
    assert [recipe.data[name].table.resize for name in ("source", "test", "test-other")] == [24, 24, 16]
    assert recipe.data["test"].table.channels == 1
    assert recipe.data["test-other"].table.normalize == "unit"
    assert recipe.data["test"].table.validation == 0


def test_weights_may_come_from_a_file(kitchen):
    recipe = kitchen.change('{ recipe = "encoder.toml" }', '{ file = "x.safetensors", rename = { "module." = "" } }')
    assert recipe.networks["encoder"].table.weights == FileWeights(file="x.safetensors", rename={"module.": ""})
    assert ("networks", "encoder") not in recipe.children
    problems = kitchen.problems_of('{ recipe = "encoder.toml" }', '{ file = "x", recipe = "y", renam = {} }')
    assert [problem.message for problem in problems] == [
        "there is no key networks.encoder.weights.recipe",
        "there is no key networks.encoder.weights.renam",
    ]


def test_weights_in_a_package_stay_inside_it(kitchen):
    (problem,) = kitchen.problems_of('{ recipe = "encoder.toml" }', '{ file = "pytest:../x.safetensors" }')
    assert problem.message.startswith("networks.encoder.weights.file the path must stay inside the package")


@pytest.mark.parametrize(
    ("phase", "message"),
    [
        ("hysteresis = [2.0, 1.0]", "phases.x.hysteresis the first value must not exceed the second"),
        ("hysteresis = [1.0]", "phases.x.hysteresis too few values"),
        ("start = 5\nstop = 5", "phases.x it stops at step 5, before it starts at step 5"),
        ("repeat = 0", "phases.x.repeat must be greater than or equal to 1, not 0"),
        ("terms = [1]", "phases.x.terms.0 must be a string, not 1"),
        ("fresh = 1", "phases.x.fresh must be true or false, not 1"),
    ],
)
def test_a_phase_that_can_do_nothing_is_refused(kitchen, phase, message):
    problems = kitchen.problems_of("[train]", f'[phases.x]\nupdate = "generator"\n{phase}\n[train]')
    assert message in problems[0].message


@pytest.mark.parametrize(
    ("update", "message"),
    [
        ("3", "phases.x.update must be a string or a list, not 3"),
        ("[]", "phases.x.update must be a string; list should have at least 1 item"),
        ("[3]", "phases.x.update"),
    ],
)
def test_a_phase_updates_a_network_or_several(kitchen, update, message):
    problems = kitchen.problems_of("[train]", f"[phases.x]\nupdate = {update}\n[train]")
    assert message in problems[0].message
    assert problems[0].fix == "role of the network to update, or roles of several that share one gradient"


# -- components outside a recipe ---------------------------------------------------------------------------------------


def test_a_component_may_stand_alone(kitchen):
    use, _ = check_component("dataset", "mnist", ["split=train"], kitchen.registry)
    assert use.entry.name == "digits/mnist"
    assert use.options["split"] == "train"


@pytest.mark.parametrize(
    ("name", "assignments", "message"),
    [
        ("mnits", [], "command line: there is no dataset 'mnits'"),
        ("mnist", ["splt=train"], "--set splt=train: 'digits/mnist' has no option 'splt'"),
        ("mnist", ["split=middle"], "--set split=middle: split must be"),
        ("npz", [], "command line: 'basics/npz' needs the option 'path'"),
        ("mnist", ["split"], "not of the form key=value"),
    ],
)
def test_mistakes_in_a_component_that_stands_alone(kitchen, name, assignments, message):
    with pytest.raises(RecipeError) as caught:
        check_component("dataset", name, assignments, kitchen.registry)
    assert message in str(caught.value)
