//! An API server with TLS that rejects all credentials, and proxies on the way to it. Each records the data that it
//! receives.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, ServerConnection, StreamOwned};

use crate::harness::cluster::{CERTIFICATE, KEY};

/// Everything that was received, in order.
pub(super) type Seen = Arc<Mutex<Vec<String>>>;

/// A proxy protocol.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// An HTTP proxy with `CONNECT`.
    Http,
    /// A SOCKS 5 proxy without passwords.
    Socks,
}

/// Listens at a free port until the tests end, and returns the port.
fn listen(serve: impl Fn(TcpStream) -> io::Result<()> + Clone + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            thread::spawn(move || drop(serve(stream)));
        }
    });
    port
}

fn push(seen: &Seen, text: impl Into<String>) {
    seen.lock().expect("no thread panics").push(text.into());
}

/// Starts an API server that rejects the credentials of every request.
pub(super) fn server(seen: &Seen) -> u16 {
    let certificate =
        CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).expect("a key");
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("TLS 1.2 and 1.3")
        .with_client_cert_verifier(Arc::new(AnyClient))
        .with_single_cert(vec![certificate], key)
        .expect("a pair");
    let (config, seen) = (Arc::new(config), Arc::clone(seen));
    listen(move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
        let mut stream = BufReader::new(StreamOwned::new(connection, stream));
        let head = head(&mut stream)?;
        if stream.get_ref().conn.peer_certificates().is_some() {
            push(&seen, "client certificate");
        }
        let (request, headers) = head.split_first().expect("a request");
        if !request.starts_with("GET /apis ") {
            push(&seen, request);
        }
        let is_own =
            |it: &&String| it.starts_with("authorization") || it.starts_with("impersonate");
        headers.iter().filter(is_own).for_each(|it| push(&seen, it));
        let answer =
            "HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";
        stream.get_mut().write_all(answer.as_bytes())
    })
}

/// Starts a proxy. Every name leads to this machine.
pub(super) fn proxy(kind: Kind, seen: &Seen) -> u16 {
    let seen = Arc::clone(seen);
    listen(move |mut stream| {
        let target = match kind {
            Kind::Http => {
                let head = head(&mut BufReader::new(&stream))?;
                let (request, headers) = head.split_first().expect("a request");
                let target = request.split(' ').nth(1).unwrap_or_default().to_owned();
                push(&seen, format!("proxy to {}", name(&target)));
                let is_own = |it: &&String| it.starts_with("proxy-authorization");
                headers.iter().filter(is_own).for_each(|it| push(&seen, it));
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
                target
            }
            Kind::Socks => {
                stream.read_exact(&mut [0; 2])?;
                stream.read_exact(&mut [0; 1])?;
                stream.write_all(&[5, 0])?;
                let mut start = [0; 5];
                stream.read_exact(&mut start)?;
                assert_eq!(start[..4], [5, 1, 0, 3], "a connection to a name");
                let mut host = vec![0; start[4].into()];
                stream.read_exact(&mut host)?;
                let mut port = [0; 2];
                stream.read_exact(&mut port)?;
                let target =
                    format!("{}:{}", String::from_utf8_lossy(&host), u16::from_be_bytes(port));
                push(&seen, format!("SOCKS proxy to {}", name(&target)));
                stream.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 80])?;
                target
            }
        };
        let port = target.rsplit_once(':').and_then(|(_, it)| it.parse().ok()).expect("a port");
        let server = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        let (mut back, mut there) = (server.try_clone()?, stream.try_clone()?);
        thread::spawn(move || io::copy(&mut back, &mut there));
        io::copy(&mut stream, &mut &server)?;
        Ok(())
    })
}

/// Returns a host without its port, which differs in each run.
fn name(target: &str) -> &str {
    target.rsplit_once(':').map_or(target, |(name, _)| name)
}

/// Reads the lines of a head, the names of its headers in lower case.
fn head(stream: &mut impl BufRead) -> io::Result<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            return Ok(lines);
        }
        lines.push(match line.split_once(": ") {
            Some((name, value)) => format!("{}: {value}", name.to_ascii_lowercase()),
            None => line.to_owned(),
        });
    }
}

/// Accepts every client certificate, and asks for none.
#[derive(Debug)]
struct AnyClient;

impl ClientCertVerifier for AnyClient {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        let schemes = ring::default_provider().signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, &schemes)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        let schemes = ring::default_provider().signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, &schemes)
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
