//! Kubeconfig files: which cluster a context names, and the credentials of its user.
//!
//! In: the files of `KUBECONFIG`, else `~/.kube/config`. Out: an [`Access`]. It sends no request and starts no program.
//! The format is that of `k8s.io/client-go/tools/clientcmd/api/v1`; fields that mlnetc does not use are ignored.

use std::collections::BTreeMap;
use std::env;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::tls::Identity;
use super::trouble::Trouble;

/// Name of the cluster's extension that an exec plugin receives as `config`.
const EXEC_EXTENSION: &str = "client.authentication.k8s.io/exec";

/// An API server and the user whose credentials it receives.
pub(super) struct Access {
    /// The cluster in messages: `context NAME`.
    pub(super) name: String,
    pub(super) cluster: Cluster,
    pub(super) user: User,
}

/// An entry of `clusters`.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct Cluster {
    pub(super) server: Option<String>,
    pub(super) insecure_skip_tls_verify: Option<bool>,
    certificate_authority: Option<String>,
    certificate_authority_data: Option<String>,
    pub(super) proxy_url: Option<String>,
    pub(super) tls_server_name: Option<String>,
    extensions: Option<Vec<Extension>>,
}

#[derive(Clone, Deserialize)]
struct Extension {
    name: String,
    extension: Value,
}

/// An entry of `users`. It has no `Debug`: most of it is secret.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct User {
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
    pub(super) token: Option<String>,
    #[serde(rename = "tokenFile")]
    pub(super) token_file: Option<String>,
    client_certificate: Option<String>,
    client_certificate_data: Option<String>,
    client_key: Option<String>,
    client_key_data: Option<String>,
    #[serde(rename = "as")]
    pub(super) impersonate: Option<String>,
    #[serde(rename = "as-uid")]
    pub(super) impersonate_uid: Option<String>,
    #[serde(rename = "as-groups")]
    pub(super) impersonate_groups: Option<Vec<String>>,
    #[serde(rename = "as-user-extra")]
    pub(super) impersonate_extra: Option<BTreeMap<String, Vec<String>>>,
    pub(super) auth_provider: Option<Provider>,
    pub(super) exec: Option<Exec>,
}

/// Legacy token provider of `kubectl`, from before exec plugins.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Provider {
    pub(super) name: String,
    pub(super) config: BTreeMap<String, String>,
}

/// A program that prints credentials (exec plugin).
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Exec {
    pub(super) api_version: Option<String>,
    pub(super) command: Option<String>,
    pub(super) args: Option<Vec<String>>,
    pub(super) env: Option<Vec<Variable>>,
    pub(super) interactive_mode: Option<InteractiveMode>,
    pub(super) provide_cluster_info: bool,
}

/// A variable in the environment of an exec plugin.
#[derive(Clone, Deserialize)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) value: String,
}

/// Whether an exec plugin may use the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum InteractiveMode {
    Never,
    IfAvailable,
    Always,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Context {
    cluster: String,
    user: Option<String>,
}

/// An entry of one of the lists, with its name.
#[derive(Deserialize)]
struct Named<T> {
    name: String,
    #[serde(rename = "cluster", alias = "context", alias = "user")]
    content: Option<T>,
}

/// One file, or several merged ones.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Kubeconfig {
    current_context: Option<String>,
    #[serde(deserialize_with = "list")]
    contexts: Vec<Named<Context>>,
    #[serde(deserialize_with = "list")]
    clusters: Vec<Named<Cluster>>,
    #[serde(deserialize_with = "list")]
    users: Vec<Named<User>>,
}

/// Reads a list; `null` is an empty one.
fn list<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<Vec<T>, D::Error> {
    Option::<Vec<T>>::deserialize(from).map(Option::unwrap_or_default)
}

