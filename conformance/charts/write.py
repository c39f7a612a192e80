"""The file `upstream.yaml`: its form on disk."""

import json

import yaml

HEAD = """# Facts about the charts of this component. Written by conformance/charts/charts.py; never edited by hand.
# `emitted`: mlnetc's Helm values, with which Helm rendered the chart. `unread`: those that no template reads.
"""
WIDTH = 118


def read(path):
    """The versions of a file, with `reads` of each version in full."""
    document = yaml.safe_load(path.read_text()) or {}
    versions = {str(it["version"]): it for it in document.get("versions") or []}
    for row in versions.values():
        row["reads"] = {}
    for chart, groups in (document.get("reads") or {}).items():
        for group in groups:
            for version in group["versions"]:
                rows = versions[str(version)]["reads"].setdefault(chart, set())
                rows.update(tuple(it.split("/")) for it in " ".join(group["paths"]).split())
    return versions


def write(path, name, versions):
    """Writes the file."""
    out = [HEAD, f"component: {name}\n", "versions:\n"]
    for version, row in versions.items():
        out.append(f"- version: {quoted(version)}\n")
        out.append("  sources:\n")
        for it in row["sources"]:
            out.append(f"  - {flow(it)}\n")
        out.append("  releases:\n")
        for it in row["releases"]:
            release(out, it)
    groups = {}
    for chart in sorted({it for row in versions.values() for it in row["reads"]}):
        by_path = {}
        for version, row in versions.items():
            for one in row["reads"].get(chart, ()):
                by_path.setdefault("/".join(one), []).append(version)
        by_versions = {}
        for one, of in by_path.items():
            by_versions.setdefault(tuple(of), []).append(one)
        groups[chart] = by_versions
    out.append("# Value paths that templates read, by the versions that read them. A path that ends with `*` is read as a whole.\n")
    out.append("reads:\n" if groups else "reads: {}\n")
    for chart, by_versions in groups.items():
        out.append(f"  {chart}:\n")
        for of, paths in sorted(by_versions.items(), key=lambda it: (-len(it[0]), list(versions).index(it[0][0]))):
            out.append(f"  - versions: {flow(list(of))}\n    paths:\n")
            out.extend(f"    - {line}\n" for line in wrapped(sorted(paths)))
    path.write_text("".join(out))


def release(out, row):
    """One release, an entry a line."""
    first = {name: row[name] for name in ("chart", "release", "namespace", "refused") if name in row}
    lines = [f"{name}: {scalar(value)}" for name, value in first.items()]
    for name in ("emitted", "services", "workloads"):
        if name in row:
            entries = [f"  {scalar(key)}: {flow(value)}" for key, value in row[name].items()]
            lines += [f"{name}:", *entries] if entries else [f"{name}: {{}}"]
    for name in ("webhooks", "monitors", "dials"):
        if name in row:
            entries = [f"- {flow(it)}" for it in row[name]]
            lines += [f"{name}:", *entries] if entries else [f"{name}: []"]
    for name in ("unread", "policies", "kinds"):
        if name in row:
            lines.append(f"{name}: {flow(row[name])}")
    out.append(f"  - {lines[0]}\n")
    out.extend(f"    {line}\n" for line in lines[1:])


def wrapped(words):
    """Words in lines."""
    line, lines = "", []
    for word in words:
        if line and len(line) + len(word) + 1 > WIDTH - 6:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
    return [*lines, line] if line else lines


def flow(value):
    """A value in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(name)}: {flow(it)}" for name, it in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(it) for it in value) + "]"
    return scalar(value)


def scalar(value):
    if isinstance(value, str):
        return quoted(value)
    return json.dumps(value)


def quoted(text):
    """A string: plain if YAML reads it as the same string."""
    if text and not any(it in text for it in ":#{}[],&*!|>'\"%@`\n") and text.strip() == text and not text.startswith(("-", "?")):
        if isinstance(yaml.safe_load(text), str):
            return text
    return json.dumps(text, ensure_ascii=False)
