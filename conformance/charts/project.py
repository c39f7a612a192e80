"""The project of a component's golden case, with another version of the component; and its Helm values."""

import pathlib
import re
import subprocess
import tempfile

import yaml


class Refused(Exception):
    """mlnetc refuses the project with this version."""


def takes_version(root, name):
    """Whether the component has the parameter `version`."""
    text = (root / "stdlib" / f"{name}.mlnet").read_text()
    return re.search(r"^  version:\s*version\b", text, re.M) is not None


def text_of(root, name):
    """The project that the facts are about: `facts.mlnet`, else `use.mlnet`."""
    folder = root / "golden" / "stdlib" / name
    own = folder / "facts.mlnet"
    return (own if own.exists() else folder / "use.mlnet").read_text()


def with_version(text, name, version):
    """The project with this version at each use of the component."""
    out, at = [], 0
    for match in re.finditer(rf"^[ \t]*use {re.escape(name)}(?![\w-])[^\n{{]*", text, re.M):
        start = match.end()
        out.append(text[at:start].rstrip())
        at = start
        if text[start:start + 1] != "{":
            out.append(f' {{ version = "{version}" }}')
            continue
        at = closing(text, start)
        block = re.sub(r'(?<=[{,\s])version\s*=\s*"[^"]*",?', "", text[start + 1:at - 1])
        out.append(f' {{ version = "{version}",{block}}}')
    out.append(text[at:])
    return "".join(out)


def closing(text, start):
    depth = 0
    for at in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at + 1
    return len(text)


def documents(mlnetc, root, name, version):
    """The Helm values of the component's uses, as mlnetc writes them: (release, namespace, chart, values)."""
    text = text_of(root, name)
    if takes_version(root, name):
        text = with_version(text, name, version)
    with tempfile.TemporaryDirectory() as folder:
        for path, part in cut(text):
            target = pathlib.Path(folder, "net", path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(part)
        done = subprocess.run([mlnetc, "build", f"{folder}/net", "-o", f"{folder}/out", "--color", "never"],
                              capture_output=True, text=True)
        if done.returncode:
            raise Refused(done.stderr)
        rows = []
        for file in sorted(pathlib.Path(folder, "out").rglob("*.values.yaml")):
            if found := document(file.read_text(), name):
                rows.append(found)
        return rows


def document(text, name):
    """One values document, if the component writes it."""
    head = re.search(r"^# Helm values of release (\S+)(?: in namespace (\S+))?$", text, re.M)
    chart = re.search(r"^# Chart: (\S+)$", text, re.M)
    if not head or not chart or f"stdlib:{name}.mlnet:" not in text:
        return None
    return {"release": head.group(1), "namespace": head.group(2) or "default", "chart": chart.group(1),
            "values": yaml.safe_load(text) or {}}


def cut(text):
    """The files of a project in one text: a line `# file: PATH` begins each."""
    files = [("use.mlnet", "")]
    for line in text.splitlines(keepends=True):
        if line.startswith("# file: "):
            files.append((line.removeprefix("# file: ").strip(), ""))
        else:
            files[-1] = (files[-1][0], files[-1][1] + line)
    return files[1:] if len(files) > 1 else files
