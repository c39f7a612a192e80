//! A small API server for tests: objects behind lists and pages, dry runs, and faults that a case requests.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Map, Value, json};

/// The certificate of the server `another.example`.
pub(crate) const CERTIFICATE: &str = include_str!("cluster/another.crt");
/// Its key.
pub(crate) const KEY: &str = include_str!("cluster/another.key");

/// The resources of an API group, with their kinds.
type Kinds = &'static [(&'static str, &'static str)];

/// Every API group of the server, with the version.
const GROUPS: &[(&str, &str, Kinds)] = &[
    (
        "",
        "v1",
        &[("namespaces", "Namespace"), ("nodes", "Node"), ("pods", "Pod"), ("services", "Service")],
    ),
    (
        "apps",
        "v1",
        &[
            ("daemonsets", "DaemonSet"),
            ("deployments", "Deployment"),
            ("statefulsets", "StatefulSet"),
        ],
    ),
    ("networking.k8s.io", "v1", &[("networkpolicies", "NetworkPolicy")]),
    (
        "crd.projectcalico.org",
        "v1",
        &[("globalnetworkpolicies", "GlobalNetworkPolicy"), ("networkpolicies", "NetworkPolicy")],
    ),
    (
        "metallb.io",
        "v1beta1",
        &[
            ("bfdprofiles", "BFDProfile"),
            ("bgpadvertisements", "BGPAdvertisement"),
            ("ipaddresspools", "IPAddressPool"),
            ("l2advertisements", "L2Advertisement"),
        ],
    ),
    ("metallb.io", "v1beta2", &[("bgppeers", "BGPPeer")]),
    ("operator.tigera.io", "v1", &[("installations", "Installation")]),
];

/// Path of the definitions of other kinds.
const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/";

/// A fault, from a line `# fault: WORD [METHOD] PATH [: TEXT]`.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// A status, `stall`, `cut`, `text`, `without` (an API group) or `serves` (an API group in another version).
    pub(crate) word: String,
    method: String,
    path: String,
    text: String,
    /// Number of times that it still happens.
    left: usize,
}

impl Fault {
    /// Parses a fault: `429*2 /api/v1/pods`.
    pub(crate) fn parse(line: &str) -> Self {
        let (head, text) = line.split_once(": ").unwrap_or((line, ""));
        let mut words = head.split(' ');
        let word = words.next().unwrap_or_default();
        let (word, left) = word.split_once('*').unwrap_or((word, "1000000"));
        let rest: Vec<&str> = words.collect();
        let (method, path) = match rest.as_slice() {
            [method, path] => (*method, *path),
            [path] => ("GET", *path),
            _ => ("GET", "/"),
        };
        Self {
            word: word.to_owned(),
            method: method.to_owned(),
            path: path.to_owned(),
            text: text.to_owned(),
            left: left.parse().expect("a number after `*`"),
        }
    }
}

/// A listening server.
pub(crate) struct Server {
    /// `http://127.0.0.1:PORT`, or `https`.
    pub(crate) address: String,
    state: Arc<State>,
}

struct State {
    objects: Vec<Value>,
    faults: Mutex<Vec<Fault>>,
    asked: Mutex<Vec<String>>,
}

/// A request.
struct Request {
    method: String,
    path: String,
    query: String,
    body: Value,
}

impl Server {
    /// Starts a server at a free port; it listens until the tests end.
    pub(crate) fn start(objects: Vec<Value>, faults: Vec<Fault>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let is_another = faults.iter().any(|it| it.word == "certificate");
        let is_nobody = faults.iter().any(|it| it.word == "refuse");
        let state = State { objects, faults: Mutex::new(faults), asked: Mutex::default() };
        let state = Arc::new(state);
        let scheme = if is_another { "https" } else { "http" };
        let server =
            Self { address: format!("{scheme}://127.0.0.1:{port}"), state: Arc::clone(&state) };
        if is_nobody {
            return server;
        }
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                thread::spawn(
                    move || if is_another { encrypted(stream) } else { answer(stream, &state) },
                );
            }
        });
        server
    }

    /// Returns the requests so far, each once: `GET /api/v1/pods`.
    pub(crate) fn asked(&self) -> Vec<String> {
        let mut asked = self.state.asked.lock().expect("no thread panics").clone();
        asked.sort();
        asked.dedup();
        asked
    }
}

