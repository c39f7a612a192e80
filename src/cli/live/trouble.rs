//! Why the API server gives no answer, told apart by what a person does about it.

use std::error::Error;

use kube::config::KubeconfigError;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The kubeconfig names no cluster that can be asked.
    Config(String),
    /// Nobody answers there.
    Unreachable(String),
    /// Who answers is not who is trusted.
    Certificate(String),
    /// The credentials are not accepted, or there are none to be had.
    Credentials(String),
    /// No answer in time.
    Slow,
    /// What comes is cut off, or no answer of an API server.
    Broken(String),
    /// It answers that it cannot.
    Failing(u16, String),
}

impl Trouble {
    /// What a client says.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the library's errors are many")]
    pub(super) fn of(error: &kube::Error) -> Self {
        let chain = chain(error);
        let (words, last) = (chain.join(": "), chain.last().cloned().unwrap_or_default());
        let lower = words.to_lowercase();
        match error {
            kube::Error::Auth(_) => Self::Credentials(last),
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
            | Self::Slow => false,
        }
    }
}

/// What an error says, and what is behind it; the innermost last.
fn chain(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut all = vec![error.to_string()];
    let mut next = error.source();
    while let Some(it) = next {
        all.push(it.to_string());
        next = it.source();
    }
    all
}
