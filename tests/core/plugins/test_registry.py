"""Tools by name; what is broken is skipped, kept with its error, and named."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from nora_core import Volume, hookimpl, tool
from nora_core.errors import NotFound, PluginError
from nora_core.plugins.registry import Registry, Source


def a_tool(name: str):
    def copy(image: Volume) -> Volume:
        """Copy."""
        return image

    return tool(title=name, name=name)(copy)


def plugin(*tools):
    @hookimpl
    def register_tools(register):
        for item in tools:
            register(item)

    return SimpleNamespace(register_tools=register_tools)


@dataclass(frozen=True)
class Given(Source):
    plugin: object

    def load(self) -> object:
        if isinstance(self.plugin, BaseException):
            raise self.plugin
        return self.plugin


def test_a_tool_is_found_by_its_name_and_knows_its_source():
    registry = Registry(lambda: [Given("mine", "/mine.py", plugin(a_tool("copy")))])

    assert registry.tool("copy").source == "/mine.py"
    assert registry.plugins[0].tools == ("copy",)


def test_an_unknown_tool_is_answered_with_the_known_ones():
    registry = Registry()
    registry.add(plugin(a_tool("copy"), a_tool("burn")))

    with pytest.raises(NotFound) as caught:
        registry.tool("nope")

    assert caught.value.message == "no tool 'nope'; known: burn, copy"


@pytest.mark.parametrize(
    "error", [RuntimeError("boom"), SystemExit(2), SyntaxError("bad"), PluginError("x")]
)
def test_a_broken_plugin_is_skipped_and_listed(error, caplog):
    good = Given("good", "b.py", plugin(a_tool("copy")))

    registry = Registry(lambda: [Given("bad", "a.py", error), good])

    assert list(registry.tools) == ["copy"]
    assert [broken.name for broken in registry.broken] == ["bad"]
    assert registry.broken[0].source == "a.py"
    assert str(error) in registry.broken[0].error
    assert "plug-in bad (a.py) skipped" in caplog.text


def test_a_second_tool_of_one_name_is_refused():
    sources = [
        Given("first", "a.py", plugin(a_tool("copy"))),
        Given("second", "b.py", plugin(a_tool("other"), a_tool("copy"))),
    ]

    registry = Registry(lambda: sources)

    assert registry.tool("copy").source == "a.py"
    assert "other" not in registry.tools
    assert "'copy' is there already, from a.py" in registry.broken[0].error


def test_a_plugin_without_a_hook_is_broken():
    registry = Registry(lambda: [Given("empty", "a.py", SimpleNamespace())])

    assert "has no hook" in registry.broken[0].error


def test_a_mistyped_hook_is_broken():
    @hookimpl
    def register_tool(register):
        """Not the hook's name."""

    registry = Registry(
        lambda: [Given("typo", "a.py", SimpleNamespace(register_tool=register_tool))]
    )

    assert "register_tool" in registry.broken[0].error


def test_what_is_no_tool_is_refused():
    registry = Registry(lambda: [Given("bad", "a.py", plugin(lambda image: image))])

    assert "is no tool; mark the function with @tool" in registry.broken[0].error


def test_a_reload_sees_what_is_there_now():
    sources = [Given("first", "a.py", plugin(a_tool("copy")))]
    registry = Registry(lambda: list(sources))
    sources[0] = Given("first", "a.py", plugin(a_tool("burn")))

    registry.reload()

    assert list(registry.tools) == ["burn"]


def test_registries_are_independent():
    first, second = Registry(), Registry()

    first.add(plugin(a_tool("copy")))

    assert second.tools == {}


def test_the_list_for_clients_is_sorted_and_has_what_is_broken():
    registry = Registry(
        lambda: [
            Given("mine", "a.py", plugin(a_tool("b"), a_tool("a"))),
            Given("bad", "b.py", RuntimeError("boom")),
        ]
    )

    found = registry.tool_list()

    assert [item.name for item in found.tools] == ["a", "b"]
    assert found.broken[0].error.startswith("RuntimeError: boom")