/// Sends a certificate, and waits for the reaction of the client.
fn encrypted(mut stream: TcpStream) {
    let certificate =
        CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a pair");
    let mut connection = rustls::ServerConnection::new(Arc::new(config)).expect("a connection");
    drop(connection.complete_io(&mut stream));
}

fn answer(mut stream: TcpStream, state: &State) {
    let Some(request) = read(&stream) else { return };
    let asked = format!("{} {}", request.method, request.path);
    state.asked.lock().expect("no thread panics").push(asked);
    let fault = state.fault(&request);
    let (status, body) = match fault.as_ref().map(|it| it.word.as_str()) {
        Some("stall") => {
            thread::sleep(Duration::from_secs(30));
            return;
        }
        Some("text") => (200, "<html>Please log in</html>".to_owned()),
        Some("cut") => {
            let (_, body) = state.reply(&request);
            let half = body.to_string();
            let half = half.get(..half.len() / 2).unwrap_or_default();
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{half}", 2 * half.len());
            drop(stream.write_all(head.as_bytes()));
            return;
        }
        Some(status) => {
            let status: u16 = status.parse().expect("a status");
            let fault = fault.as_ref().expect("a fault");
            (status, refusal(status, fault, &request).to_string())
        }
        None => {
            let (status, body) = state.reply(&request);
            (status, body.to_string())
        }
    };
    let after = if status == 429 { "retry-after: 0\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\n{after}content-length: {}\r\n\r\n",
        body.len()
    );
    drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())));
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut length = 0;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header).ok()? == 0 || header.trim().is_empty() {
            break;
        }
        let (name, value) = header.split_once(':')?;
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Some(Request {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    })
}

/// Returns the body of an answer with an error status.
fn refusal(status: u16, fault: &Fault, request: &Request) -> Value {
    let resource = request.path.rsplit('/').next().unwrap_or_default();
    let verb = if request.method == "PATCH" { "patch" } else { "list" };
    let own = match status {
        401 => "Unauthorized".to_owned(),
        403 => format!(
            "{resource} is forbidden: User \"ci\" cannot {verb} resource \"{resource}\" in API group \"\""
        ),
        429 => "too many requests, please try again later".to_owned(),
        _ => "an error on the server".to_owned(),
    };
    let (message, field) = fault.text.split_once(" | ").unwrap_or((&fault.text, ""));
    let message = if message.is_empty() { own } else { message.to_owned() };
    let causes = match (status, field) {
        (_, "") => json!([]),
        (409, field) => {
            json!([{"reason": "FieldManagerConflict", "message": message, "field": field}])
        }
        (_, field) => json!([{"field": field}]),
    };
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "message": message,
        "details": {"causes": causes}})
}

impl State {
    /// Returns the fault of a request, if it has one.
    fn fault(&self, request: &Request) -> Option<Fault> {
        let mut faults = self.faults.lock().expect("no thread panics");
        let is_it = |it: &&mut Fault| {
            let is_one = !matches!(it.word.as_str(), "without" | "serves");
            is_one
                && it.left > 0
                && it.method == request.method
                && request.path.starts_with(&it.path)
        };
        let fault = faults.iter_mut().find(is_it)?;
        fault.left -= 1;
        Some(fault.clone())
    }

    /// Returns the available API groups with their versions.
    fn groups(&self) -> Vec<(&'static str, String, Kinds)> {
        let faults = self.faults.lock().expect("no thread panics");
        let message =
            |word: &str, group: &str| faults.iter().find(|it| it.word == word && it.path == group);
        let groups = GROUPS.iter().filter(|(group, _, _)| message("without", group).is_none());
        let version = |group: &str, own: &str| {
            message("serves", group).map_or_else(|| own.to_owned(), |it| it.text.clone())
        };
        groups.map(|(group, own, kinds)| (*group, version(group, own), *kinds)).collect()
    }