/// Returns the access that a context gives; without `context`, the current context. `Ok(None)` if there is no
/// kubeconfig and no context is requested.
pub(super) fn access(context: Option<&str>) -> Result<Option<Access>, Trouble> {
    let paths = paths(env::var_os("KUBECONFIG").as_deref(), env::home_dir().as_deref());
    let mut merged: Option<Kubeconfig> = None;
    let mut absent = None;
    for path in &paths {
        match text(path) {
            Ok(text) => {
                let next = parse(&text, path.parent().unwrap_or(Path::new("")))?;
                merged = Some(match merged {
                    Some(first) => first.merge(next),
                    None => next,
                });
            }
            // Like `kubectl`: a file of the list that does not exist is not an error while another one exists.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                absent.get_or_insert((path, error));
            }
            Err(error) => return Err(unread(path, &error)),
        }
    }
    match (merged, absent) {
        (Some(merged), _) => merged.select(context).map(Some),
        (None, Some((path, error))) if context.is_some() => Err(unread(path, &error)),
        (None, _) => Ok(None),
    }
}

fn unread(path: &Path, error: &io::Error) -> Trouble {
    Trouble::Config(format!("cannot read `{}`: {error}", path.display()))
}

/// Files to read, the most important one first.
fn paths(variable: Option<&std::ffi::OsStr>, home: Option<&Path>) -> Vec<PathBuf> {
    let listed = variable.into_iter().flat_map(env::split_paths);
    let listed: Vec<PathBuf> = listed.filter(|it| !it.as_os_str().is_empty()).collect();
    if listed.is_empty() {
        return home.map(|it| it.join(".kube/config")).into_iter().collect();
    }
    listed
}

#[expect(clippy::disallowed_methods, reason = "the kubeconfig is an input of `diff`")]
fn text(path: &Path) -> io::Result<String> {
    std::fs::read_to_string(path)
}

/// Reads the documents of one file. Relative paths start at its folder.
fn parse(text: &str, folder: &Path) -> Result<Kubeconfig, Trouble> {
    let text = text.trim_start_matches('\u{feff}');
    let mut merged = Kubeconfig::default();
    for document in documents::<Kubeconfig>(text)? {
        let mut document = document.unwrap_or_default();
        document.resolve(folder);
        merged = merged.merge(document);
    }
    Ok(merged)
}

/// Reads YAML documents. An error names a place and the expected type, never a value: it may be a secret.
fn documents<T: DeserializeOwned>(text: &str) -> Result<Vec<Option<T>>, Trouble> {
    let unparsed = |why: String| Trouble::Config(format!("cannot read the kubeconfig: {why}"));
    for document in serde_yaml::Deserializer::from_str(text) {
        let syntax = serde_yaml::Value::deserialize(document);
        syntax.map_err(|it| unparsed(it.to_string()))?;
    }
    let read = serde_yaml::Deserializer::from_str(text).map(Option::<T>::deserialize);
    read.collect::<Result<_, _>>().map_err(|it| unparsed(mistyped(&it)))
}

/// Returns the place of a value of the wrong type and the expected type.
fn mistyped(error: &serde_yaml::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let why = match text.rsplit_once("expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None => text.rsplit(": ").next().unwrap_or_default().to_owned(),
    };
    match error.location() {
        Some(place) => format!("line {} column {}: {why}", place.line(), place.column()),
        None => why,
    }
}

impl Kubeconfig {
    /// Makes the paths absolute that start at the folder of the file. The command of an exec plugin is one only if it
    /// has a `/`; else it is searched in `PATH`.
    fn resolve(&mut self, folder: &Path) {
        let users = self.users.iter_mut().filter_map(|it| it.content.as_mut());
        let files = users.flat_map(|it| {
            let command = it.exec.as_mut().map(|it| &mut it.command);
            let command = command.filter(|it| it.as_ref().is_some_and(|it| it.contains('/')));
            let own = [&mut it.client_certificate, &mut it.client_key, &mut it.token_file];
            own.into_iter().chain(command)
        });
        let clusters = self.clusters.iter_mut().filter_map(|it| it.content.as_mut());
        let files = files.chain(clusters.map(|it| &mut it.certificate_authority));
        for file in files.flatten() {
            // An absolute path replaces the folder, and an empty one is not a path.
            if !file.is_empty() {
                *file = folder.join(&*file).to_string_lossy().into_owned();
            }
        }
    }

