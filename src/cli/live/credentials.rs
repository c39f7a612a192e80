//! Credentials of a user: the headers of its requests, and its client certificate.
//!
//! In: a user of the kubeconfig. Out: the value of the header `Authorization` for each request, read again before it
//! ends, and headers that stay the same. Nothing here has `Debug`: most of it is secret.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ureq::http::{HeaderName, HeaderValue, header};

use super::kubeconfig::{Access, Cluster, Exec, Provider, User, filled};
use super::plugin_failure::Failed;
use super::tls::Identity;
use super::trouble::Trouble;
use super::{plugin, provider, time};
use crate::scalar::percent_encoded;

/// Seconds before its expiry at which a token is replaced.
const EARLY: i64 = 60;

/// Seconds after which a token file is read again: Kubernetes replaces the tokens of pods.
const REREAD: i64 = 60;

/// Source of tokens.
enum Source {
    /// The kubeconfig itself: the value of `Authorization`.
    Kubeconfig(Option<HeaderValue>),
    File(PathBuf),
    Exec {
        exec: Exec,
        cluster: Box<Cluster>,
        is_terminal: bool,
    },
    Provider(Provider),
}

/// Result of a source.
#[derive(Default)]
struct Issued {
    /// The value of `Authorization`.
    header: Option<HeaderValue>,
    identity: Option<Identity>,
    /// Time at which the source is asked again, in seconds since 1970.
    renew: Option<i64>,
}

/// The credentials of a user.
pub(super) struct Credentials {
    source: Source,
    issued: Mutex<Issued>,
    /// Headers that impersonate another user.
    impersonation: Vec<(HeaderName, HeaderValue)>,
}

impl Credentials {
    /// Returns the credentials of a user, and runs an exec plugin if the user has one. `is_terminal`: a person can
    /// answer the plugin's questions.
    pub(super) fn new(access: &Access, is_terminal: bool) -> Result<Self, Trouble> {
        let impersonation = impersonation(&access.user)?;
        let source = Source::of(access, is_terminal)?;
        let issued = Mutex::new(source.issue()?);
        Ok(Self { source, issued, impersonation })
    }

    /// The client certificate of an exec plugin.
    pub(super) fn identity(&self) -> Option<Identity> {
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.identity.clone()
    }

    /// The headers of a request that is sent now.
    pub(super) fn headers(&self) -> Result<Vec<(HeaderName, HeaderValue)>, Trouble> {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        if issued.renew.is_some_and(|it| it <= time::now()) {
            match (self.source.issue(), &self.source) {
                (Ok(next), _) => *issued = next,
                // Some programs delete a token file after the start: the last token stays.
                (Err(_), Source::File(_)) => issued.renew = Some(time::now() + REREAD),
                (Err(trouble), _) => return Err(trouble),
            }
        }
        let authorization = issued.header.clone().map(|it| (header::AUTHORIZATION, it));
        Ok(authorization.into_iter().chain(self.impersonation.iter().cloned()).collect())
    }
}

impl Source {
    /// The first of: auth provider, user name with password, token, token file, exec plugin.
    fn of(access: &Access, is_terminal: bool) -> Result<Self, Trouble> {
        let user = &access.user;
        if let Some(provider) = &user.auth_provider {
            return Ok(Self::Provider(provider.clone()));
        }
        if let (Some(name), Some(password)) = (&user.username, &user.password) {
            let pair = BASE64_STANDARD.encode(format!("{name}:{password}"));
            return Ok(Self::Kubeconfig(Some(value(&format!("Basic {pair}"), "password")?)));
        }
        if let Some(token) = filled(user.token.clone()) {
            return Ok(Self::Kubeconfig(Some(bearer(&token)?)));
        }
        if let Some(file) = filled(user.token_file.clone()) {
            return Ok(Self::File(file.into()));
        }
        let Some(exec) = user.exec.clone() else { return Ok(Self::Kubeconfig(None)) };
        Ok(Self::Exec { exec, cluster: Box::new(access.cluster.clone()), is_terminal })
    }

