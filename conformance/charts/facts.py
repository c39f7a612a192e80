"""Facts about the objects that a chart renders: Services, workloads, webhooks, monitors, policies, addresses."""

import base64
import re

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod", "ReplicaSet")
# Labels that contain a version or say who wrote the object: no selector uses them.
NOISE = re.compile(r"^(helm\.sh/chart|app\.kubernetes\.io/(version|managed-by)|chart|version|heritage)$")
ADDRESS = re.compile(r"(?<![\w.-])(?:(https?)://(?:[^/@\s\"']*@)?)?([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)((?:\.[a-z0-9-]+)*)\.?(?::(\d{2,5}))?(?![\w-])")
MONITORS = ("ServiceMonitor", "PodMonitor")


def namespace_of(thing, release):
    return thing["metadata"].get("namespace") or release["namespace"]


def pod_of(thing):
    """The metadata and the spec of the pods of a workload."""
    spec = thing.get("spec") or {}
    if thing["kind"] == "Pod":
        return thing["metadata"], spec
    if thing["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    template = spec["template"]
    return template.get("metadata") or {}, template.get("spec") or {}


def key(thing, release):
    """The name of an object in the facts: `KIND/NAME`, with the namespace if it is not that of the release."""
    place = namespace_of(thing, release)
    name = thing["metadata"].get("name") or thing["metadata"].get("generateName", "")
    return name if place == release["namespace"] else f"{place}/{name}"


def hook_of(thing):
    return str((thing["metadata"].get("annotations") or {}).get("helm.sh/hook", ""))


def containers(spec):
    return [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]


def ports_of(spec):
    """The container ports of a pod, once each."""
    rows = []
    for container in containers(spec):
        for port in container.get("ports") or []:
            row = {"port": port["containerPort"]}
            if port.get("name"):
                row["name"] = port["name"]
            if port.get("protocol", "TCP") != "TCP":
                row["protocol"] = port["protocol"]
            if row not in rows:
                rows.append(row)
    return rows


def plain(labels):
    """Labels and their values, without noise."""
    return {name: str(value) for name, value in sorted((labels or {}).items()) if not NOISE.match(name)}


def scraped(metadata):
    """`prometheus.io` annotations: the port that they ask for."""
    notes = metadata.get("annotations") or {}
    if str(notes.get("prometheus.io/scrape", "")).lower() != "true":
        return None
    port = str(notes.get("prometheus.io/port", ""))
    return int(port) if port.isdigit() else "declared"


def of_objects(things, release):
    """The facts of one release."""
    services, workloads = {}, {}
    for thing in things:
        if "test" in hook_of(thing):
            continue
        if thing["kind"] == "Service":
            services[key(thing, release)] = service(thing)
        elif thing["kind"] in WORKLOADS:
            workloads[f"{thing['kind']}/{key(thing, release)}"] = workload(thing)
    found = {"services": services, "workloads": workloads}
    found["webhooks"] = webhooks(things, release)
    found["policies"] = sorted(
        f"{it['kind']}/{key(it, release)}" for it in things if it["kind"] in ("NetworkPolicy", "CiliumNetworkPolicy"))
    found["kinds"] = sorted({it["kind"] for it in things if "." in it.get("apiVersion", "").split("/")[0]
                             and not it["apiVersion"].split("/")[0].endswith("k8s.io")})
    found["dials"] = dials(things, release, services)
    return found


def service(thing):
    spec = thing.get("spec") or {}
    kind = spec.get("type", "ClusterIP")
    row = {"type": "Headless" if spec.get("clusterIP") == "None" else kind}
    row["selector"] = plain(spec.get("selector"))
    row["ports"] = []
    for port in spec.get("ports") or []:
        one = {"port": port["port"], "target": port.get("targetPort") or port["port"]}
        if port.get("name"):
            one["name"] = port["name"]
        if port.get("protocol", "TCP") != "TCP":
            one["protocol"] = port["protocol"]
        row["ports"].append(one)
    if (port := scraped(thing["metadata"])) is not None:
        row["scrape"] = port
    return row


def workload(thing):
    metadata, spec = pod_of(thing)
    row = {"labels": plain(metadata.get("labels")), "ports": ports_of(spec)}
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        row["account"] = account
    if spec.get("hostNetwork"):
        row["host-network"] = True
    if hook_of(thing):
        row["hook"] = hook_of(thing)
    if (thing.get("spec") or {}).get("replicas") == 0:
        row["replicas"] = 0
    if (port := scraped(metadata)) is not None:
        row["scrape"] = port
    return row


def webhooks(things, release):
    """The Services that the API server calls: admission and conversion webhooks, aggregated APIs."""
    rows = []
    for thing in things:
        for client in clients(thing):
            place = client.get("namespace") or release["namespace"]
            name = client["name"] if place == release["namespace"] else f"{place}/{client['name']}"
            row = {"kind": thing["kind"], "service": name, "port": client.get("port", 443)}
            if row not in rows:
                rows.append(row)
    return sorted(rows, key=lambda it: (it["service"], it["port"], it["kind"]))


def clients(thing):
    if thing["kind"] in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"):
        for hook in thing.get("webhooks") or []:
            if found := (hook.get("clientConfig") or {}).get("service"):
                yield found
    elif thing["kind"] == "APIService" and (found := (thing.get("spec") or {}).get("service")):
        yield found
    elif thing["kind"] == "CustomResourceDefinition":
        webhook = ((thing.get("spec") or {}).get("conversion") or {}).get("webhook") or {}
        if found := (webhook.get("clientConfig") or {}).get("service"):
            yield found


def selects(selector, labels):
    return bool(selector) and all(labels.get(name) == value for name, value in selector.items())


def monitors(things, release):
    """The pod ports that ServiceMonitors and PodMonitors ask Prometheus to scrape."""
    services = {key(it, release): it for it in things if it["kind"] == "Service"}
    pods = {f"{it['kind']}/{key(it, release)}": it for it in things
            if it["kind"] in WORKLOADS and "test" not in hook_of(it)}
    rows = []
    for thing in things:
        if thing["kind"] not in MONITORS:
            continue
        spec = thing["spec"]
        wanted = (spec.get("selector") or {}).get("matchLabels") or {}
        ends = spec.get("endpoints") or spec.get("podMetricsEndpoints") or []
        for end in ends:
            name = end.get("port") or end.get("targetPort")
            for target in targets(thing["kind"], wanted, name, "targetPort" in end, services, pods):
                row = {"monitor": f"{thing['kind']}/{key(thing, release)}", **target}
                if row not in rows:
                    rows.append(row)
    return sorted(rows, key=str)


def targets(kind, wanted, port, by_target, services, pods):
    """Workloads and pod ports behind one endpoint of a monitor."""
    labels = {name: plain_all(pod_of(it)[0].get("labels")) for name, it in pods.items()}
    if kind == "PodMonitor":
        for name, thing in pods.items():
            if selects(plain_all(wanted), labels[name]):
                yield from numbered(name, port, thing)
        return
    for _, thing in services.items():
        if not selects(plain_all(wanted), plain_all(thing["metadata"].get("labels"))):
            continue
        spec = thing.get("spec") or {}
        for row in spec.get("ports") or []:
            target = row.get("targetPort") or row["port"]
            if port not in (target if by_target else row.get("name"), ):
                continue
            for name, pod in pods.items():
                if selects(plain_all(spec.get("selector")), labels[name]):
                    yield from numbered(name, target, pod)


def plain_all(labels):
    return {name: str(value) for name, value in (labels or {}).items()}


def numbered(name, port, thing):
    if isinstance(port, int):
        yield {"workload": name, "port": port}
        return
    for row in ports_of(pod_of(thing)[1]):
        if row.get("name") == port:
            yield {"workload": name, "port": row["port"]}


def texts_of(spec, data):
    """The strings that a pod gets: environment, arguments, and the files and variables of its ConfigMaps and Secrets."""
    read, keys = set(), set()
    for volume in spec.get("volumes") or []:
        for source in [volume, *((volume.get("projected") or {}).get("sources") or [])]:
            for kind, found in (("ConfigMap", source.get("configMap")), ("Secret", source.get("secret"))):
                name = (found or {}).get("secretName") or (found or {}).get("name")
                if (found or {}).get("items"):
                    keys.update((kind, name, it["key"]) for it in found["items"])
                else:
                    read.add((kind, name))
    for container in containers(spec):
        for source in container.get("envFrom") or []:
            read.add(("ConfigMap", (source.get("configMapRef") or {}).get("name")))
            read.add(("Secret", (source.get("secretRef") or {}).get("name")))
        for row in container.get("env") or []:
            if row.get("value") is not None:
                yield str(row["value"])
            for kind, field in (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")):
                found = (row.get("valueFrom") or {}).get(field) or {}
                keys.add((kind, found.get("name"), found.get("key")))
        for word in [*(container.get("command") or []), *(container.get("args") or [])]:
            yield str(word)
    for one in sorted(it for it in read if it[1]):
        yield from data.get(one, {}).values()
    for kind, name, one in sorted(it for it in keys if it[1] and it[2]):
        if (found := data.get((kind, name), {}).get(one)) is not None:
            yield found


def dials(things, release, services):
    """Flows that environment, arguments and configuration files name: an address of a Service of the same release."""
    data = {}
    for thing in things:
        if thing["kind"] in ("ConfigMap", "Secret"):
            texts = {name: str(it) for name, it in (thing.get("data") or {}).items()}
            if thing["kind"] == "Secret":
                texts = {name: decoded(it) for name, it in texts.items()}
                texts |= {name: str(it) for name, it in (thing.get("stringData") or {}).items()}
            data[thing["kind"], thing["metadata"]["name"]] = texts
    rows = []
    for thing in things:
        if thing["kind"] not in WORKLOADS or "test" in hook_of(thing):
            continue
        metadata, spec = pod_of(thing)
        own = plain(metadata.get("labels"))
        for text in texts_of(spec, data):
            for scheme, name, rest, port in ADDRESS.findall(text):
                for target, row in services.items():
                    place, _, short = target.rpartition("/")
                    place = place or release["namespace"]
                    inside = rest == f".{place}" or rest.startswith(f".{place}.svc")
                    whole = text.strip() in (name, name + rest)
                    if short != name or (rest and not inside) or not (scheme or port or inside or (whole and "-" in name)):
                        continue
                    number = int(port) if port else {"http": 80, "https": 443}.get(scheme)
                    if number and number not in [it["port"] for it in row["ports"]] and row["type"] != "Headless":
                        continue
                    if selects(row["selector"], own):
                        continue
                    one = {"from": f"{thing['kind']}/{key(thing, release)}", "to": target}
                    if number:
                        one["port"] = number
                    if one not in rows:
                        rows.append(one)
    numbered_ends = {(it["from"], it["to"]) for it in rows if "port" in it}
    rows = [it for it in rows if "port" in it or (it["from"], it["to"]) not in numbered_ends]
    return sorted(rows, key=lambda it: (it["from"], it["to"], it.get("port", 0)))


def decoded(text):
    try:
        return base64.b64decode(text).decode(errors="replace")
    except ValueError:
        return text