    /// Adds the entries of another file whose names are new.
    fn merge(mut self, next: Self) -> Self {
        fn add<T>(to: &mut Vec<Named<T>>, from: Vec<Named<T>>) {
            for it in from {
                if to.iter().all(|known| known.name != it.name) {
                    to.push(it);
                }
            }
        }
        self.current_context = filled(self.current_context).or(next.current_context);
        add(&mut self.contexts, next.contexts);
        add(&mut self.clusters, next.clusters);
        add(&mut self.users, next.users);
        self
    }

    fn select(self, context: Option<&str>) -> Result<Access, Trouble> {
        fn find<T>(list: Vec<Named<T>>, name: &str) -> Option<T> {
            list.into_iter().find(|it| it.name == name).and_then(|it| it.content)
        }
        let name = context.map(str::to_owned).or(filled(self.current_context));
        let name = name
            .ok_or_else(|| Trouble::Config("the kubeconfig names no current context".to_owned()))?;
        let context = find(self.contexts, &name)
            .ok_or_else(|| Trouble::Config(format!("the kubeconfig has no context `{name}`")))?;
        let cluster = find(self.clusters, &context.cluster).ok_or_else(|| {
            let cluster = context.cluster;
            Trouble::Config(format!(
                "the kubeconfig has no cluster `{cluster}`, which the context names"
            ))
        })?;
        // Like `kubectl`: a context without a user, or with an unknown one, is anonymous.
        let user = context.user.and_then(|it| find(self.users, &it)).unwrap_or_default();
        Ok(Access { name: format!("context {name}"), cluster, user })
    }
}

impl Cluster {
    /// The cluster at an address, with the authority of its certificate in a file.
    pub(super) fn at(server: String, authority: String) -> Self {
        Self { server: Some(server), certificate_authority: Some(authority), ..Self::default() }
    }

    /// The certificates that sign the server's certificate, as PEM; `None` if the certificates of the operating system
    /// apply.
    pub(super) fn authority(&self) -> Result<Option<Vec<u8>>, Trouble> {
        let (data, file) = (&self.certificate_authority_data, &self.certificate_authority);
        load("certificate authority", data.as_deref(), file.as_deref()).map_err(Trouble::Config)
    }

    /// Configuration of the cluster for exec plugins.
    pub(super) fn exec_config(&self) -> Option<&Value> {
        let extension = self.extensions.iter().flatten().find(|it| it.name == EXEC_EXTENSION);
        extension.map(|it| &it.extension)
    }
}

impl User {
    /// The user whose token is in a file.
    pub(super) fn with_token(file: String) -> Self {
        Self { token_file: Some(file), ..Self::default() }
    }

    /// The client certificate and its key, as PEM.
    pub(super) fn identity(&self) -> Result<Option<Identity>, Trouble> {
        let (data, file) = (&self.client_certificate_data, &self.client_certificate);
        let certificate = load("client certificate", data.as_deref(), file.as_deref());
        let certificate = certificate.map_err(Trouble::NoCredentials)?;
        let (data, file) = (&self.client_key_data, &self.client_key);
        let key = load("client key", data.as_deref(), file.as_deref());
        let key = key.map_err(Trouble::NoCredentials)?;
        let lacks =
            |what| Err(Trouble::NoCredentials(format!("the {what} has no data and no file")));
        match (certificate, key) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
            (Some(_), None) => lacks("client key"),
            (None, Some(_)) => lacks("client certificate"),
        }
    }
}

/// Returns the data, else the content of the file.
#[expect(clippy::disallowed_methods, reason = "the kubeconfig names files")]
fn load(what: &str, data: Option<&str>, file: Option<&str>) -> Result<Option<Vec<u8>>, String> {
    if let Some(data) = data.filter(|it| !it.is_empty()) {
        let data: String = data.split_ascii_whitespace().collect();
        let bytes = BASE64_STANDARD.decode(data);
        return bytes.map(Some).map_err(|_| format!("the data of the {what} is not base64"));
    }
    let Some(file) = file.filter(|it| !it.is_empty()) else { return Ok(None) };
    let bytes = std::fs::read(file);
    bytes.map(Some).map_err(|error| format!("cannot read the {what} `{file}`: {error}"))
}

/// Returns a text that is not empty.
pub(super) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|it| !it.is_empty())
}
