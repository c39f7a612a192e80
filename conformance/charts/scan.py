"""Value paths that the templates of a chart read, from their text.

The scan follows `.Values`, `$.Values`, `with`, `range` and variables inside of one action or block. A path that ends
with `.*` is read as a whole: the template hands the value to a function or to another template."""

import re

import yaml

ACTION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.S)
STRING = re.compile(r'"(?:\\.|[^"\\])*"|`[^`]*`')
SEGMENT = r"(?:\.[A-Za-z_][\w-]*)"
WHOLE = re.compile(
    r"\b(toYaml|toYamlPretty|toJson|toPrettyJson|include|tpl|template|merge|mergeOverwrite|mustMerge|mustMergeOverwrite|"
    r"dict|list|deepCopy|mustDeepCopy|omit|pick|concat|fromYaml|get|dig|set|unset|values|keys|range|append|prepend|hasKey)\b"
)
INDEX = re.compile(r'\bindex\s+(\$?\.Values(?:\.[A-Za-z_]\w*)*|\$[A-Za-z_]\w*)((?:\s+"[^"]+")+)')


def of_chart(folder, prefix=()):
    """The paths that the templates of a chart and of its subcharts read."""
    paths, whole = set(), set()
    for file in sorted((folder / "templates").rglob("*")) if (folder / "templates").is_dir() else []:
        if file.is_file() and file.suffix in (".yaml", ".yml", ".tpl", ".txt", ".json", ".lua", ".conf"):
            of_text(file.read_text(errors="replace"), paths, whole)
    for file in sorted((folder / "files").rglob("*")) if (folder / "files").is_dir() else []:
        if file.is_file() and ".Values" in (text := file.read_text(errors="replace")):
            of_text(text, paths, whole)
    found = {prefixed(prefix, path) for path in paths} | {prefixed(prefix, path) + ("*",) for path in whole}
    about = yaml.safe_load((folder / "Chart.yaml").read_text())
    for row in about.get("dependencies") or []:
        if condition := row.get("condition"):
            for one in condition.split(","):
                found.add(prefixed(prefix, tuple(one.strip().split("."))))
        child = folder / "charts" / row["name"]
        if not (child / "Chart.yaml").exists():
            continue
        library = yaml.safe_load((child / "Chart.yaml").read_text()).get("type") == "library"
        found |= of_chart(child, prefix if library else (*prefix, row.get("alias") or row["name"]))
    return found


def prefixed(prefix, path):
    """The path of a subchart's value in the values of the whole chart."""
    return path if path[:1] == ("global",) else (*prefix, *path)


def split(path):
    return tuple(it for it in path.split(".") if it)


def of_text(text, paths, whole):
    """Adds the paths of one template."""
    text = re.sub(r"\{\{-?\s*/\*.*?\*/\s*-?\}\}", "", text, flags=re.S)
    stack = [None]  # what `.` is: None for the root, False for unknown, else a path
    opened = []
    variables = {}
    for match in ACTION.finditer(text):
        action = match.group(1)
        bare = STRING.sub(lambda it: it.group(0) if "index" in action else '""', action)
        word = bare.split(None, 1)[0] if bare.split() else ""
        dot = stack[-1]
        named = mentioned(bare, dot, variables)
        takes_whole = bool(WHOLE.search(bare)) or word in ("range",)
        for path in named:
            paths.add(path)
            if takes_whole:
                whole.add(path)
        for base, keys in INDEX.findall(action):
            start = resolve(base, dot, variables)
            if start is not None and start is not False:
                paths.add(start + tuple(re.findall(r'"([^"]+)"', keys)))
        assigned = re.match(r"(?:with\s+|if\s+|range\s+(?:\$\w+\s*,\s*)?)?(\$\w+)\s*:?=\s*(\S.*)$", bare, re.S)
        if assigned:
            value = mentioned(assigned.group(2), dot, variables)
            variables[assigned.group(1)] = value[0] if len(value) == 1 else False
            whole.update(value)
        if word in ("if", "with", "range", "define", "block"):
            opened.append(word)
            if word == "with":
                stack.append(named[0] if len(named) == 1 else False if named else dot)
                if "." == bare.split()[-1] and not named:
                    stack[-1] = dot
            elif word == "range":
                stack.append(named[0] + ("*",) if len(named) == 1 else False)
            elif word == "define":
                stack.append(None)
                variables = {}
            else:
                stack.append(dot)
        elif word == "else" and opened:
            if opened[-1] in ("with", "range"):
                stack[-1] = stack[-2]
            if bare.startswith("else with") and named:
                stack[-1] = named[0] if len(named) == 1 else False
        elif word == "end" and opened:
            opened.pop()
            stack.pop()


def resolve(base, dot, variables):
    """The path that an expression starts with; None for the root, False for unknown."""
    if base.startswith("$.Values"):
        return split(base.removeprefix("$.Values"))
    if base.startswith(".Values"):
        return split(base.removeprefix(".Values"))
    if base.startswith("$"):
        name, _, rest = base.partition(".")
        known = variables.get(name, False)
        return known + split(rest) if known else False
    return dot + split(base) if dot else False


def mentioned(text, dot, variables):
    """The paths that an action names, in order."""
    found = []
    for match in re.finditer(rf"(?<![\w\"\)])(\$?\.Values{SEGMENT}*|\$\w+(?:\.root|\.context)?(?:\.Values)?{SEGMENT}*|{SEGMENT}+|\.(?![\w]))", text):
        base = match.group(1)
        through = re.match(rf"(?:\$\w+|\.\w+)(?:\.\w+)*?\.Values((?:{SEGMENT})*)$", base)
        if through and not base.startswith("$.Values"):
            path = split(through.group(1))
        elif base == ".":
            path = dot if dot else False
        elif base.startswith("$") and not base.startswith("$.Values") and "." not in base:
            known = variables.get(base, False)
            path = known if known else False
        elif base.startswith("."):
            if base.startswith(".Values"):
                path = split(base.removeprefix(".Values"))
            elif dot and not re.match(r"\.(Release|Chart|Capabilities|Template|Files)\b", base):
                path = dot + split(base)
            else:
                path = False
        else:
            path = resolve(base, dot, variables)
        if path and path not in found:
            found.append(path)
    return found


def is_read(path, reads):
    """Whether a path is read: itself, as a part of a value that is read as a whole, or because a part of it is."""
    path = tuple(path)
    for length in range(len(path), 0, -1):
        if (*path[:length], "*") in reads:
            return True
    return path in reads or any(it[:len(path)] == path for it in reads)
