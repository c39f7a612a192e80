#!/usr/bin/env python3
"""Writes `golden/stdlib/NAME/upstream.yaml`: facts about the charts of a component, at several versions.

    conformance/charts/charts.py NAME… [--version VERSION] [--clones DIR] [--helm PATH] [--mlnetc PATH]

README.md describes the files. The output is the same for the same clones; nothing is downloaded."""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import yaml

import checkout
import facts
import project
import scan
import write

ROOT = pathlib.Path(__file__).resolve().parents[2]
MONITORS = ("servicemonitor", "podmonitor")
MONITORING = "monitoring.coreos.com/v1"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="components; default: all with a facts.yaml")
    parser.add_argument("--version", action="append", help="only these versions; the others keep their facts")
    parser.add_argument("--clones", default=os.environ.get("CHART_CLONES", "clones"), help="folder with a clone of each repository")
    parser.add_argument("--helm", default=os.environ.get("HELM", "helm"))
    parser.add_argument("--mlnetc", default=str(ROOT / "target/debug/mlnetc"))
    given = parser.parse_args()
    folder = ROOT / "golden" / "stdlib"
    names = given.names or sorted(it.parent.name for it in folder.glob("*/facts.yaml"))
    failed = False
    for name in names:
        about = yaml.safe_load((folder / name / "facts.yaml").read_text())
        if not about.get("charts"):
            continue
        path = folder / name / "upstream.yaml"
        kept = write.read(path) if path.exists() else {}
        versions = [str(it) for it in about["versions"]]
        found = {}
        for version in versions:
            if given.version and version not in given.version and version in kept:
                found[version] = kept[version]
                continue
            print(f"{name} {version}", flush=True)
            try:
                found[version] = look(given, name, about, version)
            except (checkout.Missing, project.Refused) as error:
                print(f"{name} {version}: {error}", file=sys.stderr)
                failed = True
                if version in kept:
                    found[version] = kept[version]
        if found:
            write.write(path, name, found)
    sys.exit(1 if failed else 0)


def look(given, name, about, version):
    """The facts of one version: the sources, the releases, and the paths that templates read."""
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        releases = project.documents(given.mlnetc, ROOT, name, version)
        charts, sources, reads = {}, [], {}
        taken = {it["chart"] for it in releases}
        for chart, place in sorted(about["charts"].items()):
            if chart not in taken and "release" not in place:
                continue
            folder = checkout.empty(work / chart.replace("/", "+"))
            if place.get("manifests"):
                found = checkout.manifests(given.clones, {**place, "path": place["manifests"]}, version, folder)
            else:
                found = checkout.chart(given.clones, place, version, place.get("subcharts") or {}, folder)
                reads[chart] = scan.of_chart(folder)
            sources.append({"chart": chart, **found})
            charts[chart] = folder
            if "release" in place:
                releases.append({"release": place["release"], "namespace": place["namespace"], "chart": chart, "values": {}})
        unknown = sorted({it["chart"] for it in releases} - set(charts))
        if unknown:
            raise checkout.Missing(f"charts without a place in facts.yaml: {', '.join(unknown)}")
        rows = []
        for release in releases:
            place = about["charts"][release["chart"]]
            rows.append(rendered(given, place, charts[release["chart"]], release, reads.get(release["chart"]), version))
        return {"sources": sources, "releases": rows, "reads": reads}


def rendered(given, place, folder, release, reads, version):
    """The facts of one release: what Helm makes of mlnetc's values."""
    row = {"chart": release["chart"], "release": release["release"], "namespace": release["namespace"]}
    if place.get("manifests"):
        things = [it for file in sorted(folder.rglob("*.yaml")) for it in loaded(file.read_text())]
        return {**row, **facts.of_objects(things, row)}
    emitted = flat(release["values"])
    row["emitted"] = {".".join(map(quoted, path)): value for path, value in sorted(emitted.items())}
    own = merged(place.get("values") or {}, (place.get("values-of") or {}).get(release["release"]) or {})
    values = merged(own, release["values"])
    text, refused = template(given, place, folder, release, values)
    if refused:
        return {**row, "refused": refused}
    row["unread"] = sorted(".".join(map(quoted, path)) for path in emitted
                           if not scan.is_read(path, reads) and not has_effect(given, place, folder, release, values, path, text))
    things = loaded(text)
    found = facts.of_objects(things, row)
    found["monitors"] = []
    for kind in MONITORS:
        with_monitors = merged(merged(switched(folder, kind), place.get("monitor-values") or {}), values)
        text, refused = template(given, place, folder, release, with_monitors, MONITORING)
        if refused:
            print(f"{release['release']} {version}: no {kind}s: {refused}", file=sys.stderr)
        more = [] if refused else facts.monitors(loaded(text), row)
        found["monitors"] += [it for it in more if it not in found["monitors"]]
    return {**row, **found}


