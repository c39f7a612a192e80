//! Ways to reach the API server, one per row.

/// A way to reach the API server.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// The cluster's fields. `$PORT` is the server's port, `$PROXY` and `$SOCKS` are proxies, `$AUTHORITY` is the
    /// authority's certificate in base64.
    pub(super) cluster: &'static str,
    /// The user's fields; without them, the context names a user that this file does not have. `$CERTIFICATE` and
    /// `$KEY` are a client certificate and its key in base64.
    pub(super) user: &'static str,
    /// A script for `./plugin`.
    pub(super) plugin: &'static str,
    /// Variables of the environment.
    pub(super) variables: &'static [(&'static str, &'static str)],
    /// The requests that proxies and server receive, in order; last, the code of the diagnostic. The server rejects all
    /// credentials: E0904 shows that a request arrived.
    pub(super) finds: &'static [&'static str],
}

const TRUSTED: &str = "{ server: 'https://127.0.0.1:$PORT', certificate-authority: authority.crt, \
                       tls-server-name: another.example }";
const NAMED: &str =
    "{ server: 'https://another.example:$PORT', certificate-authority: authority.crt }";
const TOKEN: &str = "{ token: a-token }";
const BEARER: &[&str] = &["authorization: Bearer a-token", "E0904"];

const USUAL: Case =
    Case { name: "", cluster: TRUSTED, user: TOKEN, plugin: "", variables: &[], finds: BEARER };

/// A case in which only the cluster is of interest.
const fn cluster(
    name: &'static str,
    cluster: &'static str,
    finds: &'static [&'static str],
) -> Case {
    Case { name, cluster, finds, ..USUAL }
}

/// A case in which only the user is of interest.
const fn user(name: &'static str, user: &'static str, finds: &'static [&'static str]) -> Case {
    Case { name, user, finds, ..USUAL }
}

/// A case with an exec plugin.
const fn exec(
    name: &'static str,
    user: &'static str,
    plugin: &'static str,
    finds: &'static [&'static str],
) -> Case {
    Case { name, user, plugin, finds, ..USUAL }
}

/// A case with variables of the environment.
const fn variables(
    name: &'static str,
    cluster: &'static str,
    variables: &'static [(&'static str, &'static str)],
    finds: &'static [&'static str],
) -> Case {
    Case { name, cluster, variables, finds, ..USUAL }
}

