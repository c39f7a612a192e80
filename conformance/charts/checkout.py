"""Charts out of clones: the tree of a chart at a tag, with its subcharts in `charts/`."""

import io
import json
import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile

import yaml


class Missing(Exception):
    """A repository, a tag or a path that no clone has."""


def git(clone, *arguments):
    """Output of git in a clone; `Missing` if git refuses."""
    done = subprocess.run(["git", "-C", str(clone), *arguments], capture_output=True)
    if done.returncode:
        raise Missing(done.stderr.decode(errors="replace").strip().splitlines()[-1])
    return done.stdout


def clone_of(clones, repository):
    """The clone of `OWNER/NAME`: the folder OWNER/NAME, OWNER+NAME or OWNER+NAME/repo."""
    for form in (repository, repository.replace("/", "+"), repository.replace("/", "+") + "/repo"):
        folder = pathlib.Path(clones) / form
        if folder.is_dir() and (folder / ".git").exists() | (folder / "HEAD").exists():
            return folder
    raise Missing(f"no clone of {repository}")


def source(clones, place, version):
    """The facts that identify a tree: repository, tag, path, and git's id of the tree."""
    minor = ".".join(version.split(".")[:2])
    tag = place["tag"]
    if isinstance(tag, dict):
        if version not in tag:
            raise Missing(f"no commit of {place['repository']} for {version}: add it to `tag`")
        tag = tag[version]
    else:
        tag = tag.format(version=version, minor=minor)
    clone = clone_of(clones, place["repository"])
    path = named(clone, tag, place.get("path", "").format(version=version, minor=minor).strip("/"))
    tree = git(clone, "rev-parse", f"{tag}^{{commit}}:{path}").decode().strip()
    return {"repository": place["repository"], "tag": tag, "path": path, "tree": tree}


def named(clone, tag, path):
    """The path, or the only path that matches it if its last part ends with `*`."""
    if not path.endswith("*"):
        return path
    folder = path.rpartition("/")[0]
    rows = git(clone, "ls-tree", "--name-only", f"{tag}^{{commit}}", f"{folder}/" if folder else ".").decode().split()
    found = [row for row in rows if row.startswith(path.removesuffix("*"))]
    if len(found) != 1:
        raise Missing(f"{len(found)} paths match {path}")
    return found[0]


def unpack(clones, found, into):
    """Writes the tree of a source, or the chart in a packaged chart, into a folder."""
    if found["path"].endswith(".tgz"):
        package = git(clone_of(clones, found["repository"]), "cat-file", "blob", found["tree"])
        with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(package)) as tar:
            tar.extractall(folder, filter="tar")
            (only,) = pathlib.Path(folder).iterdir()
            shutil.copytree(only, into, dirs_exist_ok=True)
        return
    archive = git(clone_of(clones, found["repository"]), "archive", found["tree"])
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(into, filter="tar")
    # Links to files outside of the chart, which the packaged chart contains: definitions of resources.
    for link in [it for it in into.rglob("*") if it.is_symlink() and not it.exists()]:
        link.unlink()


def locked(folder):
    """Versions of the subcharts by name and alias, from Chart.lock."""
    lock = folder / "Chart.lock"
    if not lock.exists():
        return {}
    rows = (yaml.safe_load(lock.read_text()) or {}).get("dependencies") or []
    return {row["name"]: str(row["version"]) for row in rows}


def newest(clones, place, wanted):
    """The newest tag of a subchart that matches a range such as `2.x.x`, `0.12.*`, `^1.2.0` or `~1.2.0`."""
    pattern = place["tag"].replace("{version}", "*")
    prefix, suffix = place["tag"].split("{version}")
    tags = git(clone_of(clones, place["repository"]), "tag", "-l", pattern).decode().split()
    versions = [tag[len(prefix):len(tag) - len(suffix) or None] for tag in tags]
    numbers = {it: tuple(map(int, it.split("."))) for it in versions if re.fullmatch(r"\d+(\.\d+)*", it)}
    parts = re.sub(r"^[\^~>=v ]+", "", wanted).split(".")
    keep = 1 if wanted.startswith("^") else 2 if wanted.startswith("~") else len(parts)
    fixed = []
    for part in parts[:keep]:
        if not part.isdigit():
            break
        fixed.append(int(part))
    matching = [it for it in numbers if list(numbers[it][:len(fixed)]) == fixed]
    if not matching:
        raise Missing(f"no tag {pattern} for {wanted}")
    return max(matching, key=numbers.get)


def chart(clones, place, version, subcharts, into):
    """Writes a chart and its subcharts into a folder. Returns its source, with those of the subcharts."""
    try:
        found = source(clones, place, version)
    except Missing:
        if "fallback" not in place:
            raise
        found = {**source(clones, place, place["fallback"]), "instead-of": version}
    unpack(clones, found, into)
    template = into / "Chart.template.yaml"
    if template.exists() and not (into / "Chart.yaml").exists():
        template.rename(into / "Chart.yaml")
    schema = into / "values.schema.yaml"
    if schema.exists() and not (into / "values.schema.json").exists():
        (into / "values.schema.json").write_text(json.dumps(yaml.safe_load(schema.read_text())))
    about = yaml.safe_load((into / "Chart.yaml").read_text())
    if not re.match(r"\d", str(about.get("version", "")).lstrip("v")) or about["version"] in ("v0.0.0", "0.0.0"):
        about["version"] = version.lstrip("v")
    kept, used = [], {}
    versions = locked(into)
    for row in about.get("dependencies") or []:
        name, target = row["name"], into / "charts" / row["name"]
        if target.exists():
            kept.append(row)
            continue
        if str(row.get("repository", "")).startswith("file://"):
            path = pathlib.PurePosixPath(found["path"], row["repository"].removeprefix("file://"))
            path = pathlib.PurePosixPath(*clean(path))
            place_of = {"repository": found["repository"], "tag": found["tag"], "path": str(path)}
            wanted = str(row["version"])
        else:
            place_of = subcharts.get(name)
            if place_of is None:
                raise Missing(f"no subchart {name} {row['version']}: add it to `subcharts`")
            if "omit" in place_of:
                continue
            wanted = str(place_of.get("version") or versions.get(name) or row["version"]).lstrip("v")
            if not re.fullmatch(r"\d+\.\d+\.\d+([-+].*)?", wanted):
                wanted = newest(clones, place_of, wanted)
        target.mkdir(parents=True)
        used[name] = chart(clones, place_of, wanted, subcharts, target)
        kept.append(row)
    # Helm refuses a chart whose list of dependencies differs from its folder `charts`.
    if "dependencies" in about:
        about["dependencies"] = kept
    (into / "Chart.yaml").write_text(yaml.safe_dump(about))
    (into / "Chart.lock").unlink(missing_ok=True)
    if used:
        found["subcharts"] = used
    return found


def clean(path):
    """The parts of a path without `..`."""
    parts = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return parts


def manifests(clones, place, version, into):
    """Writes plain manifests, a file or a folder, into a folder. Returns their source."""
    found = source(clones, place, version)
    kind = git(clone_of(clones, found["repository"]), "cat-file", "-t", found["tree"]).decode().strip()
    if kind == "tree":
        unpack(clones, found, into)
    else:
        text = git(clone_of(clones, found["repository"]), "cat-file", "blob", found["tree"])
        (into / pathlib.PurePosixPath(found["path"]).name).write_bytes(text)
    return found


def empty(folder):
    """An empty folder at this path."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