    fn issue(&self) -> Result<Issued, Trouble> {
        match self {
            Self::Kubeconfig(header) => Ok(Issued { header: header.clone(), ..Issued::default() }),
            Self::File(path) => {
                #[expect(clippy::disallowed_methods, reason = "the kubeconfig names a file")]
                let token = std::fs::read_to_string(path).map_err(|error| {
                    let path = path.display();
                    Trouble::NoCredentials(format!("cannot read the `tokenFile` `{path}`: {error}"))
                })?;
                let header = Some(bearer(token.trim())?);
                Ok(Issued { header, renew: Some(time::now() + REREAD), identity: None })
            }
            Self::Exec { exec, cluster, is_terminal } => {
                let status = plugin::run(exec, cluster, *is_terminal)?;
                let why = "prints an ExecCredential whose `expirationTimestamp` is not a time";
                let renew = renewal(exec.command.as_deref(), status.expiration_timestamp, why)?;
                let identity = filled(status.client_certificate_data)
                    .zip(filled(status.client_key_data))
                    .map(|(certificate, key)| (certificate.into_bytes(), key.into_bytes()));
                let header = filled(status.token).map(|it| bearer(&it)).transpose()?;
                // A connection keeps its certificate: only a token can be replaced.
                let renew = renew.filter(|_| header.is_some());
                Ok(Issued { header, identity, renew })
            }
            Self::Provider(provider) => {
                let is_current = |end: &str| Some(time::parse(end)? > time::now() + EARLY);
                let (token, end) = provider::token(provider, is_current)?;
                let command = provider.config.get("cmd-path").map(String::as_str);
                let renew = renewal(command, end, "prints an expiry that is not a time")?;
                Ok(Issued { header: Some(bearer(&token)?), renew, identity: None })
            }
        }
    }
}

/// Returns the time at which a token with this expiry is renewed.
fn renewal(command: Option<&str>, end: Option<String>, why: &str) -> Result<Option<i64>, Trouble> {
    let Some(end) = end else { return Ok(None) };
    match time::parse(&end) {
        Some(end) => Ok(Some(end - EARLY)),
        None => Err(Trouble::Plugin(Failed::new(command.unwrap_or_default(), why))),
    }
}

fn bearer(token: &str) -> Result<HeaderValue, Trouble> {
    value(&format!("Bearer {token}"), "token")
}

fn value(text: &str, what: &str) -> Result<HeaderValue, Trouble> {
    let value = HeaderValue::from_str(text);
    let mut value = value.map_err(|_| {
        Trouble::NoCredentials(format!(
            "the {what} has characters that an HTTP header cannot contain"
        ))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Returns the headers for `as`, `as-uid`, `as-groups` and `as-user-extra`.
fn impersonation(user: &User) -> Result<Vec<(HeaderName, HeaderValue)>, Trouble> {
    let mut rows = Vec::new();
    let mut add = |name: HeaderName, text: &str| -> Result<(), Trouble> {
        rows.push((name, value(text, "user to impersonate")?));
        Ok(())
    };
    for (name, text) in [
        (HeaderName::from_static("impersonate-user"), &user.impersonate),
        (HeaderName::from_static("impersonate-uid"), &user.impersonate_uid),
    ] {
        if let Some(text) = text {
            add(name, text)?;
        }
    }
    for group in user.impersonate_groups.iter().flatten() {
        add(HeaderName::from_static("impersonate-group"), group)?;
    }
    for (key, values) in user.impersonate_extra.iter().flatten() {
        let name = HeaderName::try_from(format!("impersonate-extra-{}", percent_encoded(key, b"")));
        let name = name.map_err(|_| {
            Trouble::NoCredentials(format!(
                "`as-user-extra` has a key that an HTTP header cannot contain: {key}"
            ))
        })?;
        for text in values {
            add(name.clone(), text)?;
        }
    }
    Ok(rows)
}