def template(given, place, folder, release, values, *more):
    """Runs `helm template`. Returns its output, and its refusal or None."""
    file = folder.parent / "values.yaml"
    file.write_text(yaml.safe_dump(values))
    helm = f"{given.helm}-{place['helm']}" if "helm" in place else given.helm
    command = [helm, "template", release["release"], str(folder), "-n", release["namespace"], "-f", str(file),
               "--kube-version", place.get("kubernetes", "1.31.0"), "--include-crds"]
    for api in [*(place.get("api-versions") or []), *more]:
        command += ["--api-versions", api]
    done = subprocess.run(command, capture_output=True, text=True,
                          env={"PATH": "/usr/bin:/bin", "HOME": str(folder.parent)})
    if done.returncode == 0:
        return done.stdout, None
    lines = done.stderr.replace(str(folder.parent), "").strip().splitlines()
    return "", " ".join(it.strip() for it in lines if not it.startswith(("WARNING", "walk.go")))[:400]


def loaded(text):
    """The objects of a stream of manifests, lists taken apart, in a fixed order."""
    things = []
    for thing in yaml.load_all(text, Loader=Loader):
        if not isinstance(thing, dict) or "kind" not in thing:
            continue
        things += thing.get("items") or [] if thing["kind"].endswith("List") and "items" in thing else [thing]
    return sorted(things, key=lambda it: (it["kind"], it["metadata"].get("namespace", ""), str(it["metadata"].get("name", ""))))


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML as Kubernetes reads it: `=` is a string."""


Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: node.value)


def flat(values, prefix=()):
    """The leaves of a values document by path. An empty map and a list are leaves."""
    if isinstance(values, dict) and values:
        found = {}
        for name, value in values.items():
            found |= flat(value, (*prefix, str(name)))
        return found
    return {prefix: values} if prefix else {}


def quoted(segment):
    return f'"{segment}"' if "." in segment else segment


def merged(below, above):
    """Two values documents; the second one wins."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return {name: merged(below.get(name), above[name]) if name in above and name in below else above.get(name, below.get(name))
            for name in [*below, *(it for it in above if it not in below)]}


def has_effect(given, place, folder, release, values, path, text):
    """Whether another value at this path changes what Helm renders, or makes Helm fail."""
    value = values
    for segment in path:
        value = value[segment]
    other = {bool: lambda: not value, int: lambda: value + 1, str: lambda: value + "-x"}.get(type(value), lambda: {"mlnet-x": "x"})()
    probe = {}
    here = probe
    for segment in path[:-1]:
        here = here.setdefault(segment, {})
    here[path[-1]] = other
    changed, refused = template(given, place, folder, release, merged(values, probe))
    if refused:
        return True
    again, _ = template(given, place, folder, release, values)
    return differs(text.splitlines(), again.splitlines(), changed.splitlines())


def differs(once, again, changed):
    """Whether lines changed that are the same in two runs: charts make random passwords and keys."""
    if len(once) != len(changed) or len(once) != len(again):
        return len(once) == len(again)
    return any(a == b != c for a, b, c in zip(once, again, changed))


def switched(folder, kind):
    """Values that turn on each ServiceMonitor, or each PodMonitor, of a chart."""
    values = yaml.load((folder / "values.yaml").read_text(), Loader=Loader) if (folder / "values.yaml").exists() else {}

    def walk(here, below_monitor):
        found = {}
        for name, value in (here or {}).items():
            inside = below_monitor or str(name).lower() == kind
            if isinstance(value, dict):
                if part := walk(value, inside):
                    found[name] = part
            elif inside and name in ("enabled", "create") and isinstance(value, bool):
                found[name] = True
        return found

    return walk(values, False)


if __name__ == "__main__":
    main()
