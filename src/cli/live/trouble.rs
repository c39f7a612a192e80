//! Reasons why the API server gives no answer, distinguished by the action that a user takes.

use std::error::Error;
use std::io::{self, ErrorKind};

use super::plugin_failure::Failed;

/// Reason why there is no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The kubeconfig names no cluster that can be reached.
    Config(String),
    /// No server answers at the address.
    Unreachable(String),
    /// The server's certificate is not trusted.
    Certificate(String),
    /// The server rejects the credentials.
    Credentials(String),
    /// The exec plugin printed no credentials.
    Plugin(Failed),
    /// The kubeconfig names credentials that cannot be read or used.
    NoCredentials(String),
    /// No answer within the time limit.
    Slow,
    /// The answer is cut off, or is not the answer of an API server.
    Broken(String),
    /// The server answers with an error.
    Failing(u16, String),
}

impl Trouble {
    /// Returns the reason for which a request failed.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the library's errors are many")]
    pub(super) fn of(error: ureq::Error) -> Self {
        match error {
            ureq::Error::Timeout(_) => Self::Slow,
            ureq::Error::Io(error) => Self::of_io(&error),
            ureq::Error::Other(error) => Self::of_tls(error.as_ref()),
            ureq::Error::ConnectProxyFailed(why) => {
                Self::Unreachable(format!("the proxy refuses the connection: {why}"))
            }
            ureq::Error::Protocol(error) => Self::Broken(error.to_string()),
            other => Self::Unreachable(other.to_string()),
        }
    }

    fn of_io(error: &io::Error) -> Self {
        // TLS errors are wrapped in errors of the connection.
        if let Some(error) = error.get_ref()
            && error.is::<rustls::Error>()
        {
            return Self::of_tls(error);
        }
        let kind = error.kind();
        if kind == ErrorKind::UnexpectedEof {
            Self::Broken("end of file before message length reached".to_owned())
        } else if matches!(
            kind,
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe
        ) {
            Self::Broken(error.to_string())
        } else if kind == ErrorKind::TimedOut {
            Self::Slow
        } else {
            Self::Unreachable(error.to_string())
        }
    }

    /// Returns the reason of a TLS error. A server without a trusted certificate receives no request; a server that
    /// rejects the client's certificate reports it in an alert.
    fn of_tls(error: &(dyn Error + 'static)) -> Self {
        match error.downcast_ref() {
            Some(rustls::Error::InvalidCertificate(_)) => Self::Certificate(error.to_string()),
            _ => Self::Unreachable(error.to_string()),
        }
    }

    /// Returns whether a retry may help.
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
