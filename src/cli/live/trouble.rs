//! Reasons why the API server gives no answer, told apart by what a person does about them.

use std::error::Error;
use std::io::{self, ErrorKind};

use super::plugin_failure::Failed;

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
    Plugin(Failed),
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
    /// Returns the reason for which a request failed.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the library's errors are many")]
    pub(super) fn of(error: ureq::Error) -> Self {
        match error {
            ureq::Error::Timeout(_) => Self::Slow,
            ureq::Error::Io(error) => Self::of_io(&error),
            ureq::Error::Other(error) => Self::of_tls(error.as_ref()),
            ureq::Error::ConnectProxyFailed(why) => {
                Self::Unreachable(format!("the proxy makes no connection: {why}"))
            }
            ureq::Error::Protocol(error) => Self::Broken(error.to_string()),
            other => Self::Unreachable(other.to_string()),
        }
    }

    fn of_io(error: &io::Error) -> Self {
        // TLS reports its errors as those of the connection.
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

    /// A server that cannot prove who it is gets no request. A server that rejects the client's certificate says so in
    /// an alert.
    fn of_tls(error: &(dyn Error + 'static)) -> Self {
        match error.downcast_ref() {
            Some(rustls::Error::InvalidCertificate(_)) => Self::Certificate(error.to_string()),
            _ => Self::Unreachable(error.to_string()),
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