pub(super) const CASES: &[Case] = &[
    cluster("certificate-authority, tls-server-name", TRUSTED, BEARER),
    cluster(
        "certificate-authority-data",
        "{ server: 'https://127.0.0.1:$PORT', certificate-authority-data: $AUTHORITY, \
         tls-server-name: another.example }",
        BEARER,
    ),
    cluster(
        "insecure-skip-tls-verify",
        "{ server: 'https://127.0.0.1:$PORT/', insecure-skip-tls-verify: true }",
        BEARER,
    ),
    cluster(
        "a server with a path",
        "{ server: 'https://127.0.0.1:$PORT/clusters/lab/', insecure-skip-tls-verify: true }",
        &["GET /clusters/lab/apis HTTP/1.1", "authorization: Bearer a-token", "E0904"],
    ),
    cluster(
        "a server with another name",
        "{ server: 'https://127.0.0.1:$PORT', certificate-authority: authority.crt }",
        &["E0903"],
    ),
    cluster(
        "a server that the system does not trust",
        "{ server: 'https://127.0.0.1:$PORT', tls-server-name: another.example }",
        &["E0903"],
    ),
    cluster(
        "an authority that is none",
        "{ server: 'https://127.0.0.1:$PORT', certificate-authority: token }",
        &["E0901"],
    ),
    cluster("a server that is no URL", "{ server: '127.0.0.1:$PORT' }", &["E0901"]),
    user("a context without a known user", "", &["E0904"]),
    user("token before tokenFile", "{ token: a-token, tokenFile: token }", BEARER),
    user("tokenFile", "{ tokenFile: token }", &["authorization: Bearer token-of-a-file", "E0904"]),
    user("a token that is no header", "{ token: \"a\\nb\" }", &["E0909"]),
    user(
        "username and password",
        "{ username: ci, password: 'a:b' }",
        &["authorization: Basic Y2k6YTpi", "E0904"],
    ),
    user(
        "client-certificate",
        "{ client-certificate: client.crt, client-key: client.key }",
        &["client certificate", "E0904"],
    ),
    user(
        "client-certificate-data",
        "{ client-certificate-data: $CERTIFICATE, client-key-data: $KEY }",
        &["client certificate", "E0904"],
    ),
    user("a certificate without a key", "{ client-certificate: client.crt }", &["E0909"]),
    user(
        "a key that is none",
        "{ client-certificate: client.crt, client-key: client.crt }",
        &["E0909"],
    ),
    user(
        "impersonation",
        "{ token: a-token, as: jane, as-uid: '7', as-groups: [dev, ops], as-user-extra: { a/b: [c] } }",
        &[
            "authorization: Bearer a-token",
            "impersonate-user: jane",
            "impersonate-uid: 7",
            "impersonate-group: dev",
            "impersonate-group: ops",
            "impersonate-extra-a%2fb: c",
            "E0904",
        ],
    ),
    exec(
        "exec with arguments and variables",
        "{ exec: { apiVersion: client.authentication.k8s.io/v1, command: ./plugin, args: [a, b], \
         env: [{ name: REGION, value: north }] } }",
        "printf '{\"status\":{\"token\":\"%s-%s-%s\"}}' \"$1\" \"$2\" \"$REGION\"",
        &["authorization: Bearer a-b-north", "E0904"],
    ),
    exec(
        "exec that prints YAML",
        "{ exec: { command: ./plugin } }",
        "echo 'status: { token: a-token }'",
        BEARER,
    ),
    exec(
        "exec that prints a certificate",
        "{ exec: { command: ./plugin } }",
        "cat credential.json",
        &["client certificate", "E0904"],
    ),
    exec(
        "exec with provideClusterInfo",
        "{ exec: { apiVersion: client.authentication.k8s.io/v1, command: ./plugin, provideClusterInfo: true } }",
        "for part in '\"apiVersion\":\"client.authentication.k8s.io/v1\"' '\"interactive\":false' \
         '\"server\":\"https://127.0.0.1:' '\"tls-server-name\":\"another.example\"' \
         '\"certificate-authority-data\":\"LS0'; do case \"$KUBERNETES_EXEC_INFO\" in *\"$part\"*) ;; *) \
         echo \"no $part in $KUBERNETES_EXEC_INFO\" >&2; exit 1 ;; esac; done\n\
         echo '{\"status\":{\"token\":\"a-token\"}}'",
        BEARER,
    ),
    exec(
        "exec whose token ends soon",
        "{ exec: { command: ./plugin } }",
        "echo 1 >> runs; echo '{\"status\":{\"expirationTimestamp\":\"2026-12-01T00:00:00Z\",\"token\":\"'$(grep -c 1 runs)'\"}}'",
        &["authorization: Bearer 2", "E0904"],
    ),
    exec(
        "exec whose token ends late",
        "{ exec: { command: ./plugin } }",
        "echo 1 >> runs; echo '{\"status\":{\"expirationTimestamp\":\"9998-12-01T02:00:00+02:00\",\"token\":\"'$(grep -c 1 runs)'\"}}'",
        &["authorization: Bearer 1", "E0904"],
    ),
    exec(
        "exec whose token ends at no time",
        "{ exec: { command: ./plugin } }",
        "echo '{\"status\":{\"expirationTimestamp\":\"soon\",\"token\":\"a-token\"}}'",
        &["E0908"],
    ),
    user("exec without a command", "{ exec: { args: [a] } }", &["E0909"]),
    user(
        "auth-provider oidc",
        "{ auth-provider: { name: oidc, config: { id-token: a-token } } }",
        BEARER,
    ),
    user(
        "auth-provider gcp with a token",
        "{ auth-provider: { name: gcp, config: { access-token: a-token, expiry: '9998-12-01T00:00:00Z' } } }",
        BEARER,
    ),
    exec(
        "auth-provider gcp with a command",
        "{ auth-provider: { name: gcp, config: { access-token: old, expiry: '2026-11-01T00:00:00Z', cmd-path: ./plugin, \
         cmd-args: config helper, token-key: '{.credential.access_token}', expiry-key: '{.credential.token_expiry}' } } }",
        "echo '{\"credential\":{\"access_token\":\"'$1-$2'\",\"token_expiry\":\"9998-12-01T00:00:00Z\"}}'",
        &["authorization: Bearer config-helper", "E0904"],
    ),
    cluster(
        "proxy-url with a password",
        "{ server: 'https://another.example:$PORT', certificate-authority: authority.crt, \
         proxy-url: 'http://ci:a%40b@$PROXY' }",
        &[
            "proxy to another.example",
            "proxy-authorization: Basic Y2k6YUBi",
            "authorization: Bearer a-token",
            "E0904",
        ],
    ),
    cluster(
        "proxy-url with SOCKS",
        "{ server: 'https://another.example:$PORT', certificate-authority: authority.crt, \
         proxy-url: 'socks5://$SOCKS' }",
        &["SOCKS proxy to another.example", "authorization: Bearer a-token", "E0904"],
    ),
    cluster(
        "proxy-url of another kind",
        "{ server: 'https://another.example:$PORT', proxy-url: 'ftp://127.0.0.1' }",
        &["E0901"],
    ),
    variables(
        "HTTPS_PROXY",
        NAMED,
        &[("HTTPS_PROXY", "http://$PROXY")],
        &["proxy to another.example", "authorization: Bearer a-token", "E0904"],
    ),
    variables(
        "https_proxy without a scheme",
        NAMED,
        &[("https_proxy", "$PROXY"), ("NO_PROXY", "lab.example,.another.example")],
        &["proxy to another.example", "authorization: Bearer a-token", "E0904"],
    ),
    variables(
        "HTTPS_PROXY for a server on this machine",
        TRUSTED,
        &[("HTTPS_PROXY", "http://$PROXY")],
        BEARER,
    ),
    Case {
        name: "several files in KUBECONFIG",
        user: "",
        variables: &[("KUBECONFIG", "missing:kubeconfig:other")],
        finds: &["authorization: Bearer of-another-file", "E0904"],
        ..USUAL
    },
];