    fn reply(&self, request: &Request) -> (u16, Value) {
        let groups = self.groups();
        if request.path == "/apis" {
            let mut versions = BTreeMap::<&str, Vec<Value>>::new();
            for (group, version, _) in groups.iter().filter(|it| !it.0.is_empty()) {
                versions.entry(group).or_default().push(json!({"version": version}));
            }
            let rows = versions.iter().map(|(group, versions)| {
                json!({"name": group, "versions": versions, "preferredVersion": versions[0]})
            });
            return (200, json!({"kind": "APIGroupList", "groups": rows.collect::<Vec<_>>()}));
        }
        if let Some(name) = request.path.strip_prefix(DEFINITIONS) {
            let is_it = |it: &&Value| {
                it["kind"] == "CustomResourceDefinition" && it["metadata"]["name"] == name
            };
            if let Some(it) = self.objects.iter().find(is_it) {
                return (200, it.clone());
            }
        }
        for (group, version, kinds) in &groups {
            let root = if group.is_empty() {
                "/api/v1".to_owned()
            } else {
                format!("/apis/{group}/{version}")
            };
            if request.path == root {
                let rows = kinds.iter().map(|(plural, kind)| json!({"name": plural, "kind": kind}));
                return (200, json!({"resources": rows.collect::<Vec<_>>()}));
            }
            let Some(rest) = request.path.strip_prefix(&format!("{root}/")) else { continue };
            for (plural, kind) in *kinds {
                if rest == *plural {
                    return (200, self.page(group, kind, &request.query));
                }
                let words: Vec<&str> = rest.split('/').collect();
                let (namespace, name) = match words.as_slice() {
                    ["namespaces", namespace, it, name] if it == plural => {
                        (Some(*namespace), *name)
                    }
                    [it, name] if it == plural => (None, *name),
                    _ => continue,
                };
                return (200, self.stored(kind, namespace, name, &request.body));
            }
        }
        (
            404,
            json!({"kind": "Status", "message": "the server could not find the requested resource"}),
        )
    }

    /// Returns a page of two objects, whatever page size is requested.
    fn page(&self, group: &str, kind: &str, query: &str) -> Value {
        let start = query.split('&').find_map(|it| it.strip_prefix("continue="));
        let start: usize = start.map_or(0, |it| it.parse().expect("our own word"));
        let is_it = |it: &&Value| {
            let own = it["apiVersion"].as_str().unwrap_or_default();
            let own = own.split_once('/').map_or("", |(group, _)| group);
            it["kind"] == kind && own == group
        };
        let all: Vec<&Value> = self.objects.iter().filter(is_it).collect();
        let items: Vec<&Value> = all.iter().skip(start).take(2).copied().collect();
        let next = if start + 2 < all.len() { (start + 2).to_string() } else { String::new() };
        json!({"kind": format!("{kind}List"), "metadata": {"continue": next}, "items": items})
    }

    /// Returns an object merged with the applied object.
    fn stored(&self, kind: &str, namespace: Option<&str>, name: &str, applied: &Value) -> Value {
        let is_it = |it: &&Value| {
            let metadata = &it["metadata"];
            it["kind"] == kind
                && metadata["name"] == name
                && metadata["namespace"].as_str() == namespace
        };
        let mut object = self.objects.iter().find(is_it).cloned().unwrap_or_else(|| json!({}));
        merge(&mut object, applied);
        object
    }
}

fn merge(object: &mut Value, applied: &Value) {
    match (object, applied) {
        (Value::Object(object), Value::Object(applied)) => {
            for (field, value) in applied {
                merge(object.entry(field.clone()).or_insert(Value::Object(Map::new())), value);
            }
        }
        (object, applied) => *object = applied.clone(),
    }
}
