//! Requests to an API server: in time, a few at once, tried again where that may help.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, StatusCode, header};
use kube::client::Body;
use kube::config::{Config, KubeConfigOptions, Kubeconfig, KubeconfigError};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};

use super::plugin;
use super::trouble::Trouble;

/// So many requests are under way at once.
const AT_ONCE: usize = 8;

/// So often a request is tried, where another try may help.
const TRIES: u32 = 5;

/// An API server, and how to ask it.
#[derive(Clone)]
pub(super) struct Client {
    server: kube::Client,
    /// How long an answer may take, and how long an API server may be too busy.
    patience: Duration,
    slots: Arc<Semaphore>,
    /// How messages call the cluster: its context, and its address.
    pub(super) context: String,
    pub(super) address: String,
    /// Command of the kubeconfig that prints credentials, without its arguments.
    plugin: String,
}

/// What came back.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Value,
}

impl Reply {
    /// What the server says: the `message` of a Status.
    pub(super) fn message(&self) -> String {
        let message = self.body.get("message").and_then(Value::as_str);
        message.map_or_else(|| self.status.to_string(), str::to_owned)
    }
}

impl Client {
    /// The cluster of a context of the kubeconfig, of its current one, or the one around this pod.
    pub(super) async fn connect(
        context: Option<&str>,
        patience: Duration,
    ) -> Result<Self, Trouble> {
        let options = KubeConfigOptions {
            context: context.map(str::to_owned),
            ..KubeConfigOptions::default()
        };
        let (mut config, name) = match Config::from_kubeconfig(&options).await {
            Ok(config) => {
                let current = || Kubeconfig::read().ok().and_then(|it| it.current_context);
                let name = context.map(str::to_owned).or_else(current).unwrap_or_default();
                (config, format!("context {name}"))
            }
            Err(error) if context.is_none() && is_absent(&error) => match Config::incluster() {
                Ok(config) => (config, "the cluster around this pod".to_owned()),
                Err(_) => {
                    let why = "there is no kubeconfig, and this is no pod of a cluster";
                    return Err(Trouble::Config(why.to_owned()));
                }
            },
            Err(error) => return Err(Trouble::of_kubeconfig(&error)),
        };
        config.connect_timeout = Some(patience);
        // Tried again here, where a message can say how often.
        config.default_retry = false;
        let address = config.cluster_url.to_string();
        let address = address.trim_end_matches('/').to_owned();
        let plugin = plugin::prepare(&mut config.auth_info, std::io::stdin().is_terminal());
        let server = kube::Client::try_from(config).map_err(|it| Trouble::of(&it, &plugin))?;
        let slots = Arc::new(Semaphore::new(AT_ONCE));
        Ok(Self { server, patience, slots, context: name, address, plugin })
    }

    /// What is at a path.
    pub(super) async fn get(&self, path: &str) -> Result<Reply, Trouble> {
        self.ask(&Method::GET, path, None).await
    }

    /// What the server would store for an object.
    pub(super) async fn try_apply(&self, path: &str, object: &Value) -> Result<Reply, Trouble> {
        self.ask(&Method::PATCH, path, Some(object)).await
    }

    async fn ask(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Reply, Trouble> {
        let _slot = self.slots.acquire().await;
        let end = Instant::now() + self.patience;
        let mut tries = 0;
        loop {
            tries += 1;
            let (trouble, wanted) = match self.once(method, path, body).await {
                Ok(reply) => return Ok(reply),
                Err(it) => it,
            };
            let pause = wanted.unwrap_or_else(|| Duration::from_millis(100 << tries));
            if !trouble.may_pass() || tries == TRIES || Instant::now() + pause > end {
                return Err(trouble);
            }
            sleep(pause).await;
        }
    }

    /// One try; a server that is too busy says after how long to come back.
    async fn once(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Reply, (Trouble, Option<Duration>)> {
        let plain = |it| (it, None);
        let mut request =
            Request::builder().method(method).uri(path).header(header::ACCEPT, "application/json");
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/apply-patch+yaml");
        }
        let bytes = body.map(|it| it.to_string().into_bytes()).unwrap_or_default();
        let request = request.body(Body::from(bytes));
        let request = request.map_err(|it| plain(Trouble::Broken(it.to_string())))?;
        let answer = async {
            let response = self.server.send(request).await?;
            let (head, body) = response.into_parts();
            Ok((head, body.collect_bytes().await?))
        };
        let answer = timeout(self.patience, answer).await;
        let answer = answer.map_err(|_| plain(Trouble::Slow))?;
        let (head, bytes) = answer.map_err(|it| plain(Trouble::of(&it, &self.plugin)))?;
        let body: Result<Value, _> = serde_json::from_slice(&bytes);
        let status = head.status;
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            let reply = Reply { status, body: body.unwrap_or_default() };
            let after = head.headers.get(header::RETRY_AFTER).and_then(|it| it.to_str().ok());
            let after = after.and_then(|it| it.parse().ok()).map(Duration::from_secs);
            return Err((Trouble::Failing(status.as_u16(), reply.message()), after));
        }
        if status == StatusCode::UNAUTHORIZED {
            let reply = Reply { status, body: body.unwrap_or_default() };
            return Err(plain(Trouble::Credentials(reply.message())));
        }
        match body {
            Ok(body) => Ok(Reply { status, body }),
            // Proxies and API servers alike refuse with a line of text.
            Err(_) if status.is_client_error() => Ok(Reply { status, body: Value::Null }),
            Err(error) => Err(plain(Trouble::Broken(format!("the answer is no JSON: {error}")))),
        }
    }
}

/// Whether there is no kubeconfig at all.
fn is_absent(error: &KubeconfigError) -> bool {
    matches!(error, KubeconfigError::FindPath)
        || matches!(error, KubeconfigError::ReadConfig(why, _) if why.kind() == std::io::ErrorKind::NotFound)
}
