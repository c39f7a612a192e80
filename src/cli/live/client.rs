//! Requests to an API server, each with a time limit, and retried if a retry may help.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{Method, Request, StatusCode, Uri, header};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{
    ConnectProxyConnector, Connector as _, SocksConnector, TcpConnector,
};
use ureq::{Agent, Proxy};

use super::credentials::Credentials;
use super::kubeconfig::{self, Access, filled};
use super::tls::{self, Tls};
use super::trouble::Trouble;
use super::{pod, proxy};

/// Greatest number of attempts of a request, if a retry may help.
const TRIES: u32 = 5;

/// An API server, and how to send requests to it.
#[derive(Clone)]
pub(super) struct Client {
    agent: Agent,
    credentials: Arc<Credentials>,
    /// Time limit of a complete answer, and longest time for which an API server may be too busy.
    patience: Duration,
    /// The cluster in messages: its context.
    pub(super) context: String,
    /// The address of the API server, without a `/` at the end.
    pub(super) address: String,
}

/// The answer to a request.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Value,
}

impl Reply {
    /// The `message` of a Status.
    pub(super) fn message(&self) -> String {
        let message = self.body.get("message").and_then(Value::as_str);
        message.map_or_else(|| self.status.to_string(), str::to_owned)
    }
}

#[expect(clippy::disallowed_methods, reason = "pods and proxies are configured by variables")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Client {
    /// Returns a client for the cluster of a context of the kubeconfig; without `context`, of its current context or,
    /// without a kubeconfig, the cluster around this pod.
    pub(super) fn connect(context: Option<&str>, patience: Duration) -> Result<Self, Trouble> {
        let access = kubeconfig::access(context)?;
        let around = || pod::access(Path::new(pod::FOLDER), variable);
        let access = access.or_else(|| if context.is_none() { around() } else { None });
        let access = access.ok_or_else(|| {
            let why = "there is no kubeconfig, and mlnetc does not run in a pod";
            Trouble::Config(why.to_owned())
        })?;
        Self::to(&access, patience, std::io::stdin().is_terminal())
    }

    fn to(access: &Access, patience: Duration, is_terminal: bool) -> Result<Self, Trouble> {
        let Access { name, cluster, user } = access;
        let server = filled(cluster.server.clone());
        let server = server.ok_or_else(|| {
            Trouble::Config("the cluster of the context has no `server`".to_owned())
        })?;
        let uri = server
            .parse::<Uri>()
            .ok()
            .filter(|it| matches!(it.scheme_str(), Some("http" | "https")) && it.host().is_some());
        let uri = uri.ok_or_else(|| {
            Trouble::Config(format!("the `server` of the cluster is not a URL: {server}"))
        })?;
        let proxy = proxy::on_the_way(cluster, &uri, variable)?;
        let credentials = Credentials::new(access, is_terminal)?;
        // An exec plugin that prints a certificate replaces that of the kubeconfig.
        let identity = credentials.identity();
        let identity = if identity.is_some() { identity } else { user.identity()? };
        let renamed = filled(cluster.tls_server_name.clone());
        let tls = Tls {
            settings: tls::settings(
                cluster.authority()?.as_deref(),
                cluster.insecure_skip_tls_verify == Some(true),
                identity.as_ref(),
            )?,
            renamed: uri.host().map(str::to_owned).zip(renamed),
        };
        Ok(Self {
            agent: agent(proxy, tls, patience),
            credentials: Arc::new(credentials),
            patience,
            context: name.clone(),
            address: server.trim_end_matches('/').to_owned(),
        })
    }

    /// Returns the answer at a path.
    pub(super) fn get(&self, path: &str) -> Result<Reply, Trouble> {
        self.ask(&Method::GET, path, None)
    }

    /// Returns the object that the server would store for an applied one.
    pub(super) fn try_apply(&self, path: &str, object: &Value) -> Result<Reply, Trouble> {
        self.ask(&Method::PATCH, path, Some(object))
    }

    #[expect(clippy::disallowed_types, reason = "a server may be busy for a limited time")]
    fn ask(&self, method: &Method, path: &str, body: Option<&Value>) -> Result<Reply, Trouble> {
        let start = std::time::Instant::now();
        let mut tries = 0;
        loop {
            tries += 1;
            let (trouble, wanted) = match self.once(method, path, body) {
                Ok(reply) => return Ok(reply),
                Err(it) => it,
            };
            let pause = wanted.unwrap_or_else(|| Duration::from_millis(100 << tries));
            let is_late = start.elapsed() + pause > self.patience;
            if !trouble.may_pass() || tries == TRIES || is_late {
                return Err(trouble);
            }
            sleep(pause);
        }
    }

    /// Sends a request once. A server that is too busy returns the time to wait before a retry.
    fn once(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Reply, (Trouble, Option<Duration>)> {
        let plain = |it| (it, None);
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address))
            .header(header::ACCEPT, "application/json");
        for (name, value) in self.credentials.headers().map_err(plain)? {
            request = request.header(name, value);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/apply-patch+yaml");
        }
        let broken = |it: ureq::http::Error| plain(Trouble::Broken(it.to_string()));
        let answer = match body {
            None => self.agent.run(request.body(()).map_err(broken)?),
            Some(body) => self.agent.run(request.body(body.to_string()).map_err(broken)?),
        };
        let failed = |it: ureq::Error| plain(Trouble::of(it));
        let mut answer = answer.map_err(failed)?;
        let bytes = answer.body_mut().with_config().limit(u64::MAX).read_to_vec();
        let bytes = bytes.map_err(failed)?;
        let body: Result<Value, _> = serde_json::from_slice(&bytes);
        let status = answer.status();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            let reply = Reply { status, body: body.unwrap_or_default() };
            let after = answer.headers().get(header::RETRY_AFTER).and_then(|it| it.to_str().ok());
            let after = after.and_then(|it| it.parse().ok()).map(Duration::from_secs);
            return Err((Trouble::Failing(status.as_u16(), reply.message()), after));
        }
        if status == StatusCode::UNAUTHORIZED {
            let reply = Reply { status, body: body.unwrap_or_default() };
            return Err(plain(Trouble::Credentials(reply.message())));
        }
        match body {
            Ok(body) => Ok(Reply { status, body }),
            // Proxies and API servers may reject a request with a line of text.
            Err(_) if status.is_client_error() => Ok(Reply { status, body: Value::Null }),
            Err(error) => Err(plain(Trouble::Broken(format!("the response is not JSON: {error}")))),
        }
    }
}

/// Returns the HTTP client. It follows no redirect, because credentials are only for the server of the kubeconfig.
fn agent(proxy: Option<Proxy>, tls: Tls, patience: Duration) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections_per_host(8)
        .proxy(proxy)
        .timeout_global(Some(patience))
        .user_agent(concat!("mlnetc/", env!("CARGO_PKG_VERSION")))
        .build();
    let connector =
        ().chain(SocksConnector::default())
            .chain(ConnectProxyConnector::default())
            .chain(TcpConnector::default())
            .chain(tls);
    Agent::with_parts(config, connector, DefaultResolver::default())
}
