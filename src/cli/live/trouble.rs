//! Why the API server gives no answer, told apart by what a person does about it.

use std::error::Error;

use kube::client::AuthError;
use kube::config::{KubeconfigError, LoadDataError};

use super::plugin;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The kubeconfig names no cluster that can be asked.
    Config(String),
    /// Nobody answers there.
    Unreachable(String),
    /// Who answers is not who is trusted.
    Certificate(String),
    /// The credentials are not accepted.
    Credentials(String),
    /// The command that is to print credentials printed none.
    Plugin(plugin::Failed),
    /// The kubeconfig names credentials that cannot be read or used.
    NoCredentials(String),
    /// No answer in time.
    Slow,
    /// What comes is cut off, or no answer of an API server.
    Broken(String),
    /// It answers that it cannot.
    Failing(u16, String),
}

impl Trouble {
    /// What a client says. `plugin`: the command that prints credentials.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the library's errors are many")]
    pub(super) fn of(error: &kube::Error, plugin: &str) -> Self {
        // Credentials are read again while requests are under way; then their error is inside of another.
        if let Some(error) = causes(error).find_map(<dyn Error>::downcast_ref::<AuthError>) {
            return Self::of_credentials(error, plugin);
        }
        if let Some(error) = causes(error).find_map(<dyn Error>::downcast_ref::<KubeconfigError>) {
            return Self::of_kubeconfig(error);
        }
        if let Some(error) = causes(error).find_map(<dyn Error>::downcast_ref::<LoadDataError>) {
            return Self::NoCredentials(unloaded("client certificate or its key", error));
        }
        let chain = chain(error);
        let (words, last) = (chain.join(": "), chain.last().cloned().unwrap_or_default());
        let lower = words.to_lowercase();
        match error {
            kube::Error::InferConfig(_)
            | kube::Error::InferKubeconfig(_)
            | kube::Error::ProxyProtocolDisabled { .. }
            | kube::Error::ProxyProtocolUnsupported { .. }
            | kube::Error::RustlsTls(_)
            | kube::Error::TlsRequired => Self::Config(last),
            _ if lower.contains("certificate") => Self::Certificate(last),
            _ if ["incomplete", "closed before", "reset", "end of file", "eof", "broken pipe"]
                .iter()
                .any(|it| lower.contains(it)) =>
            {
                Self::Broken(last)
            }
            _ if ["deadline", "timed out", "timeout"].iter().any(|it| lower.contains(it)) => {
                Self::Slow
            }
            _ => Self::Unreachable(last),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the library's errors are many")]
    fn of_credentials(error: &AuthError, plugin: &str) -> Self {
        if let Some(failed) = plugin::failed(error, plugin) {
            return Self::Plugin(failed);
        }
        Self::NoCredentials(match error {
            AuthError::ReadTokenFile(error, path) => {
                format!("cannot read the `tokenFile` `{}`: {error}", path.display())
            }
            AuthError::AuthExec(why) => why.clone(),
            AuthError::MissingCommand => "the exec plugin has no `command`".to_owned(),
            AuthError::InvalidBearerToken(_) => {
                "the token has characters that no header can have".to_owned()
            }
            other => other.to_string(),
        })
    }

    /// What reading the kubeconfig says.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the library's errors are many")]
    pub(super) fn of_kubeconfig(error: &KubeconfigError) -> Self {
        match error {
            KubeconfigError::LoadContext(name) => {
                Self::Config(format!("the kubeconfig has no context `{name}`"))
            }
            KubeconfigError::LoadClusterOfContext(name) => Self::Config(format!(
                "the kubeconfig has no cluster `{name}`, which the context names"
            )),
            KubeconfigError::CurrentContextNotSet => {
                Self::Config("the kubeconfig names no current context".to_owned())
            }
            KubeconfigError::MissingClusterUrl => {
                Self::Config("the cluster of the context has no `server`".to_owned())
            }
            KubeconfigError::ReadConfig(error, path) => {
                Self::Config(format!("cannot read `{}`: {error}", path.display()))
            }
            KubeconfigError::Parse(error) => Self::Config(unparsed(&error.to_string())),
            KubeconfigError::LoadCertificateAuthority(error) => {
                Self::Config(unloaded("certificate authority", error))
            }
            KubeconfigError::LoadClientCertificate(error) => {
                Self::NoCredentials(unloaded("client certificate", error))
            }
            KubeconfigError::LoadClientKey(error) => {
                Self::NoCredentials(unloaded("client key", error))
            }
            other => Self::Config(chain(other).pop().unwrap_or_default()),
        }
    }

    /// Whether another try may help.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Failing(status, _) => matches!(status, 429 | 500 | 502 | 503 | 504),
            Self::Broken(_) => true,
            Self::Config(_)
            | Self::Unreachable(_)
            | Self::Certificate(_)
            | Self::Credentials(_)
            | Self::Plugin(_)
            | Self::NoCredentials(_)
            | Self::Slow => false,
        }
    }
}

/// Returns the first line of what the parser says: behind it stands a part of the file, which may be a secret.
fn unparsed(error: &str) -> String {
    let line = error.lines().next().unwrap_or_default();
    format!("cannot read the kubeconfig: {}", line.strip_prefix("error: ").unwrap_or(line))
}

/// Returns why data of the kubeconfig cannot be loaded.
fn unloaded(what: &str, error: &LoadDataError) -> String {
    match error {
        LoadDataError::ReadFile(error, path) => {
            format!("cannot read the {what} `{}`: {error}", path.display())
        }
        LoadDataError::DecodeBase64(_) => format!("the data of the {what} is not base64"),
        LoadDataError::NoBase64DataOrFile => format!("the {what} has no data and no file"),
    }
}

/// Returns an error and what is behind it, the innermost last.
fn causes(error: &kube::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(Some(error as &(dyn Error + 'static)), |it| (*it).source())
}

/// What an error says, and what is behind it; the innermost last.
fn chain(error: &(dyn Error + 'static)) -> Vec<String> {
    std::iter::successors(Some(error), |it| (*it).source()).map(ToString::to_string).collect()
}
