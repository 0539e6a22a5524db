#!/usr/bin/env python3
"""Lists what chat templates use: statements, filters, tests, methods, functions, loop attributes.

    template_constructs.py FOLDER

FOLDER holds templates, one a file, in files that end in .jinja. Each construct is printed with the
number of templates that use it, and with their names where there are up to three. By such a list
of published templates it was decided which part of Jinja headscope renders. Needs jinja2.
"""
import collections
import pathlib
import sys

import jinja2
from jinja2 import ext, nodes


class Generation(ext.Extension):
    """The tag by which transformers marks the assistant's words."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.Scope(body).set_lineno(line)


def arguments(node):
    shown = [repr(a.value) if isinstance(a, nodes.Const) else "…" for a in node.args]
    shown += [k.key + "=" for k in node.kwargs]
    shown += ["*"] if node.dyn_args or node.dyn_kwargs else []
    return "(" + ", ".join(shown) + ")"


def constructs(node):
    kind = type(node).__name__
    yield "node", kind
    if isinstance(node, (nodes.Filter, nodes.Test)):
        yield kind.lower(), node.name
        yield kind.lower() + " with arguments", node.name + arguments(node)
    elif isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr):
        yield "method", node.node.attr
        yield "method with arguments", node.node.attr + arguments(node)
    elif isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
        yield "function", node.node.name
        if node.node.name == "strftime_now":
            yield "clock", arguments(node)
    elif isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        if node.node.name == "loop":
            yield "loop", node.attr
    elif isinstance(node, nodes.Compare):
        yield "comparison", "of three values and more" if len(node.ops) > 1 else node.ops[0].op
    elif isinstance(node, nodes.Slice):
        bounds = [node.start, node.stop, node.step]
        yield "slice", ":".join("" if b is None else type(b).__name__ for b in bounds)
    elif isinstance(node, nodes.For):
        yield "for", "recursive" if node.recursive else "if" if node.test else "plain"
        if node.else_:
            yield "for", "else"
    elif isinstance(node, nodes.AssignBlock):
        yield "set block", "with a filter" if node.filter else "plain"


def main(folder):
    environment = jinja2.Environment(extensions=[Generation, "jinja2.ext.loopcontrols"])
    used = collections.defaultdict(set)
    files = sorted(pathlib.Path(folder).glob("*.jinja"))
    for file in files:
        try:
            tree = environment.parse(file.read_text(encoding="utf-8"))
        except jinja2.TemplateSyntaxError as error:
            print(f"{file.name} is no template: {error}", file=sys.stderr)
            continue
        for node in tree.find_all(nodes.Node):
            for construct in constructs(node):
                used[construct].add(file.name)
    print(len(files), "templates")
    for (group, name), names in sorted(used.items(), key=lambda u: (u[0][0], -len(u[1]), u[0][1])):
        some = "  " + " ".join(sorted(names)) if len(names) <= 3 else ""
        print(f"{group:24}{len(names):5}  {name}{some}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
